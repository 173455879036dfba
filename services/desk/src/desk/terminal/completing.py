"""Completion of commands, queues, dispositions and reasons."""

from collections.abc import Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from desk.terminal.entry import completions
from desk.terminal.view import View


class EntryCompleter(Completer):
    """Asks the view what the policy offers."""

    def __init__(self, view: View) -> None:
        self._view = view

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """What could stand for the last word."""
        typed = document.text_before_cursor
        last = typed.rpartition(" ")[2]
        for choice, hint in completions(typed, self._view):
            yield Completion(choice, start_position=-len(last), display_meta=hint)
