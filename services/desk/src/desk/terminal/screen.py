"""The terminal itself: layout, keys, and the loop that keeps the view up to date."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from contact_center_agent import AgentClient, AgentRefused
from desk.terminal.completing import EntryCompleter
from desk.terminal.doing import Doing
from desk.terminal.entry import Entry, NotUnderstood, parse
from desk.terminal.keys import bindings
from desk.terminal.look import STYLE, Look
from desk.terminal.reader import Reader
from desk.terminal.view import View

MAX_INPUT_CHARACTERS = 64_000
REFRESH_SECONDS = 0.25
# How long an escape may be the beginning of an Alt key.
ESCAPE_SECONDS = 0.1


class Screen:
    """One agent at work; `run` returns when they leave."""

    def __init__(
        self,
        client: AgentClient,
        view: View,
        *,
        terminal_input: Input | None = None,
        terminal_output: Output | None = None,
    ) -> None:
        self.view = view
        self._client = client
        self._doing = Doing(client, view)
        self._reader = Reader(view)
        self._tasks: set[asyncio.Task[None]] = set()
        self._buffer = Buffer(
            completer=EntryCompleter(view), complete_while_typing=True, multiline=True
        )
        self._look = Look(view, self._buffer)
        self._shown_contact = ""
        self.application: Application[int] = Application(
            layout=self._look.layout(),
            key_bindings=bindings(self),
            style=STYLE,
            full_screen=True,
            refresh_interval=REFRESH_SECONDS,
            mouse_support=False,
            input=terminal_input,
            output=terminal_output,
        )
        self.application.ttimeoutlen = ESCAPE_SECONDS
        self.application.timeoutlen = ESCAPE_SECONDS

    async def run(self) -> int:
        """Work until the agent leaves; the exit code."""
        following = asyncio.create_task(self._follow())
        try:
            return await self.application.run_async()
        finally:
            following.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.wait([following, *self._tasks])

    def submit(self) -> None:
        """Enter: do what the line says."""
        typed = self._buffer.text[:MAX_INPUT_CHARACTERS]
        try:
            entry = parse(typed, self.view)
        except NotUnderstood as error:
            self._complain(str(error))
            return
        self._buffer.reset()
        if entry is not None:
            self.do(entry)

    def press(self, line: str) -> None:
        """A key that stands for a line."""
        try:
            entry = parse(line, self.view)
        except NotUnderstood as error:
            self._complain(str(error))
        else:
            if entry is not None:
                self.do(entry)

    def do(self, entry: Entry) -> None:
        """What only concerns the screen is done here, the rest goes to the desk."""
        contact = self.view.selected
        match entry.verb:
            case "select":
                self.select(int(entry.word))
            case "help":
                self.toggle_help()
            case "quit":
                self._spawn(self.leave())
            case "subject" if contact is not None:
                contact.subject = entry.text
            case _:
                self._look.scroll = 0
                self._spawn(self._carry_out(entry))

    def select(self, number: int) -> None:
        """Go to the n-th contact."""
        if not self.view.select_number(number):
            self._complain(f"there is no contact {number}")
        self._keep_draft()

    def select_next(self, step: int) -> None:
        """Go round."""
        self.view.select_next(step)
        self._keep_draft()

    def start_line(self, text: str) -> None:
        """Type the beginning of a command for the agent."""
        self._buffer.text = text
        self._buffer.cursor_position = len(text)
        self._buffer.start_completion(select_first=False)

    def new_line(self) -> None:
        """A line break in what is being written."""
        self._buffer.insert_text("\n")

    def clear_line(self) -> None:
        """Begin again."""
        self._buffer.reset()

    def complete(self) -> None:
        """The next completion."""
        if self._buffer.complete_state:
            self._buffer.complete_next()
        else:
            self._buffer.start_completion(select_first=True)

    def scroll(self, rows: int) -> None:
        """Up is positive."""
        self._look.scroll = max(0, self._look.scroll + rows)

    def toggle_help(self) -> None:
        """Show or hide all commands."""
        self._look.shows_help = not self._look.shows_help

    async def leave(self) -> None:
        """Sign out and close the screen; contacts in hand go back when the grace is over."""
        if self._client.is_connected:
            await self._client.sign_out()
        self.application.exit(result=0)

    async def _follow(self) -> None:
        try:
            async for event in self._client.events():
                offers = set(self.view.offers)
                self._reader.apply(event)
                if set(self.view.offers) - offers:
                    self.application.output.bell()
                self._keep_draft()
                self.application.invalidate()
        except AgentRefused as refused:
            self.view.trouble = f"the desk says no: {refused}"
            self.view.is_over = True
            self._complain(self.view.trouble)

    async def _carry_out(self, entry: Entry) -> None:
        contact_id = self.view.selected_id
        is_done = await self._doing.carry_out(entry)
        is_here = contact_id == self.view.selected_id
        if not is_done and entry.verb == "send" and is_here and not self._buffer.text:
            self._buffer.text = entry.text
            self._buffer.cursor_position = len(entry.text)
        self.application.invalidate()

    def _keep_draft(self) -> None:
        """What is half written belongs to its contact, not to the next one selected."""
        selected = self.view.selected_id
        if selected == self._shown_contact:
            return
        before = self.view.contacts.get(self._shown_contact)
        if before is not None and not self._buffer.text.startswith("/"):
            before.draft = self._buffer.text
        now = self.view.selected
        if not self._buffer.text.startswith("/"):
            self._buffer.text = now.draft if now else ""
            self._buffer.cursor_position = len(self._buffer.text)
        self._shown_contact = selected
        self._look.scroll = 0

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complain(self, text: str) -> None:
        self.view.notice(datetime.now(UTC), text, is_error=True)
