"""What Faust's own documentation leads to: an agent that awaits each send's acknowledgement.

python -m tests.bench.router.faust_echo BOOTSTRAP_SERVERS SOURCE TARGET
"""

import asyncio
import os
import sys
from typing import Any

import faust


async def echo(bootstrap_servers: str, source: str, target: str) -> None:
    """Pass on every record, until ended."""
    app = faust.App(
        source,
        broker=f"kafka://{bootstrap_servers}",
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        datadir=os.environ["F_DATADIR"],
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        loghandlers=[],
    )
    said = app.topic(target, value_type=bytes)

    async def pass_on(stream: Any) -> None:
        async for value in stream:
            await said.send(value=value)

    app.agent(app.topic(source, value_type=bytes), name="echo")(pass_on)
    await app.start()
    print("ready", flush=True)
    await app.wait_until_stopped()


if __name__ == "__main__":
    asyncio.run(echo(*sys.argv[1:]))
