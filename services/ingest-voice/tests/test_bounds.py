"""What waits in this service has a limit, and nothing is lost at it."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from pydantic import SecretStr

from chassis.errors import Unavailable
from chassis.kafka import Record
from chassis.postgres import Database
from chassis.testing import eventually
from contact_center.v1 import channel_commands_pb2
from ingest_voice.adapters.callback_office import CallbackOffice
from ingest_voice.adapters.consumers import Commands
from ingest_voice.adapters.dial_book import DialBook
from ingest_voice.adapters.dial_results import MOST_OPEN, DialResults
from ingest_voice.adapters.early import MOST_CONTACTS
from ingest_voice.adapters.vault import Vault
from ingest_voice.domain.dialling import Result
from ingest_voice.domain.orders import Order
from ingest_voice.handlers.callbacks import Callbacks, Claim, Dial
from ingest_voice.settings import Settings


class PlayedPostgres:
    """The book and its database in one; `is_away` as long as it says so."""

    def __init__(self) -> None:
        self.is_away = False
        self.lost: list[Dial] = []
        self.results: dict[str, str] = {}

    async def start(self) -> None: ...
    async def stop(self) -> None: ...

    async def claim(self, dial: Dial) -> Claim:
        return Claim.NEW

    async def unresolved(self, after: str, most: int) -> Sequence[Dial]:
        return [dial for dial in self.lost if dial.command_id > after][:most]

    async def note_result(self, command_id: str, result: str) -> None:
        if self.is_away:
            raise Unavailable("away")
        self.results.setdefault(command_id, result)


class PlayedCallbacks:
    """Says what was lost at once."""

    def __init__(self, office: CallbackOffice) -> None:
        self._office = office

    def tell_lost(self, dial: Dial) -> None:
        self._office.ended(dial.command_id, Result.UNKNOWN)


def an_office(postgres: PlayedPostgres) -> CallbackOffice:
    office = CallbackOffice(cast(Database, postgres), cast(DialBook, postgres), lambda: ())
    office.serve(cast(Callbacks, PlayedCallbacks(office)))
    return office


def a_dial(number: int) -> Dial:
    return Dial(command_id=f"dial:{number:06}", contact_id="c", offer_id="o", agent_id="ana")


async def is_open(office: CallbackOffice) -> bool:
    try:
        return office.book is not None
    except Unavailable:
        return False


async def test_nothing_more_is_dialled_while_too_many_results_wait_and_none_is_lost():
    """Postgres takes claims but no results: the log is read no further until it takes them."""
    postgres = PlayedPostgres()
    office = an_office(postgres)
    work = asyncio.create_task(office.run())
    await eventually(lambda: is_open(office))
    postgres.is_away = True
    for number in range(MOST_OPEN):
        await office.claim(a_dial(number))
        office.ended(a_dial(number).command_id, Result.BUSY)

    with pytest.raises(Unavailable, match="too many"):
        await office.claim(a_dial(MOST_OPEN))
    postgres.is_away = False
    await eventually(lambda: len(postgres.results) == MOST_OPEN)
    assert await office.claim(a_dial(MOST_OPEN)) is Claim.NEW
    await office.stop()
    await work


async def test_more_lost_dials_than_may_be_open_are_told_in_turn_and_each_once():
    postgres = PlayedPostgres()
    postgres.lost = [a_dial(number) for number in range(MOST_OPEN + 250)]
    office = an_office(postgres)
    work = asyncio.create_task(office.run())

    await eventually(lambda: len(postgres.results) == len(postgres.lost))
    assert set(postgres.results.values()) == {"unknown"}
    await office.stop()
    await work


async def test_results_that_wait_at_the_end_are_written_before_it():
    postgres = PlayedPostgres()
    office = an_office(postgres)
    work = asyncio.create_task(office.run())
    await eventually(lambda: is_open(office))
    for number in range(10):
        await office.claim(a_dial(number))
        office.ended(a_dial(number).command_id, Result.BUSY)
    await office.stop()
    await work

    assert len(postgres.results) == 10


async def test_the_first_result_of_a_dial_counts_and_gives_its_place_back_once():
    results = DialResults(most=1)
    results.begin("a")
    results.end("a", Result.BUSY)
    results.end("a", Result.UNKNOWN)
    results.end("nobody's", Result.UNKNOWN)

    assert not results.has_room
    assert await results.next() == ("a", Result.BUSY)
    results.written("a")
    assert results.has_room


async def test_contacts_whose_early_commands_wait_are_bounded_and_kept_once():
    def nobody(order: Order, command_id: str) -> None:
        raise AssertionError("nothing is carried out here")

    commands = Commands("main", cast(Vault, None), lambda _: False, nobody)
    for number in range(MOST_CONTACTS + 500):
        await commands.on_command(a_command(f"c{number}"))
        commands.now_ours(f"c{number}")
        commands.now_ours(f"c{number}")

    assert len(commands._ours) <= MOST_CONTACTS
    assert f"c{MOST_CONTACTS + 499}" in commands._ours


def a_command(contact_id: str) -> Any:
    command = channel_commands_pb2.ChannelCommand(workspace="main", contact_id=contact_id)
    command.play_hold_music.SetInParent()
    return Record(
        topic="channel-commands.v1", partition=0, offset=0, timestamp_ms=0,
        key=contact_id.encode(), value=command.SerializeToString(), headers=(),
    )  # fmt: skip


@pytest.mark.parametrize("everything", ["0.0.0.0", "::"])
def test_sip_which_is_in_the_clear_never_listens_to_all_networks(everything: str) -> None:
    with pytest.raises(ValueError, match="name one address of this machine"):
        Settings(address_token_secret=SecretStr("long enough for a secret"), sip_host=everything)
