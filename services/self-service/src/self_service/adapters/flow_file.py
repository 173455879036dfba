"""A flow file in YAML: scalars stay as written, every value keeps its line."""

from pathlib import Path

import yaml

from self_service.domain.document import FlowInvalid, Node, Problem
from self_service.domain.flow import Flow
from self_service.domain.reading import read_flow

MAX_BYTES = 262_144
MAX_DEPTH = 12
SUFFIX = ".yaml"


def load_flow(path: Path) -> Flow:
    """Return the flow of a file; raises FlowInvalid, or OSError when it cannot be read."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    return parse_flow(content, path.stem)


def parse_flow(content: bytes, name: str) -> Flow:
    """Return the flow of that name; raises FlowInvalid with everything that is wrong."""
    if len(content) > MAX_BYTES:
        raise FlowInvalid([Problem(1, f"the file is larger than {MAX_BYTES} bytes")])
    return read_flow(_document(content), name)


def _document(content: bytes) -> Node:
    try:
        text = content.decode()
        _refuse_aliases(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise FlowInvalid([Problem(1, f"byte {error.start} is not UTF-8")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FlowInvalid([Problem(line, f"not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise FlowInvalid([Problem(1, f"not YAML: {type(error).__name__}")]) from error
    if root is None:
        raise FlowInvalid([Problem(1, "the file is empty: a flow has 'flow' and 'steps'")])
    return _node(root, _line(root), 0)


def _refuse_aliases(text: str) -> None:
    """Aliases make small files huge, and an error would stand at another place than its cause."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise FlowInvalid([Problem(line, "aliases (*name) are not allowed: write it out")])


def _node(node: yaml.Node, line: int, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise FlowInvalid([Problem(line, f"nested deeper than {MAX_DEPTH}")])
    if isinstance(node, yaml.ScalarNode):
        return Node(line, str(node.value))
    if isinstance(node, yaml.SequenceNode):
        return Node(line, [_node(item, _line(item), depth + 1) for item in node.value])
    entries: dict[str, Node] = {}
    for key, value in node.value:
        key_line = _line(key)
        if not isinstance(key, yaml.ScalarNode):
            raise FlowInvalid([Problem(key_line, "a name must be one word")])
        if key.value in entries:
            raise FlowInvalid([Problem(key_line, f"{key.value!r} stands there twice")])
        entries[key.value] = _node(value, key_line, depth + 1)
    return Node(line, entries)


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1
