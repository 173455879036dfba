"""Snapshots as files: several are kept, and a damaged one is skipped."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from threading import Barrier
from typing import Any

import orjson
import pytest

from router.adapters.codec import decode, encode_step
from router.adapters.outbox import Outbox
from router.adapters.saving import Saver
from router.adapters.snapshots import Snapshot, SnapshotStore
from router.domain.engine import Engine
from router.domain.snapshot import dump, load
from router.domain.steering_facts import PolicyProposed
from router.handlers.partition import Partition
from router.settings import RouterSettings

from .scenario import Scenario
from .test_scenarios import FOLDER, rules_of


@pytest.fixture
def store(tmp_path):
    return SnapshotStore(f"file://{tmp_path}/snapshots", kept=3)


def a_snapshot(offset: int = 10, workspace: str = "main", partition: int = 2) -> Snapshot:
    return Snapshot(
        workspace=workspace,
        partition=partition,
        offset=offset,
        step_number=offset + 1,
        engine_version=1,
        state={"name": workspace, "numbers": [1, 2, 3]},
    )


def test_the_newest_of_each_workspace_of_the_partition_comes_back(store):
    for offset in (5, 9, 10):
        store.save(a_snapshot(offset))
    store.save(a_snapshot(7, "other"))
    store.save(a_snapshot(8, "elsewhere", partition=1))

    assert store.newest(2) == [a_snapshot(10), a_snapshot(7, "other")]


def test_only_so_many_are_kept(store, tmp_path):
    for offset in range(6):
        store.save(a_snapshot(offset))

    kept = sorted(path.name for path in (tmp_path / "snapshots/main").iterdir())
    assert [name.split("-")[0].lstrip("0") for name in kept] == ["3", "4", "5"]


def test_what_a_killed_process_did_not_finish_is_let_go(store, tmp_path):
    """What is newer than the snapshots that are kept may be in the making elsewhere."""
    folder = tmp_path / "snapshots/main"
    folder.mkdir(parents=True)
    left, in_the_making = (folder / f"{offset:020d}-9.json.f00.part" for offset in (2, 4))
    left.touch()
    in_the_making.touch()
    for offset in range(6):
        store.save(a_snapshot(offset))

    assert not left.exists()
    assert in_the_making.exists()
    assert len(list(folder.iterdir())) == 4


def test_older_ones_stay_ever_farther_apart(tmp_path):
    """Replays begin with them; there are few, and none is as old as the log."""
    store = SnapshotStore(f"file://{tmp_path}", kept=2, kept_older=6)
    for offset in range(0, 20_000, 50):
        store.save(a_snapshot(offset))

    kept = sorted(int(path.name.split("-")[0]) for path in (tmp_path / "main").iterdir())
    assert kept[-2:] == [19_900, 19_950]
    assert len(kept) <= 2 + 6
    gaps = [19_950 - offset for offset in reversed(kept[:-2])]
    assert all(2 * near <= far <= 16 * near for near, far in pairwise(gaps))
    assert gaps[-1] > 4_000


def test_two_who_save_the_same_at_once_do_not_disturb_each_other(tmp_path):
    """A router that loses a partition and its heir share the storage, and so the last offsets."""
    stores = [SnapshotStore(f"file://{tmp_path}", kept=1) for _ in range(2)]
    together = Barrier(len(stores))

    def save(store: SnapshotStore) -> None:
        for offset in range(200):
            together.wait(10)
            store.save(a_snapshot(offset))

    with ThreadPoolExecutor() as threads:
        list(threads.map(save, stores))

    assert stores[0].newest(2) == [a_snapshot(199)]
    assert len(list((tmp_path / "main").iterdir())) == 1


async def test_one_save_waits_for_the_other(tmp_path):
    """The last save comes when the process ends, which may be in the middle of one."""
    store = Slow(f"file://{tmp_path}", kept=3)
    saver = Saver(RouterSettings(), store, Outbox(RouterSettings(), nowhere, nowhere))
    partition = Partition(0, decode, lambda key: True)
    partition.engines["main"], partition.position = Scenario().log.engine, 7

    await asyncio.gather(saver.save([partition]), saver.save([partition]))

    assert store.most_at_once == 1
    assert [path.name[:20] for path in (tmp_path / "main").iterdir()] == [f"{7:020d}"]


class Slow(SnapshotStore):
    """Takes its time, and sees whether somebody else does not wait for it."""

    at_once = most_at_once = 0

    def save(self, snapshot: Snapshot) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.05)
        super().save(snapshot)
        self.at_once -= 1


async def nowhere(*_: object, **__: object) -> Any:
    raise AssertionError("nothing is said here")


def test_the_latest_before_an_offset_comes_back(store):
    for offset in (5, 9, 12):
        store.save(a_snapshot(offset))

    assert store.latest("main", 11) == a_snapshot(9)
    assert store.latest("main", 4) is None
    assert store.latest("unheard-of", 11) is None


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b"{}\n{}", lambda b: b"x" + b]
)
def test_a_damaged_one_is_skipped_loudly(store, tmp_path, caplog, damage):
    store.save(a_snapshot(5))
    store.save(a_snapshot(9))
    newest = max((tmp_path / "snapshots/main").iterdir())
    newest.write_bytes(damage(newest.read_bytes()))

    assert store.newest(2) == [a_snapshot(5)]
    assert "snapshot is damaged" in caplog.text


def test_without_any_there_is_nothing(store):
    assert store.newest(0) == []


def twin_of(scenario: Scenario) -> Engine:
    """Return an engine that begins with the snapshot of this one."""
    return Engine(load(orjson.loads(orjson.dumps(dump(scenario.log.engine.workspace)))))


def test_a_state_comes_back_from_its_bytes_and_goes_on_the_same():
    scenario = Scenario()
    for command in [
        *("agent ana skills=billing:2,german:1", "contact c1 queue=billing skills=german:1"),
        *("ana accepts c1", "contact c2 queue=billing channel=chat", "c2 is customer7"),
    ]:
        scenario.obey(command)
    twin = twin_of(scenario)
    at = len(scenario.log.records)
    for command in ["c1 leg answers", "ana accepts c2", "ana transfers c2 anyone", "tick 200s"]:
        scenario.obey(command)

    said = [encode_step(step) for step in scenario.log.steps[at:]]
    assert [encode_step(twin.apply(record)) for record in scenario.log.records[at:]] == said


def test_who_is_called_when_the_queue_opens_is_called_then_from_a_snapshot_as_well():
    """The gap after the first try ended in closed hours; that time is over, and counts no more."""
    rules = rules_of(FOLDER / "routing" / "callback_when_open.txt")
    scenario = Scenario(rules)
    scenario.run(["time 2026-12-24T10:59:00Z", "engine 3", "agent ana", "contact c1 queue=office"])
    scenario.run(["c1 asks callback", "ana accepts c1.2", "c1.2 unreached busy", "tick 61s"])
    always_open = tuple(
        replace(queue, schedule="", on_closed=None) if queue.name == "office" else queue
        for queue in rules.queues
    )
    scenario.say(PolicyProposed(policy=replace(rules, queues=always_open), base_version=1))
    twin = twin_of(scenario)
    at = len(scenario.log.records)
    told = [scenario.run([f"time 2026-12-28T{time}Z"]) for time in ("06:59:59", "07:00:00")]

    assert told == [[], ["c1.2 queued office (callback)", "c1.2 offered ana"]]
    said = [encode_step(step) for step in scenario.log.steps[at:]]
    assert [encode_step(twin.apply(record)) for record in scenario.log.records[at:]] == said
