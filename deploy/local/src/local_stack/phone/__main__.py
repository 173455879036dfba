"""Run a phone.

    python -m local_stack.phone call sip:+4930555@127.0.0.1:5070 --user +4930123456 --digits 2:1
    python -m local_stack.phone agent --user ana --port 5081 --answer auto --tone 660

What happens is told as JSON lines on standard output. Standard input takes one command a line:
`digits 12#`, `tone 440`, `answer`, `hangup`, `quit`; when it is a pipe, its end is `quit`, too.
"""

import argparse
import asyncio
import signal
from pathlib import Path

from local_stack.phone.telephone import Script, Telephone


def main() -> None:
    # A phone that is told to stop vanishes like one whose battery is empty.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    asyncio.run(Telephone(_script(_parser().parse_args())).run())


def _script(options: argparse.Namespace) -> Script:
    is_call = options.verb == "call"
    return Script(
        host=options.host,
        port=options.port,
        user=options.user,
        codecs=tuple(options.codecs.split(",")),
        dtmf=options.dtmf,
        tone=options.tone,
        listens_for=tuple(options.listen_for),
        record=options.record,
        digits=tuple(options.digits) if is_call else (),
        hangup_after=options.hangup_after,
        to=options.to if is_call else "",
        count=options.count if is_call else 0,
        every=options.every if is_call else 0,
        answer="never" if is_call else options.answer,
        answer_after=0 if is_call else options.answer_after,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="phone", description="A SIP phone without sound device.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    call = verbs.add_parser("call", help="place calls")
    call.add_argument("to", help="the SIP address to call")
    call.add_argument("--digits", type=_timed_digits, action="append", default=[],
                      metavar="SECONDS:DIGITS", help="keys to press, after the answer")  # fmt: skip
    call.add_argument("--count", type=int, default=1, help="calls to place")
    call.add_argument("--every", type=float, default=0.0, help="seconds between calls")
    agent = verbs.add_parser("agent", help="take calls")
    agent.add_argument("--answer", choices=("auto", "busy", "never"), default="auto")
    agent.add_argument("--answer-after", type=float, default=0.3, metavar="SECONDS")
    for verb, user in ((call, "anonymous"), (agent, "agent")):
        verb.add_argument("--user", default=user, help="the user part of the phone's own address")
        verb.add_argument("--host", default="127.0.0.1")
        verb.add_argument("--port", type=int, default=0, help="own SIP port; 0: any free one")
        verb.add_argument("--codecs", default="pcmu,pcma")
        verb.add_argument("--dtmf", choices=("rtpevent", "info"), default="rtpevent")
        verb.add_argument("--tone", type=float, default=0.0, help="Hz to send; 0: silence")
        verb.add_argument("--listen-for", type=float, action="append", default=[], metavar="HZ")
        verb.add_argument("--record", type=Path, help="WAV file of what the last call heard")
        verb.add_argument("--hangup-after", type=float, metavar="SECONDS")
    return parser


def _timed_digits(text: str) -> tuple[float, str]:
    seconds, _, digits = text.partition(":")
    return float(seconds), digits


if __name__ == "__main__":
    main()
