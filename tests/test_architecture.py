"""The rules of the house that a reader relies on, checked on the source; standard library only."""

import ast
import builtins
import gc
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RANKS = {"storage": 0, "arena": 1, "judging": 1, "objective": 1, "app": 2}
HEAVY = {
    "torch": "objective/engine/",
    "transformers": "objective/engine/",
    "ray": "objective/engine/",
    "numba": "arena/rating/kernels.py",
}
"""Packages that no plain install has, and where they may be named: parts that are only imported when they are used."""
MAX_FILE, MAX_FUNCTION, MAX_PARAMETERS, MAX_MANY_PARAMETERS = 400, 50, 6, 10
MAX_LOOSE_FILES = 15
CATALOG_FOLDERS = {"tasks", "recipes", "rating", "commands", "formats", "versions"}
"""Folders of interchangeable files, which a reader picks from instead of reading through."""
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "data", "info", "misc"}
PARTICIPLE = re.compile(r"[A-Z][a-z]+ed|Chosen|Known|Said|Shown|Told|Written")
DANGLING_LINE = re.compile(r"^ *\w+: (?:of|that|who|whose|which)\b.*$", flags=re.MULTILINE | re.IGNORECASE)
DANGLING_HELP = re.compile(r"f?['\"](?:of|that|who|whose|which)\b", flags=re.IGNORECASE)
SQL = ("sqlalchemy", "sqlmodel", "alembic")
SESSION_WORDS = {
    0: set[str](),
    1: {"sqlmodel.Session", "sqlalchemy.Connection", "sqlalchemy.Row"},
    2: {"sqlmodel.Session"},
}
"""What the floors above storage may name of a database: they pass sessions on and read rows, and hold no query."""
HTML_SINKS = {"app/ui/leaderboard/page.py", "app/ui/skeletons.py", "app/ui/tab.py"}
"""The empty frames of rater pages and of the leaderboard, and the block that `app.ui.markup` fills; all get only what
`app.rendering.html` made safe."""
MANY_PARAMETERS = ("app/commands/", "app/ui/")
"""Options of a command and inputs of a page's handler are parameters."""
LAZY = ("app/cli.py", "app/commands/", "app/wiring.py", "app/site_wiring.py")
"""Where our own modules are imported inside functions, so that `evenhand --help` loads nothing heavy."""
REAL_ANNOTATIONS = ("storage/database/tables.py", "storage/database/ledger_tables.py", "app/web/", "app/ui/")
"""Where SQLModel, FastAPI or Gradio read the annotations of a function or class while the program runs."""

WORLD = {
    "app/wiring.py": {"clock", "randomness"},
    "app/site_wiring.py": {"randomness"},
    "app/web/accounts/": {"randomness"},
    "app/settings.py": {"environment"},
    "app/cli.py": {"environment"},
    "app/web/application.py": {"environment"},
    "objective/scoring/code_execution/sandbox.py": {"clock", "randomness"},
}
"""Where clocks, randomness without a seed, and environment variables enter: the wiring, secrets of accounts, the
settings, switches that are set before a library is imported, and programs of models, which get some seconds and must
not guess by which word their end is told."""
WORLD_NAMES = {
    "datetime.now": "clock",
    "datetime.utcnow": "clock",
    "datetime.today": "clock",
    "date.today": "clock",
    "time.time": "clock",
    "time.time_ns": "clock",
    "time.monotonic": "clock",
    "time.perf_counter": "clock",
    "time.process_time": "clock",
    "os.environ": "environment",
    "os.getenv": "environment",
    "os.urandom": "randomness",
    "uuid.uuid4": "randomness",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
PATHS = sorted(
    path for folder in RANKS for path in (ROOT / folder).rglob("*.py") if "versions" not in path.relative_to(ROOT).parts
)
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in PATHS}


@cache
def trees() -> dict[Path, ast.Module]:
    """Every file, parsed once for all tests, and only where they run.

    Nothing of a tree is garbage, and looking for it at every few hundred nodes takes longer than the parsing.
    """
    gc.disable()
    try:
        return {path: ast.parse(path.read_text(encoding="utf-8")) for path in PATHS}
    finally:
        gc.enable()


