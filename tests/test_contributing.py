"""CONTRIBUTING.md leads into the code: every file, function, test and program that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = sorted(path for folder in ("probe", "tests") for path in (ROOT / folder).rglob("*.py"))
NAMED = re.compile(r"`([\w./-]*\w+\.py)`(?: \(`(\w+)`\))?")


def found(name: str) -> list[Path]:
    """The files that a name in the text can mean: a path, or the end of one."""
    return [path for path in FILES if f"/{path.relative_to(ROOT).as_posix()}".endswith(f"/{name}")]


@pytest.mark.parametrize("name", sorted({name for name, _ in NAMED.findall(TEXT)}))
def test_each_named_file_is_there(name: str) -> None:
    assert found(name)


@pytest.mark.parametrize(("name", "symbol"), sorted(pair for pair in set(NAMED.findall(TEXT)) if pair[1]))
def test_each_named_function_is_in_its_file(name: str, symbol: str) -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in found(name)]
    defined = {
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert symbol in defined


@pytest.mark.parametrize("test", sorted(set(re.findall(r"`(test_\w+)`", TEXT))))
def test_each_named_test_is_there(test: str) -> None:
    assert found(f"{test}.py")


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m (tests[\w.]*)", TEXT))))
def test_each_named_program_is_there(module: str) -> None:
    path = module.replace(".", "/")
    assert found(f"{path}.py") or found(f"{path}/__main__.py")
