"""Public data sets as they were published go in, and come out unchanged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.database.engine import Database, open_database
from storage.exchange.formats.winner_labels import parse_labels
from storage.exchange.importing import ImportOptions, ImportReport, import_file
from storage.ledger.battle_reading import Selection, read_battles
from storage.values import RaterKind
from tests.storage.files import NOW, bring, take
from tests.stores import open_store


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.close()


def test_the_vicuna_benchmark_goes_in_whole(database: Database, shared_data: Path) -> None:
    folder = shared_data / "subjective" / "vicuna_bench"
    assert bring(database, "questions", folder / "question.jsonl", source="vicuna").added == 80
    answers = sorted((folder / "answer").iterdir())
    assert [bring(database, "responses", path).added for path in answers] == [80] * 7
    assert bring(database, "responses", answers[0]).duplicates == 80


def test_mt_bench_goes_in_with_its_references(database: Database, shared_data: Path) -> None:
    folder = shared_data / "subjective" / "mt_bench" / "mt_bench"
    assert bring(database, "questions", folder / "question.jsonl").added == 80
    assert bring(database, "responses", folder / "reference_answer" / "gpt-4.jsonl.gz").added == 30


def test_alpaca_outputs_bring_their_questions(database: Database, shared_data: Path) -> None:
    files = sorted((shared_data / "subjective" / "alpaca_eval").glob("*/model_outputs.json.gz"))
    reports = [bring(database, "responses", path) for path in files]
    assert sum(report.questions for report in reports) == 805
    assert sum(report.added for report in reports) == 4 * 805 + 803


def test_battles_go_in_by_who_judged(database: Database, shared_data: Path) -> None:
    for name, rows in (("llmfao_crowd", 8931), ("llmfao_gpt4_crowd", 2139), ("evalica_food", 30)):
        path = shared_data / "battles" / f"{name}.csv"
        assert bring(database, "preferences", path).added == rows
        assert bring(database, "preferences", path).duplicates == rows
    with database.reading() as session:
        assert len(read_battles(session, Selection(RaterKind.human))) == 8931 + 30
        assert len(read_battles(session, Selection(RaterKind.judge))) == 2139


def test_what_was_imported_comes_out_and_in_again_unchanged(
    database: Database, shared_data: Path, tmp_path: Path
) -> None:
    bring(database, "preferences", shared_data / "battles" / "llmfao_gpt4_crowd.csv")
    bring(database, "preferences", shared_data / "battles" / "faireval_human.csv")
    first = tmp_path / "first.jsonl"
    take(database, "preferences", first)
    for suffix in (".jsonl.gz", ".csv", ".parquet"):
        path, again = tmp_path / f"out{suffix}", tmp_path / f"again{suffix}.jsonl"
        take(database, "preferences", path)
        other = open_store(tmp_path / f"{suffix}.db")
        bring(other, "preferences", path)
        take(other, "preferences", again)
        other.close()
        assert again.read_bytes() == first.read_bytes()


def test_public_files_of_every_kind_go_in_by_themselves(database: Database, shared_data: Path) -> None:
    """Kind and format are found; the win rates of AlpacaEval come out as published."""
    folder = shared_data / "subjective"
    names = ("vicuna-7b", "claude-2")
    for name, rows in zip(names, (805, 805), strict=True):
        report = found(database, folder / "alpaca_eval" / name / "annotations_v2.json.gz")
        assert (report.format, report.added) == ("AlpacaEval annotations", rows)
    with database.reading() as session:
        battles = read_battles(session, Selection(RaterKind.judge))
    for name, published in zip(names, (4.16261116226087, 17.188240356708075), strict=True):
        is_model = battles.b == battles.models.index(name)
        assert 100 * float((1 - battles.score[is_model]).mean()) == pytest.approx(published, abs=1e-4)
    for path, kind, rows in (
        ("arena_bench_v1/model_judgment/claude-1.jsonl.gz", "satisfaction", 300),
        ("wildbench/gpt-4o-judge/gemma-2b-it.json.gz", "satisfaction", 1021),
    ):
        report = found(database, folder / path)
        assert (report.kind, report.added) == (kind, rows)


@pytest.mark.parametrize(
    ("path", "columns", "labels", "added"),
    [
        ("llmfao/crowd-comparisons.csv.gz", "model_a=left model_b=right question_id=prompt annotator=worker", "", 8931),
        (
            "llmbar/LLMBar/Natural/dataset.json.gz",
            "prompt=input response_a=output_1 response_b=output_2 winner=label",
            "",
            100,
        ),
        (
            "autoj_pairwise/testdata_pairwise.jsonl.gz",
            "response_a=response_1 response_b=response_2 winner=label category=scenario",
            "0=model_a 1=model_b 2=tie",
            1392,
        ),
    ],
)
def test_files_of_no_known_format_go_in_with_names_for_their_columns(
    database: Database, shared_data: Path, path: str, columns: str, labels: str, added: int
) -> None:
    pairs = (pair.split("=") for pair in columns.split())
    named = {ours: theirs.replace("response_", "response ") for ours, theirs in pairs}
    meanings = parse_labels(labels.split())
    report = found(
        database, shared_data / "subjective" / path, columns=named, labels=meanings, rater_kind=RaterKind.human
    )
    assert report.added == added


def found(database: Database, path: Path, **options: Any) -> ImportReport:
    return import_file(database, None, path, ImportOptions(now=NOW, salt="salt", **options))
