"""What libraries know about mail texts: quotes of earlier mails, and safe HTML."""

import nh3
from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da"]
# Its patterns look back and forth: a longer text is shown with its quotes.
LONGEST = 100_000
# A picture of a foreign server tells it who reads.
TAGS = set(nh3.ALLOWED_TAGS) - {"img"}


class MailTextTools:
    """Never raises for what is in a text."""

    def __init__(self) -> None:
        self._replies = EmailReplyParser(languages=LANGUAGES)

    def without_quotes(self, text: str) -> str:
        """What is new in an answer; empty when nothing is."""
        if len(text) > LONGEST:
            return text
        return str(self._replies.parse_reply(text) or "")

    def sanitised(self, html: str) -> str:
        """HTML without scripts, forms, frames, styles and images of foreign servers."""
        return nh3.clean(html, tags=TAGS, url_schemes={"http", "https", "mailto", "tel"})
