"""Tables of a notebook: rows as files that imports and judge runs read, and judgments as rows."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from judging.run.plan import JudgePlan
from objective.tasks.own_files.rows import EXAMPLES
from storage.database.engine import Database
from storage.errors import BadInput, BadRows
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.judges.judgeable import question_keys
from storage.judges.judgment_reading import JudgmentFilters, JudgmentLine, list_judged
from storage.questions.model_names import model_names

_TIE = 0.5
_ALL_ROWS = 2**31 - 1

Rows = pd.DataFrame | Iterable[Mapping[str, Any]]


@contextmanager
def rows_as_file(rows: Rows | str | Path) -> Iterator[Path]:
    """Rows as a file that an import reads; errors name the number of a row, not the file that it never was in."""
    if isinstance(rows, str | Path):
        yield Path(rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(b"".join(map(_line, _records(rows))))
        try:
            yield path
        except BadRows as error:
            sentences = [one.replace(f"{path}:", "row ") for one in error.rows]
            raise BadRows(str(error).replace(str(path), "the table"), sentences, error.truncated) from None
        except BadInput as error:
            raise BadInput(str(error).replace(str(path), "the table")) from None


@contextmanager
def pairs_as_file(pairs: Rows | str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Pairs as `evenhand judge pairwise --pairs` takes them, and as they were given."""
    if isinstance(pairs, str):
        yield pairs, []
        return
    rows = _records(pairs)
    try:
        given = [(str(row["question"]), str(row["model_a"]), str(row["model_b"])) for row in rows]
    except KeyError as error:
        raise BadInput(f"expected pairs with question, model_a and model_b, got none with {error}") from None
    if not given:
        raise BadInput("expected at least one pair, got none; use 'all' for every pair of the store")
    with rows_as_file(rows) as path:
        yield str(path), given


def read_outputs(path: Path) -> list[str | None]:
    """The output of every row that `read_user_rows` makes an item of; None where there is none."""
    found: list[str | None] = []
    with open_rows(path, Problems(str(path))) as file:
        for _, row in file.rows:
            if str(row.get("split") or "").strip() == EXAMPLES:
                continue
            output = row.get("output")
            is_missing = output is None or (file.format == "csv" and output == "")
            found.append(None if is_missing else str(output))
    if found and all(output is None for output in found):
        raise BadInput("expected an `output` in at least one row, got none; put what the model wrote into that column")
    return found


def _records(rows: Rows) -> list[dict[str, Any]]:
    """Rows that all have the same columns, because an import recognises its format by those of the first row."""
    if isinstance(rows, pd.DataFrame):
        cells = rows.astype(object).where(rows.notna(), None)
        return [{str(name): cell for name, cell in record.items()} for record in cells.to_dict("records")]
    given = [dict(row) for row in rows]
    columns = dict.fromkeys(name for row in given for name in row)
    return [{name: row.get(name) for name in columns} for row in given]


def _line(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
    except (TypeError, ValueError) as error:
        raise BadInput(f"expected rows of texts, numbers, times and lists, got something else ({error})") from None


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def judgments_of_pairs(database: Database, plan: JudgePlan, given: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """The judgments of a plan's pairs as the store has them, one row a pair.

    Args:
        database: the store.
        plan: the plan of the judge run.
        given: question and both models of each pair, in the order of the table; empty for the plan's own order.
    """
    with database.reading() as session:
        lines = list_judged(session, plan.rater_id, JudgmentFilters("judgement"), skip=0, most=_ALL_ROWS)
        keys = dict(question_keys(session, [item.question for item in plan.items]))
        names = model_names(session)
    judged = {(line.key, *line.models): line for line in reversed(lines)}
    planned = [(keys[item.question], names[item.models[0]], names[item.models[1]]) for item in plan.items]
    return pd.DataFrame(
        [_judgment_row(*pair, judged) for pair in given or planned],
        columns=["question", "model_a", "model_b", "state", "winner", "share_a", "cause"],
    )


def _judgment_row(
    question: str, model_a: str, model_b: str, judged: Mapping[tuple[str, ...], JudgmentLine]
) -> tuple[str, str, str, str, str | None, float | None, str | None]:
    """One row of a table of judgments, from the side of `model_a`."""
    line = judged.get((question, model_a, model_b))
    turned = line is None
    line = line or judged.get((question, model_b, model_a))
    if line is None:
        return question, model_a, model_b, "open", None, None, None
    share = line.outcome.score
    if share is not None and turned:
        share = 1.0 - share
    winner = None if share is None else "tie" if share == _TIE else "model_a" if share > _TIE else "model_b"
    return question, model_a, model_b, line.outcome.state, winner, share, line.outcome.cause
