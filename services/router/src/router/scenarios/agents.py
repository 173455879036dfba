"""What agents do in a scenario."""

from typing import Any

from router.domain import agent_facts as a
from router.domain import contact_facts as c
from router.domain.policy import Policy
from router.domain.words import Party
from router.scenarios.text import attributes_in, needs_in, nothing_left


class AgentCommands:
    """Mixed into the scenario, which says facts and knows sessions and names."""

    policy: Policy
    blind: set[str]
    contacts: dict[str, str]
    offers: dict[tuple[str, str], str]
    sessions: dict[str, tuple[int, str]]
    signed_in: int
    log: Any
    say: Any
    session: Any
    chosen: Any
    disconnected: Any

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

    def agent_loses(self, name: str, *_: str, session: str = "") -> None:
        """`ana loses line`; `ana loses line session=3`, an earlier one."""
        given = self.session(name)
        given["session_number"] = int(session or given["session_number"])
        self.say(a.AgentConnectionLost(**given))

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

    def agent_transfers(
        self, name: str, contact: str, queue: str = "", *, to: str = "", flow: str = "", **o: str
    ) -> None:
        """`ana transfers c1 sales skills=vip tier=gold`, `… to=bob`, `… flow=survey`."""
        fact = a.TransferRequested(
            **self.session(name),
            contact_id=self.contacts[contact],
            queue=queue,
            requirements=needs_in(o),
            to_agent_id=to,
            flow=flow,
            attributes=attributes_in(o, self.policy),
        )
        nothing_left("transfers", o)
        self.say(fact)

    def agent_consults(
        self, name: str, contact: str, queue: str = "", *, to: str = "", **o: str
    ) -> None:
        """`ana consults c1 sales`, `ana consults c1 to=bob`: the consult is a contact too."""
        fact = a.ConsultRequested(
            **self.session(name),
            contact_id=self.contacts[contact],
            queue=queue,
            to_agent_id=to,
            requirements=needs_in(o),
            attributes=attributes_in(o, self.policy),
        )
        nothing_left("consults", o)
        self.say(fact)

    def agent_leaves(self, name: str, consult: str) -> None:
        self.say(a.ConsultEnded(**self.session(name), contact_id=self.contacts[consult]))

    def agent_joins(self, name: str, consult: str) -> None:
        """`ana joins c1.2`: customer and both agents speak together."""
        self.say(a.ConferenceStarted(**self.session(name), contact_id=self.contacts[consult]))

    def agent_hands(self, name: str, consult: str) -> None:
        """`ana hands c1.2`: the customer goes on with the consulted agent."""
        contact_id = self.contacts[consult]
        self.say(a.ConsultTransferRequested(**self.session(name), contact_id=contact_id))

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
