"""Reading the fields of one mapping of a flow file."""

import re

from self_service.domain.document import Draft, Node, would_be_right

NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
TRUTH = {"true": True, "yes": True, "false": False, "no": False}


class Fields:
    """The fields of one mapping; `finish` complains about those that nobody asked for."""

    def __init__(self, node: Node, where: str, draft: Draft) -> None:
        self.line = node.line
        self.where = where
        self.draft = draft
        self._known: set[str] = set()
        self._nodes: dict[str, Node] = {}
        if isinstance(node.value, dict):
            self._nodes = node.value
        else:
            draft.wrong(node.line, f"{where}: must have fields (name: value)")

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def wrong(self, message: str, name: str = "") -> None:
        """Complain at the line of the field, or of the mapping."""
        line = self._nodes[name].line if name in self._nodes else self.line
        self.draft.wrong(line, f"{self.where}: {message}")

    def node(self, name: str) -> Node | None:
        self._known.add(name)
        return self._nodes.get(name)

    def scalar(self, name: str, *, required: bool = False) -> str:
        """Return the text of the field, '' when it is missing."""
        node = self.node(name)
        if node is None:
            if required:
                self.wrong(f"{name!r} is missing")
            return ""
        return scalar(node, f"{self.where}: {name!r}", self.draft)

    def name(self, field: str, *, required: bool = False) -> str:
        """Return a name of lower-case letters, digits, '_' and '-'."""
        value = self.scalar(field, required=required)
        if value and not NAME.fullmatch(value):
            self.wrong(f"{field!r} is {value!r}: must be {NAME_RULE}", field)
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        node = self.node(name)
        if node is None:
            return default
        return number(node, f"{self.where}: {name!r}", low, high, self.draft)

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.number(name, default, low, high)
        if value != int(value):
            self.wrong(f"{name!r} is {value}: must be a whole number", name)
        return int(value)

    def truth(self, name: str, default: bool) -> bool:
        value = self.scalar(name).lower()
        if value and value not in TRUTH:
            self.wrong(f"{name!r} is {value!r}: must be true or false", name)
        return TRUTH.get(value, default)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return one of the allowed values; the field must be there."""
        value = self.scalar(name, required=True)
        if value and value not in allowed:
            self.wrong(f"{name!r} is {value!r}: must be {' or '.join(allowed)}", name)
        return value

    def items(self, name: str) -> list[Node]:
        node = self.node(name)
        if node is None:
            return []
        return items(node, f"{self.where}: {name!r}", self.draft)

    def entries(self, name: str) -> dict[str, Node]:
        node = self.node(name)
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self.wrong(f"{name!r} must have fields (name: value)", name)
            return {}
        return node.value

    def finish(self) -> None:
        for name, node in self._nodes.items():
            if name not in self._known:
                hint = would_be_right(name, self._known)
                self.draft.wrong(node.line, f"{self.where}: unknown field {name!r}; {hint}")


NAME_RULE = "lower-case letters, digits, '_' and '-', beginning with a letter"


def scalar(node: Node, where: str, draft: Draft) -> str:
    """Return the text of a scalar; '' and a problem for anything else."""
    if not isinstance(node.value, str):
        draft.wrong(node.line, f"{where} must be one value")
        return ""
    if not node.value.strip():
        draft.wrong(node.line, f"{where} is empty")
    return node.value


def items(node: Node, where: str, draft: Draft) -> list[Node]:
    """Return the items of a list; a single scalar counts as a list of one."""
    if isinstance(node.value, dict):
        draft.wrong(node.line, f"{where} must be a list")
        return []
    return node.value if isinstance(node.value, list) else [node]


def number(node: Node, where: str, low: float, high: float, draft: Draft) -> float:
    """Return a number between low and high; low and a problem for anything else."""
    text = scalar(node, where, draft)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        draft.wrong(node.line, f"{where} is {text!r}: must be a number from {low:g} to {high:g}")
        return low
    return value
