"""Parts of a report under methods that leave models out or read scores."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from app.report.blocks import Bullets, Subheading, TextTable
from app.report.document import Document, NumberTable
from app.report.parts.history import HISTORY, HistoryPart
from app.report.parts.leaderboards import FUSED, MOST_ROWS, LeaderboardPart
from app.report.parts.pairs import ORDER, PAIRS, PairPart
from app.report.parts.part import ReportSettings, ReportSource
from app.report.parts.slices import SlicePart
from app.report.wording import tell
from arena.rating.bradley_terry import BRADLEY_TERRY
from arena.rating.davidson_per_model import DAVIDSON_PER_MODEL
from arena.rating.elo import ELO
from arena.rating.grounded import GROUNDED
from storage.exchange.importing import ImportOptions, import_file
from tests.app.commands.test_rank_fused import rows_of
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


def fused_document(folder: Path, votes: int, judged: int, method: str) -> Document:
    """The leaderboards of a report on people and judges together."""
    source = source_of(folder, method, {"preferences": rows_of(votes=votes, judged=judged)})
    with closing(source.database):
        settings = replace(source.settings, assume_random=True)
        found = LeaderboardPart().collect(replace(source, settings=settings))
    return Document({"settings": {"method": method, "level": 0.95}}, found.tables, found.texts)


def test_people_and_judges_together_have_a_board_with_what_the_judges_can_save(tmp_path: Path) -> None:
    document = fused_document(tmp_path, 90, 240, BRADLEY_TERRY)
    for language in ("en", "zh"):
        part = LeaderboardPart().lay_out(document, language)
        assert part is not None
        names = [block.text for block in part.blocks if isinstance(block, Subheading)]
        assert names[-1] == tell(language, "board_fused") and len(set(names)) == 3
        blocks = list(part.blocks)
        after = blocks[blocks.index(Subheading(names[-1])) :]
        assert isinstance(after[1], Bullets) and "0." in after[1].items[0] and "90" in after[1].items[0]
        board, judges = [block for block in after if isinstance(block, TextTable)]
        assert len(board.rows) == 3 and judges.rows[0][0] == "umpire" and judges.rows[0][3] == "240"


def test_why_people_and_judges_have_no_board_together_is_told_in_its_place(tmp_path: Path) -> None:
    rows = rows_of(votes=30, judged=60)
    apart = [{**row, "question": f"j{row['question']}"} if row["rater"] == "umpire" else row for row in rows]
    source = source_of(tmp_path, BRADLEY_TERRY, {"preferences": apart})
    with closing(source.database):
        found = LeaderboardPart().collect(replace(source, settings=replace(source.settings, assume_random=True)))
    part = LeaderboardPart().lay_out(Document({}, found.tables, found.texts), "en")
    assert part is not None and FUSED not in found.tables
    last = part.blocks[-1]
    assert isinstance(last, Bullets) and last.items[0].startswith("None of the 30 votes is on one of the 60 judged")


def test_a_method_without_a_form_for_both_has_no_board_together(tmp_path: Path) -> None:
    document = fused_document(tmp_path, 30, 60, ELO)
    assert FUSED not in document.tables and FUSED not in document.texts
