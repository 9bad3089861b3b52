"""Renamed and merged models: every reader sees the name that holds, nothing is changed, and all of it is undone."""

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from arena.leaderboard.ranking import rank, remake
from storage.campaigns import campaigns
from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.errors import BadInput, BadRows, Conflict, NotFound
from storage.exchange.exporting import ExportReport
from storage.exchange.importing import ImportReport
from storage.judges.judgeable import Scope, compared_pairs, judgeable
from storage.ledger import chain
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.model_changes import (
    battles_within_models,
    list_changes,
    merge_models,
    rename_model,
    undo_change,
)
from storage.ledger.scores import read_scores
from storage.questions.missing_responses import answered
from storage.questions.model_names import model_names, read_model_names, standing_ids
from storage.questions.questions import ensure_models, list_models
from storage.values import RaterKind
from tests.clocks import START
from tests.storage.files import NOW, TABLES, bring, jsonl, take

VOTES = [
    {"question_id": "1", "model_a": "alder", "model_b": "birch", "winner": "model_a"},
    {"question_id": "2", "model_a": "Alder", "model_b": "birch", "winner": "model_a"},
    {"question_id": "3", "model_a": "alder", "model_b": "Alder", "winner": "tie"},
    {"question_id": "4", "model_a": "birch", "model_b": "cedar", "winner": "model_b"},
]
RESPONSES = [
    {"question": "1", "model": model, "turns": [f"{model} says one."]} for model in ("alder", "Alder", "birch", "cedar")
]
SCORES = [
    {"question": "1", "model": model, "rater": "ann", "dimension": "overall", "score": score, "scale_low": 1,
     "scale_high": 5}
    for model, score in (("alder", 5), ("Alder", 3), ("birch", 1))
]  # fmt: skip


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Votes, responses and scores of four names, two of which differ in case."""
    opened = open_database(database_url)
    import_rows(opened, "questions", [{"key": str(n), "turns": [f"Question {n}?"]} for n in range(1, 5)], source="s")
    import_rows(opened, "responses", RESPONSES, source="s")
    import_rows(opened, "preferences", VOTES, rater_kind=RaterKind.human, source="s")
    import_rows(opened, "satisfaction", SCORES, rater_kind=RaterKind.human, source="s")
    yield opened
    opened.close()


def import_rows(database: Database, kind: str, rows: list[dict[str, Any]], **options: Any) -> ImportReport:
    with tempfile.TemporaryDirectory() as folder:
        return bring(database, kind, jsonl(Path(folder) / "rows.jsonl", rows), **options)


def export(database: Database, kind: str, path: Path) -> tuple[list[dict[str, Any]], ExportReport]:
    report = take(database, kind, path)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], report


def change(database: Database, what: Any, *arguments: Any) -> int:
    with database.writing() as session:
        return int(what(session, *arguments, reason="test", actor_id=None, now=START))


def board(database: Database, **selection: Any) -> dict[str, int]:
    """The battles of each model."""
    return {row.model: row.battles for row in rank(database, Selection(**selection)).rows}


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables that a merge must leave alone."""
    kept: list[type[SQLModel]] = [one for one in TABLES if one.__name__ != "Ledger"]
    with database.reading() as session:
        return {one.__name__: [tuple(row) for row in session.execute(select(table_of(one)))] for one in kept}


def names_of(session: Session) -> list[str]:
    return [line.name for line in list_models(session)]


def test_the_published_file_with_outer_spaces_has_one_alder(database_url: str, shared_cases: Path) -> None:
    database = open_database(database_url)
    file = shared_cases / "rank-names-outer-space.csv"
    rows = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
    report = import_rows(database, "preferences", [dict(zip(rows[0], row, strict=True)) for row in rows[1:]],
                         rater_kind=RaterKind.human)  # fmt: skip
    assert report.models == ("alder", "birch", "Alder")
    assert report.similar == (("Alder", "alder"),)
    assert board(database) == {"alder": 4, "birch": 5, "Alder": 1}
    database.close()


def test_a_file_with_spaces_is_recognised_when_imported_again(database_url: str) -> None:
    database = open_database(database_url)
    rows = [{**VOTES[0], "model_a": " alder"}, {**VOTES[0], "model_a": "g\u0440t-4", "model_b": "gpt-4"}]
    first = import_rows(database, "preferences", rows, rater_kind=RaterKind.human)
    assert first.models == ("alder", "birch", "g\u0440t-4", "gpt-4")
    assert first.similar == (("gpt-4", "g\u0440t-4"),)
    again = import_rows(database, "preferences", rows, rater_kind=RaterKind.human)
    assert (again.added, again.duplicates, again.models) == (0, 2, ())
    assert again.similar == first.similar
    database.close()


