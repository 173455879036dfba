"""A bot of twenty lines works as an agent: the example of the client's documentation, as it is."""

import asyncio
import sys
from pathlib import Path

from chassis.testing import eventually
from contact_center.v1 import routing_events_pb2
from tests.e2e.world import World

BOT = Path(__file__).parents[2] / "libs/agent/examples/echo_bot.py"


async def test_the_bot_of_the_documentation_answers_a_chat_and_completes_it(
    world: World, tmp_path: Path
):
    token = tmp_path / "ana.token"
    token.write_text(world.tokens.of("agent", "ana") + "\n")
    command = (sys.executable, str(BOT), world.desk, "ana", str(token))
    bot = await asyncio.create_subprocess_exec(*command)
    try:
        async with world.chat() as chat:
            await chat.start()
            await chat.say("Is anybody there?")
            first = await chat.hear("agent")
            so_far = len(chat.frames)
            await chat.say("A person?")
            second = await chat.hear("agent", after=so_far)
            await chat.leave()

        assert first["text"] == "You said: Is anybody there?"
        assert second["text"] == "You said: A person?"

        async def is_completed() -> bool:
            ended = [
                decision.contact_ended
                for step in await world.steps()
                for decision in step.decisions
                if decision.contact_ended.contact_id == chat.contact_id
            ]
            return [e.cause for e in ended] == [routing_events_pb2.CONTACT_CAUSE_COMPLETED]

        await eventually(is_completed)
    finally:
        bot.kill()
        await bot.wait()
