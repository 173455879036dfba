"""Scenarios as text: commands, four dashes, the decisions that are expected; blocks of those."""

from dataclasses import replace
from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain.queues import Queue
from router.domain.record import Step
from router.domain.values import Lineage, Position
from router.domain.words import Channel, FlowOutcome, Party, Presence

from .scenario_agents import AgentCommands
from .scenario_text import by_idle_time
from .told import lines
from .workspaces import Log, a_policy, a_roster_agent, needs

NUMBERS = {"priority": int, "slots": int}


class Scenario(AgentCommands):
    """Runs commands against an engine and tells what it decided."""

    def __init__(self) -> None:
        self.log = Log()
        self.policy = a_policy()
        self.names: dict[str, str] = {}
        self.contacts: dict[str, str] = {}
        self.offers: dict[tuple[str, str], str] = {}
        self.sessions: dict[str, tuple[int, str]] = {}
        self.standing: dict[str, str] = {}
        self.blind: set[str] = set()
        self.told: list[str] = []
        self.signed_in = 0
        self.messages = 0

    def run(self, commands: list[str]) -> list[str]:
        """Return the lines that these commands brought."""
        self.told = []
        for command in by_idle_time(commands):
            self.obey(command)
        return self.told

    def obey(self, command: str) -> None:
        words = [word for word in command.split() if "=" not in word]
        options = dict(word.split("=", 1) for word in command.split() if "=" in word)
        if not self.log.records and words[0] != "policy":
            self.quietly(s.PolicyProposed(policy=self.policy, base_version=0))
        verb = getattr(self, f"on_{words[0]}", None)
        if verb is not None:
            verb(*words[1:], **options)
        elif words[0] in self.contacts:
            getattr(self, f"contact_{words[1]}")(words[0], *words[2:], **options)
        else:
            getattr(self, f"agent_{words[1]}")(words[0], *words[2:], **options)

    # What happens to everybody.

    def on_policy(self, *drop: str, **options: str) -> None:
        """`policy miss=ignored ring=10s without=sales base=3`."""
        timers = {
            f"{k}_seconds": float(v[:-1])
            for k, v in options.items()
            if v[0].isdigit() and v[-1] == "s"
        }
        policy = replace(self.policy, timers=replace(self.policy.timers, **timers))
        if "miss" in options:
            policy = replace(policy, is_miss_not_responding=options["miss"] != "ignored")
        if "without" in options:
            kept = tuple(q for q in policy.queues if q.name != options["without"])
            policy = replace(policy, queues=kept)
        if "queue" in options:
            name, _, skills = options["queue"].partition(":")
            queue = Queue(name=name, requirements=needs(*skills.split("+")))
            policy = replace(policy, queues=(*policy.queues, queue))
        active = self.log.engine.workspace.policy
        base = int(options.get("base", active.version if active else 0))
        step = self.say(s.PolicyProposed(policy=policy, base_version=base))
        if any(type(d.decision).__name__ == "PolicyActivated" for d in step.decisions):
            self.policy = policy

    def on_agent(self, name: str, *, skills: str = "", desk: str = "desk1", **options: str) -> None:
        changes: dict[str, Any] = {}
        if "queues" in options:
            changes["queues"] = tuple(options["queues"].split(","))
        if options.get("voice") == "none":
            changes["voice_address"] = ""
        defined = a_roster_agent(name, *skills.replace(",", " ").split(), **changes)
        self.say(s.AgentDefined(agent=defined))
        if options.get("presence") != "none":
            self.agent_signs(name, "in", desk=desk)
            self.agent_presence(name, options.get("presence", "available"))

    def on_contact(self, name: str, *, queue: str, channel: str = "voice", **options: str) -> None:
        self.on_arrive(name, channel=channel, is_quiet=True)
        self.contact_wants(name, queue, **options)

    def on_arrive(self, name: str, *, channel: str = "voice", is_quiet: bool = False) -> None:
        self.contacts[name] = self.names[name] = name
        fact = c.ContactArrived(
            contact_id=name,
            channel=Channel(channel),
            entry_point="main",
            conversation_id=f"on-{name}",
            key_id=f"key-{name}",
            lineage=Lineage(),
        )
        (self.quietly if is_quiet else self.say)(fact)

    def on_tick(self, time: str) -> None:
        self.log.wait(round(float(time.rstrip("s")) * 1000), self.tell)

    def on_desk(self, name: str, what: str) -> None:
        if what == "silent":
            self.log.desks.pop(name)
        else:
            self.log.desks[name] = None
            self.say(a.DeskHeartbeat(desk_instance=name))

    def on_remove(self, name: str) -> None:
        self.say(s.AgentRemoved(agent_id=name))

    def on_engine(self, version: str) -> None:
        self.say(s.EngineVersionActivated(engine_version=int(version)))

    def on_garbage(self) -> None:
        self.say(s.Malformed(because=s.Because.NOT_UNDERSTOOD, detail="no ContactEvent"))

    # What contacts do.

    def contact_wants(
        self, name: str, queue: str, *, priority: str = "0", skills: str = ""
    ) -> None:
        wanted = needs(*skills.replace(",", " ").split())
        fact = c.QueueRequested(
            contact_id=self.contacts[name],
            queue=queue,
            priority=int(priority),
            requirements=wanted,
        )
        self.say(fact)

    def contact_flow(self, name: str, outcome: str) -> None:
        self.say(c.FlowFinished(contact_id=self.contacts[name], outcome=FlowOutcome(outcome)))

    def contact_leaves(self, name: str) -> None:
        self.say(c.CustomerLeft(contact_id=self.contacts[name]))

    def contact_fails(self, name: str) -> None:
        self.say(c.ChannelFailed(contact_id=self.contacts[name], reason="crash"))

    def contact_ends(self, name: str) -> None:
        self.say(self.disconnected(name, Party.CUSTOMER, "", (0, "")))

    def contact_is(self, name: str, customer: str) -> None:
        self.say(
            c.CustomerIdentified(
                contact_id=self.contacts[name],
                customer_id=customer,
                is_new=False,
                tier="",
                last_agent_id="",
                contact_count=0,
            )
        )

    def contact_writes(self, name: str, message: str) -> None:
        self.messages += 1
        new = f"{name}+{message}"
        self.say(
            c.CustomerMessaged(
                contact_id=self.contacts[name],
                conversation_id=f"on-{name.partition('.')[0].partition('+')[0]}",
                message_id=message,
                position=Position(partition=0, offset=self.messages),
                new_contact_id=new,
                channel=Channel.CHAT,
                entry_point="web",
                key_id=f"key-{new}",
                addresses=(),
            )
        )
        self.contacts.setdefault(new, new)

    def contact_leg(self, name: str, what: str, *reason: str) -> None:
        agent = next(reversed([w for (n, w) in self.offers if n == name]))
        given = {
            "contact_id": self.contacts[name],
            "offer_id": self.offers[name, agent],
            "agent_id": agent,
        }
        if what == "answers":
            self.say(c.AgentConnected(**given))
        else:
            self.say(c.AgentLegFailed(**given, reason=" ".join(reason)))

    # How it is done.

    def session(self, name: str) -> dict[str, Any]:
        number, desk = self.sessions[name]
        return {"agent_id": name, "session_number": number, "desk_instance": desk}

    def chosen(self, name: str, presence: str, reason: str, *, is_next: bool) -> Any:
        return a.PresenceChosen(
            **self.session(name),
            presence=Presence(presence),
            reason_code=reason,
            is_next=is_next,
        )

    def disconnected(self, name: str, by: Party, agent: str, session: tuple[int, str]) -> Any:
        return c.ContactDisconnected(
            contact_id=self.contacts[name],
            by=by,
            agent_id=agent,
            session_number=session[0],
            desk_instance=session[1],
        )

    def quietly(self, fact: Any) -> Step:
        told, self.told = self.told, []
        step = self.say(fact)
        self.told = told
        return step

    def say(self, fact: Any) -> Step:
        step = self.log.say(fact)
        self.tell(step)
        return step

    def tell(self, step: Step) -> None:
        shown = []
        for decided in step.decisions:
            self.told += [line for line in lines(decided, self.name, self.standing) if line]
            made = decided.decision
            if type(made).__name__ == "AgentSessionStarted":
                session = (made.agent.session_number, made.agent.desk_instance)
                self.sessions[made.agent.agent_id] = session
            if type(made).__name__ == "OfferMade":
                self.offers[self.name(made.contact_id), made.agent_id] = made.offer_id
                shown.append(made)
        for made in shown:
            if made.agent_id not in self.blind:
                self.say(a.OfferDelivered(**self.session(made.agent_id), offer_id=made.offer_id))

    def name(self, contact_id: str) -> str:
        """A transferred contact c1 is called c1.2, then c1.3."""
        if contact_id not in self.names and contact_id not in self.contacts.values():
            number = 2 + sum("." in known for known in self.names.values())
            line = self.log.engine.workspace.contacts[contact_id].lineage.initial_id
            called = f"{line}.{number}"
            self.names[contact_id], self.contacts[called] = called, contact_id
        return self.names.get(contact_id, contact_id)
