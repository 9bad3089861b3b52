"""Public data sets as they were published go in, and come out unchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database.engine import Database, open_database
from storage.ledger.battle_reading import Selection, read_battles
from storage.values import RaterKind
from tests.storage.files import bring, take
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
