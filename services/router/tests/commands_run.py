"""Commands beside a test's own event loop: the exit code, and what is printed."""

import asyncio
import io
from contextlib import redirect_stdout
from typing import Any

from router.adapters.commands import engine, policy, roster, steer

COMMANDS = {
    "engine": engine.main,
    "policy": policy.main,
    "roster": roster.main,
    "steer": steer.main,
}


async def command(kafka: Any, monkeypatch: Any, verb: str, *arguments: str) -> tuple[int, str]:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap_servers)
    monkeypatch.setenv("TOPIC_PREFIX", kafka.prefix)
    said = io.StringIO()
    with redirect_stdout(said):
        code = await asyncio.to_thread(COMMANDS[verb], list(arguments))
    return code, said.getvalue()
