"""Mail in by TLS, where there is a certificate; and which doors do not open without one."""

import logging
import ssl
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize("door", ["mail", "chat"])
@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"development_issuer_key_file": None}, "without TLS"),
        ({"tls_terminated_in_front": True}, "development issuer count only on loopback"),
    ],
)
async def test_no_door_is_open_to_everywhere_in_clear_or_to_development_tokens(
    start: Start, caplog: pytest.LogCaptureFixture, door: str, more: dict[str, Any], says: str
) -> None:
    caplog.set_level(logging.CRITICAL)
    with pytest.raises(RuntimeError, match="ended while it started"):
        await start(**{f"{door}_host": "0.0.0.0", **more})

    assert f"{door} listens on 0.0.0.0" in caplog.text
    assert says in caplog.text
