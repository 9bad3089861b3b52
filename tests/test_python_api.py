"""The public interface in Python gives what the commands give, and names what it offers in one place."""

import ast
import asyncio
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import evenhand
from app.cli import app
from app.commands.options.endpoint import EndpointOptions, GenerationOptions, PaceOptions, RequestOptions
from storage.ledger.battle_reading import Selection
from tests.judging.chat_server import ChatServer, chat_server
from tests.stores import make_store

ROOT = Path(__file__).parents[1]
QUESTIONS = [{"key": f"q{number}", "turns": [f"Question {number}?"], "category": "chat"} for number in range(3)]
MODELS = ("short", "middle", "long")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[evenhand.Store]:
    """Three questions, and a response of each of three models to each."""
    with evenhand.open_store(make_store(tmp_path / "team.db")) as opened:
        opened.import_rows("questions", QUESTIONS)
        opened.import_rows(
            "responses",
            [
                {"question": row["key"], "model": model, "turns": [f"{model} answer {'word ' * size}"]}
                for row in QUESTIONS
                for size, model in enumerate(MODELS, 1)
            ],
        )
        yield opened


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with chat_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


def test_public_names_are_those_of_the_list_and_of_the_page() -> None:
    tree = ast.parse(inspect.getsource(evenhand))
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    listed = set(evenhand.__all__)
    assert defined <= listed
    assert sorted(listed) == list(evenhand.__all__)
    assert all(inspect.getdoc(getattr(evenhand, name)) for name in listed)
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### `(\w+)", page, flags=re.MULTILINE)) == listed
    methods = {name for name in vars(evenhand.Store) if not name.startswith("_")}
    assert set(re.findall(r"^#### `Store\.(\w+)", page, flags=re.MULTILINE)) == methods


def test_no_other_module_imports_the_public_interface() -> None:
    folders = ("app", "arena", "judging", "objective", "storage")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    wrong = [path for path in sources if re.search(r"^\s*(import|from) evenhand\b", path.read_text(), re.MULTILINE)]
    assert wrong == []


def test_options_have_the_names_of_the_command_line() -> None:
    groups = (EndpointOptions, RequestOptions, PaceOptions, GenerationOptions)
    names = {one.name for group in groups for one in fields(group)} - {"requests", "config"}
    assert set(evenhand.AskingOptions.__annotations__) == names
    assert set(evenhand.RankFilters.__annotations__) <= {one.name for one in fields(Selection)}


def test_rows_come_from_dictionaries_frames_and_files_alike(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, QUESTIONS)), encoding="utf-8")
    frame = pd.DataFrame([*QUESTIONS, {"key": "q3", "turns": ["Question 3?"]}])
    with evenhand.open_store(tmp_path / "rows.db") as store:
        assert store.import_rows("questions", file, source="rows").added == 3
        assert store.import_rows("questions", QUESTIONS).duplicates == 3
        report = store.import_rows("questions", frame)
    assert (report.added, report.duplicates) == (1, 3)


def test_a_dry_run_and_a_bad_row_store_nothing(store: evenhand.Store) -> None:
    new = {"key": "q9", "turns": ["New?"]}
    assert store.import_rows("questions", [new], dry_run=True).added == 1
    with pytest.raises(evenhand.BadRows) as caught:
        store.import_rows("questions", [new, {"key": None, "turns": ["No key"]}])
    assert caught.value.rows[0].startswith("row 2: expected a value in column 'key'")
    assert "rows.jsonl" not in str(caught.value)
    assert store.import_rows("questions", [new]).added == 1


def test_rows_that_no_file_can_hold_and_unknown_kinds_are_refused(store: evenhand.Store) -> None:
    with pytest.raises(evenhand.BadInput, match="expected rows of texts"):
        store.import_rows("questions", [{"key": "q9", "turns": [object()]}])
    with pytest.raises(evenhand.BadInput, match="expected kind among questions"):
        store.import_rows("answers", [])  # type: ignore[arg-type]
    with pytest.raises(evenhand.BadInput, match="expected rater_kind"):
        store.import_rows("preferences", [], rater_kind="robot")  # type: ignore[arg-type]


def test_a_store_that_is_not_there_is_only_made_when_asked_for(tmp_path: Path) -> None:
    with pytest.raises(evenhand.StoreError):
        evenhand.open_store(tmp_path / "none.db", create=False)
    evenhand.open_store(tmp_path / "none.db").close()
    store = evenhand.open_store(tmp_path / "none.db", create=False)
    assert repr(store).endswith("none.db>")
    store.close()


@pytest.mark.postgres
def test_a_store_opens_by_its_url(postgres_url: str) -> None:
    with evenhand.open_store(postgres_url) as store:
        assert store.import_rows("questions", QUESTIONS).added == 3


