"""Parts of a report under methods that leave models out or read scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from app.report.parts.pairs import ORDER, PAIRS, PairPart
from app.report.parts.part import ReportSettings, ReportSource
from arena.rating.davidson_per_model import DAVIDSON_PER_MODEL
from storage.exchange.importing import ImportOptions, import_file
from tests.clocks import START
from tests.stores import open_store

ROUND = [("x", "y"), ("y", "z"), ("z", "x"), ("x", "z"), ("y", "x")]
PERSON = {"rater": "r", "rater_kind": "human"}


def vote(model_a: str, model_b: str, winner: str) -> dict[str, Any]:
    return {"question": "q", "model_a": model_a, "model_b": model_b, "winner": winner, **PERSON}


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
    assert sorted(row[0] for row in found.tables[ORDER].rows) == ["x", "y", "z"]
    pairs = sorted("".join(sorted(map(str, row[:2]))) for row in found.tables[PAIRS].rows)
    assert pairs == ["xy", "xz", "yz"]
