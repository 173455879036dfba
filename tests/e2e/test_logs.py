"""Marked people go through the whole contact center; no log knows their marks."""

import asyncio
import json

from chassis.testing import eventually
from local_stack.services import SERVICES
from tests.e2e.collector import Collector
from tests.e2e.world import World

NAME, TEXT, NUMBER, MAIL = "Zwetana-Marke", "geheim-4711-marke", "+4930555019283", "zwetana.marke"


async def test_no_log_and_no_span_has_a_name_a_text_a_number_or_an_address(
    world: World, spans: Collector
):
    ana = await world.agent("ana", talk=0.5, reply=f"answer {TEXT}")
    dia = await world.agent("dia", talk=0.5, reply=f"answer {TEXT}")
    async with world.chat(visitor=f"visitor-{NAME}", phone=NUMBER) as chat:
        await chat.start()
        await chat.say(f"I am {NAME}, {TEXT}, call {NUMBER}")
        await chat.hear("agent")
        await chat.state("ended")
    await world.mail(
        sender=f"{MAIL}@example.org",
        recipient="support@cc.test",
        subject=f"Subject {TEXT}",
        text=f"{NAME} {TEXT} {NUMBER}",
    )
    call = await world.call(NUMBER, "--digits", "1.5:2")
    await eventually(lambda: len(dia.handled) + len(ana.handled) >= 2)
    await call.tell("hangup")
    logs = await asyncio.to_thread(_logs, world) | {"spans": repr(spans.behind.spans())}

    marks = (NAME, TEXT, NUMBER, NUMBER.removeprefix("+"), MAIL)
    assert [(name, mark) for name, text in logs.items() for mark in marks if mark in text] == []
    assert {service.name for service in SERVICES} <= set(logs)


async def test_each_line_of_a_service_is_json_and_names_it(world: World):
    """Those of the standard fields; with the trace where one is under way."""
    await world.agent("ana", talk=0.1)
    async with world.chat() as chat:
        await chat.start()
        await chat.state("ended")
    logs = await asyncio.to_thread(_logs, world)
    lines = [
        (service.name, json.loads(line))
        for service in SERVICES
        for line in logs[service.name].splitlines()
    ]

    assert lines
    for name, line in lines:
        assert line["service.name"] == name
        assert {"time", "level", "message", "logger", "service.instance.id"} <= line.keys()
        assert ("trace_id" in line) == ("span_id" in line)


def _logs(world: World) -> dict[str, str]:
    """Of all programs but the sink, whose work is to show the mails that it gets."""
    folder = world.stack.data / "logs"
    return {
        path.name.partition(".")[0]: path.read_text(errors="replace")
        for path in folder.glob("*.log")
        if not path.name.startswith("smtp-sink")
    }