def test_a_leaderboard_has_the_rows_of_the_command(store: evenhand.Store, tmp_path: Path) -> None:
    votes = [
        {"question": row["key"], "model_a": a, "model_b": b, "winner": "model_b", "rater": f"r{number}"}
        for row in QUESTIONS
        for a, b in (("short", "middle"), ("middle", "long"), ("short", "long"))
        for number in range(3)
    ]
    store.import_rows("preferences", votes, rater_kind="human")
    board = store.rank(category="chat", settings=evenhand.RatingSettings(level=0.9))
    printed = CliRunner().invoke(
        app, ["rank", "--json", "--category", "chat", "--level", "0.9", "--database", str(tmp_path / "team.db")]
    )
    told = json.loads(printed.stdout)
    assert list(board.columns) == list(told["ratings"][0])
    assert json.loads(board.to_json(orient="records", double_precision=15)) == [
        {name: pytest.approx(cell, nan_ok=True) if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in told["ratings"]
    ]
    assert board["model"].tolist() == ["long", "middle", "short"]
    assert board.attrs["notes"] == told["notes"]
    assert board.attrs["run"] == told["run"] - 1
    assert store.rank(keep=False).attrs["run"] is None


def test_filters_of_a_leaderboard_mean_what_the_command_means(store: evenhand.Store) -> None:
    store.judge_pairs("all", "baseline:longest", name="length")
    assert store.rank("judge:length")["model"].tolist()[0] == "long"
    with pytest.raises(evenhand.NotFound):
        store.rank("judge:nobody")
    with pytest.raises(evenhand.NotFound):
        store.rank(campaign="none")
    with pytest.raises(evenhand.BadInput, match="leave one out"):
        store.rank("judge:length", rater="somebody")
    with pytest.raises(evenhand.BadInput, match=r"human, judge or judge:NAME for `by`"):
        store.rank("nobody")
    with pytest.raises(evenhand.BadInput, match="got none"):
        store.rank("judge", since=pd.Timestamp("2200-01-01").to_pydatetime())


def test_pairs_are_judged_at_an_endpoint_and_failures_say_so(store: evenhand.Store, server: ChatServer) -> None:
    def script(message: str) -> str:
        if "Question 1?" in message:
            return "I cannot decide."
        if "Question 2?" in message:
            return "[[A]]"
        return "[[A]]" if message.index("long answer") < message.index("short answer") else "[[B]]"

    server.script = script
    pairs = pd.DataFrame([{"question": f"q{number}", "model_a": "short", "model_b": "long"} for number in range(3)])
    table = store.judge_pairs(pairs, "judge", name="strict", price_in=1.0, price_out=1.0, budget=5.0)
    assert table["state"].tolist() == ["scored", "failed", "inconsistent"]
    assert table["winner"].tolist()[0] == "model_b"
    assert table["share_a"].tolist()[0] == 0.0
    assert table["cause"].tolist()[1] == "no_marker"
    assert table[["winner", "share_a"]].iloc[1:].isna().all(axis=None)
    assert table.attrs["judge"] == "strict"
    assert table.attrs["spent"] > 0
    asked = len(server.bodies)
    assert store.judge_pairs(pairs, "judge", name="strict")["state"].tolist() == table["state"].tolist()
    assert len(server.bodies) == asked


def test_pairs_beyond_the_budget_stay_open(store: evenhand.Store, server: ChatServer) -> None:
    server.script = lambda _: "[[C]]"
    pairs = [{"question": "q0", "model_a": "long", "model_b": "short"}]
    table = store.judge_pairs(pairs, "judge", price_in=1.0, price_out=1e6, budget=0.001)
    assert table["state"].tolist() == ["open"]
    assert server.bodies == []


def test_pairs_are_judged_inside_a_running_event_loop(store: evenhand.Store) -> None:
    async def cell() -> pd.DataFrame:
        return store.judge_pairs("baseline:short", "baseline:longest", order="given")

    table = asyncio.run(cell())
    assert set(table["winner"]) == {"model_a"}
    assert len(table) == 6


def test_pairs_of_no_or_half_a_row_are_refused(store: evenhand.Store) -> None:
    with pytest.raises(evenhand.BadInput, match="at least one pair"):
        store.judge_pairs([], "baseline:longest")
    with pytest.raises(evenhand.BadInput, match="'model_b'"):
        store.judge_pairs([{"question": "q0", "model_a": "long"}], "baseline:longest")
    with pytest.raises(evenhand.NotFound, match="expected a prompt among"):
        store.judge_pairs("all", "baseline:longest", prompt="none")


PREDICTIONS: list[dict[str, str | None]] = [
    {"id": "right", "question": "What is 6 × 7?", "A": "42", "B": "48", "answer": "A", "output": "The answer is A."},
    {"id": "wrong", "question": "What is 6 × 8?", "A": "42", "B": "48", "answer": "B", "output": "A"},
    {"id": "unclear", "question": "What is 6 × 9?", "A": "42", "B": "54", "answer": "B", "output": "Hard to say."},
    {"id": "absent", "question": "What is 6 × 9?", "A": "42", "B": "54", "answer": "B", "output": None},
]


@pytest.mark.parametrize("form", ["dictionaries", "frame", "csv"])
def test_predictions_are_scored_and_a_missing_one_is_not_wrong(form: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(PREDICTIONS)
    frame.to_csv(tmp_path / "predictions.csv", index=False)
    forms: dict[str, Any] = {"dictionaries": PREDICTIONS, "frame": frame, "csv": tmp_path / "predictions.csv"}
    scored = evenhand.score_predictions(forms[form])
    assert scored["id"].tolist() == ["right", "wrong", "unclear", "absent"]
    assert scored["state"].tolist() == ["scored", "scored", "unparsed", "failed"]
    assert scored["score"].tolist()[:2] == [1.0, 0.0]
    assert scored["score"].isna().tolist() == [False, False, True, True]
    found = evenhand.accuracy(scored).set_index("name")
    assert [found.loc["accuracy", name] for name in ("items", "unparsed", "failed")] == [3, 1, 1]
    assert found.loc["accuracy", "value"] == pytest.approx(1 / 3)
    assert found.loc["accuracy_parsed", "value"] == pytest.approx(1 / 2)


def test_examples_are_not_scored_and_a_table_without_outputs_is_refused() -> None:
    example = {**PREDICTIONS[0], "id": "example", "split": "dev"}
    assert evenhand.score_predictions([example, PREDICTIONS[1]])["id"].tolist() == ["wrong"]
    with pytest.raises(evenhand.BadInput, match="expected an `output`"):
        evenhand.score_predictions([{**PREDICTIONS[0], "output": None}])
