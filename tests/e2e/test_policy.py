"""A policy takes effect within a second of being applied, without a restart of anything."""

import asyncio
import re
import time

from chassis.testing import eventually
from local_stack.stack import FILES
from tests.e2e.world import World


async def test_a_new_entry_point_is_open_as_soon_as_the_policy_is_applied(world: World, tmp_path):
    text = (FILES / "policy.yaml").read_text()
    changed = tmp_path / "policy.yaml"
    changed.write_text(_with_widget(text, "web-summer"))
    pids = {name: world.stack.parts.pid(name) for name in world.stack.instances()}
    said = await asyncio.to_thread(world.stack.run, "policy", "apply", str(changed))
    applied = time.monotonic()
    async with world.chat(entry_point="web-summer") as chat:
        await eventually(chat.try_start)
        opened = time.monotonic()
        await chat.leave()

    assert said
    # Printed, not judged: a loaded machine may be slow, a restart would be plain to see.
    print(f"open {opened - applied:.2f} s after the policy was applied")
    assert pids == {name: world.stack.parts.pid(name) for name in world.stack.instances()}
    await asyncio.to_thread(world.stack.run, "policy", "apply", str(FILES / "policy.yaml"))


def _with_widget(text: str, name: str) -> str:
    """Add an entry point like web-direct under another name."""
    return _with_copy(text, "web-direct", name)


def _with_agent(text: str, like: str, name: str) -> str:
    """Add an agent like another, without a telephone of their own."""
    return _with_copy(text, like, name)


def _with_copy(text: str, old: str, new: str) -> str:
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if re.search(rf"\b{old}\b", line))
    first = start
    while not lines[first].lstrip().startswith("-"):
        first -= 1
    indent = len(lines[first]) - len(lines[first].lstrip())
    last = first + 1
    while (
        last < len(lines)
        and lines[last].strip()
        and len(lines[last]) - len(lines[last].lstrip()) > indent
    ):
        last += 1
    block = [line.replace(old, new) for line in lines[first:last]]
    return "\n".join([*lines[:last], *block, *lines[last:]]) + "\n"


async def test_an_agent_who_is_added_to_the_roster_can_sign_in_at_once(world: World, tmp_path):
    text = (world.stack.data / "roster.yaml").read_text()
    changed = tmp_path / "roster.yaml"
    changed.write_text(_with_agent(text, "ana", "gia"))
    await asyncio.to_thread(world.stack.run, "roster", "apply", str(changed))
    gia = await world.agent("gia", talk=0.1)
    async with world.chat() as chat:
        await chat.start()
        await chat.state("ended")
    await eventually(lambda: chat.contact_id in gia.handled)
    await world.sign_out(gia)
    await asyncio.to_thread(
        world.stack.run, "roster", "apply", str(world.stack.data / "roster.yaml")
    )
