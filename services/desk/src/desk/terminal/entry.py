"""What an agent types: commands, text, and what could come next."""

from dataclasses import dataclass
from typing import Literal

from contact_center_agent.wanted import Wanted, wanted_in
from desk.terminal.view import View

Verb = Literal[
    "accept", "reject", "presence", "next", "hold", "resume", "transfer", "end", "done",
    "consult", "leave", "conference", "handover", "tell", "send", "select", "read", "subject",
    "help", "quit",
]  # fmt: skip

HELP = {
    "/accept": "take the offer (F2)",
    "/reject": "[REASON]: refuse the offer (F3)",
    "/available": "be offered contacts",
    "/break": "REASON: no new contacts for a while",
    "/offline": "no new contacts at all",
    "/next": "available, break REASON or offline: once the last contact in hand is done",
    "/1": "… /9: go to that contact (Alt-1 … Alt-9, Ctrl-N, Ctrl-P)",
    "/hold": "put the customer on hold (F5)",
    "/resume": "take the customer back (F5)",
    "/transfer": "QUEUE, @AGENT or flow:NAME [skills=vip:2 …]: send the customer there",
    "/consult": "QUEUE or @AGENT [skills=vip:2 …]: ask a colleague, the customer waits",
    "/tell": "TEXT: write to the colleague you asked; the customer never sees it",
    "/conference": "speak with the customer and the colleague together",
    "/handover": "leave the customer to the colleague you asked",
    "/leave": "end the consult; the customer stays with who asked",
    "/end": "hang up or close the chat (F6)",
    "/done": "DISPOSITION [NOTE]: finish the contact (F7)",
    "/subject": "TEXT: the subject of the next mail",
    "/read": "load the conversation again",
    "/help": "these lines (F1)",
    "/quit": "sign out and leave (Ctrl-Q)",
}
NEEDS_CONTACT = frozenset(
    {"hold", "resume", "transfer", "end", "done", "send", "read", "subject"}
    | {"consult", "leave", "conference", "handover", "tell"}
)
FLOW = "flow:"


class NotUnderstood(Exception):
    """What was typed makes no sense; the text says what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to do."""

    verb: Verb
    word: str = ""
    text: str = ""
    wanted: Wanted | None = None


def parse(typed: str, view: View) -> Entry | None:
    """What to do; None for an empty line. NotUnderstood, with words for the agent."""
    if not typed.strip():
        return None
    entry = _command(typed.strip(), view) if typed.startswith("/") else _text(typed)
    if entry.verb in NEEDS_CONTACT and view.selected is None:
        raise NotUnderstood("no contact is selected")
    return entry


def completions(typed: str, view: View) -> list[tuple[str, str]]:
    """What could stand for the last word, each with a hint."""
    if not typed.startswith("/"):
        return []
    words = typed.split(" ")
    if len(words) == 1:
        return [(name, hint) for name, hint in HELP.items() if name.startswith(typed)]
    before, last = " ".join(words[:-1]), words[-1]
    choices = {
        "/transfer": view.queues,
        "/consult": view.queues,
        "/done": view.dispositions,
        "/break": view.break_reasons,
        "/next": ("available", "break", "offline"),
        "/next break": view.break_reasons,
    }.get(before, ())
    return [(choice, "") for choice in choices if choice.startswith(last)]


def _text(typed: str) -> Entry:
    # A message that begins with a slash is typed with two.
    return Entry(verb="send", text=typed.rstrip())


def _command(typed: str, view: View) -> Entry:
    if typed.startswith("//"):
        return _text(typed[1:])
    name, _, rest = typed[1:].partition(" ")
    rest = rest.strip()
    word, _, text = rest.partition(" ")
    if name.isdigit():
        return Entry(verb="select", word=name)
    match name:
        case "accept" | "reject" if view.first_offer is None:
            raise NotUnderstood("there is no offer")
        case "accept":
            return Entry(verb="accept")
        case "reject":
            return Entry(verb="reject", word=word)
        case "available" | "offline":
            return Entry(verb="presence", word=name)
        case "break":
            return Entry(verb="presence", word="break", text=_reason(word, view))
        case "next":
            return _next(word, text, view)
        case "transfer":
            aim = _aim(word, view, may_be_flow=True)
            return Entry(verb="transfer", word=aim, wanted=_wanted(text))
        case "consult":
            aim = _aim(word, view, may_be_flow=False)
            return Entry(verb="consult", word=aim, wanted=_wanted(text))
        case "done":
            disposition = _one_of("disposition", word, view.dispositions)
            return Entry(verb="done", word=disposition, text=text.strip())
        case "tell" if not rest:
            raise NotUnderstood("say what: /tell TEXT")
        case "tell":
            return Entry(verb="tell", text=rest)
        case "subject":
            return Entry(verb="subject", text=rest)
        case "hold" | "resume" | "end" | "read" | "help" | "quit":
            return Entry(verb=name)
        case "leave" | "conference" | "handover":
            return Entry(verb=name)
        case _:
            raise NotUnderstood(f"/{name} is no command: /help shows them all")


def _next(word: str, text: str, view: View) -> Entry:
    if word == "break":
        return Entry(verb="next", word="break", text=_reason(text.strip(), view))
    if word in ("available", "offline"):
        return Entry(verb="next", word=word)
    raise NotUnderstood("say /next available, /next offline or /next break REASON")


def _aim(word: str, view: View, *, may_be_flow: bool) -> str:
    """Where a customer or a question goes: a queue, `@agent`, `flow:name`."""
    if len(word) > 1 and word.startswith("@"):
        return word
    if may_be_flow and word.startswith(FLOW) and word != FLOW:
        return word
    return _one_of("queue (or @AGENT)", word, view.queues)


def _wanted(text: str) -> Wanted | None:
    """What the next agent must have: `skills=vip:2 languages=de tier=gold`."""
    try:
        return wanted_in(text) if text.strip() else None
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def _reason(word: str, view: View) -> str:
    return _one_of("break reason", word, view.break_reasons)


def _one_of(what: str, word: str, choices: tuple[str, ...]) -> str:
    """The choice; an unmistakable beginning of it is enough. Unknown choices allow any word."""
    if word in choices or (word and not choices):
        return word
    fitting = [choice for choice in choices if word and choice.startswith(word)]
    if len(fitting) == 1:
        return fitting[0]
    raise NotUnderstood(f"say which {what}: {', '.join(choices)}")
