"""The same log gives the same bytes, from its start and from any state that was saved."""

import orjson
import pytest

from contact_center.v1 import routing_events_pb2
from router.adapters.codec import decode, encode_step
from router.adapters.codec.reading import READERS
from router.adapters.commands.replay import main
from router.adapters.recorded_log import About, LogWriter, NotALog, RecordedLog
from router.adapters.snapshots import Snapshot, SnapshotStore
from router.domain.snapshot import dump, load
from router.handlers.partition import Partition, Raw
from router.handlers.replaying import Kind, Replay, Said

from .facts_on_the_wire import KINDS
from .record_log import ALL_FACTS, MOST_BYTES, RECORDED, RECORDS, RULES, a_recording

PLACES = 12
USUAL = {
    *("contact_opened", "visit_opened", "offer_made", "offer_ringing", "offer_ended"),
    *("contact_connecting", "contact_connected", "contact_held", "contact_resumed"),
    *("contact_transferred", "visit_ended", "wrap_up_started", "contact_ended"),
    *("agent_state_changed", "policy_activated", "roster_changed", "record_rejected"),
    *("ring_opened", "contact_sent_to_flow", "callback_taken", "consult_started"),
}
"""A recording without one of these decisions would prove little."""


@pytest.fixture(scope="module")
def items():
    return list(RecordedLog(ALL_FACTS).items())


