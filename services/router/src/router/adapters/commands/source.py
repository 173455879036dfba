"""A YAML file whose every part knows its line, and what is wrong with it."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml

from router.domain.naming import unknown
from router.domain.steering_decisions import PolicyError
from router.domain.words import Channel

MAX_BYTES = 512_000
Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


class Source:
    """Reads one file; collects errors, and remembers the line of each path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors: list[tuple[int, str]] = []
        self._lines: dict[str, int] = {}

    def root(self) -> yaml.Node | None:
        """Return the document; None when it cannot be read as YAML."""
        try:
            content = self.path.read_bytes()
            if len(content) > MAX_BYTES:
                self.errors.append((1, f"the file has more than {MAX_BYTES} bytes"))
                return None
            node: yaml.Node | None = yaml.compose(content, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            self.errors.append(_no_yaml(error))
            return None
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            self.errors.append((1, f"the file cannot be read: {error}"))
            return None
        if node is None:
            self.errors.append((1, "the file is empty"))
        return node

    def note(self, path: str, node: yaml.Node) -> None:
        """Remember where the path stands."""
        self._lines.setdefault(path, _line(node))

    def wrong(self, node: yaml.Node, message: str) -> None:
        """Note an error."""
        self.errors.append((_line(node), message))

    def add(self, errors: Iterable[PolicyError]) -> None:
        """Note what the engine's own check says, at the line of its path."""
        self.errors += [(self._line_of(error.path), error.message) for error in errors]

    def report(self) -> list[str]:
        """Return all errors, in the order of their lines, each once."""
        name = self.path.name or str(self.path)
        return [f"{name}:{line}: {message}" for line, message in sorted(set(self.errors))]

    def mapping(
        self, node: yaml.Node | None, path: str, what: str, known: Iterable[str] | None
    ) -> dict[str, yaml.Node]:
        """Return the fields by name; unknown ones and repeats are errors. None: any name."""
        fields: dict[str, yaml.Node] = {}
        for name, key, value in self.entries(node, what):
            if known is not None and name not in known:
                self.wrong(key, unknown(f"{what} has", "field", name, known))
            else:
                fields[name] = value
                self.note(f"{path}.{name}" if path else name, key)
        return fields

    def entries(self, node: yaml.Node | None, what: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """Return (name, where the name stands, value) of each field; repeats are errors."""
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} must be fields with values (name: value)")
            return []
        found: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in found:
                self.wrong(key, f"{what} has {name!r} twice")
            found.setdefault(name, (name, key, value))
        return list(found.values())

    def items(self, node: yaml.Node | None, path: str, what: str) -> list[yaml.Node]:
        """Return the entries of a list; nothing when it is left out."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, f"{what} must be a list")
            return []
        for index, item in enumerate(node.value):
            self.note(f"{path}[{index}]", item)
        return list(node.value)

    def texts(self, node: yaml.Node | None, path: str, what: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self.text(item, what) for item in self.items(node, path, what))

    def text(self, node: yaml.Node | None, what: str, default: str = "") -> str:
        """Return a text as it is written; numbers and words such as `no` are texts too."""
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, f"{what} must be a text")
            return default
        return str(node.value)

    def number(self, node: yaml.Node | None, what: str, default: float) -> float:
        """Return a number."""
        return self._read(node, float, f"{what} must be a number", default)

    def whole(self, node: yaml.Node | None, what: str, default: int) -> int:
        """Return a whole number."""
        return self._read(node, int, f"{what} must be a whole number", default)

    def flag(self, node: yaml.Node | None, what: str, default: bool) -> bool:
        """Return yes or no."""
        words = {"true": True, "yes": True, "false": False, "no": False}
        return self._read(
            node, lambda text: words[text.lower()], f"{what} must be yes or no", default
        )

    def choice(self, node: yaml.Node | None, what: str, words: type[Word], default: Word) -> Word:
        """Return one of a few words."""
        if node is None:
            return default
        text = self.text(node, what)
        if text in set(words):
            return words(text)
        self.wrong(node, unknown(f"{what} is", "word", text, [str(word) for word in words]))
        return default

    def channel(self, node: yaml.Node | None, what: str) -> Channel:
        """Return a channel by its name."""
        name = self.text(node, what)
        if name not in set(Channel):
            if node is not None:
                self.wrong(node, unknown(f"{what} is", "channel", name, [str(c) for c in Channel]))
            return Channel.TASK
        return Channel(name)

    def _read(
        self, node: yaml.Node | None, read: Callable[[str], Value], what: str, default: Value
    ) -> Value:
        if node is None:
            return default
        text = node.value if isinstance(node, yaml.ScalarNode) else "a list or fields"
        try:
            return read(text)
        except (ValueError, KeyError):
            self.wrong(node, f"{what}, not {text!r}")
            return default

    def _line_of(self, path: str) -> int:
        """Return the line of the path, or of what it is part of."""
        while path and path not in self._lines:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return self._lines.get(path, 1)


def _no_yaml(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Return the line where it ceases to be YAML, and why; also where that began."""
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    since = error.context_mark.line + 1 if error.context_mark else line
    context = f"{error.context or 'reading it'}{f' from line {since}' if since != line else ''}"
    hint = "; indent with spaces" if "\\t" in (error.problem or "") else ""
    return line, f"this is no YAML: {context}: {error.problem}{hint}"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
