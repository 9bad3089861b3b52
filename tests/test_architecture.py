"""The rules of the house that a reader relies on, checked on the source; standard library only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RANKS = {"storage": 0, "arena": 1, "judging": 1, "objective": 1, "app": 2}
HEAVY = {"torch", "transformers", "ray", "numba"}
MAX_FILE, MAX_FUNCTION, MAX_PARAMETERS, MAX_COMMAND_PARAMETERS = 350, 50, 6, 12
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "data", "info", "misc"}
SESSION_USERS = {"storage", "arena"}
"""Folders whose files may hold a database session; pages and commands hold no query."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
PATHS = sorted(
    path for folder in RANKS for path in (ROOT / folder).rglob("*.py") if "versions" not in path.relative_to(ROOT).parts
)
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PATHS}
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in PATHS}


def names_imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file names in an import, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(node: ast.stmt | ast.expr, path: Path) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def functions() -> Iterator[tuple[Path, Function]]:
    for path, tree in TREES.items():
        yield from ((path, node) for node in ast.walk(tree) if isinstance(node, Function))


def test_imports_go_to_the_same_folder_or_down() -> None:
    wrong = []
    for path, tree in TREES.items():
        own = path.relative_to(ROOT).parts[0]
        for name in names_imported(tree):
            other = name.split(".")[0]
            if other in RANKS and other != own and RANKS[other] >= RANKS[own]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_no_module_reaches_itself_through_its_imports() -> None:
    graph = {
        module: {name for name in names_imported(TREES[path]) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = list(graph[start])
        while ahead:
            module = ahead.pop()
            if module not in seen:
                seen.add(module)
                ahead += graph[module]
        return seen

    assert [module for module in graph if module in reached(module)] == []


def test_package_files_hold_a_reading_guide_and_import_nothing_of_ours() -> None:
    wrong = []
    for path, tree in TREES.items():
        if path.name == "__init__.py":
            ours = [name for name in names_imported(tree) if name.split(".")[0] in RANKS]
            if not ast.get_docstring(tree) or ours or len(tree.body) > 1:
                wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_base_never_imports_a_heavy_engine() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path, tree in TREES.items()
        for name in names_imported(tree)
        if name.split(".")[0] in HEAVY
    ]
    assert wrong == []


def test_sql_stands_in_storage_and_sessions_end_there_or_in_the_arena() -> None:
    wrong = []
    for path, tree in TREES.items():
        own = path.relative_to(ROOT).parts[0]
        for name in names_imported(tree):
            is_sql = name.startswith(("sqlalchemy", "sqlmodel", "alembic"))
            is_query = name in {f"sqlalchemy.{word}" for word in ("select", "insert", "update", "delete", "text")}
            if (is_sql and own not in SESSION_USERS) or (is_query and own != "storage"):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_files_and_functions_stay_readable() -> None:
    long_files = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in PATHS
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE
    ]
    long_functions = [
        f"{place(node, path)} {node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for path, node in functions()
        if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long_files + long_functions == []


def test_functions_take_few_parameters() -> None:
    wrong = []
    for path, node in functions():
        arguments = [arg.arg for arg in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
        number = len([name for name in arguments if name not in ("self", "cls")])
        is_command = path.relative_to(ROOT).parts[:2] in (("app", "commands"), ("app", "ui"))
        if number > (MAX_COMMAND_PARAMETERS if is_command else MAX_PARAMETERS + 1):
            wrong.append(f"{place(node, path)} {node.name}: {number} parameters")
    assert wrong == []


def test_every_public_name_is_documented_and_every_signature_typed() -> None:
    wrong = []
    for path, tree in TREES.items():
        if not ast.get_docstring(tree):
            wrong.append(f"{path.relative_to(ROOT)}: no docstring")
        for node in ast.walk(tree):
            if isinstance(node, (*Function.__args__, ast.ClassDef)) and not node.name.startswith("_"):
                is_nested = not any(node in scope.body for scope in (tree, *classes(tree)))
                if not is_nested and not ast.get_docstring(node):
                    wrong.append(f"{place(node, path)} {node.name}: no docstring")
    for path, function in functions():
        slots = [arg for arg in function.args.args + function.args.kwonlyargs if arg.arg not in ("self", "cls")]
        if function.returns is None or any(arg.annotation is None for arg in slots):
            wrong.append(f"{place(function, path)} {function.name}: not fully annotated")
    assert wrong == []


def classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("word", sorted(FORBIDDEN_NAMES))
def test_no_file_has_a_name_that_says_nothing(word: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in PATHS if path.stem == word or word in path.parent.parts[-1:]] == []


def test_only_the_command_line_prints_and_nothing_asserts_on_input() -> None:
    wrong = []
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            if is_print or isinstance(node, ast.Assert):
                wrong.append(place(node, path))
    assert wrong == []


def test_html_that_is_not_ours_has_one_way_into_a_page() -> None:
    """Gradio's HTML component and HTML cells run what they are given; only static markup may reach them."""
    allowed = {"app/ui/compare.py"}
    wrong = []
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            is_sink = isinstance(node, ast.Attribute) and node.attr == "HTML"
            is_cell = isinstance(node, ast.keyword) and node.arg in ("html_template",)
            is_html_type = (
                isinstance(node, ast.keyword)
                and node.arg == "datatype"
                and isinstance(node.value, ast.Constant)
                and node.value.value == "html"
            )
            if (is_sink or is_cell or is_html_type) and str(path.relative_to(ROOT)) not in allowed:
                wrong.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    assert wrong == []


def test_ranks_name_every_package_of_the_wheel() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/py.typed")}
    assert folders == set(RANKS)
