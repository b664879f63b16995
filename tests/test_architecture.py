"""The house rules that a machine can keep."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "leitmotif"
FILES = sorted(SOURCE.rglob("*.py"))
FLOORS = [
    ("cli",),
    ("explorer",),
    ("model",),
    ("attributes", "editing", "parameters", "parts", "private_calls"),
    ("registry",),
    ("plotting",),
    ("learning",),
    ("operations",),
    ("building",),
    ("protocols", "validation", "console", "history"),
    ("state",),
    ("kernels",),
    ("progress", "passages"),
    ("_lazy", "estimator", "write_through"),
    ("errors", "typing", "languages"),
]
APPLICATIONS = {"cli", "explorer"}
COMPONENTS = {"backend", "dimensionality", "cluster", "vectorizers", "representation", "llm", "stores", "engines"}
LEVEL = {name: len(FLOORS) - i for i, names in enumerate(FLOORS) for name in names}
# A representation model speaks to language models through llm/; a component of a kind may know its own kind.
MAY_KNOW = {("representation", "llm")}


def imported(path: Path) -> set[str]:
    """Top-level parts of leitmotif that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            parts = node.module.split(".")
            if parts == ["leitmotif"]:
                found |= {alias.name for alias in node.names}
            elif parts[0] == "leitmotif":
                found.add(parts[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("leitmotif.")}
    return found - {"__version__"}


def part_of(path: Path) -> str:
    relative = path.relative_to(SOURCE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_down_only(path):
    own = part_of(path)
    for other in imported(path) - {own}:
        if own in COMPONENTS:
            allowed = other in {
                "state",
                "history",
                "protocols",
                "validation",
                "kernels",
                "progress",
                "passages",
                "errors",
                "languages",
                "typing",
                "_lazy",
                "estimator",
            }
            assert allowed or (own, other) in MAY_KNOW, f"the component {own} imports {other}"
        elif own in LEVEL:
            assert other not in COMPONENTS or own in APPLICATIONS, (
                f"{own} imports the component {other}: name it in registry.py"
            )
            assert LEVEL.get(other, 0) < LEVEL[own], f"{own} imports {other}, which is not below it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_prints_and_nothing_that_runs_text(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "eval", "exec"}, f"line {node.lineno}"


def test_modules_declare_a_sorted_and_documented_surface():
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if not (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"):
                continue
            if not isinstance(node.value, ast.List) or any(isinstance(e, ast.Starred) for e in node.value.elts):
                continue
            names = [ast.literal_eval(element) for element in node.value.elts]
            assert sorted(names) == sorted(set(names)), path
            defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
            for name in names:
                if name in defined:
                    assert ast.get_docstring(defined[name]), f"{path}: {name} has no docstring"


@pytest.mark.parametrize(
    "package", ["backend", "cluster", "dimensionality", "plotting", "representation", "stores", "vectorizers"]
)
def test_lazy_packages_name_only_what_exists(package):
    module = importlib.import_module(f"leitmotif.{package}")
    for name in module.__all__:
        try:
            assert getattr(module, name) is not None
        except ImportError as error:
            assert "pip install" in str(error), f"{name}: {error}"
