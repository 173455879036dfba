"""The page with the widget, in a real browser (headless Chromium, driven over DevTools)."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from digital_people import PlayedRouter
from digital_replica import Start
from digital_topics import TopicReader
from websockets.asyncio.client import ClientConnection, connect

from chassis.testing import eventually, free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0

    async def call(self, method: str, **params: Any) -> Any:
        self._number += 1
        sent = {"id": self._number, "method": method, "params": params}
        await self._socket.send(json.dumps(sent))
        while (answer := json.loads(await self._socket.recv())).get("id") != self._number:
            pass
        return answer["result"]

    async def run(self, script: str) -> Any:
        result = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def say(self, text: str) -> None:
        await self.run(f"document.getElementById('text').value = {json.dumps(text)}")
        await self.run("document.getElementById('compose').requestSubmit()")

    async def lines(self) -> list[str]:
        every = "[...document.querySelectorAll('#messages li')]"
        found: list[str] = await self.run(f"{every}.map(l => l.className + '|' + l.lastChild.data)")
        return found


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    assert CHROMIUM is not None
    port = free_port()
    options = (f"--remote-debugging-port={port}", f"--user-data-dir={tmp_path / 'chromium'}")
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *FLAGS,
        *options,
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session:

            async def tab() -> str | None:
                try:
                    async with session.get(f"http://127.0.0.1:{port}/json") as response:
                        tabs = await response.json()
                except aiohttp.ClientError:
                    return None
                urls = [t["webSocketDebuggerUrl"] for t in tabs if t["type"] == "page"]
                return urls[0] if urls else None

            async with connect(await eventually(tab), max_size=None) as socket:
                yield Page(socket)
    finally:
        process.terminate()
        await process.wait()


async def test_a_window_in_the_browser_resumes_and_resends(
    router: PlayedRouter, start: Start, topics: TopicReader, page: Page
) -> None:
    """Text is shown as text, a reload brings all back, and a restart loses nothing."""
    port = free_port()
    first = await start(chat_port=port)
    await page.call("Page.navigate", url=f"http://127.0.0.1:{port}/")

    async def shows(*lines: str) -> None:
        async def as_wanted() -> bool:
            found = await page.lines()
            assert found == list(lines)
            return True

        await eventually(as_wanted, every=0.2)

    await eventually(lambda: topics.facts("contact_arrived"), every=0.2)
    (arrived,) = await topics.facts("contact_arrived")
    await eventually(lambda: page.run("!!document.getElementById('compose')"))
    await router.opens(arrived.contact_id, arrived.conversation_id, arrived.key_id)
    await router.estimates(arrived.contact_id, 121, 290)

    async def is_told() -> bool:
        told = await page.run("document.getElementById('state').textContent")
        assert told == "waiting, about 2–5 minutes …"
        return True

    await eventually(is_told, every=0.2)
    # Whoever comes back to the window two minutes later sees what is left.
    await page.run("Date.now = ((now) => () => now() + 125_000)(Date.now.bind(Date))")
    await page.run("document.dispatchEvent(new Event('visibilitychange'))")
    left = await page.run("document.getElementById('state').textContent")
    assert left == "waiting, up to 3 minutes …"
    await page.say("<b>Hello</b>")
    await shows("customer|<b>Hello</b>")
    await router.says(arrived.conversation_id, arrived.key_id, "Menu?", choices={"1": "Bills"})
    await eventually(lambda: page.run("document.querySelector('#choices button')?.textContent"))
    await page.run("document.querySelector('#choices button').click()")
    await shows("customer|<b>Hello</b>", "agent|Menu?", "customer|1")
    await page.call("Page.reload")
    await shows("customer|<b>Hello</b>", "agent|Menu?", "customer|1")
    await first.end()
    await page.say("While you were away")
    await start(chat_port=port)
    await eventually(lambda: page.run("!document.querySelector('.pending')"))
    wanted = ("customer|<b>Hello</b>", "agent|Menu?", "customer|1", "customer|While you were away")
    await shows(*wanted)

    async def all_said() -> bool:
        return len(await topics.facts("customer_messaged")) == 3

    await eventually(all_said, every=0.2)
    assert len(await topics.facts("contact_arrived")) == 1

    # Whoever ends the chat can write no more, and begins another one with an empty window.
    await page.run("document.getElementById('leave').click()")
    await eventually(lambda: page.run("document.querySelector('#choices button')?.textContent"))
    assert await page.run("getComputedStyle(document.getElementById('compose')).display") == "none"
    await page.run("document.querySelector('#choices button').click()")

    async def arrived_again() -> bool:
        return len(await topics.facts("contact_arrived")) == 2

    await eventually(arrived_again, every=0.2)
    await shows()
