"""What is kept of commands that nobody here is meant by, so far."""

from ingest_voice.adapters.early import KEPT_SECONDS, MOST_CONTACTS, MOST_EACH, Early


def test_early_commands_come_out_in_their_order_once():
    early: Early[str] = Early()
    early.keep("c1", "one")
    early.keep("c1", "two")

    assert [early.next_of("c1"), early.next_of("c1"), early.next_of("c1")] == ["one", "two", None]
    assert "c1" not in early


def test_what_is_nobodys_here_is_forgotten_soon():
    clock = [0.0]
    early: Early[str] = Early(lambda: clock[0])
    early.keep("c1", "one")
    clock[0] = KEPT_SECONDS + 1

    assert early.next_of("c1") is None


def test_early_commands_are_bounded():
    early: Early[int] = Early()
    for number in range(MOST_CONTACTS + 10):
        early.keep(f"c{number}", number)
    for number in range(MOST_EACH + 10):
        early.keep("c0", number)

    kept = 0
    while early.next_of("c0") is not None:
        kept += 1
    assert kept == MOST_EACH
    assert "c1" not in early
