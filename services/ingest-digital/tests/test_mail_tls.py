"""Mail in by TLS: offered where there is a certificate, and needed beyond loopback."""

import logging
import ssl
from pathlib import Path

import aiosmtplib
import pytest
import trustme
from digital_mail import a_mail
from digital_people import PlayedRouter
from digital_replica import Start
from digital_topics import TopicReader


async def test_a_mail_may_come_by_tls(
    router: PlayedRouter, start: Start, topics: TopicReader, tmp_path: Path
) -> None:
    authority = trustme.CA()
    pem, trusted = tmp_path / "own.pem", tmp_path / "ca.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(pem)
    authority.cert_pem.write_to_path(trusted)
    app = await start(tls_cert_file=pem, tls_key_file=pem)
    context = ssl.create_default_context(cafile=trusted)
    port = app.app.mail.port
    client = aiosmtplib.SMTP(hostname="localhost", port=port, start_tls=True, tls_context=context)
    async with client:
        await client.send_message(a_mail("By an encrypted way."))

    (arrived,) = await topics.facts("contact_arrived")
    assert arrived.entry_point == "help"


async def test_mail_is_not_taken_from_everywhere_in_clear(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with pytest.raises(RuntimeError, match="ended while it started"):
        await start(mail_host="0.0.0.0", development_issuer_key_file=None)

    assert "mail listens on 0.0.0.0 without TLS" in caplog.text
