"""Export rows of one kind into a file, whole or not at all.

Only verdicts that count are written: superseded, undone, void and excluded ones are left out, and counted, because
a file has no words for them. Flags stay on their rows.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Database
from storage.database.ledger_tables import Judgment, Preference, Satisfaction
from storage.errors import BadInput
from storage.exchange import store_rows
from storage.exchange.formats import evenhand_columns
from storage.exchange.formats.dpo import dpo_pairs
from storage.exchange.formats.llm_comparator import comparison
from storage.exchange.rows.canonical import RowKind
from storage.exchange.rows.writing import writer_of, written_aside
from storage.ledger import standing
from storage.values import RaterKind

_PREFERENCE, _JUDGMENT, _SATISFACTION = table_of(Preference), table_of(Judgment), table_of(Satisfaction)


class ExportKind(StrEnum):
    """What a file is to hold: the kinds that can be imported again, and two derived forms."""

    questions = "questions"
    responses = "responses"
    preferences = "preferences"
    satisfaction = "satisfaction"
    dpo = "dpo"
    comparator = "comparator"


@dataclass(frozen=True)
class ExportOptions:
    """What goes out.

    Attributes:
        rater_kind: only votes or of judges; None for both, marked in `rater_kind`. The derived forms
            always hold people's votes.
        models: model A and model B of an LLM Comparator file; None for the only two.
        force: whether a file that exists is replaced.
    """

    rater_kind: RaterKind | None = None
    models: tuple[str, str] | None = None
    force: bool = False


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    Attributes:
        kind: what the file holds.
        rows: rows in the file (examples, for LLM Comparator).
        left_out: verdicts that were not written, by reason.
    """

    kind: ExportKind
    rows: int
    left_out: dict[str, int]


def export_file(database: Database, kind: ExportKind, path: Path, options: ExportOptions) -> ExportReport:
    """Write one snapshot of the store's rows to JSONL, CSV or Parquet (each also `.gz`), or LLM Comparator JSON.

    Raises:
        BadInput: the name's suffix does not fit the kind, or the file cannot be written.
        Conflict: the file exists and `force` is off.
        StoreError: the database cannot be read.
    """
    left_out: Counter[str] = Counter()
    if kind is ExportKind.comparator:
        rows = _export_comparison(database, path, options, left_out)
        return ExportReport(kind, rows, dict(left_out))
    write = writer_of(path)
    if kind is ExportKind.dpo and ".jsonl" not in path.name.lower():
        raise BadInput(f"expected a file name ending in .jsonl for training pairs, got {path.name!r}")
    with database.reading() as session, written_aside(path, force=options.force) as aside:
        if kind is ExportKind.dpo:
            rows = write(aside, {}, dpo_pairs(session, left_out))
        else:
            rows = write(
                aside, evenhand_columns.COLUMNS[RowKind(kind)], _rows(session, kind, options.rater_kind, left_out)
            )
    return ExportReport(kind, rows, dict(left_out))


def _rows(
    session: Session, kind: ExportKind, rater_kind: RaterKind | None, left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    if kind is ExportKind.questions:
        yield from map(evenhand_columns.question, store_rows.question_rows(session))
    elif kind is ExportKind.responses:
        yield from map(evenhand_columns.response, store_rows.response_rows(session))
    elif kind is ExportKind.preferences:
        if rater_kind != RaterKind.judge:
            left_out.update(store_rows.left_out(session, _PREFERENCE))
            people = store_rows.preference_rows(session, standing.counts(_PREFERENCE))
            yield from map(evenhand_columns.preference, people)
        if rater_kind != RaterKind.human:
            left_out.update(store_rows.left_out(session, _JUDGEMENT))
            judges = store_rows.judgment_rows(session, standing.counts(_JUDGEMENT))
            yield from map(own_columns.preference, judges)
    else:
        left_out.update(store_rows.left_out(session, _SATISFACTION))
        scores = store_rows.satisfaction_rows(session, standing.counts(_SATISFACTION))
        wanted = (row for row in scores if rater_kind in (None, row.rater.kind))
        yield from map(evenhand_columns.satisfaction, wanted)


def _export_comparison(database: Database, path: Path, options: ExportOptions, left_out: Counter[str]) -> int:
    if path.suffix.lower() != ".json":
        raise BadInput(f"expected a file name ending in .json for LLM Comparator, got {path.name!r}")
    with database.reading() as session, written_aside(path, force=options.force) as aside:
        content = comparison(session, options.models, left_out)
        aside.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    return len(content["examples"])
