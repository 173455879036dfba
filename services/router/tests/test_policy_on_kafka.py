"""Policies are applied, compared, shown and taken back on the real broker, never in silence."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from chassis.testing import eventually
from contact_center.v1 import common_pb2, contact_events_pb2, policy_pb2
from router.adapters.commands import policy_log, policy_verbs
from router.adapters.commands.policy_file import read_policy
from router.adapters.commands.settings import CommandSettings
from router.adapters.commands.source import Source
from router.domain.versions import ENGINE_VERSIONS, NEWEST

from .commands_run import command
from .on_kafka import a_router, own_topics

E_ = contact_events_pb2
FIRST = """skills: [billing, sales]
queues:
  - {name: billing, requires: {billing: 1}}
  - {name: sales, requires: {sales: 1}}
entry_points: [{name: web, channel: chat, flow: main}]
"""
SECOND = FIRST.replace("billing: 1}}", "billing: 2}, offer_to: 2}")
THIRD = FIRST.replace("skills: [billing, sales]", "skills: [billing]").replace(
    "requires: {sales: 1}", "order: best_skill"
)


@pytest.fixture
async def kafka(kafka_bootstrap_servers):
    async with own_topics(kafka_bootstrap_servers) as found:
        yield found


def files(folder: Path) -> list[str]:
    paths = []
    for name, text in (("first", FIRST), ("second", SECOND), ("third", THIRD)):
        (folder / f"{name}.yaml").write_text(text)
        paths.append(str(folder / f"{name}.yaml"))
    return paths


async def the_newest_engine_decides_in_a_new_workspace(run):
    known = ", ".join(str(version) for version in ENGINE_VERSIONS)
    show = f"engine version {NEWEST} decides; this program knows {known}\n"
    assert await run("engine", "show") == (0, show)
    assert await run("engine", "activate") == (0, f"engine version {NEWEST} is active\n")
    assert await run("engine", "activate", "1") == (0, "engine version 1 is active\n")
    refused = (1, "refused: unknown_engine_version: version 99\n")
    assert await run("engine", "activate", "99") == refused


async def test_what_changes_is_shown_and_an_earlier_version_comes_back(
    kafka, tmp_path, monkeypatch
):
    first, second, third = files(tmp_path)
    run = partial(command, kafka, monkeypatch, "policy")
    async with a_router(kafka, tmp_path / "router") as router:
        await eventually(router.is_up)
        assert await run("rollback", "1") == (1, "no policy is active\n")
        assert await run("apply", first) == (0, "policy version 1 is active\n")
        await the_newest_engine_decides_in_a_new_workspace(partial(command, kafka, monkeypatch))
        dry = await run("apply", "--dry-run", second)
        applied = await run("apply", second)
        await say_adjustments(kafka)
        touching = await run("apply", third)
        stale = await run("apply", "--base", "1", second)
        again_said = await run("apply", "--base", "1", third)
        shown = await run("show", "--version", "1")
        (tmp_path / "shown.yaml").write_text(shown[1])
        same = await run("diff", str(tmp_path / "shown.yaml"), first)
        different = await run("diff", "1", "active")
        back = await run("rollback", "1")
        again = await run("rollback", "1")
        unknown = await run("show", "--version", "9")
        await the_log_itself_knows_every_version(kafka)
        raced = await somebody_is_faster(monkeypatch, second, partial(run, "apply", third))

    changed = (
        "  queue billing: requires billing 2 (was: billing 1)\n"
        "  queue billing: offered to 2 agents at once (was: one agent at a time)\n"
    )
    assert dry == (0, f"against version 1:\n{changed}")
    assert applied == (0, f"against version 1:\n{changed}policy version 2 is active\n")
    assert touching[0] == 0
    assert "  skill sales is gone\n" in touching[1]
    assert "  queue sales: first agent best skill (was: longest idle)\n" in touching[1]
    assert (
        "  agent ana (skills, queues by mia, until taken back) names what is gone: skill sales;"
        " meets what changes: queue sales\n"
    ) in touching[1]
    assert "  queue sales (pause by mia, until " in touching[1]
    assert "queue billing (pause" not in touching[1]
    assert "agent nobody" not in touching[1]
    assert stale[0] == 1 and stale[1].startswith("the active version is 3, not 1: another was")
    assert "policy diff 1 active" in stale[1]
    assert again_said == (0, "policy version 3 is active and says the same\n")
    assert shown[1].startswith("# policy version 1 of workspace main\n")
    assert same == (0, "they say the same\n")
    assert different[0] == 1 and "skill sales is gone\n" in different[1]
    assert back[0] == 0 and back[1].endswith("policy version 4 is active\n")
    assert again == (0, "policy version 4 is active and says what version 1 said\n")
    assert raced[0] == 1
    assert (
        "policy version 5 is active\nthe policy is refused:\nthe active version is 5, not 4"
        in raced[1]
    )
    assert unknown[0] == 1 and "version 9 is not in the topics" in unknown[1]


async def somebody_is_faster(monkeypatch, theirs, mine):
    """Both read the same version; theirs becomes active before mine is proposed."""
    show = policy_verbs._show_changes

    async def meanwhile(log, active, policy):
        monkeypatch.setattr(policy_verbs, "_show_changes", show)
        source = Source(Path(theirs))
        await policy_verbs.apply(CommandSettings(), source, read_policy(source), None, False)

    monkeypatch.setattr(policy_verbs, "_show_changes", meanwhile)
    return await mine()


async def say_adjustments(kafka):
    """One that lasts, one that expires much later, one taken back, and one refused."""
    ana = policy_pb2.RosterAgent(agent_id="ana")
    await kafka.say(agent_defined=E_.AgentDefined(agent=ana))
    stranger = policy_pb2.RosterAgent(agent_id="nobody", team="front")
    await kafka.say(agent_adjusted=E_.AgentAdjusted(agent=stranger, fields=["team"]))
    await kafka.say(
        agent_adjusted=E_.AgentAdjusted(
            agent=policy_pb2.RosterAgent(
                agent_id="ana",
                skills=[common_pb2.Requirement(skill="sales", level=3)],
                queues=["sales"],
            ),
            fields=["skills", "queues"],
            by="mia",
        )
    )
    for queue, is_paused in (("sales", True), ("billing", True), ("billing", False)):
        fact = E_.QueuePaused(queue=queue, is_paused=is_paused, expires_seconds=3600, by="mia")
        await kafka.say(queue_paused=fact)


async def the_log_itself_knows_every_version(kafka):
    """Also when compaction has left only the newest; a refused proposal is not taken for it."""
    settings = CommandSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers, topic_prefix=kafka.prefix
    )

    class Compacted(policy_log.PolicyLog):
        async def _versions(self):
            versions = await super()._versions()
            return {max(versions): versions[max(versions)]}

    reader = policy_log.LogReader(settings)
    await reader.start(policy_log.TOPICS)
    try:
        log = Compacted(settings, reader)
        assert [q.offer_to for q in (await log.version(2)).queues] == [2, 1]
        assert (await log.version(3)).skills == ("billing",)
        assert await log.version(7) is None
    finally:
        await reader.stop()


async def test_without_kafka_a_diff_is_in_trouble_not_different(tmp_path, monkeypatch):
    first, _, _ = files(tmp_path)
    nobody = SimpleNamespace(bootstrap_servers="127.0.0.1:1", prefix="")
    monkeypatch.setenv("START_TIMEOUT_SECONDS", "1")
    code, said = await command(nobody, monkeypatch, "policy", "diff", first, "1")

    assert code == 2
    assert "Kafka is away" in said
