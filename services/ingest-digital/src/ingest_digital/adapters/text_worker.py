"""A process that reads the texts of mails: a hostile one can hang it, and nothing else."""

import json
import resource
import sys

import nh3
from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]

from ingest_digital.domain.html_text import text_of_html

MAX_MEMORY = 1 << 30
LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da"]
# The patterns that find quotes take quadratic time: a longer text is shown with its quotes.
MAX_REPLY = 50_000
# So does the repair of nested HTML.
MAX_TAGS = 20_000
# A picture of a foreign server tells it who reads.
TAGS = set(nh3.ALLOWED_TAGS) - {"img"}


def main() -> None:
    """One JSON line in, one out, until the input ends (so nobody outlives the service)."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    replies = EmailReplyParser(languages=LANGUAGES)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        text = asked["text"] or text_of_html(asked["html"])
        if asked["is_reply"] and len(text) <= MAX_REPLY:
            text = str(replies.parse_reply(text) or "").strip() or text
        answer = {"text": text, "html": sanitised(asked["html"])}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def sanitised(html: str) -> str:
    """HTML without scripts, forms, frames, styles and pictures; empty when it is too intricate."""
    if not html or html.count("<") > MAX_TAGS:
        return ""
    return nh3.clean(html, tags=TAGS, url_schemes={"http", "https", "mailto", "tel"})


if __name__ == "__main__":
    main()
