"""An agent: what was chosen, whether the line is up, what is in hand, and what follows."""

from dataclasses import dataclass, field

from router.domain.capacity import DEFAULT, Breakers, Room, Slots, effective
from router.domain.contact import Contact, Offer
from router.domain.policy import Policy, RosterAgent
from router.domain.words import BREAK, CALLS, CONNECTED, OFFLINE, Channel, Connection, Presence

FREE = ""
"""The status of an agent who can take one more."""
NOT_PREFERRED = 1


@dataclass(slots=True, kw_only=True)
class Agent:
    """`kinds` has one channel of each group, `kind_of` the one that stands for a channel.

    `status` says for each kind why no contact comes, or FREE; what was `seen` is as it has it.
    """

    defined: RosterAgent
    """As the roster says, with what a supervisor adjusted."""
    roster: RosterAgent | None = None
    """As the roster says, while there is an adjustment."""
    adjustment: RosterAgent | None = None
    adjusted_fields: tuple[str, ...] = ()
    adjusted_until: int = 0
    skills: dict[str, int] = field(init=False)
    slots: Slots = field(init=False)
    kinds: tuple[Channel, ...] = field(init=False)
    kind_of: dict[Channel, Channel] = field(init=False)
    session_id: str = ""
    former_sessions: tuple[str, ...] = ()
    session_number: int = 0
    desk_instance: str = ""
    presence: Presence = Presence.OFFLINE
    reason_code: str = ""
    next_presence: Presence | None = None
    next_reason_code: str = ""
    connection: Connection = Connection.GONE
    is_lost_with_desk: bool = False
    grace_until: int = 0
    is_not_responding: bool = False
    is_undelivered: bool = False
    contacts: dict[str, Contact] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    turn: int = 0
    """When an offer was made last, counted in offers."""
    idle_before: int = 0
    idle_since: int = 0
    is_idling: bool = False
    agent_id: str = field(init=False)
    number: int = field(default=-1, init=False)
    """The agent's bit in sets."""
    rooms: tuple[Room, ...] = field(init=False)
    status: dict[Channel, str] = field(default_factory=dict, init=False)
    barrier_seen: str = field(default=FREE, init=False)
    reason_seen: str = field(default=FREE, init=False)

    def __post_init__(self) -> None:
        self.agent_id = self.defined.agent_id

    def define(self, defined: RosterAgent, rules: Policy, breakers: Breakers) -> None:
        """Take over what the roster says; the slots are empty then."""
        self.defined = defined
        self.skills = {skill.skill: skill.level for skill in defined.skills}
        self.skills |= {f"brand:{brand}": 1 for brand in defined.brands or rules.brands}
        if defined.team:
            self.skills[f"team:{defined.team}"] = 1
        team = [t.capacities for t in rules.team_capacities if t.team == defined.team]
        groups = effective(defined.capacities, *team, rules.capacities, DEFAULT)
        self.slots = Slots.of(groups, breakers)
        first: dict[object, Channel] = {}
        served = [channel for channel in self.slots.group_of if self.serves(channel)]
        self.kind_of = {c: first.setdefault(self._alike(c), c) for c in served}
        self.kinds = tuple(first.values())
        self.rooms = tuple(self.slots.room(kind) for kind in self.kinds)

    def wish(self, queue: str, channel: Channel) -> tuple[int, int]:
        """Return the preference for the queue (1 goes first) and its delay (ms).

        One that names the channel counts before one that names none.
        """
        found = None
        for preference in self.defined.preferences:
            if preference.queue == queue and preference.channel in (channel, None):
                if found is None or preference.channel is channel:
                    found = preference
                if preference.channel is channel:
                    break
        if found is None:
            return NOT_PREFERRED, 0
        return found.priority, round(found.delay_seconds * 1000)

    def barrier(self) -> str:
        """Say why nothing at all is offered, capacity aside; FREE when nothing stands against."""
        if self.presence is OFFLINE:
            return "offline"
        if self.connection is not CONNECTED:
            return str(self.connection)
        if self.presence is BREAK:
            return "break"
        if self.is_not_responding:
            return "not_responding"
        return "undelivered" if self.is_undelivered else FREE

    def not_routable_because(self) -> str:
        """Say why the agent is not routable; FREE when one more contact of some kind fits."""
        barrier = self.barrier()
        if barrier == self.barrier_seen and not self.slots.is_changed:
            return self.reason_seen
        return self.reason_of(barrier, self.standing(barrier))

    def reason_of(self, barrier: str, status: dict[Channel, str]) -> str:
        """Say why the agent is not routable when standing so; FREE for who is."""
        if barrier != FREE or FREE in status.values():
            return barrier
        return "full" if "full" in status.values() or not status else "interrupted"

    def serves(self, channel: Channel) -> bool:
        """Tell whether the agent has slots for the channel and, for voice, a phone."""
        if channel is Channel.VOICE and not self.defined.voice_address:
            return False
        return self.slots.limit(channel) > 0

    def standing(self, barrier: str) -> dict[Channel, str]:
        """Say for each kind why no contact of it comes, or FREE."""
        if barrier != FREE:
            return dict.fromkeys(self.kinds, barrier)
        return self.slots.standing(self.rooms)

    def _alike(self, channel: Channel) -> object:
        """Channels with the same answer always have the same status."""
        is_call, breakers = channel in CALLS, self.slots.breakers.get(channel)
        return self.slots.group_of[channel], is_call, breakers

    def keep_idle_time(self, now: int, is_routable: bool) -> None:
        """Run the idle time while routable, and only then: breaks neither help nor hurt."""
        if is_routable and not self.is_idling:
            self.idle_since = now - self.idle_before
        elif self.is_idling and not is_routable:
            self.idle_before = now - self.idle_since
        self.is_idling = is_routable

    def restart_idle_time(self, now: int) -> None:
        """A contact was handled, or an offer refused or missed: back to the end of the order."""
        self.idle_before = 0
        if self.is_idling:
            self.idle_since = now
