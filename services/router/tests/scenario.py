"""Scenarios as text: commands, four dashes, the decisions that are expected; blocks of those."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain import steering_facts as s
from router.domain.policy import Queue
from router.domain.record import Step
from router.domain.values import Lineage, Position
from router.domain.words import Channel, FlowOutcome, Party, Presence

from .told import lines
from .workspaces import Log, a_policy, a_roster_agent, needs

NUMBERS = {"priority": int, "slots": int}


class Scenario:
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
        for command in _by_idle_time(commands, self):
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
            queue = Queue(name=name, requirements=needs(*skills.split("+")) if skills else ())
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

    # What agents do.

    def agent_signs(self, name: str, how: str, *, desk: str = "desk1") -> None:
        if how == "out":
            self.say(a.AgentSignedOut(**self.session(name)))
            return
        self.signed_in += 1
        self.log.desks[desk] = None
        fact = a.AgentSignedIn(agent_id=name, session_id=f"s{self.signed_in}", desk_instance=desk)
        self.say(fact)

    def agent_presence(self, name: str, presence: str, reason: str = "") -> None:
        self.say(self.chosen(name, presence, reason, is_next=False))

    def agent_next(self, name: str, presence: str, reason: str = "") -> None:
        self.say(self.chosen(name, presence, reason, is_next=True))

    def agent_turns(self, name: str, how: str) -> None:
        """`ana turns blind`: her client shows no offers; `ana turns seeing`."""
        (self.blind.add if how == "blind" else self.blind.discard)(name)

    def agent_loses(self, name: str, *_: str) -> None:
        self.say(a.AgentConnectionLost(**self.session(name)))

    def agent_sees(self, name: str, contact: str) -> None:
        self.say(a.OfferDelivered(**self.session(name), offer_id=self.offers[contact, name]))

    def agent_accepts(self, name: str, contact: str, *, session: str = "") -> None:
        given = self.session(name)
        given["session_number"] = int(session or given["session_number"])
        self.say(a.OfferAccepted(**given, offer_id=self.offers[contact, name]))

    def agent_rejects(self, name: str, contact: str, reason: str = "") -> None:
        offer_id = self.offers[contact, name]
        self.say(a.OfferRejected(**self.session(name), offer_id=offer_id, reason_code=reason))

    def agent_holds(self, name: str, contact: str) -> None:
        self.say(a.HoldStarted(**self.session(name), contact_id=self.contacts[contact]))

    def agent_resumes(self, name: str, contact: str) -> None:
        self.say(a.HoldEnded(**self.session(name), contact_id=self.contacts[contact]))

    def agent_replies(self, name: str, contact: str) -> None:
        self.say(c.AgentFirstReplied(contact_id=self.contacts[contact], agent_id=name))

    def agent_transfers(self, name: str, contact: str, queue: str) -> None:
        self.say(
            a.TransferRequested(
                **self.session(name),
                contact_id=self.contacts[contact],
                queue=queue,
                requirements=(),
            )
        )

    def agent_ends(self, name: str, contact: str) -> None:
        self.say(self.disconnected(contact, Party.AGENT, name, self.sessions[name]))

    def agent_completes(self, name: str, contact: str, disposition: str = "") -> None:
        self.say(
            a.WrapUpFinished(
                **self.session(name),
                contact_id=self.contacts[contact],
                disposition=disposition,
                note=None,
            )
        )

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


def read(path: Path) -> list[tuple[int, list[str], list[str]]]:
    """Return each block of a file: its line number, commands, and expected lines."""
    blocks: list[tuple[int, list[str], list[str]]] = []
    for number, text in enumerate([*path.read_text().splitlines(), ""], start=1):
        line = text.strip()
        if line.startswith("#"):
            continue
        if not line:
            blocks.append((number + 1, [], []))
        elif line == "----":
            blocks[-1][1].append(line)
        elif not blocks:
            blocks.append((number, [line], []))
        elif "----" in blocks[-1][1]:
            blocks[-1][2].append(line)
        else:
            blocks[-1][1].append(line)
    return [(number, orders[:-1], told) for number, orders, told in blocks if orders]


def _by_idle_time(commands: list[str], scenario: Scenario) -> list[str]:
    """Agents with idle=… come in the order that gives them this time at the block's end."""
    idle = {c: float(c.split("idle=")[1].split("s")[0]) for c in commands if "idle=" in c}
    ordered: list[str] = []
    left = sorted(idle, key=lambda command: -idle[command])
    for command, following in zip(left, [*left[1:], ""], strict=False):
        gap = idle[command] - idle.get(following, 0.0)
        ordered += [command, f"tick {gap}s"]
    return ordered + [command for command in commands if command not in idle]
