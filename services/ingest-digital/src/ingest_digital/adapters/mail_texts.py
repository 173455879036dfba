"""The texts of mails, read by a process of its own, in bounded time."""

import asyncio
import json
import logging
import re
import sys

from chassis.part import Part
from ingest_digital import metrics

ANSWER_SECONDS = 3.0
WAIT_SECONDS = 15.0
MAX_ANSWER = 8 * 1024 * 1024
_TAG = re.compile(r"<[^>]{0,500}>")

log = logging.getLogger(__name__)


class MailTextReader(Part):
    """Asks one worker; if it takes too long it is ended, and the text is shown as it came."""

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self._worker: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def read(self, text: str, html: str, *, is_reply: bool) -> tuple[str, str]:
        """Text without quotes (if it is a reply) and safe HTML; the plain text if that fails."""
        question = json.dumps({"text": text, "html": html, "is_reply": is_reply}) + "\n"
        try:
            async with asyncio.timeout(WAIT_SECONDS), self._turn:
                answer = await self._ask(question.encode())
        except (TimeoutError, OSError, ValueError) as error:
            metrics.MAIL_DEFECTS.inc()
            log.warning("a mail's text was not read", extra={"error": type(error).__name__})
            return text or _TAG.sub(" ", html), ""
        return answer["text"], answer["html"]

    async def stop(self) -> None:
        """End the worker."""
        async with self._turn:
            await self._end()

    async def _ask(self, question: bytes) -> dict[str, str]:
        worker = self._worker
        if worker is None or worker.returncode is not None:
            worker = self._worker = await _begin()
            assert worker.stdout is not None
            # Its libraries are loaded when it says so.
            await worker.stdout.readline()
        assert worker.stdin is not None and worker.stdout is not None
        try:
            async with asyncio.timeout(self._answer_seconds):
                worker.stdin.write(question)
                await worker.stdin.drain()
                line = await worker.stdout.readline()
            answer: dict[str, str] = json.loads(line)
        except BaseException:
            # Its next answer would be to this question.
            await self._end()
            raise
        return answer

    async def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None and worker.returncode is None:
            worker.kill()
            await worker.wait()


async def _begin() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ingest_digital.adapters.text_worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=MAX_ANSWER,
    )
