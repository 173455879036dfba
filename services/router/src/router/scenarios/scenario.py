"""Scenarios as text: commands, four dashes, the decisions that are expected; blocks of those."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar

from router.domain import agent_facts as a
from router.domain import steering_facts as s
from router.domain.naming import unknown
from router.domain.patience import Timers
from router.domain.policy import Policy
from router.domain.queues import Queue
from router.domain.reasons import Because
from router.domain.record import Step
from router.domain.values import Needs
from router.domain.words import Channel, Presence
from router.scenarios.agents import AgentCommands
from router.scenarios.contacts import ContactCommands
from router.scenarios.log import Log
from router.scenarios.people import agent_in
from router.scenarios.supervisors import SupervisorCommands
from router.scenarios.text import (
    NotUnderstood,
    abilities,
    by_idle_time,
    nothing_left,
    seconds,
)
from router.scenarios.told import lines

TIMERS = {field.name.removesuffix("_seconds"): field.name for field in fields(Timers)}
MOST_SECONDS = 7 * 86_400.0
"""That a scenario may let pass in one command."""


Key = TypeVar("Key")
Value = TypeVar("Value")


class Known(dict[Key, Value]):
    """Names that were said; one that was not is told so."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def __missing__(self, key: Key) -> Value:
        words = key if isinstance(key, tuple) else (key,)
        raise NotUnderstood(self._text.format(*words))