def test_a_name_of_invisible_characters_is_a_bad_row_with_its_line(database: Database) -> None:
    with pytest.raises(BadRows) as caught:
        import_rows(database, "preferences", [VOTES[0], {**VOTES[1], "model_b": "\u200b"}], rater_kind=RaterKind.human)
    assert ":2: expected a name with visible characters" in caught.value.rows[0]


def test_a_merge_reaches_every_reader_and_changes_no_stored_row(database: Database) -> None:
    before = contents(database)
    change(database, merge_models, "Alder", "alder")
    assert contents(database) == before
    assert board(database) == {"alder": 2, "birch": 3, "cedar": 1}
    with database.reading() as session:
        assert read_battles(session, Selection()).counts == {"merged": 1}
        assert battles_within_models(session) == 1
        scores = read_scores(session, Selection())
        assert scores.models == ("alder", "birch")
        assert sorted(scores.value[scores.model == 0]) == [0.5, 1.0]
        lines = {line.name: (line.n_responses, line.also) for line in list_models(session)}
        assert lines == {"alder": (2, ("Alder",)), "birch": (1, ()), "cedar": (1, ())}
        assert campaigns.contestants(session, ["Alder"]) == campaigns.contestants(session, ["alder"])
        of = {name: number for number, name in model_names(session).items()}
        answers = judgeable(session, Scope())
        assert len(answers) == 3
        assert len(judgeable(session, Scope(models=["Alder"]))) == 1
        assert len(compared_pairs(session)) == 3
        assert len(answered(session, "Alder", {})) == 1
        assert len(of) == 3
        assert list(chain.broken_batches(session)) == []


def test_an_export_names_the_merged_model_and_counts_what_it_leaves_out(database: Database, tmp_path: Path) -> None:
    change(database, merge_models, "Alder", "alder")
    votes, report = export(database, "preferences", tmp_path / "votes.jsonl")
    assert report.left_out == {"merged": 1}
    assert {name for row in votes for name in (row["model_a"], row["model_b"])} == {"alder", "birch", "cedar"}
    answers, report = export(database, "responses", tmp_path / "responses.jsonl")
    assert [row["model"] for row in answers] == ["alder", "birch", "cedar"]
    assert report.left_out == {"second_response": 1}


def test_an_exported_file_is_recognised_after_names_changed(database: Database, tmp_path: Path) -> None:
    before, _ = export(database, "preferences", tmp_path / "before.jsonl")
    change(database, merge_models, "Alder", "alder")
    change(database, rename_model, "birch", "betula")
    after, _ = export(database, "preferences", tmp_path / "after.jsonl")
    for rows in (before, after):
        again = import_rows(database, "preferences", rows)
        assert (again.added, again.duplicates) == (0, len(rows))


def test_an_undone_merge_leaves_the_board_as_it_was(database: Database) -> None:
    before = board(database)
    merged = change(database, merge_models, "Alder", "alder")
    with database.reading() as session:
        position = chain.head(session)[0]
    change(database, undo_change, merged)
    assert board(database) == before == {"alder": 2, "Alder": 2, "birch": 3, "cedar": 1}
    assert board(database, position=position) == {"alder": 2, "birch": 3, "cedar": 1}
    with database.reading() as session:
        assert read_battles(session, Selection()).counts == {}
        assert [(line.old, line.new, line.is_merge, line.undone) for line in list_changes(session)] == [
            ("Alder", "alder", True, True)
        ]
    with pytest.raises(Conflict, match="was undone already"):
        change(database, undo_change, merged)


def test_rows_imported_under_a_merged_name_leave_with_it_when_the_merge_is_undone(database: Database) -> None:
    merged = change(database, merge_models, "Alder", "alder")
    vote = {"question_id": "9", "model_a": "Alder", "model_b": "cedar", "winner": "model_b"}
    import_rows(database, "preferences", [vote], rater_kind=RaterKind.human, source="later")
    assert board(database)["alder"] == 3
    change(database, undo_change, merged)
    assert board(database)["Alder"] == 3


def test_a_stored_rating_run_comes_out_the_same_after_names_changed(database: Database) -> None:
    made = rank(database, Selection(), now=NOW)
    change(database, merge_models, "Alder", "alder")
    change(database, rename_model, "birch", "betula")
    assert made.run is not None
    again = remake(database, made.run)
    assert again.is_same
    assert {row.model for row in again.board.rows} == {"alder", "Alder", "birch", "cedar"}


