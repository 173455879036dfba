"""What supervisors do in a scenario; each command may say by=NAME."""

from typing import Any

from router.domain import supervisor_facts as v
from router.domain.words import Presence
from router.scenarios.people import OPTIONS, agent_in
from router.scenarios.text import NotUnderstood, nothing_left, seconds


class SupervisorCommands:
    """Mixed into the scenario, which says facts and knows the names of contacts."""

    contacts: dict[str, str]
    say: Any

    def on_adjust(self, name: str, what: str = "", **o: str) -> None:
        """`adjust ana skills=billing:5 queues=sales for=600s`; `adjust ana back` takes it back."""
        by, expires = o.pop("by", ""), seconds(o.pop("for", "0"))
        if bool(o) == (what == "back"):
            raise NotUnderstood(f"adjust {name}: say either what is adjusted, or back")
        said = {field for option, field in OPTIONS.items() if option in o}
        fields = tuple(field for field in v.ADJUSTABLE if field in said)
        agent = agent_in(name, o)
        nothing_left("adjust", o)
        self.say(v.AgentAdjusted(agent=agent, fields=fields, expires_seconds=expires, by=by))

    def on_pause(self, queue: str, *, by: str = "", **o: str) -> None:
        """`pause billing for=60s`."""
        expires = seconds(o.pop("for", "0"))
        nothing_left("pause", o)
        self.say(v.QueuePaused(queue=queue, is_paused=True, expires_seconds=expires, by=by))

    def on_resume(self, queue: str, *, by: str = "") -> None:
        self.say(v.QueuePaused(queue=queue, is_paused=False, by=by))

    def on_force(self, name: str, presence: str, reason: str = "", *, by: str = "") -> None:
        """`force ana break lunch`."""
        fact = v.PresenceForced(
            agent_id=name, presence=Presence(presence), reason_code=reason, by=by
        )
        self.say(fact)

    def on_move(self, contact: str, queue: str, *, by: str = "") -> None:
        self.say(v.ContactMoved(contact_id=self.contacts[contact], queue=queue, by=by))

    def on_prioritise(self, contact: str, priority: str, *, by: str = "") -> None:
        contact_id = self.contacts[contact]
        self.say(v.ContactPrioritised(contact_id=contact_id, priority=int(priority), by=by))

    def on_reassign(self, contact: str, agent: str, *, by: str = "") -> None:
        self.say(v.ContactReassigned(contact_id=self.contacts[contact], agent_id=agent, by=by))

    def on_pull(self, contact: str, *, by: str = "") -> None:
        """`pull c1`: taken back from an offer or an agent."""
        self.say(v.ContactPulledBack(contact_id=self.contacts[contact], by=by))
