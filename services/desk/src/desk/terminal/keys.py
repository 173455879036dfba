"""Which key does what."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

PAGE_ROWS = 10


class Pressed(Protocol):
    """What keys can do to the screen."""

    @property
    def view(self) -> Any: ...
    def submit(self) -> None: ...
    def press(self, line: str) -> None: ...
    def start_line(self, text: str) -> None: ...
    def new_line(self) -> None: ...
    def clear_line(self) -> None: ...
    def complete(self) -> None: ...
    def scroll(self, rows: int) -> None: ...
    def select(self, number: int) -> None: ...
    def select_next(self, step: int) -> None: ...
    def toggle_help(self) -> None: ...
    def leave(self) -> Coroutine[Any, Any, None]: ...


def bindings(screen: Pressed) -> KeyBindings:
    """All keys of the screen."""
    keys = KeyBindings()

    def on(*names: str, do: Callable[[], None]) -> None:
        @keys.add(*names, eager=True)
        def pressed(event: KeyPressEvent) -> None:
            do()

    on("enter", do=screen.submit)
    on("escape", "enter", do=screen.new_line)
    on("tab", do=screen.complete)
    on("f1", do=screen.toggle_help)
    on("f2", do=lambda: screen.press("/accept"))
    on("f3", do=lambda: screen.press("/reject"))
    on("f5", do=lambda: screen.press("/resume" if _is_held(screen) else "/hold"))
    on("f6", do=lambda: screen.press("/end"))
    on("f7", do=lambda: screen.start_line("/done "))
    on("c-n", do=lambda: screen.select_next(1))
    on("c-p", do=lambda: screen.select_next(-1))
    on("pageup", do=lambda: screen.scroll(PAGE_ROWS))
    on("pagedown", do=lambda: screen.scroll(-PAGE_ROWS))
    on("c-c", do=screen.clear_line)
    for number in range(1, 10):
        on("escape", str(number), do=lambda number=number: screen.select(number))  # type: ignore[misc]

    @keys.add("c-q", eager=True)
    async def leave(event: KeyPressEvent) -> None:
        await screen.leave()

    return keys


def _is_held(screen: Pressed) -> bool:
    contact = screen.view.selected
    return contact is not None and contact.state == "on_hold"
