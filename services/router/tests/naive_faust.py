"""Faust as one would write it without knowing better; run by test_faust_guards.

python naive_faust.py BOOTSTRAP_SERVERS TOPIC hang|raise FOLDER

The group has the topic's name. Prints each number when it is done with it.
"""

import asyncio
import sys

import faust

STUCK, RAISED = 6, 9


async def main(bootstrap_servers: str, topic: str, how: str, folder: str) -> None:
    app = faust.App(
        topic,
        broker=f"kafka://{bootstrap_servers}",
        broker_commit_interval=0.25,
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        datadir=folder,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        loghandlers=[],
    )

    async def agent(stream):
        async for value in stream:
            number = int(value)
            if how == "hang" and number == STUCK:
                await asyncio.sleep(600)
            if how == "raise" and number == RAISED:
                raise ValueError(number)
            print(number, flush=True)

    together = 4 if how == "hang" else 1
    app.agent(app.topic(topic, value_type=bytes), name="naive", concurrency=together)(agent)
    await app.start()
    await app.wait_until_stopped()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
