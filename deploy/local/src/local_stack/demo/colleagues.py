"""Agents of the demo who ask each other: once alone, once together with the customer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from contact_center.v1 import agent_service_pb2 as agents
from contact_center.v1 import common_pb2, routing_events_pb2
from local_stack.demo.agent_person import AgentPerson

QUEUE = "support"
EVERY_SECONDS = 0.2
# Who finds nobody in that time goes on alone.
ANSWER_SECONDS = 20.0
TOGETHER_SECONDS = 1.0


@dataclass(slots=True)
class Colleagues:
    """About one chat a colleague is asked in writing; at another the colleague joins and goes on.

    `asked` and `joined` are the contacts of which it came true.
    """

    asked: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    _wanted: int = 0

    def look_at(self, person: AgentPerson, offer: routing_events_pb2.OfferMade) -> None:
        """Take two chats of agents who will accept them."""
        is_chat = offer.channel == common_pb2.CHANNEL_CHAT
        if not is_chat or offer.opened_by_agent_id or self._wanted == 2:
            return
        self._wanted += 1
        plans = {1: self._ask, 2: self._join}
        person.habits.meanwhile[offer.contact_id] = plans[self._wanted]

    async def _ask(self, person: AgentPerson, contact_id: str) -> bool:
        """The customer waits while the colleague is asked, and never reads what they write."""
        consult_id = await _consult(person, contact_id)
        if not consult_id:
            return False
        question = agents.SendMessage(contact_id=consult_id, text="May this customer have it?")
        if await _done(person, send_message=question):
            await _until(lambda: _answers(person, consult_id))
            self.asked.append(contact_id)
        await _back_to_the_customer(person, contact_id, consult_id)
        return False

    async def _join(self, person: AgentPerson, contact_id: str) -> bool:
        """All three write together; then the agent leaves, and the colleague goes on."""
        consult_id = await _consult(person, contact_id)
        if not consult_id:
            return False
        together = agents.StartConference(contact_id=consult_id)
        if not await _until_done(person, start_conference=together):
            await _back_to_the_customer(person, contact_id, consult_id)
            return False
        self.joined.append(contact_id)
        person.write(contact_id, "My colleague will help you with that.")
        await asyncio.sleep(TOGETHER_SECONDS)
        return await _done(
            person, transfer_to_consulted=agents.TransferToConsulted(contact_id=consult_id)
        )


async def _consult(person: AgentPerson, contact_id: str) -> str:
    """Ask; return the consult's contact, empty when it was refused."""
    asking = agents.ConsultColleague(contact_id=contact_id, queue=QUEUE)
    if not await _done(person, consult_colleague=asking):
        return ""
    started = (e.consult_started for e in person.seen if e.HasField("consult_started"))
    return next((s.consult_contact_id for s in started if s.contact_id == contact_id), "")


async def _back_to_the_customer(person: AgentPerson, contact_id: str, consult_id: str) -> None:
    await _done(person, end_consult=agents.EndConsult(contact_id=consult_id))
    await _done(person, resume_contact=agents.ResumeContact(contact_id=contact_id))


def _answers(person: AgentPerson, consult_id: str) -> bool:
    shown = [e.message_shown for e in person.seen if e.HasField("message_shown")]
    shown += [m for e in person.seen for m in e.conversation_shown.messages]
    mine = person.agent_id
    return any(m.contact_id == consult_id and m.author_id != mine for m in shown)


async def _done(person: AgentPerson, **command: object) -> bool:
    """Send a command, and tell whether it was carried out."""
    command_id = person.send(**command)
    await _until(lambda: person.result(command_id) is not None)
    result = person.result(command_id)
    return result is not None and result.code == agents.RESULT_CODE_OK


async def _until_done(person: AgentPerson, **command: object) -> bool:
    """Send it again until it is carried out: the colleague may not be there yet."""
    for _ in range(int(ANSWER_SECONDS / EVERY_SECONDS)):
        if await _done(person, **command):
            return True
        await asyncio.sleep(EVERY_SECONDS)
    return False


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(int(ANSWER_SECONDS / EVERY_SECONDS)):
        if is_so():
            return
        await asyncio.sleep(EVERY_SECONDS)
