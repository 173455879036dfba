"""Reading mails, threads, repeats and results, without clock or I/O."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_digital.domain.addresses import normalised_email
from ingest_digital.domain.dedup import Seen, fingerprint, seen
from ingest_digital.domain.html_text import text_of_html
from ingest_digital.domain.mail import Mail, MailKind, Report
from ingest_digital.domain.mime import read_mail
from ingest_digital.domain.outgoing import Handed, Handover, OutgoingState, after
from ingest_digital.domain.threads import (
    candidates,
    message_ids,
    own_conversation,
    own_message_id,
    reply_references,
    reply_subject,
)

KEY = b"k" * 32
CONVERSATION = "0b4b6c0e-2d0c-5a3c-9b68-6a2f6a3f8a11"


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(raw):
    read_mail(raw)


@given(
    st.lists(
        st.sampled_from(
            [
                b"From: a@b.c",
                b"From: =?x?q?=?=",
                b"Subject: =?utf-8?q?=ff?=",
                b"Message-ID: <<",
                b"",
                b"Content-Type: multipart/mixed; boundary=a",
                b"--a",
                b"--a--",
                b"Content-Type: text/html",
                b"Content-Type: message/rfc822",
                b"Content-Disposition: attachment; filename*=x''%ff",
                b"x",
                b"Content-Transfer-Encoding: base64",
                b"Content-Type: text/plain; charset=\xff",
                b"\xff\x00",
                b"Content-Type: multipart/report",
                b"Content-Type: message/delivery-status",
                b"Action: failed",
            ]
        ),
        max_size=30,
    )
)
def test_no_mixture_of_mail_lines_breaks_the_reader(lines):
    read_mail(b"\r\n".join(lines))


def test_plain_text_is_preferred_and_files_are_found():
    mail = EmailMessage()
    mail["From"] = "Ann <ANN@Customer.Test>"
    mail.set_content("plain")
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment(b"1", maintype="image", subtype="png", filename="../../etc/passwd")
    inner = EmailMessage()
    inner.set_content("a mail in the mail")
    mail.add_attachment(inner)
    found = read_mail(mail.as_bytes())

    assert (found.sender, found.text.strip()) == ("ann@customer.test", "plain")
    assert [(file.name, file.content_type) for file in found.files] == [
        ("passwd", "image/png"),
        ("part-2", "message/rfc822"),
    ]
    assert b"a mail in the mail" in found.files[1].data


def test_html_alone_becomes_text():
    html = "<style>x</style><h1>Title</h1><p>One&nbsp;two<br>three</p><ul><li>a<li>b</ul>"

    assert text_of_html(html) == "Title\n\nOne two\nthree\n\na\nb"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ann <Ann@Customer.Test>", "ann@customer.test"),
        ("ann@customer.test", "ann@customer.test"),
        ("no address", None),
        ("a@b@c", None),
        ("x" * 250 + "@long.test", None),
        ("ann@customer.test\r\nBcc: eve@evil.test", "ann@customer.test"),
    ],
)
def test_addresses_have_one_form(text, address):
    assert normalised_email(text) == address


def test_ids_are_read_from_any_header():
    assert message_ids("<a@X.test> junk <b@y.test>") == ("a@x.test", "b@y.test")
    assert message_ids("a@X.test") == ("a@x.test",)
    assert message_ids("no ids <> <two words@x>") == ()


def test_the_nearest_id_is_looked_for_first():
    assert candidates(("c",), ("a", "b", "c")) == ["c", "b", "a"]


def test_our_own_id_names_its_conversation_and_cannot_be_forged():
    made = own_message_id(KEY, CONVERSATION, "command-1", "CC.test")

    assert made == own_message_id(KEY, CONVERSATION, "command-1", "cc.test")
    assert own_conversation(KEY, made) == CONVERSATION
    assert own_conversation(b"x" * 32, made) is None
    for place in range(2, made.index("@")):
        changed = made[:place] + ("0" if made[place] != "0" else "1") + made[place + 1 :]
        assert own_conversation(KEY, changed) is None


def test_references_keep_the_first_and_the_last():
    chain = tuple(f"r{number}" for number in range(50))
    found = reply_references(chain, "last")

    assert (found[0], found[-1], len(found)) == ("r0", "last", 20)
    assert reply_references(("a",), "b") == ("a", "b")
    assert reply_references((), "") == ()


@pytest.mark.parametrize(
    ("subject", "answer"),
    [("Parcel", "Re: Parcel"), ("RE: Parcel", "RE: Parcel"), ("AW: x", "AW: x"), ("", "Re:")],
)
def test_a_subject_is_answered_once(subject, answer):
    assert reply_subject(subject) == answer


@pytest.mark.parametrize(
    ("mail", "envelope_sender", "kind"),
    [
        (Mail(message_id=""), "a@b.c", MailKind.ORDINARY),
        (Mail(message_id="", auto_submitted="no"), "a@b.c", MailKind.ORDINARY),
        (Mail(message_id="", auto_submitted="auto-replied"), "a@b.c", MailKind.AUTOMATIC),
        (Mail(message_id="", precedence="junk"), "a@b.c", MailKind.AUTOMATIC),
        (Mail(message_id="", is_suppressed=True), "a@b.c", MailKind.AUTOMATIC),
        (Mail(message_id=""), "", MailKind.BOUNCE),
        (
            Mail(message_id="", report=Report(action="", status="", original_message_id="")),
            "a@b.c",
            MailKind.BOUNCE,
        ),
    ],
)
def test_only_ordinary_mails_are_contacts(mail, envelope_sender, kind):
    assert mail.kind(envelope_sender) is kind


def test_a_mail_is_known_by_its_id_and_compared_by_its_content():
    mail = Mail(message_id="m@x", sender="a@b.c")
    first = fingerprint(mail, b"Received: one\r\n\r\nbody")
    again = fingerprint(mail, b"Received: two\r\nReceived: one\r\n\r\nbody")
    other = fingerprint(mail, b"Received: one\r\n\r\nanother body")

    assert first == again
    assert first.key == other.key
    assert seen(None, False, first) is Seen.NEW
    assert seen(first.content_sha256, False, again) is Seen.AGAIN
    assert seen(first.content_sha256, True, again) is Seen.REPEATED
    assert seen(first.content_sha256, True, other) is Seen.OTHER_CONTENT


def test_without_an_id_all_of_the_mail_is_its_identity():
    mail = Mail(message_id="")

    assert fingerprint(mail, b"a\r\n\r\nb").key != fingerprint(mail, b"c\r\n\r\nb").key


@pytest.mark.parametrize(
    ("outcome", "attempt", "state", "pause"),
    [
        (Handed.TAKEN, 1, OutgoingState.SENT, 0),
        (Handed.REFUSED, 1, OutgoingState.FAILED, 0),
        (Handed.UNKNOWN, 1, OutgoingState.UNKNOWN, 0),
        (Handed.LATER, 1, OutgoingState.INTENDED, 5),
        (Handed.LATER, 3, OutgoingState.INTENDED, 20),
        (Handed.LATER, 19, OutgoingState.INTENDED, 3600),
        (Handed.LATER, 20, OutgoingState.FAILED, 0),
    ],
)
def test_what_follows_a_handover(outcome, attempt, state, pause):
    found = after(Handover(outcome=outcome, reason="r"), attempt, attempts=20, backoff_seconds=5.0)

    assert (found.state, found.pause_seconds) == (state, pause)
