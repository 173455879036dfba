"""The verbs of `contact-center policy` that talk to Kafka and the router."""

import time
from dataclasses import replace

from router.adapters.codec.steering import policy_proposed
from router.adapters.commands.conversation import Conversation, talking
from router.adapters.commands.engine import begin_with_newest
from router.adapters.commands.outcome import DIFFERENT, DONE, REFUSED
from router.adapters.commands.policy_log import NoSuchVersion, PolicyLog, reading
from router.adapters.commands.policy_text import policy_text
from router.adapters.commands.policy_words import changes
from router.adapters.commands.settings import CommandSettings
from router.adapters.commands.source import Source
from router.adapters.commands.touched import touched
from router.domain.policy import Policy

NONE_ACTIVE = "no policy is active"


async def show(settings: CommandSettings, version: int | None) -> int:
    """Print a policy as a file that says the same."""
    async with reading(settings) as log:
        policy = await _version(log, version)
    print(f"# policy version {policy.version} of workspace {settings.workspace}")
    print(policy_text(policy), end="")
    return DONE


async def diff(
    settings: CommandSettings, before: Policy | int | None, after: Policy | int | None
) -> int:
    """Print what is different; versions come from the topics, None is the active one."""
    async with reading(settings) as log:
        sides = [
            side if isinstance(side, Policy) else await _version(log, side)
            for side in (before, after)
        ]
    return diff_files(*sides)


def diff_files(before: Policy, after: Policy) -> int:
    """Print what is different; DIFFERENT when something is."""
    lines = _changes(before, after)
    print("\n".join(lines) if lines else "they say the same")
    return DIFFERENT if lines else DONE


async def apply(
    settings: CommandSettings, source: Source, policy: Policy, base: int | None, is_dry: bool
) -> int:
    """Show what changes and propose it; errors stand beside the file's lines."""
    async with talking(settings) as talk:
        active = await talk.log.active()
        version = 0 if active is None else active.version
        if base is not None and base > version:
            print(f"the active version is {version}, not {base}: there was none such yet")
            return REFUSED
        if active is not None and _is_same(active, policy):
            print(f"policy version {version} is active and says the same")
            return DONE
        if base is not None and base != version:
            print(_too_late(f"the active version is {version}, not {base}", base))
            return REFUSED
        await _show_changes(talk.log, active, policy)
        if is_dry:
            return DONE
        if active is None:
            await begin_with_newest(talk)
        return await _propose(talk, source, policy, version)


async def rollback(settings: CommandSettings, version: int, is_dry: bool) -> int:
    """Propose what an earlier version said, on top of the active one."""
    async with talking(settings) as talk:
        active = await talk.log.active()
        if active is None:
            raise NoSuchVersion(NONE_ACTIVE)
        wanted = replace(await _version(talk.log, version), version=0)
        if _is_same(active, wanted):
            print(f"policy version {active.version} is active and says what version {version} said")
            return DONE
        await _show_changes(talk.log, active, wanted)
        return DONE if is_dry else await _propose(talk, None, wanted, active.version)


async def _version(log: PolicyLog, version: int | None) -> Policy:
    active = await log.active()
    if active is None:
        raise NoSuchVersion(NONE_ACTIVE)
    if version is None or version == active.version:
        return active
    found = await log.version(version) if 0 < version < active.version else None
    if found is None:
        known = f"the active version is {active.version}"
        raise NoSuchVersion(f"version {version} is not in the topics (any more); {known}")
    return found


async def _show_changes(log: PolicyLog, active: Policy | None, policy: Policy) -> None:
    if active is None:
        return
    print(f"against version {active.version}:")
    print("\n".join(f"  {line}" for line in _changes(active, policy)))
    live = await log.live(round(time.time() * 1000))
    if live:
        print("live adjustments of supervisors; none is taken back by this:")
        print("\n".join(f"  {line}" for line in touched(active, policy, live)))


async def _propose(talk: Conversation, source: Source | None, policy: Policy, base: int) -> int:
    (answer,) = await talk.say(
        "PolicyProposed", [lambda saying: policy_proposed(saying, policy, base)]
    )
    if answer.version:
        print(f"policy version {answer.version} is active")
        return DONE
    print("the policy is refused:")
    late = next((e.message for e in answer.errors if e.path == "base_version"), "")
    if late:
        print(_too_late(late, base))
        return REFUSED
    if source is not None:
        source.add(answer.errors)
    told = source.report() if source else [f"{e.path}: {e.message}" for e in answer.errors]
    print("\n".join([*told, *([answer.refused] if answer.refused else [])]))
    return REFUSED


def _too_late(message: str, base: int) -> str:
    return (
        f"{message}: another was applied meanwhile; `contact-center policy diff {base} active`"
        " says what is different since"
    )


def _is_same(active: Policy, policy: Policy) -> bool:
    return replace(active, version=0) == replace(policy, version=0)


def _changes(before: Policy, after: Policy) -> list[str]:
    lines = changes(before, after)
    if not lines and not _is_same(before, after):
        return ["only the order in which things are said is different"]
    return lines
