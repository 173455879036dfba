"""How long it will take is told once, in words that stay true; with hand-written fakes."""

from datetime import timedelta

import pytest
from faked_service import Service
from flow_scenario import NOON, Scenario, a_flow

from self_service.domain.state import Awaiting
from self_service.domain.wait_phrases import PHRASES, wait_phrase
from self_service.handlers.errors import KeyGone
from self_service.handlers.news import QUEUED_BY_ROUTER, ContactOver, WaitEstimated

DIRECT = """
flow: test
languages: [en, de]
steps:
  - id: which
    ask: {en: "English or German?", de: "Englisch oder Deutsch?"}
    choices:
      - {value: en, digit: "1", label: English}
      - {value: de, digit: "2", label: Deutsch}
    save: language
    read_choices: false
    otherwise: people
  - id: people
    queue: billing
    while_waiting: {en: One moment., de: Einen Moment.}
    expected_wait:
      en: You will wait {wait}.
      de: Sie warten {wait}.
"""
TO_CALLERS = """
flow: test
steps:
  - {id: people, queue: billing, expected_wait: {voice: "It takes {wait}."}}
"""


@pytest.fixture
def story() -> Scenario:
    return Scenario(a_flow(DIRECT))


def test_a_visitor_reads_how_long_it_takes_once_in_the_chosen_language(story: Scenario):
    story.play("""
        chat
        ----
        writes: English or German? [English] [Deutsch]

        types deutsch
        ----
        notice: Einen Moment.
        queue billing customer unknown

        # What is written meanwhile is the agent's.
        types hello?
        ----

        wait 120 290
        ----
        notice: Sie warten zwischen 2 und 5 Minuten.

        wait 10 20
        ----
    """)

    assert story.state is not None and story.state.outcome == "queued"
    assert not story.state.variables


def test_a_caller_hears_it_between_the_music(story: Scenario):
    story.play("""
        voice
        ----
        asks (1): English or German?

        key 1
        ----
        speaks: One moment.
        queue billing customer unknown
        music

        wait 0 45
        ----
        speaks: You will wait less than a minute.
    """)


def test_without_an_estimate_nothing_is_told_and_the_flow_is_over(story: Scenario):
    story.play("""
        chat
        ----
        writes: English or German? [English] [Deutsch]

        types 1
        ----
        notice: One moment.
        queue billing customer unknown

        waits
        ----

        wait 60 120
        ----
    """)

    assert story.state is not None and story.state.is_over


def test_an_estimate_before_the_queue_was_asked_for_is_no_answer(story: Scenario):
    story.play("""
        chat
        ----
        writes: English or German? [English] [Deutsch]

        wait 60 120
        ----
    """)


def test_a_flow_without_a_text_for_the_channel_does_not_stay():
    flow = a_flow(TO_CALLERS)
    visitor, caller = Scenario(flow), Scenario(flow)
    visitor.act("chat")
    caller.act("voice")

    assert visitor.state is not None and visitor.state.is_over
    assert caller.state is not None and caller.state.awaiting is Awaiting.ESTIMATE


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 1, "less than a minute"),
        (10, 60, "less than a minute"),
        (0, 61, "up to 2 minutes"),
        (59, 61, "up to 2 minutes"),
        (60, 61, "between 1 and 2 minutes"),
        (120, 300, "between 2 and 5 minutes"),
        (180, 180, "about 3 minutes"),
        (179, 1200, "between 2 and 20 minutes"),
        (179, 1201, "up to 25 minutes"),
        (899, 1201, "between 10 and 25 minutes"),
        (3000, 7200, "between 50 and 120 minutes"),
        (3000, 7201, "up to 3 hours"),
        (3600, 90_000, "between 1 and 25 hours"),
    ],
)
def test_the_words_are_rounded_outward(low: float, high: float, words: str):
    assert wait_phrase("en", low, high) == words


def test_every_language_of_the_menus_can_tell_it_and_the_others_get_figures():
    told = {language: wait_phrase(language, 120, 300) for language in PHRASES}

    assert all("2" in words and "5" in words for words in told.values())
    assert told["de"] == "zwischen 2 und 5 Minuten"
    assert wait_phrase("de-AT", 0, 7300) == "bis zu 3 Stunden"
    assert wait_phrase("tlh", 120, 300) == "2–5 min"


def estimated() -> WaitEstimated:
    return WaitEstimated(workspace="main", contact_id="c1", low_seconds=120, high_seconds=300)


def queued_by_the_router() -> ContactOver:
    return ContactOver(workspace="main", contact_id="c1", outcome=QUEUED_BY_ROUTER)


@pytest.fixture
async def waiting() -> Service:
    """A service with a contact whose flow has asked for the queue."""
    service = Service()
    service.files.flows["menu"] = a_flow(DIRECT, "test")
    await service.arrives()
    await service.writes("english", 5)
    return service


async def test_the_visit_does_not_end_a_flow_that_stays_to_tell_the_wait(waiting: Service):
    await waiting.going_on.on_contact_over(queued_by_the_router(), NOON)
    await waiting.going_on.on_wait_estimated(estimated(), NOON)

    assert waiting.told.texts()[-1] == "You will wait between 2 and 5 minutes."
    assert waiting.rows.rows["c1"].outcome == "queued"


async def test_what_was_told_but_not_saved_is_told_again_under_the_same_id(waiting: Service):
    waiting.rows.fails = 1
    with pytest.raises(Exception, match="away"):
        await waiting.going_on.on_wait_estimated(estimated(), NOON)
    waiting.restart()
    await waiting.going_on.on_wait_estimated(estimated(), NOON)

    assert waiting.told.texts().count("You will wait between 2 and 5 minutes.") == 1
    assert len(waiting.told.effects) == len(waiting.told.texts()) + 1


async def test_who_has_an_agent_is_told_nothing_any_more(waiting: Service):
    connected = ContactOver(workspace="main", contact_id="c1", outcome="connected")
    await waiting.going_on.on_contact_over(connected, NOON)
    before = waiting.told.texts()
    await waiting.going_on.on_wait_estimated(estimated(), NOON)

    assert waiting.told.texts() == before


async def test_an_estimate_that_is_read_too_late_is_not_told(waiting: Service):
    before = waiting.told.texts()
    await waiting.going_on.on_wait_estimated(estimated(), NOON + timedelta(minutes=2))
    await waiting.going_on.on_deadline("main", "c1", NOON + timedelta(minutes=2))

    assert waiting.told.texts() == before
    assert waiting.rows.rows["c1"].outcome == "queued"


async def test_a_flow_that_asks_the_customer_is_ended_by_a_visit_as_ever():
    service = Service()
    service.files.flows["menu"] = a_flow(DIRECT, "test")
    await service.arrives()
    await service.going_on.on_contact_over(queued_by_the_router(), NOON)

    assert service.rows.rows["c1"].outcome == QUEUED_BY_ROUTER


async def test_without_its_key_a_contact_that_waits_is_left_where_it_waits(waiting: Service):
    async def gone(*_: object) -> None:
        raise KeyGone("k1")

    before = waiting.told.texts()
    waiting.told.publish = gone  # type: ignore[method-assign]
    await waiting.going_on.on_wait_estimated(estimated(), NOON)

    assert waiting.told.texts() == before
    assert waiting.rows.rows["c1"].outcome == "queued"