@pytest.fixture(scope="module")
def states(items):
    """States along the log as their files hold them, with the offsets they were taken at."""
    replay = a_replay()
    records = [item for item in items if isinstance(item, Raw)]
    found = []
    for number, raw in enumerate(records):
        replay.take(raw)
        if number % (len(records) // PLACES) == 7:
            state = dump(replay.partition.engines["main"].workspace)
            found.append((raw.offset, orjson.dumps(state)))
    return found


def a_replay(*snapshots, compare_from=0):
    partition = Partition(0, decode, lambda key: True)
    partition.restore((load(orjson.loads(state)), offset) for offset, state in snapshots)
    return Replay(partition, encode_step, compare_from)


def run(replay, items):
    for item in items:
        if isinstance(item, Raw):
            replay.take(item)
        else:
            replay.hear(item)
    replay.end()
    return replay


def test_the_recorded_log_is_decided_the_same_today(items):
    """If this fails after a change that is meant: docs/explain-and-replay.md, "A new version"."""
    replay = run(a_replay(), items)

    assert replay.difference is None
    assert replay.counts.same == replay.counts.records == len(items) // 2


def test_from_any_saved_state_the_rest_is_decided_the_same(items, states):
    for offset, state in states:
        replay = run(a_replay((offset, state)), items)

        assert replay.difference is None, f"from the state at {offset}"
        assert replay.counts.same == len(items) // 2 - offset - 1
    assert len(states) >= PLACES


def test_the_recorded_log_holds_every_kind_of_fact(items):
    """A new kind: run `python -m services.router.tests.record_log`."""
    said = {decode(item.value, "main").event_type for item in items if isinstance(item, Raw)}

    assert {name for name, field in KINDS.items() if field.name in READERS} <= said
    assert "" in said, "junk, too"
    assert sum(path.stat().st_size for path in RECORDED.rglob("*.xz")) <= MOST_BYTES


def test_the_recorded_log_holds_the_usual_decisions(items):
    decided = {
        decision.WhichOneof("decision")
        for item in items
        if isinstance(item, Said)
        for decision in routing_events_pb2.RoutingStep.FromString(item.value).decisions
    }

    assert decided >= USUAL


@pytest.mark.parametrize("path", sorted(RULES.glob("*.xz")), ids=lambda path: path.name)
def test_each_recorded_scenario_is_decided_the_same_through_saved_states(path, capsys):
    assert main(["--log", str(path), "--through-snapshots", "3"]) == 0, capsys.readouterr().out


def test_the_crowd_of_a_seed_says_the_same_again():
    first, second = (a_recording(seed=3, records=300) for _ in range(2))

    assert first.items == second.items


def test_a_step_that_is_decided_otherwise_is_found(items):
    number = 200
    broken = [
        Said(step_number=i.step_number, cause=i.cause, value=i.value + b"\x50\x01")
        if isinstance(i, Said) and i.step_number == number
        else i
        for i in items[:600]
    ]
    replay = run(a_replay(), broken)

    assert replay.difference.kind is Kind.OTHER_BYTES
    assert (replay.difference.step_number, replay.difference.cause) == (number, number - 1)


def test_a_step_that_is_missing_is_found(items):
    without = [i for i in items[:600] if not (isinstance(i, Said) and i.step_number == 200)]

    assert run(a_replay(), without).difference.kind is Kind.NEVER_SAID


def test_a_record_that_is_missing_is_found(items):
    without = [i for i in items[:600] if not (isinstance(i, Raw) and i.offset == 299)]

    replay = run(a_replay(), without)
    assert replay.difference.kind in (Kind.OTHER_BYTES, Kind.NOT_REACHED)
    assert replay.difference.cause >= 299


def test_a_step_that_an_old_worker_said_again_counts_once(items):
    steps = [item for item in items[:600] if isinstance(item, Said)]
    replay = run(a_replay(), [*items[:600], *steps[100:150]])

    assert replay.difference is None
    assert (replay.counts.same, replay.counts.repeated) == (300, 50)


def test_a_repeat_with_other_bytes_is_found(items):
    again = Said(step_number=200, cause=199, value=b"\x50\x01")

    assert run(a_replay(), [*items[:600], again]).difference.kind is Kind.REPEATED_OTHERWISE


def test_steps_that_retention_took_are_not_missed(items):
    late = [i for i in items[:600] if not (isinstance(i, Said) and i.step_number <= 100)]
    replay = run(a_replay(), late)

    assert replay.difference is None
    assert (replay.counts.same, replay.counts.no_longer_said) == (200, 100)


def test_more_of_them_than_are_held_back_are_not_missed_either(items, monkeypatch):
    monkeypatch.setattr("router.handlers.replaying.MOST_PENDING", 30)
    late = [i for i in items[:600] if not (isinstance(i, Said) and i.step_number <= 100)]
    replay = run(a_replay(), late)

    assert replay.difference is None
    assert (replay.counts.same, replay.counts.no_longer_said) == (200, 100)
    silent = run(a_replay(), [item for item in items[:600] if isinstance(item, Raw)])
    assert (silent.counts.not_said_yet, silent.counts.no_longer_said) == (300, 0)


def test_steps_that_are_not_said_yet_are_no_difference(items):
    replay = run(a_replay(), [i for i in items[:600] if isinstance(i, Raw) or i.step_number < 250])

    assert replay.difference is None
    assert replay.counts.not_said_yet == 51


def test_what_lies_before_an_offset_is_applied_and_not_compared(items):
    replay = run(a_replay(compare_from=500), items[:1200])

    assert replay.difference is None
    assert (replay.counts.records, replay.counts.same) == (600, 100)


# The command.


def test_the_command_says_that_nothing_differs(capsys):
    code = main(["--log", str(ALL_FACTS), "--through-snapshots", "500"])

    said = capsys.readouterr().out
    assert code == 0, said
    assert f"{RECORDS:,} steps byte for byte the same" in said
    assert said.strip().endswith("no difference")


def test_the_command_says_the_first_difference_in_words(items, tmp_path, capsys):
    offered = next(i for i in items if isinstance(i, Said) and b"agent_for_contact" in i.value)
    agent_id = next(name for name in (b"a00", b"a01", b"a02", b"a03", b"a04", b"a05", b"a06",
                                      b"a07", b"a08", b"a09") if name in offered.value)  # fmt: skip
    other = Said(
        step_number=offered.step_number,
        cause=offered.cause,
        value=offered.value.replace(agent_id, b"xxx"),
    )
    path = tmp_path / "other.log.xz"
    write(path, [other if i is offered else i for i in items[:2000]])

    assert main(["--log", str(path)]) == 1
    said = capsys.readouterr().out
    assert f"first difference: step {offered.step_number} is decided otherwise now" in said
    assert f"it answers offset {offered.cause} of contact-events: " in said
    assert '"agent_id": "xxx"' in said.partition("- as it was said")[2]
    assert f'"agent_id": "{agent_id.decode()}"' in said.partition("+ as it is decided now")[2]


def test_the_command_begins_with_a_snapshot_and_compares_a_stretch(states, tmp_path, capsys):
    store = SnapshotStore(f"file://{tmp_path}", kept=9)
    for offset, state in states[:3]:
        store.save(
            Snapshot(
                workspace="main",
                partition=0,
                offset=offset,
                step_number=offset + 1,
                engine_version=1,
                state=orjson.loads(state),
            )
        )
    third = states[2][0]
    auto = ["--log", str(ALL_FACTS), "--from-snapshot", "auto", "--snapshots", f"file://{tmp_path}"]

    assert main(auto) == 0
    assert f"from the snapshot at offset {third}" in capsys.readouterr().out
    assert main([*auto, "--from-offset", str(third), "--to-offset", str(third + 9)]) == 0
    said = capsys.readouterr().out
    assert f"from the snapshot at offset {states[1][0]}" in said
    assert "10 steps byte for byte the same" in said
    newest = max((tmp_path / "main").iterdir())
    assert main(["--log", str(ALL_FACTS), "--from-snapshot", str(newest)]) == 0
    newest.write_bytes(newest.read_bytes().replace(b'"engine_version":1', b'"engine_version":9', 1))
    capsys.readouterr()
    assert main(["--log", str(ALL_FACTS), "--from-snapshot", str(newest)]) == 1
    assert "it is of engine 9" in capsys.readouterr().out


def test_a_log_that_was_cut_off_or_is_none_is_refused(tmp_path, items, capsys):
    whole = ALL_FACTS.read_bytes()
    for name, content in {"cut": whole[:-500], "none": b"hello", "empty": b""}.items():
        path = tmp_path / name
        path.write_bytes(content)

        assert main(["--log", str(path)]) == 1
        assert "this cannot be read" in capsys.readouterr().out
    writer = LogWriter(tmp_path / "open", About(workspace="main", partition=0))
    writer.write(items[0])
    writer._file.close()
    with pytest.raises(NotALog):
        list(RecordedLog(tmp_path / "open").items())


def write(path, items):
    writer = LogWriter(path, About(workspace="main", partition=0))
    for item in items:
        writer.write(item)
    writer.close()
