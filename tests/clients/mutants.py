"""Mutants of the machine of Python: each is one small change, and the vectors are to notice it.

``python -m tests.clients.mutants`` shows those that no vector notices.
"""

import ast
import copy
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, Final

from chanx.asyncapi.clients.python import runtime
from chanx.asyncapi.walk import array_of
from tests.clients.play import play, vectors

FOLDER: Final = Path(str(runtime.__file__)).parent
MODULES: Final = ("frames", "closing", "timers", "outbox", "attempts", "machine")
SHARED: Final = ("states", "protocol", "behaviour", "calls", "effects")
SECONDS: Final = 0.3
"""A mutant that computes longer for a vector runs in a circle: that is noticed too."""

_TINY: Final = "nothing is due exactly a billionth of a second away"
EQUIVALENT: Final[dict[tuple[str, str], str]] = {
    ("while (due := self.due) is not None and due <= now + _NEARLY:", "LtE -> Lt"): _TINY,
    ("if now + 1e-9 < free:", "Lt -> LtE"): _TINY,
    ("longest: float = min(_LONGEST, 0.5 * 2 ** min(self.failures - 1, 10))", "10 -> 11"): (
        "it is over the longest either way"
    ),
    (
        "self._is_asked = False  # whether a ping, sent or not, waits for its answer",
        "False -> True",
    ): "it is set whenever the client opens, and read when it is open alone",
    **dict.fromkeys(
        [
            (
                "self._told = 0.0  # seconds until the server wants it back; 0 for no word",
                change,
            )
            for change in ("left out", "0.0 -> 1.0")
        ],
        "it is set for each attempt, and so before anything is said",
    ),
    ("_LATEST: Final = 1e9", "1000000000.0 -> 1000000001.0"): "nobody waits for so long",
}
"""Mutants that behave as the machine does, each with the reason: ``(line of code, change)``."""


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        module: Of which module.
        line: Where, counted from 1.
        code: The line as it is.
        change: What is changed.
        tree: The module with the change.
    """

    module: str
    line: int
    code: str
    change: str
    tree: ast.Module

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.change


_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
}

_Change = tuple[str, Callable[[Any], ast.AST | None]]


def changes(node: ast.AST) -> Iterator[_Change]:
    """The changes of one node: what is said of each, and what makes it of a copy."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARED:
            other = _COMPARED[type(operator)]
            yield f"{type(operator).__name__} -> {other.__name__}", _with(ops=[other()])
        case ast.BoolOp(op=operator, values=values):
            is_and = isinstance(operator, ast.And)
            yield "and <-> or", _with(op=ast.Or() if is_and else ast.And())
            for index in range(len(values)):
                yield f"without part {index}", _without_value(index)
        case ast.UnaryOp(op=ast.Not()):
            yield "without not", lambda copied: copied.operand
        case ast.BinOp(op=operator) if type(operator) in _COUNTED:
            other_operator = _COUNTED[type(operator)]
            yield (
                f"{type(operator).__name__} -> {other_operator.__name__}",
                _with(op=other_operator()),
            )
        case ast.AugAssign(op=ast.Add()):
            yield "+= -> -=", _with(op=ast.Sub())
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", _with(value=not value)
        case ast.Constant(value=(int() | float()) as number):
            yield f"{number} -> {number + 1}", _with(value=number + 1)
        case ast.IfExp():
            yield "the other way round", _swapped
        case ast.If():
            yield "if not", lambda copied: _negated(copied)
        case ast.Call(func=ast.Name(id=("min" | "max") as name)):
            yield "min <-> max", _with(func=ast.Name("max" if name == "min" else "min", ast.Load()))
        case ast.Expr(value=ast.Call()) | ast.Assign() | ast.AugAssign() | ast.Delete():
            yield "left out", lambda _: ast.Pass()
        case ast.Return(value=ast.Call()):
            yield "left out", lambda _: ast.Return(ast.Constant(None))
        case _:
            pass


def _with(**fields: Any) -> Callable[[Any], ast.AST]:
    def change(copied: Any) -> ast.AST:
        for name, value in fields.items():
            setattr(copied, name, value)
        found: ast.AST = copied
        return found

    return change


def _without_value(index: int) -> Callable[[Any], ast.AST]:
    def change(copied: Any) -> ast.AST:
        left: list[ast.expr] = [item for at, item in enumerate(copied.values) if at != index]
        return left[0] if len(left) == 1 else ast.BoolOp(copied.op, left)

    return change


