"""Parts of a report under methods that leave models out or read scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from app.report.blocks import TextTable
from app.report.document import Document, NumberTable
from app.report.parts.history import HISTORY, HistoryPart
from app.report.parts.leaderboards import MOST_ROWS, LeaderboardPart
from app.report.parts.pairs import ORDER, PAIRS, PairPart
from app.report.parts.part import ReportSettings, ReportSource
from app.report.parts.slices import SlicePart
from app.report.wording import tell
from arena.rating.davidson_per_model import DAVIDSON_PER_MODEL
from arena.rating.grounded import GROUNDED
from storage.exchange.importing import ImportOptions, import_file
from tests.clocks import START
from tests.stores import open_store

ROUND = [("x", "y"), ("y", "z"), ("z", "x"), ("x", "z"), ("y", "x")]
PERSON = {"rater": "r", "rater_kind": "human"}


def vote(model_a: str, model_b: str, winner: str) -> dict[str, Any]:
    return {"question": "q", "model_a": model_a, "model_b": model_b, "winner": winner, **PERSON}


def question(key: str, category: str) -> dict[str, Any]:
    return {"source": "team", "key": key, "turns": ["?"], "category": category}


def score(model: str) -> dict[str, Any]:
    given = {"dimension": "overall", "score": 4, "scale_low": 1, "scale_high": 5}
    return {"question": "q0", "model": model, **given, **PERSON}


def source_of(folder: Path, method: str, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> ReportSource:
    """A store with these rows, by kind, and a method."""
    database = open_store(folder / "store.db")
    for kind, own in rows.items():
        path = folder / f"{kind}.jsonl"
        path.write_bytes(b"\n".join(orjson.dumps(row) for row in own))
        import_file(database, None, path, ImportOptions(now=START, salt="salt", source="team"))
    return ReportSource(database, (), ReportSettings(method=method), START)


def test_pairs_with_a_model_outside_the_main_group_are_left_out(tmp_path: Path) -> None:
    votes = [vote(*pair, "model_a") for pair in ROUND] + [vote("x", "y", "tie"), vote("y", "z", "tie")]
    source = source_of(tmp_path, DAVIDSON_PER_MODEL, {"preferences": [*votes, *[vote("best", "x", "model_a")] * 5]})
    found = PairPart().collect(source)
    source.database.close()
    assert sorted(str(row[0]) for row in found.tables[ORDER].rows) == ["x", "y", "z"]
    pairs = sorted("".join(sorted(map(str, row[:2]))) for row in found.tables[PAIRS].rows)
    assert pairs == ["xy", "xz", "yz"]


def test_what_is_fitted_to_some_votes_is_left_out_where_scores_count_too(tmp_path: Path) -> None:
    votes = [{**vote(*pair, "model_a"), "question": f"q{place}"} for place, pair in enumerate(ROUND)]
    asked = [question(f"q{place}", ("code", "maths")[place % 2]) for place in range(len(votes))]
    scores = [score(model) for model in "xyz"]
    source = source_of(tmp_path, GROUNDED, {"questions": asked, "preferences": votes, "satisfaction": scores})
    tables = {name for part in (LeaderboardPart(), HistoryPart(), SlicePart()) for name in part.collect(source).tables}
    source.database.close()
    assert "leaderboard_human" in tables
    assert not {HISTORY, "by_category"} & tables


def test_ranks_by_category_are_left_out_where_one_has_too_little_for_the_method(tmp_path: Path) -> None:
    winners = ("both_bad", "model_a", "both_bad", "model_a", "model_b")
    votes = [{**vote(*pair, winners[place]), "question": f"q{place}"} for place, pair in enumerate(ROUND)]
    asked = [question(f"q{place}", ("code", "maths")[place % 2]) for place in range(len(votes))]
    source = source_of(tmp_path, GROUNDED, {"questions": asked, "preferences": votes})
    tables = {name for part in (HistoryPart(), SlicePart()) for name in part.collect(source).tables}
    source.database.close()
    assert tables == {HISTORY}


def test_a_table_of_slices_says_that_it_has_only_the_first_models() -> None:
    row = {"slice": "code", "model": "m0", "rank": 1, "battles": 2, "shift": None, "p_value": None, "flagged": False}
    by_category = NumberTable.of(list(row), [list(row.values())])
    for number, is_cut in ((MOST_ROWS, False), (MOST_ROWS + 1, True)):
        order = NumberTable.of(("model",), [[f"m{place}"] for place in range(number)])
        part = SlicePart().lay_out(Document({}, {"by_category": by_category, ORDER: order}, {}), "en")
        assert part is not None
        (caption,) = [block.caption for block in part.blocks if isinstance(block, TextTable)]
        assert caption.endswith(tell("en", "rows_first", n=MOST_ROWS, all=number)) is is_cut
