"""Finds where a module touches private names, those that begin with one underscore, that are not its own classes'."""

import ast
from collections.abc import Iterator
from importlib import import_module
from typing import Any

# What NamedTuple documents, although it begins with an underscore.
NAMED_TUPLE = {"_fields", "_field_defaults", "_replace", "_asdict", "_make"}
BY_NAME = {"getattr", "setattr", "hasattr"}


def _is_private(name: object) -> bool:
    return isinstance(name, str) and name.startswith("_") and not name.startswith("__") and name != "_"


def touched(tree: ast.Module) -> Iterator[str]:
    """The private names that a module reads, writes, imports or passes on, but for those of its own classes."""
    of_ours = {id(one) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in _of_own_class(node)}
    for node in ast.walk(tree):
        names: list[Any] = []
        if isinstance(node, ast.Attribute) and id(node) not in of_ours:
            names = [node.attr]
        elif isinstance(node, ast.keyword):
            names = [node.arg]
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("perennial"):
            names = [*(node.module or "").split("."), *(one.name for one in node.names)]
        elif isinstance(node, ast.Call) and id(node) not in of_ours and _name(node.func) in BY_NAME:
            names = [one.value for one in node.args if isinstance(one, ast.Constant)]
        yield from (name for name in names if _is_private(name) and name not in NAMED_TUPLE)


def _of_own_class(kind: ast.ClassDef) -> Iterator[ast.AST]:
    """Where a class touches what it defines itself, of `self` or of another object that has a name of its own."""
    own = _defined(kind)
    for node in ast.walk(kind):
        if isinstance(node, ast.Attribute) and node.attr in own and (_name(node.value) or _is_super(node.value)):
            yield node
        if isinstance(node, ast.Call) and any(isinstance(one, ast.Constant) and one.value in own for one in node.args):
            yield node


def _defined(kind: ast.ClassDef) -> set[str]:
    """The private names that a class has of its own: methods, fields, and what it gives to `self`."""
    nodes = list(ast.walk(kind))
    found = {one.name for one in nodes if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    found |= {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    stored = (one for one in nodes if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store))
    found |= {one.attr for one in stored if _name(one.value) in {"self", "cls"}}
    return {name for name in found if _is_private(name)}


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _is_super(node: ast.expr) -> bool:
    """Whether it is `super()`: a method that calls the one that it overrides is found by `overridden`."""
    return isinstance(node, ast.Call) and _name(node.func) == "super"


def overridden(module: str, tree: ast.Module) -> Iterator[str]:
    """The private methods and attributes of foreign classes that the module's classes have anew."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not module.endswith("__main__"):
            kind = getattr(import_module(f"perennial.{module}".removesuffix(".__init__")), node.name)
            foreign = [base for base in kind.__mro__[1:] if not base.__module__.startswith("perennial")]
            yield from (name for name in _defined(node) if any(name in vars(base) for base in foreign))
