"""Votes that check raters: marked in exports, left out where a format has no mark, and counted nowhere after it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from arena.campaigns.gold_files import GoldRow, add_gold_rows
from arena.campaigns.open_ballots import VoteInput
from arena.rating.bradley_terry import rate_bradley_terry
from arena.rating.evidence import Evidence
from arena.rating.method import RatingSettings
from storage.campaigns import rules
from storage.campaigns.rules import QualityRules
from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.ledger_tables import Preference
from storage.ledger.battle_reading import Selection, read_battles
from storage.ledger.chain import broken_batches
from storage.upkeep.heads import read_heads
from storage.values import RaterKind, SpecialDraw, Winner
from tests.arena.small_campaign import make_arena
from tests.clocks import START
from tests.storage.files import VOTE, bring, jsonl, take

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A store in which one rater voted on a whole campaign with gold items, onboarding items and repeats."""
    opened = open_database(database_url, durable=False)
    arena = make_arena(opened, n_questions=12, n_raters=1)
    with opened.writing() as session:
        rows = [
            GoldRow("f", None, f"q{n}", "model-0", "model-1", Winner.model_b, None, None, None, None, n < 2)
            for n in range(5)
        ]
        add_gold_rows(session, arena.campaign, rows, now=START)
        shares = QualityRules(gold_share=0.2, repeat_share=0.2, repeat_gap=3)
        rules.set_rules(session, arena.campaign, shares)
    now = arena.voting.open_ballots(arena.raters[0])
    while now.current is not None:
        choice = list(Winner)[now.current.left_id % 4]
        now = arena.voting.vote(arena.raters[0], now.current.token, VoteInput(choice))
    yield opened
    opened.close()


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_exported_files_mark_these_votes_and_give_the_ratings_of_the_store(database: Database, tmp_path: Path) -> None:
    wanted = fit_of(database)
    for name in ("votes.jsonl", "votes.csv", "votes.parquet"):
        done = take(database, "preferences", tmp_path / name)
        again = open_database(f"sqlite:///{tmp_path / name}.db", durable=False)
        bring(again, "preferences", tmp_path / name)
        assert fit_of(again) == wanted
        again.close()
    assert [str(head) for head in read_heads(str(tmp_path / "votes.parquet"))] == [done.ledger_head]
    counts = wanted[0]
    marked = [row["special"] for row in rows_of(tmp_path / "votes.jsonl")]
    names = {SpecialDraw.gold: "gold", SpecialDraw.onboarding: "onboarding", SpecialDraw.repeat: "repeated"}
    assert {name: marked.count(word) for word, name in names.items()} == counts
    for layout in ("lmarena", "mt-bench"):
        left_out = take(database, layout, tmp_path / f"{layout}.jsonl").left_out
        assert {name: left_out[name] for name in counts} == counts


def fit_of(store: Database) -> tuple[Any, ...]:
    with store.reading() as session:
        battles = read_battles(session, Selection())
        assert list(broken_batches(session)) == []
    fit = rate_bradley_terry(Evidence(battles), settings=RatingSettings())
    return battles.counts, fit.models, *(one.tolist() for one in (fit.rating, fit.lower, fit.upper))


def test_a_mark_that_is_taken_off_by_hand_is_found(tmp_path: Path) -> None:
    store = open_database(f"sqlite:///{tmp_path / 'store.db'}", durable=False)
    bring(store, "preferences", jsonl(tmp_path / "votes.jsonl", [VOTE | {"special": "gold"}]))
    with store.writing() as session:
        session.execute(update(table_of(Preference)).values(special=None))
    with store.reading() as session:
        assert len(list(broken_batches(session))) == 1
    store.close()


@pytest.mark.parametrize("layout", ["lmarena-100k", "lmarena-140k"])
def test_tags_and_counts_of_an_arena_file_come_back_as_they_were(
    database_url: str, tmp_path: Path, layout: str
) -> None:
    store = open_database(database_url, durable=False)
    golden = rows_of(GOLDEN / f"{layout}.jsonl")
    bring(store, "preferences", GOLDEN / f"{layout}.jsonl", rater_kind=RaterKind.human)
    take(store, "lmarena", tmp_path / "out.jsonl")
    take(store, "preferences", tmp_path / "own.jsonl")
    with store.reading() as session:
        assert list(broken_batches(session)) == []
    store.close()
    columns = ("conv_metadata", "category_tag", "is_code", "is_refusal", "dedup_tag")
    wanted = [{name: row.get(name) for name in columns} for row in golden]
    assert [{name: row[name] for name in columns} for row in rows_of(tmp_path / "out.jsonl")] == wanted
    kept = [{name: (row["attributes"] or {}).get(name) for name in columns} for row in rows_of(tmp_path / "own.jsonl")]
    assert kept == wanted