class Scenario(AgentCommands, ContactCommands, SupervisorCommands):
    """Runs commands against an engine and tells what it decided."""

    def __init__(self, policy: Policy) -> None:
        self.log = Log()
        self.policy = policy
        self.names: dict[str, str] = {}
        self.contacts: dict[str, str] = Known("there is no contact {} yet")
        self.channels: dict[str, Channel] = {}
        self.offers: dict[tuple[str, str], str] = Known("{} was not offered to {}")
        self.sessions: dict[str, tuple[int, str]] = Known("{} did not sign in")
        self.standing: dict[str, str] = {}
        self.blind: set[str] = set()
        self.unseen: list[Any] = []
        """Offers that a silent router made."""
        self.told: list[str] = []
        self.signed_in = 0
        self.messages = 0

    def run(self, commands: list[str]) -> list[str]:
        """Return the lines that these commands brought; NotUnderstood for one that is none."""
        self.told = []
        for command in by_idle_time(commands):
            self.obey(command)
        return self.told

    def obey(self, command: str) -> None:
        """Do what one line says."""
        words = [word for word in command.split() if "=" not in word]
        options = dict(word.split("=", 1) for word in command.split() if "=" in word)
        if not words:
            raise NotUnderstood(f"{command!r} says nobody does anything")
        if not self.log.records and words[0] not in ("policy", "time"):
            self.quietly(s.PolicyProposed(policy=self.policy, base_version=0))
        do, subject = self._verb(command, words)
        try:
            do(*subject, **options)
        except NotUnderstood as error:
            raise NotUnderstood(f"{command!r}: {error}") from None
        except (TypeError, KeyError, ValueError, IndexError) as error:
            raise NotUnderstood(f"{command!r} is not understood: {error}") from error

    def _verb(self, command: str, words: list[str]) -> tuple[Callable[..., None], list[str]]:
        verb = getattr(self, f"on_{words[0]}", None)
        if verb is not None:
            return verb, words[1:]
        side = "contact" if words[0] in self.contacts else "agent"
        verb = getattr(self, f"{side}_{words[1]}", None) if len(words) > 1 else None
        if verb is None:
            raise NotUnderstood(f"{command!r} is no command")
        return verb, [words[0], *words[2:]]

    # What happens to everybody.

    def on_policy(self, **o: str) -> None:
        """`policy offer_ring=10s miss=ignored without=sales queue=vip:billing+vip base=3`."""
        policy = self.policy
        active = self.log.engine.workspace.policy
        base = int(o.pop("base", active.version if active else 0))
        if "miss" in o:
            policy = replace(policy, is_miss_not_responding=o.pop("miss") != "ignored")
        without = o.pop("without", "")
        queues = tuple(queue for queue in policy.queues if queue.name != without)
        if "queue" in o:
            name, _, skills = o.pop("queue").partition(":")
            needs = Needs(abilities(*skills.split("+"))) if skills else Needs()
            queues = (*queues, Queue(name=name, requirements=needs))
        for name in o:
            if name not in TIMERS:
                raise NotUnderstood(unknown("a policy has", "timer", name, TIMERS))
        timers = replace(policy.timers, **{TIMERS[name]: seconds(o[name]) for name in o})
        policy = replace(policy, queues=queues, timers=timers)
        step = self.say(s.PolicyProposed(policy=policy, base_version=base))
        if any(type(d.decision).__name__ == "PolicyActivated" for d in step.decisions):
            self.policy = policy

    def on_agent(self, name: str, *, desk: str = "desk1", **o: str) -> None:
        """`agent ana skills=billing:3 languages=de:4 queues=sales prefers=sales:1:30s idle=60s`."""
        o.pop("idle", None)
        presence = o.pop("presence", "available")
        defined = agent_in(name, o)
        nothing_left("agent", o)
        self.say(s.AgentDefined(agent=defined))
        if presence != "none" and name in self.log.engine.workspace.agents:
            self.agent_signs(name, "in", desk=desk)
            self.agent_presence(name, presence)

    def on_tick(self, time: str) -> None:
        wanted = seconds(time)
        if not 0 <= wanted <= MOST_SECONDS:
            raise NotUnderstood(f"tick {time}: at most {MOST_SECONDS:.0f} s at once")
        self.log.wait(round(wanted * 1000), self.tell)

    def on_time(self, instant: str) -> None:
        """`time 2026-12-24T07:30Z`: the log's clock shows this now; it never goes back."""
        at = datetime.fromisoformat(instant)
        if at.tzinfo is None:
            raise NotUnderstood(f"time {instant}: say Z, or the offset from UTC such as +01:00")
        stamp = round(at.timestamp() * 1000)
        is_beginning = not self.log.records
        if stamp < self.log.stamp and not is_beginning:
            raise NotUnderstood(f"time {instant}: the log is further already")
        self.log.stamp = stamp
        if not is_beginning:
            self.say(self.log.tick())

    def on_desk(self, name: str, what: str) -> None:
        if what == "silent":
            self.log.desks.pop(name)
        else:
            self.log.desks[name] = None
            self.say(a.DeskHeartbeat(desk_instance=name))

    def on_remove(self, name: str) -> None:
        self.say(s.AgentRemoved(agent_id=name))

    def on_roster(self, *names: str) -> None:
        """`roster ana bob`: these are all who work here."""
        self.say(s.RosterDeclared(agent_ids=names))

    def on_router(self, what: str, word: str) -> None:
        """`router falls silent`: what it decides lies in no output until `router is back`."""
        log = self.log
        if (what, word) == ("falls", "silent"):
            log.said = log.engine.workspace.step_number
        elif (what, word) == ("is", "back"):
            log.said, unseen, self.unseen = None, self.unseen, []
            live = log.engine.workspace.offers
            seen = {id for id, offer in live.items() if offer.rings_until or offer.is_accepted}
            self._see([made for made in unseen if made.offer_id in live.keys() - seen])
        else:
            raise NotUnderstood(f"router {what} {word}: say falls silent, or is back")

    def on_engine(self, version: str) -> None:
        self.say(s.EngineVersionActivated(engine_version=int(version)))

    def on_garbage(self) -> None:
        self.say(s.Malformed(because=Because.NOT_UNDERSTOOD, detail="no ContactEvent"))

    # How it is done.

    def session(self, name: str) -> dict[str, Any]:
        """Return who says it, as each of an agent's facts carries it."""
        number, desk = self.sessions[name]
        return {"agent_id": name, "session_number": number, "desk_instance": desk}

    def chosen(self, name: str, presence: str, reason: str, *, is_next: bool) -> Any:
        """Return the fact of a presence."""
        return a.PresenceChosen(
            **self.session(name),
            presence=Presence(presence),
            reason_code=reason,
            is_next=is_next,
        )

    def quietly(self, fact: Any) -> Step:
        """Say it, and tell nothing of it."""
        told, self.told = self.told, []
        step = self.say(fact)
        self.told = told
        return step

    def say(self, fact: Any) -> Step:
        """Put it into the engine, and tell what that brought."""
        step: Step = self.log.say(fact)
        self.tell(step)
        return step

    def tell(self, step: Step) -> None:
        """Note what is worth telling; whoever sees an offer says so."""
        shown: list[Any] = []
        for decided in step.decisions:
            self.told += [line for line in lines(decided, self.name, self.standing) if line]
            made: Any = decided.decision
            if type(made).__name__ == "AgentSessionStarted":
                session = (made.agent.session_number, made.agent.desk_instance)
                self.sessions[made.agent.agent_id] = session
            if type(made).__name__ == "OfferMade":
                self.offers.pop((self.name(made.contact_id), made.agent_id), None)
                self.offers[self.name(made.contact_id), made.agent_id] = made.offer_id
                shown.append(made)
        if self.log.said is not None:
            self.unseen += shown
        else:
            self._see(shown)

    def _see(self, shown: list[Any]) -> None:
        for made in shown:
            if made.agent_id not in self.blind:
                self.say(a.OfferDelivered(**self.session(made.agent_id), offer_id=made.offer_id))

    def name(self, contact_id: str) -> str:
        """A transferred contact c1 is called c1.2, then c1.3."""
        if contact_id not in self.names and contact_id not in self.contacts.values():
            number = 2 + sum("." in known for known in self.names.values())
            found = self.log.engine.workspace.contacts.get(contact_id)
            line = found.lineage.initial_id if found else contact_id
            called = f"{line}.{number}"
            self.names[contact_id], self.contacts[called] = called, contact_id
        return self.names.get(contact_id, contact_id)
