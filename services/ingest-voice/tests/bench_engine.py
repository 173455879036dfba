"""How many bridged and recorded calls one core carries: python bench_engine.py 30

Prints what it measured; never fails on a time. The phones run as other processes on the same
machine, so their load is in the machine's, but not in the figure.
"""

import asyncio
import sys
import time

import psutil
from engine_harness import HOST, EngineUnderTest, ListSink, running_engine

from ingest_voice.domain.engine_events import CallAnswered, CallOffered, LegAnswered
from local_stack.phone.process import phone

MEASURED_SECONDS = 10


async def main(count: int) -> None:
    async with (
        running_engine() as voice,
        phone("agent", "--tone", "660") as agent,
        phone("call", voice.address("+49"), "--tone", "440", "--count", str(count),
              "--every", "0.05"),
    ):  # fmt: skip
        await _answer_all(voice, count)
        for key in _answered(voice):
            address = f"sip:agent@{HOST}:{agent.port}"
            await voice.engine.dial(key, f"{key}/1", address, headers={}, timeout_seconds=20)
        await _until(lambda: len(_of(voice, LegAnswered)) == count)
        for key in _answered(voice):
            voice.engine.talk(key, (f"{key}/1",), has_customer=True)
            voice.engine.record(key, ListSink())
        await asyncio.sleep(2)
        await _measure(voice, count)


async def _answer_all(voice: EngineUnderTest, count: int) -> None:
    done: set[str] = set()

    async def answer_new() -> bool:
        for event in _of(voice, CallOffered):
            if event.call_key not in done:
                done.add(event.call_key)
                await voice.engine.answer(event.call_key)
        return len(_answered(voice)) == count

    while not await answer_new():
        await asyncio.sleep(0.02)


async def _measure(voice: EngineUnderTest, count: int) -> None:
    voice.lateness.clear()
    process = psutil.Process()
    before, started = process.cpu_times(), time.monotonic()
    await asyncio.sleep(MEASURED_SECONDS)
    after, seconds = process.cpu_times(), time.monotonic() - started
    core = (after.user + after.system - before.user - before.system) / seconds
    late = sorted(voice.lateness)
    print(f"{count} bridged, recorded calls: {core:.0%} of a core, {core / count:.2%} each")
    print(
        f"about {count / core:.0f} calls a core; {psutil.cpu_percent(1):.0f} % of the machine used"
    )
    print(
        f"20 ms clock late by: p50 {late[len(late) // 2] * 1000:.1f} ms, "
        f"p99 {late[len(late) * 99 // 100] * 1000:.1f} ms, worst {late[-1] * 1000:.1f} ms"
    )
    print(f"memory: {process.memory_info().rss / 2**20:.0f} MiB, threads: {process.num_threads()}")


def _of(voice: EngineUnderTest, kind: type) -> list:
    return [event for event in voice.events if isinstance(event, kind)]


def _answered(voice: EngineUnderTest) -> list[str]:
    return [event.call_key for event in _of(voice, CallAnswered)]


async def _until(check) -> None:
    while not check():
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30))
