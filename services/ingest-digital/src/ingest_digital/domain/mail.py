"""A mail as we read it."""

from dataclasses import dataclass, field
from enum import StrEnum


class MailKind(StrEnum):
    """What a mail is to us: only an ordinary one opens a contact."""

    ORDINARY = "ordinary"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFile:
    """A file that came with a mail."""

    name: str = field(repr=False)
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a mail system says about a mail of ours."""

    action: str
    status: str
    original_message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`text` is empty when there is none; ids are without brackets, in the order of the header."""

    message_id: str
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: str | None = field(default=None, repr=False)
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    files: tuple[MailFile, ...] = ()
    auto_submitted: str = ""
    precedence: str = ""
    is_suppressed: bool = False
    report: Report | None = None
    is_broken: bool = False

    def kind(self, envelope_sender: str) -> MailKind:
        """Bounces and automatic mails are recorded, and answered by nobody."""
        if self.report is not None or not envelope_sender:
            return MailKind.BOUNCE
        if self.auto_submitted not in ("", "no") or self.is_suppressed:
            return MailKind.AUTOMATIC
        if self.precedence in ("bulk", "junk", "list"):
            return MailKind.AUTOMATIC
        return MailKind.ORDINARY
