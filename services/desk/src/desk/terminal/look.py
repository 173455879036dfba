"""Where everything stands on the screen, and in which colours."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import (
    BufferControl,
    Dimension,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    VSplit,
    Window,
)
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.styles import Style

from desk.terminal import panes
from desk.terminal.cells import Rows
from desk.terminal.entry import HELP
from desk.terminal.view import View

LEFT_CELLS = 32
RIGHT_CELLS = 34
NOTICE_ROWS = 3
MAX_INPUT_ROWS = 5
OTHER_ROWS = 4 + NOTICE_ROWS
STYLE = Style.from_dict(
    {
        "title": "bold reverse",
        "heading": "bold",
        "dim": "ansibrightblack",
        "good": "ansigreen bold",
        "warn": "ansiyellow",
        "bad": "ansired bold",
        "key": "reverse",
        "offer": "ansigreen bold",
        "offer.title": "bg:ansigreen ansiblack bold",
        "selected": "bg:ansiblue ansiwhite bold",
        "unread": "bg:ansiyellow ansiblack",
        "customer": "ansicyan bold",
        "agent": "ansigreen bold",
        "flow": "ansimagenta",
        "line": "ansibrightblack",
        "prompt": "bold",
    }
)


class Look:
    """The panes around the view and the input line."""

    def __init__(self, view: View, buffer: Buffer) -> None:
        self._view = view
        self._buffer = buffer
        self.scroll = 0
        self.shows_help = False

    def layout(self) -> Layout:
        """Everything in its place."""
        middle = VSplit(
            [
                self._pane(self._hands, width=LEFT_CELLS),
                _rule(),
                self._pane(self._talk),
                _rule(),
                self._pane(lambda: panes.customer(self._view, RIGHT_CELLS), width=RIGHT_CELLS),
            ]
        )
        body = HSplit(
            [
                self._pane(lambda: panes.header(self._view, self._columns, _now()), height=1),
                Window(char="─", height=1, style="class:line"),
                middle,
                Window(char="─", height=1, style="class:line"),
                self._pane(
                    lambda: panes.notices(self._view, self._columns, NOTICE_ROWS),
                    height=NOTICE_ROWS,
                ),
                self._input(),
                self._pane(lambda: panes.keys(self._view, self._columns), height=1),
            ]
        )
        menu = Float(xcursor=True, ycursor=True, content=CompletionsMenu(max_height=8))
        return Layout(FloatContainer(body, [menu]), focused_element=self._buffer)

    def _input(self) -> Window:
        prompt = BeforeInput(lambda: [("class:prompt", f" {self._addressee()} › ")])
        return Window(
            BufferControl(self._buffer, input_processors=[prompt]),
            height=Dimension(min=1, max=MAX_INPUT_ROWS),
            dont_extend_height=True,
            wrap_lines=True,
        )

    def _addressee(self) -> str:
        contact = self._view.selected
        if contact is None or self._buffer.text.startswith("/"):
            return self._view.agent_id
        return f"to {contact.title}" if not contact.is_call else self._view.agent_id

    def _pane(
        self, rows: Callable[[], Rows], *, width: int | None = None, height: int | None = None
    ) -> Window:
        def text() -> StyleAndTextTuples:
            return [piece for row in rows() for piece in (*row, ("", "\n"))]

        return Window(FormattedTextControl(text), width=width, height=height)

    def _hands(self) -> Rows:
        return panes.hands(self._view, LEFT_CELLS, time.monotonic())

    def _talk(self) -> Rows:
        size = get_app().output.get_size()
        width = max(20, size.columns - LEFT_CELLS - RIGHT_CELLS - 2)
        input_rows = min(MAX_INPUT_ROWS, self._buffer.text.count("\n") + 1)
        height = max(3, size.rows - OTHER_ROWS - input_rows)
        if self.shows_help:
            return panes.help_lines(HELP, width)
        return panes.transcript(self._view, width, height, self.scroll)

    @property
    def _columns(self) -> int:
        return get_app().output.get_size().columns


def _rule() -> Window:
    return Window(width=1, char="│", style="class:line")


def _now() -> datetime:
    return datetime.now(UTC)
