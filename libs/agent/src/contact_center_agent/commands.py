"""What an agent can ask for, each as one call that awaits its result."""

from abc import ABC, abstractmethod

from contact_center_agent import wire
from contact_center_agent.wanted import Wanted


class AgentCommands(ABC):
    """The commands of a client; how they are sent is the client's."""

    state: wire.AgentState | None

    @abstractmethod
    async def command(self, request: wire.WorkRequest) -> wire.CommandResult:
        """Send it and await its result."""

    async def accept(self, offer_id: str) -> wire.CommandResult:
        """Take the offered contact."""
        return await self.command(wire.accept_offer(offer_id))

    async def reject(self, offer_id: str, reason_code: str = "") -> wire.CommandResult:
        """Refuse the offered contact."""
        return await self.command(wire.reject_offer(offer_id, reason_code))

    async def confirm(self, offer_id: str) -> wire.CommandResult:
        """Say that the offer is on the screen; only needed without `confirm_offers`."""
        return await self.command(wire.confirm_offer(offer_id))

    async def choose_presence(
        self, presence: str, reason_code: str = "", *, is_next: bool = False
    ) -> wire.CommandResult:
        """`presence` is offline, available or break."""
        return await self.command(wire.choose_presence(presence, reason_code, is_next))

    async def send(self, contact_id: str, text: str, subject: str = "") -> wire.CommandResult:
        """Write to the customer."""
        return await self.command(wire.send_message(contact_id, text, subject))

    async def hold(self, contact_id: str) -> wire.CommandResult:
        """Put the customer on hold."""
        return await self.command(wire.hold_contact(contact_id))

    async def resume(self, contact_id: str) -> wire.CommandResult:
        """Take the customer off hold."""
        return await self.command(wire.resume_contact(contact_id))

    async def transfer(
        self,
        contact_id: str,
        queue: str = "",
        *,
        to_agent_id: str = "",
        flow: str = "",
        wanted: Wanted | None = None,
    ) -> wire.CommandResult:
        """Send the customer to a queue, to an agent (then that queue), or to a flow.

        `wanted` says what the next agent must have beside what the queue requires.
        """
        request = wire.transfer_contact(contact_id, queue, to_agent_id, flow, wanted)
        return await self.command(request)

    async def consult(
        self,
        contact_id: str,
        queue: str = "",
        *,
        to_agent_id: str = "",
        wanted: Wanted | None = None,
    ) -> wire.CommandResult:
        """Ask a colleague; the customer is put on hold. ConsultStarted names the consult."""
        request = wire.consult_colleague(contact_id, queue, to_agent_id, wanted)
        return await self.command(request)

    async def tell_colleague(self, contact_id: str, text: str) -> wire.CommandResult:
        """Write to whoever was asked, on the consult: the customer never sees it."""
        consult_id = wire.consult_of(self.state, contact_id)
        return await self.command(wire.send_message(consult_id, text, ""))

    async def end_consult(self, contact_id: str) -> wire.CommandResult:
        """Leave the consult; here and below it is named by its own or the customer's contact."""
        return await self.command(wire.end_consult(wire.consult_of(self.state, contact_id)))

    async def start_conference(self, contact_id: str) -> wire.CommandResult:
        """Speak together: customer, colleague and this agent."""
        return await self.command(wire.start_conference(wire.consult_of(self.state, contact_id)))

    async def hand_over(self, contact_id: str) -> wire.CommandResult:
        """Leave the customer to the colleague who was asked."""
        consult_id = wire.consult_of(self.state, contact_id)
        return await self.command(wire.transfer_to_consulted(consult_id))

    async def end(self, contact_id: str) -> wire.CommandResult:
        """Hang up, or close the chat; wrap-up follows."""
        return await self.command(wire.end_contact(contact_id))

    async def complete(
        self, contact_id: str, disposition: str, note: str = ""
    ) -> wire.CommandResult:
        """Finish the contact; a text contact that is still connected is ended first."""
        return await self.command(wire.complete_contact(contact_id, disposition, note))

    async def read(self, contact_id: str) -> wire.CommandResult:
        """Ask for the whole conversation again; ConversationShown comes before the result."""
        return await self.command(wire.read_conversation(contact_id))