def _swapped(copied: Any) -> ast.AST:
    return ast.IfExp(copied.test, copied.orelse, copied.body)


def _negated(copied: Any) -> ast.AST:
    return ast.If(ast.UnaryOp(ast.Not(), copied.test), copied.body, copied.orelse)


def mutants(step: int = 1) -> Iterator[Mutant]:
    """The mutants, module by module; with 5, every fifth."""
    count = 0
    for module in MODULES:
        source = (FOLDER / f"{module}.py").read_text("utf-8")
        lines, tree = source.splitlines(), ast.parse(source)
        skipped = set[int]()
        nodes = [*ast.walk(tree)]
        for number, node in enumerate(nodes):
            if _is_beside(node):
                skipped |= {id(below) for below in ast.walk(node)}
            if id(node) in skipped or not hasattr(node, "lineno"):
                continue
            line: int = getattr(node, "lineno")  # noqa: B009
            code = lines[line - 1].strip()
            for change, made in changes(node):
                count += 1
                if count % step or (code, change) in EQUIVALENT:
                    continue
                copied = copy.deepcopy(tree)
                same = [*ast.walk(copied)][number]
                replaced = made(same)
                if replaced is not None and replaced is not same:
                    _replace(copied, same, replaced)
                ast.fix_missing_locations(copied)
                yield Mutant(module, line, code, change, copied)


def _is_beside(node: ast.AST) -> bool:
    """Whether a node says nothing of behaviour: annotations, declarations of the module, types."""
    match node:
        case ast.arguments() | ast.ImportFrom() | ast.Import():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.AnnAssign(value=None) | ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.Call(func=ast.Name(id="dataclass")):
            return True
        case _:
            return False


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            items = array_of(value)
            for index, item in enumerate(items):
                if item is old:
                    items[index] = new
                    return
    raise AssertionError("the node is gone")


@cache
def compiled(module: str) -> CodeType:
    """A module as it is."""
    return compile((FOLDER / f"{module}.py").read_text("utf-8"), module, "exec")


def machine_of(mutant: Mutant) -> Any:
    """The class of machines of a mutant: all modules anew, of which one is changed."""
    package = "mutated_runtime"
    parent = ModuleType(package)
    parent.__path__ = []
    names = [package, *(f"{package}.{name}" for name in (*SHARED, *MODULES))]
    sys.modules[package] = parent
    try:
        for name in SHARED:
            sys.modules[f"{package}.{name}"] = import_module(f"{runtime.__name__}.{name}")
        for name in MODULES:
            module = module_from_spec(ModuleSpec(f"{package}.{name}", None))
            sys.modules[module.__name__] = module
            is_mutated = name == mutant.module
            code = compile(mutant.tree, name, "exec") if is_mutated else compiled(name)
            exec(code, vars(module))
        return vars(sys.modules[f"{package}.machine"])["Machine"]
    finally:
        for name in names:
            sys.modules.pop(name, None)


class _TooLong(Exception):
    pass


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise _TooLong


def is_noticed(mutant: Mutant, played: list[dict[str, Any]]) -> bool:
    """Whether a vector shows that a mutant is not the machine; that vector comes first then."""
    before = signal.signal(signal.SIGVTALRM, _interrupt)
    noticing: dict[str, Any] | None = None
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        machine = machine_of(mutant)
        for vector in played:
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            noticing = vector
            play(vector, machine)
    except Exception:  # noqa: BLE001 - whatever a mutant raises is noticed
        # What noticed one often notices the next.
        if noticing is not None:
            played.remove(noticing)
            played.insert(0, noticing)
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


def survivors(step: int = 1) -> tuple[list[Mutant], int]:
    """The mutants that no vector notices, and how many there are.

    Args:
        step: 5 looks at every fifth mutant only.
    """
    played = [*vectors()]
    made = [*mutants(step)]
    return [mutant for mutant in made if not is_noticed(mutant, played)], len(made)


if __name__ == "__main__":
    left, count = survivors()
    for mutant in left:
        print(f"{mutant.module}:{mutant.line}: {mutant.change}: {mutant.code}")
    print(f"{count - len(left)} of {count} mutants are noticed: {1 - len(left) / count:.1%}")