@cache
def nodes_by_file() -> dict[Path, list[ast.AST]]:
    """Every node of every file, walked once for all tests."""
    return {path: list(ast.walk(tree)) for path, tree in trees().items()}


@cache
def imports_by_file() -> dict[Path, list[tuple[int, str]]]:
    """Every module that a file names in an import, with its line, collected once for all tests."""
    return {
        path: [(getattr(node, "lineno", 0), name) for node in nodes for name in names_imported(node)]
        for path, nodes in nodes_by_file().items()
    }


def last_word(node: ast.expr) -> str:
    """The word behind the last dot of a dotted name; nothing of any other expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def names_imported(node: ast.AST) -> list[str]:
    """Every module that a node names, if it is an import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Call) and last_word(node.func).endswith("import_module"):
        return [str(word.value) for word in node.args if isinstance(word, ast.Constant)]
    return []


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_source(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc" and path.name not in ("__init__.py", "py.typed")


def place(node: ast.AST, path: Path) -> str:
    return f"{label(path)}:{getattr(node, 'lineno', 0)}"


@cache
def functions() -> list[tuple[Path, Function]]:
    return [(path, node) for path, nodes in nodes_by_file().items() for node in nodes if isinstance(node, Function)]


def public(scope: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """The functions and classes that others may use, and their public methods."""
    for node in scope.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def test_imports_go_to_the_same_folder_or_down() -> None:
    wrong = []
    for path, imports in imports_by_file().items():
        own = path.relative_to(ROOT).parts[0]
        for _, name in imports:
            other = name.split(".")[0]
            if other in RANKS and other != own and RANKS[other] >= RANKS[own]:
                wrong.append(f"{label(path)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_no_module_reaches_itself_through_its_imports() -> None:
    graph = {
        module: {name for _, name in imports_by_file()[path] if name in MODULES and name != module}
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
    for path, tree in trees().items():
        if path.name == "__init__.py":
            ours = [name for _, name in imports_by_file()[path] if name.split(".")[0] in RANKS]
            if not ast.get_docstring(tree) or ours or len(tree.body) > 1:
                wrong.append(label(path))
    assert not wrong, "\n".join(wrong)


def test_reading_guides_name_what_their_folder_holds_and_nothing_else() -> None:
    wrong = []
    for path, tree in trees().items():
        if path.name != "__init__.py":
            continue
        listed = set(re.findall(r"^- `(\w+/?)`:", ast.get_docstring(tree) or "", flags=re.MULTILINE))
        files = {file.stem for file in path.parent.glob("*.py") if file.name != "__init__.py"}
        folders = {f"{file.parent.name}/" for file in path.parent.glob("*/__init__.py")}
        present = (files | folders) - {"versions/"}
        wrong += [f"{label(path)} does not list {name}" for name in sorted(present - listed)]
        wrong += [f"{label(path)} lists {name}, which is not there" for name in sorted(listed - present)]
    assert not wrong, "\n".join(wrong)


def test_no_folder_holds_more_loose_files_than_a_reader_can_survey() -> None:
    counts = Counter(path.parent for folder in RANKS for path in (ROOT / folder).rglob("*") if is_source(path))
    wrong = [
        f"{label(folder)} holds {count} files"
        for folder, count in counts.items()
        if count > MAX_LOOSE_FILES and folder.name not in CATALOG_FOLDERS
    ]
    assert not wrong, "\n".join(wrong)


def test_base_never_imports_a_heavy_engine() -> None:
    wrong = [
        f"{label(path)} imports {name}"
        for path, imports in imports_by_file().items()
        for _, name in imports
        if not label(path).startswith(HEAVY.get(name.split(".")[0], label(path)))
    ]
    assert not wrong, "\n".join(wrong)


def test_sql_stands_in_storage_and_the_floors_above_only_pass_sessions_on() -> None:
    wrong = []
    for path, nodes in nodes_by_file().items():
        own = path.relative_to(ROOT).parts[0]
        for node in nodes:
            imported: list[str] = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [f"{node.module}.{alias.name}" for alias in node.names]
            wrong += [
                f"{place(node, path)} imports {word}"
                for word in imported
                if own != "storage" and word.split(".")[0] in SQL and word not in SESSION_WORDS[RANKS[own]]
            ]
    assert not wrong, "\n".join(wrong)


def test_our_modules_are_imported_at_the_top_but_where_starting_must_be_quick() -> None:
    wrong = [
        f"{place(function, path)} {function.name} imports {imported}"
        for path, function in functions()
        if not label(path).startswith(LAZY) and path.name != "catalog.py"
        for line, imported in imports_by_file()[path]
        if function.lineno <= line <= (function.end_lineno or 0) and imported.split(".")[0] in RANKS
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_are_written_out_in_full() -> None:
    wrong = [
        place(node, path)
        for path, nodes in nodes_by_file().items()
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.level or any(alias.name == "*" for alias in node.names))
    ]
    assert not wrong, "\n".join(wrong)


def test_annotations_stay_real_where_a_library_reads_them() -> None:
    wrong = [
        label(path)
        for path, imports in imports_by_file().items()
        if label(path).startswith(REAL_ANNOTATIONS) and any(name == "__future__.annotations" for _, name in imports)
    ]
    assert not wrong, "\n".join(wrong)


def test_files_and_functions_stay_readable() -> None:
    long_files = [
        f"{label(path)}: {lines} lines"
        for path in [*PATHS, ROOT / "evenhand.py"]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE
    ]
    long_functions = [
        f"{place(node, path)} {node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for path, node in functions()
        if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION
    ]
    wrong = long_files + long_functions
    assert not wrong, "\n".join(wrong)


def test_functions_take_few_parameters() -> None:
    wrong = []
    for path, node in functions():
        slots = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
        number = len([slot for slot in slots if slot.arg not in ("self", "cls")])
        if number > (MAX_MANY_PARAMETERS if label(path).startswith(MANY_PARAMETERS) else MAX_PARAMETERS):
            wrong.append(f"{place(node, path)} {node.name}: {number} parameters")
    assert not wrong, "\n".join(wrong)


def test_every_public_name_is_documented_and_every_signature_typed() -> None:
    wrong = []
    for path, tree in trees().items():
        if not ast.get_docstring(tree):
            wrong.append(f"{label(path)}: no docstring")
        wrong += [
            f"{place(node, path)} {node.name}: no docstring" for node in public(tree) if not ast.get_docstring(node)
        ]
    for path, function in functions():
        slots = [arg for arg in function.args.args + function.args.kwonlyargs if arg.arg not in ("self", "cls")]
        if function.returns is None or any(arg.annotation is None for arg in slots):
            wrong.append(f"{place(function, path)} {function.name}: not fully annotated")
    assert not wrong, "\n".join(wrong)


def test_no_class_name_means_two_things() -> None:
    places: dict[str, list[str]] = {}
    for path in [*PATHS, *sorted((ROOT / "tests").rglob("*.py"))]:
        for name in re.findall(r"^ *class (\w+)[(:]", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            places.setdefault(name, []).append(label(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_class_is_named_by_a_participle_alone() -> None:
    """`Asked` or `Chosen` say what happened to something, and not to what."""
    classes = [
        (path, node) for path, nodes in nodes_by_file().items() for node in nodes if isinstance(node, ast.ClassDef)
    ]
    wrong = [f"{place(node, path)} {node.name}" for path, node in classes if PARTICIPLE.fullmatch(node.name)]
    assert not wrong, "\n".join(wrong)


def test_lines_about_attributes_and_options_begin_with_a_noun_phrase() -> None:
    wrong = []
    for path, nodes in nodes_by_file().items():
        for node in nodes:
            if isinstance(node, ast.Module | ast.ClassDef | Function):
                lines = DANGLING_LINE.findall(ast.get_docstring(node) or "")
                wrong += [f"{place(node, path)}: {line}" for line in lines]
            elif isinstance(node, ast.keyword) and node.arg == "help" and DANGLING_HELP.match(ast.unparse(node.value)):
                wrong.append(f"{place(node.value, path)}: {ast.unparse(node.value)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("word", sorted(FORBIDDEN_NAMES))
def test_no_file_has_a_name_that_says_nothing(word: str) -> None:
    assert [label(path) for path in PATHS if path.stem == word or word in path.parent.parts[-1:]] == []


def test_nothing_prints_and_nothing_asserts_on_input() -> None:
    wrong = []
    for path, nodes in nodes_by_file().items():
        for node in nodes:
            is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            if is_print or isinstance(node, ast.Assert):
                wrong.append(place(node, path))
    assert not wrong, "\n".join(wrong)


def world_of(node: ast.AST) -> str | None:
    """What of the world a piece of code takes: a clock, the environment, or randomness without a seed."""
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        word = last_word(node.func)
        unseeded = word == "Random" or (word == "default_rng" and isinstance(node.func, ast.Attribute))
        return "randomness" if unseeded else None
    if not isinstance(node, ast.Attribute):
        return None
    if isinstance(node.value, ast.Name) and node.value.id == "secrets":
        return "randomness"
    return WORLD_NAMES.get(f"{last_word(node.value)}.{node.attr}")


def test_clocks_randomness_and_the_environment_enter_in_few_places() -> None:
    wrong = []
    for path, nodes in nodes_by_file().items():
        allowed = {word for start, words in WORLD.items() if label(path).startswith(start) for word in words}
        wrong += [
            f"{place(node, path)} takes the {found}"
            for node in nodes
            if (found := world_of(node)) is not None and found not in allowed
        ]
        wrong += [
            f"{label(path)} imports names from {module}"
            for module in ("time", "secrets")
            if any(name.startswith(f"{module}.") for _, name in imports_by_file()[path])
        ]
    assert not wrong, "\n".join(wrong)


def test_html_that_is_not_ours_has_one_way_into_a_page() -> None:
    """Gradio's HTML component and HTML cells run what they are given, so few places may make one."""
    wrong = []
    for path, nodes in nodes_by_file().items():
        for node in nodes:
            is_sink = isinstance(node, ast.Attribute) and node.attr == "HTML"
            is_cell = isinstance(node, ast.keyword) and node.arg == "html_template"
            is_html_type = (
                isinstance(node, ast.keyword)
                and node.arg == "datatype"
                and isinstance(node.value, ast.Constant)
                and node.value.value == "html"
            )
            if (is_sink or is_cell or is_html_type) and label(path) not in HTML_SINKS:
                wrong.append(place(node, path))
    assert not wrong, "\n".join(wrong)


def test_ranks_name_every_package_of_the_wheel() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/py.typed")}
    assert folders == set(RANKS)


SIGNALS = {
    "LeftOpen": "leaves a request to a later run; the batch catches it itself",
    "WrongShape": "a body that is no completion; the endpoint turns it into its own error with the address",
    "StreamBroken": "a stream without an end; the endpoint turns it into its own error with the address",
    "ObjectError": "ends the reading of one object of a judge's reply; the reader goes on with the next",
    "_BodyTooSlow": "a body that does not arrive; the middleware answers 408 itself",
}
"""Exceptions outside the tree of `storage.errors`, each with the reason why no user sees it."""


def exception_bases() -> dict[str, str]:
    """Every exception of ours with its first base."""
    bases = {
        node.name: ast.unparse(node.bases[0]).split(".")[-1]
        for nodes in nodes_by_file().values()
        for node in nodes
        if isinstance(node, ast.ClassDef) and node.bases
    }
    roots = {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)}

    def is_exception(name: str) -> bool:
        return name in roots or (name in bases and is_exception(bases[name]))

    return {name: base for name, base in bases.items() if is_exception(name)}


def test_every_error_is_in_the_tree_and_the_drawing_shows_it() -> None:
    bases = exception_bases()
    drawing = ast.get_docstring(trees()[ROOT / "storage/errors.py"]) or ""
    drawn: dict[str, str] = {}
    above = {0: "Exception"}
    for indent, name in re.findall(r"^    ([│├└─ ]*)(\w+)", drawing, flags=re.MULTILINE):
        drawn[name] = above[len(indent) // 4]
        above[len(indent) // 4 + 1] = name
    assert drawn == {name: base for name, base in bases.items() if name not in SIGNALS}
    assert set(SIGNALS) <= set(bases)
