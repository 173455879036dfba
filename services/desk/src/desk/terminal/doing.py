"""Carrying out what the agent typed, and saying what came of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from contact_center_agent import AgentClient, wire
from desk.terminal.entry import FLOW, Entry
from desk.terminal.reader import result_in_words
from desk.terminal.view import View


class Doing:
    """Entries become commands; only what went wrong is said, the rest is seen."""

    def __init__(self, client: AgentClient, view: View) -> None:
        self._client = client
        self._view = view

    async def carry_out(self, entry: Entry) -> bool:
        """Do it; False when it did not work (the agent was told why)."""
        if entry.verb == "send":
            return await self._send(entry)
        command = self._command(entry)
        if command is None:
            return True
        what = f"/{entry.verb if entry.verb != 'presence' else entry.word}"
        return self._tell(what, await command())

    async def _send(self, entry: Entry) -> bool:
        contact = self._view.selected
        if contact is None:
            return False
        subject = contact.reply_subject() if contact.is_mail else ""
        result = await self._client.send(contact.contact_id, entry.text, subject)
        is_sent = self._tell("not sent", result)
        if is_sent:
            contact.subject = ""
        elif not contact.draft:
            contact.draft = entry.text
        return is_sent

    def _command(self, entry: Entry) -> Callable[[], Awaitable[wire.CommandResult]] | None:
        client, view = self._client, self._view
        offer = view.first_offer
        contact_id = view.selected_id
        if entry.verb in ("accept", "reject"):
            if offer is None:
                return None
            if entry.verb == "accept":
                return lambda: client.accept(offer.offer_id)
            return lambda: client.reject(offer.offer_id, entry.word)
        match entry.verb:
            case "presence":
                return lambda: client.choose_presence(entry.word, entry.text)
            case "next":
                return lambda: client.choose_presence(entry.word, entry.text, is_next=True)
            case "hold":
                return lambda: client.hold(contact_id)
            case "resume":
                return lambda: client.resume(contact_id)
            case "transfer":
                return lambda: _transfer(client, contact_id, entry)
            case "consult":
                return lambda: _consult(client, contact_id, entry)
            case "tell":
                return lambda: client.tell_colleague(contact_id, entry.text)
            case "leave":
                return lambda: client.end_consult(contact_id)
            case "conference":
                return lambda: client.start_conference(contact_id)
            case "handover":
                return lambda: client.hand_over(contact_id)
            case "end":
                return lambda: client.end(contact_id)
            case "done":
                return lambda: client.complete(contact_id, entry.word, entry.text)
            case "read":
                return lambda: client.read(contact_id)
            case _:
                return None

    def _tell(self, what: str, result: wire.CommandResult) -> bool:
        trouble = result_in_words(result)
        if trouble:
            self._view.notice(datetime.now(UTC), f"{what}: {trouble}", is_error=True)
        return not trouble


async def _transfer(client: AgentClient, contact_id: str, entry: Entry) -> wire.CommandResult:
    aim, wanted = entry.word, entry.wanted
    if aim.startswith("@"):
        return await client.transfer(contact_id, to_agent_id=aim[1:], wanted=wanted)
    if aim.startswith(FLOW):
        return await client.transfer(contact_id, flow=aim.removeprefix(FLOW), wanted=wanted)
    return await client.transfer(contact_id, aim, wanted=wanted)


async def _consult(client: AgentClient, contact_id: str, entry: Entry) -> wire.CommandResult:
    aim, wanted = entry.word, entry.wanted
    if aim.startswith("@"):
        return await client.consult(contact_id, to_agent_id=aim[1:], wanted=wanted)
    return await client.consult(contact_id, aim, wanted=wanted)
