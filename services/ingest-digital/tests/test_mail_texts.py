"""The worker that reads the texts of mails, also those that were written to hang it."""

import pytest

from chassis.testing import running
from ingest_digital.adapters.mail_texts import MailTextReader
from ingest_digital.domain.mime import read_mail

QUOTED = "It works.\n\nOn Mon, Nov 2, 2026 at 10:00 Help <help@cc.test> wrote:\n> Try again\n"
GENEROUS_SECONDS = 30.0


async def test_quotes_are_cut_from_a_reply_and_from_nothing_else():
    async with running(MailTextReader()) as reader:
        assert (await reader.read(QUOTED, "", is_reply=True))[0] == "It works."
        assert (await reader.read(QUOTED, "", is_reply=False))[0] == QUOTED


async def test_a_reply_that_is_only_a_quote_is_shown():
    text = "> only a quote\n"
    async with running(MailTextReader()) as reader:
        assert "only a quote" in (await reader.read(text, "", is_reply=True))[0]


@pytest.mark.parametrize(
    ("text", "html"),
    [("\n" * 49_000 + "x", ""), ("On " * 16_000, ""), ("", "<a " * 80_000), ("", "<!" * 100_000)],
    ids=["lines", "words", "tags", "declarations"],
)
async def test_a_hostile_text_costs_seconds_and_the_next_mail_is_read(text: str, html: str):
    async with running(MailTextReader(answer_seconds=0.3)) as reader:
        await reader.read(text, html, is_reply=True)
        reader._answer_seconds = GENEROUS_SECONDS
        assert (await reader.read(QUOTED, "", is_reply=True))[0] == "It works."


async def test_a_worker_that_was_killed_is_replaced():
    async with running(MailTextReader()) as reader:
        await reader.read("x", "", is_reply=False)
        assert reader._worker is not None
        reader._worker.kill()
        await reader._worker.wait()
        assert (await reader.read("y", "", is_reply=False))[0] == "y"


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: " + b"=?utf-8?q?x?= " * 20_000 + b"\r\n\r\nx",
        b"From: " + b"(" * 30_000 + b"a@b.c\r\n\r\nx",
        b"References: " + b"< " * 300_000 + b"\r\n\r\nx",
        b"Content-Type: text/plain; " + b"a*0=b; " * 30_000 + b"\r\n\r\nx",
        b"X: y\r\n" * 1_000_000 + b"\r\nx",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 1_000_000,
    ],
    ids=["words", "comments", "ids", "parameters", "headers", "parts"],
)
def test_a_hostile_mail_takes_bounded_time(raw: bytes):
    """Each of them takes minutes without the bounds, and the test runner's patience ends before."""
    assert read_mail(raw).subject != raw.decode()
