"""What can be taken away of the domain: a statement, a condition, an argument, a table's row."""

import ast
import copy
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import router.domain
from router.domain import transitions

FOLDER = Path(router.domain.__file__).parent
STATEMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.Raise, ast.Assert)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """The domain without one thing; `name` stays when other lines of the module change."""

    module: str
    name: str
    line: int
    lines: range
    kind: str
    function: FunctionType | None = None
    number: int = 0
    row: tuple[Any, ...] = ()
    tree: Any = field(default=None, repr=False)

    def apply(self) -> None:
        """Take it away, in this process."""
        if self.function is None:
            found, on, _ = self.row
            transitions.ALLOWED.discard(self.row)
            if not any((a, b) == (found, on) for a, b, _ in transitions.ALLOWED):
                transitions.FOUND.discard((found, on))
            return
        self.function.__code__ = self.code()

    def code(self) -> CodeType:
        """Return the function's code without it."""
        tree = copy.deepcopy(self.tree)
        tree.decorator_list = []
        _take(*list(_sites(tree))[self.number])
        module = ast.fix_missing_locations(ast.Module(body=[tree], type_ignores=[]))
        made = compile(module, str(FOLDER / f"{self.module}.py"), "exec").co_consts
        return next(c for c in made if isinstance(c, CodeType) and c.co_name == tree.name)


def mutants(module: str) -> Iterator[Mutant]:
    """Yield all of a module of the domain, in the order of its lines."""
    if module == "transitions":
        yield from _rows()
    path = FOLDER / f"{module}.py"
    live = _functions(importlib.import_module(f"router.domain.{module}"))
    seen: dict[str, int] = {}
    for tree in ast.walk(ast.parse(path.read_text())):
        if not isinstance(tree, ast.FunctionDef):
            continue
        function = live.get(min([tree.lineno, *(d.lineno for d in tree.decorator_list)]))
        if function is None or function.__code__.co_freevars:
            continue
        for number, (node, kind, where) in enumerate(_sites(tree)):
            part = _part(node, where)
            name = f"{function.__qualname__}: {kind} {' '.join(ast.unparse(part).split())[:200]}"
            seen[name] = seen.get(name, 0) + 1
            yield Mutant(
                module=module,
                name=name if seen[name] == 1 else f"{name} ({seen[name]})",
                line=part.lineno,
                lines=range(part.lineno, (part.end_lineno or part.lineno) + 1),
                kind=kind,
                function=function,
                number=number,
                tree=tree,
            )


def modules() -> list[str]:
    """Return the names of all modules of the domain."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def _rows() -> Iterator[Mutant]:
    for row in transitions.ROWS:
        for found in row.found:
            for to in row.leads_to:
                yield Mutant(
                    module="transitions",
                    name=f"row {found} on {row.on} to {to}",
                    line=0,
                    lines=range(0),
                    kind="row",
                    row=(found, row.on, to),
                )


def _functions(module: ModuleType) -> dict[int, FunctionType]:
    """Return by their first line what is written in the module itself."""
    found: dict[int, FunctionType] = {}
    owners = [one for one in vars(module).values() if isinstance(one, type)]
    values = [*vars(module).values(), *(v for owner in owners for v in vars(owner).values())]
    for value in values:
        inner = getattr(value, "fget", None) or getattr(value, "func", value)
        inner = getattr(inner, "__wrapped__", getattr(inner, "__func__", inner))
        if isinstance(inner, FunctionType) and inner.__code__.co_filename == module.__file__:
            found[inner.__code__.co_firstlineno] = inner
    return found


def _sites(tree: ast.AST) -> Iterator[tuple[Any, str, Any]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.IfExp)):
            yield node, "always", None
        if isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield node, "never", None
        if isinstance(node, ast.BoolOp):
            yield from ((node, "without", place) for place in range(len(node.values)))
        if isinstance(node, ast.comprehension):
            yield from ((node, "unfiltered", place) for place in range(len(node.ifs)))
        if isinstance(node, ast.Call):
            yield from ((node, "unsaid", place) for place in range(len(node.keywords)))
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Compare):
            yield node, "not", None
        for block in ("body", "orelse"):
            for place, statement in enumerate(_block(node, block)):
                if isinstance(statement, STATEMENTS) or _is_call(statement):
                    yield node, "remove", (block, place)


def _block(node: ast.AST, name: str) -> list[ast.stmt]:
    block = getattr(node, name, None)
    return block if isinstance(block, list) else []


def _is_call(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, (ast.Call, ast.Yield))


def _part(node: Any, where: Any) -> Any:
    """Return the statement or expression that is told and must have been run."""
    match node:
        case ast.comprehension():
            return node.ifs[where]
        case ast.Call():
            return node.keywords[where]
        case ast.Return():
            return node.value
        case ast.BoolOp():
            return node.values[where]
    if isinstance(where, tuple):
        return getattr(node, where[0])[where[1]]
    return node.test


def _take(node: Any, kind: str, where: Any) -> None:
    match kind:
        case "always":
            node.test = ast.BoolOp(op=ast.Or(), values=[node.test, ast.Constant(True)])
        case "never":
            node.test = ast.BoolOp(op=ast.And(), values=[node.test, ast.Constant(False)])
        case "without":
            del node.values[where]
            node.values *= 2 if len(node.values) == 1 else 1
        case "unfiltered":
            del node.ifs[where]
        case "unsaid":
            del node.keywords[where]
        case "not":
            node.value = ast.UnaryOp(op=ast.Not(), operand=node.value)
        case "remove":
            getattr(node, where[0])[where[1]] = ast.Pass()