def test_a_renamed_model_is_meant_by_both_names(database: Database) -> None:
    change(database, rename_model, "birch", " betula\u200b")
    assert board(database)["betula"] == 3
    with database.writing() as session:
        assert standing_ids(session, ["birch"])["birch"] == standing_ids(session, ["betula"])["betula"]
        assert len(set(ensure_models(session, ["birch", "betula", "betula "]).values())) == 1
        assert names_of(session) == sorted(["Alder", "alder", "betula", "cedar"])
    report = import_rows(database, "preferences", VOTES, rater_kind=RaterKind.human, source="s")
    assert (report.added, report.duplicates, report.models) == (0, 4, ())


def test_a_rename_that_cannot_be_is_refused(database: Database) -> None:
    refusals: list[tuple[str, str, type[Exception], str]] = [
        ("elm", "oak", NotFound, "no model 'elm'"),
        ("alder", "Alder", Conflict, "evenhand models merge 'alder' 'Alder'"),
        ("alder", "alder ", Conflict, "the one that it has"),
        ("alder", "\u200b", BadInput, "visible characters"),
        ("alder", "x" * 201, BadInput, "at most 200 characters"),
    ]
    for old, new, error, message in refusals:
        with pytest.raises(error, match=message):
            change(database, rename_model, old, new)


def test_a_merge_of_one_model_and_an_undo_of_nothing_are_refused(database: Database) -> None:
    change(database, merge_models, "Alder", "alder")
    with pytest.raises(Conflict, match="are one already"):
        change(database, merge_models, "alder", "Alder")
    with pytest.raises(NotFound, match="expected the number of a rename or merge, got 1"):
        change(database, undo_change, 1)


def test_an_undo_that_would_give_one_name_to_two_models_is_refused(database: Database) -> None:
    merged = change(database, merge_models, "Alder", "alder")
    change(database, rename_model, "alder", "Alder")
    with pytest.raises(Conflict, match="'Alder' would then mean two"):
        change(database, undo_change, merged)
    assert board(database)["Alder"] == 2


def test_a_campaign_offers_no_pair_of_merged_models(database: Database) -> None:
    from storage.database.tables import Campaign

    with database.writing() as session:
        number = campaigns.add_campaign(
            session, Campaign(name="c", created_at=START), guidelines="", questions=[1],
            models=list(campaigns.contestants(session, ()).values()),
        )  # fmt: skip
        assert len(campaigns.showable_responses(session, number)) == 4
        before = campaigns.campaign_row(session, number).last_exclusion
    change(database, merge_models, "Alder", "alder")
    with database.reading() as session:
        assert len(campaigns.showable_responses(session, number)) == 3
        assert campaigns.names(session, number)[0] == ["alder", "birch", "cedar"]
        assert campaigns.campaign_row(session, number).last_exclusion != before


@pytest.mark.parametrize("seed", range(3))
def test_names_agree_with_a_reference_at_every_position(database: Database, seed: int) -> None:
    """The reference follows the rows in plain Python: unreversed changes, chains of merges, the last rename."""
    draw = random.Random(seed)
    rows: list[tuple[int, int, str | None, int | None]] = []
    undone: dict[int, int] = {}
    with database.reading() as session:
        own = model_names(session)
    for step in range(12):
        with database.reading() as session:
            present = sorted(set(model_names(session).values()))
        kind = draw.choice(["rename", "merge", "undo"])
        try:
            if kind == "undo" and rows:
                target = draw.choice(rows)[0]
                undone[target] = change(database, undo_change, target)
                continue
            name, other = draw.choice(present), draw.choice(present)
            with database.reading() as session:
                ids = standing_ids(session, [name, other])
            if kind == "merge":
                at = change(database, merge_models, name, other)
                rows.append((at, ids[name], None, ids[other]))
            else:
                at = change(database, rename_model, name, f"name-{step}")
                rows.append((at, ids[name], f"name-{step}", None))
        except Conflict:
            continue
    with database.reading() as session:
        for position in range(8, chain.head(session)[0] + 1):
            in_force = [row for row in rows if row[0] <= position and not undone.get(row[0], position + 1) <= position]
            into = {model: target for _, model, _, target in in_force if target is not None}
            given = {model: name for _, model, name, _ in in_force if name is not None}
            found = read_model_names(session, position)
            for model, name in own.items():
                at = model
                while at in into:
                    at = into[at]
                assert found.standing[model] == at
                assert found.names[model] == given.get(at, own[at]), (position, model, name)
        assert read_model_names(session) == read_model_names(session, chain.head(session)[0])
        assert list(chain.broken_batches(session)) == []
