"""Export rows of one kind to a file, completely or not at all.

Only votes, judgments and scores that count are written. Superseded, undone, void and excluded rows are left out and
counted, because the formats cannot express them. Flags are written with their rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Database
from storage.database.ledger_tables import Judgment, Preference, Satisfaction
from storage.errors import BadInput
from storage.exchange import store_rows
from storage.exchange.dataset_folders import CARD, card, written_folder
from storage.exchange.exported_pictures import PICTURES, ExportedPictures
from storage.exchange.formats import evenhand_columns
from storage.exchange.formats.dpo import dpo_pairs
from storage.exchange.formats.published_layouts import (
    ALPACA_COLUMNS,
    LMARENA_COLUMNS,
    MT_BENCH_COLUMNS,
    alpaca_outputs,
    lmarena_votes,
    mt_bench_votes,
)
from storage.exchange.formats.tools.llm_comparator import comparison
from storage.exchange.rows.canonical import ResponseRow, RowKind
from storage.exchange.rows.writing import write_jsonl, write_parquet, writer_of, written_aside
from storage.exchange.voted_pairs import read_voted_pairs
from storage.ledger import chain, standing
from storage.media.stored_pictures import has_pictures
from storage.questions.questions import list_models, settings_digest
from storage.values import RaterKind, ResponseState, turn_images

_PREFERENCE, _JUDGMENT, _SATISFACTION = table_of(Preference), table_of(Judgment), table_of(Satisfaction)


class ExportKind(StrEnum):
    """The content of an exported file: a kind that can be imported again, or a format of another program."""

    questions = "questions"
    responses = "responses"
    preferences = "preferences"
    satisfaction = "satisfaction"
    dpo = "dpo"
    comparator = "comparator"
    dataset = "dataset"
    lmarena = "lmarena"
    mt_bench = "mt-bench"
    alpaca_eval = "alpaca-eval"


_PUBLISHED: Mapping[ExportKind, Mapping[str, str]] = {
    ExportKind.lmarena: LMARENA_COLUMNS,
    ExportKind.mt_bench: MT_BENCH_COLUMNS,
    ExportKind.alpaca_eval: ALPACA_COLUMNS,
}


@dataclass(frozen=True)
class ExportOptions:
    """Options of an export.

    Attributes:
        rater_kind: only rows of people or of judges; None for both, marked in the column `rater_kind`. Formats of
            other programs always hold votes.
        models: model A and model B of an LLM Comparator file; None if the votes are on two models only.
        force: whether to replace an existing file.
        named: whether training pairs also name question, models and kind of the rater.
    """

    rater_kind: RaterKind | None = None
    models: tuple[str, str] | None = None
    force: bool = False
    named: bool = False


@dataclass(frozen=True)
class ExportReport:
    """The result of an export.

    Attributes:
        kind: content of the file.
        rows: number of rows in the file, or of examples for LLM Comparator.
        left_out: number of rows that were not written, by reason, and of `pictures` that the format cannot hold.
        ledger_head: head of the ledger, `POSITION:DIGEST`; also written into
            folders, Parquet files and LLM Comparator files.
    """

    kind: ExportKind
    rows: int
    left_out: dict[str, int]
    ledger_head: str | None


def export_file(database: Database, kind: ExportKind, path: Path, options: ExportOptions) -> ExportReport:
    """Write one snapshot of the store's rows to JSONL, CSV or Parquet (each also `.gz`), or LLM Comparator JSON.

    Raises:
        BadInput: the suffix of the file name does not fit the kind, or the file cannot be written.
        Conflict: the file exists and `force` is off.
        StoreError: the database cannot be read.
    """
    left_out: Counter[str] = Counter()
    if kind is ExportKind.comparator:
        rows, head = _export_comparison(database, path, options, left_out)
        return ExportReport(kind, rows, dict(left_out), head)
    if kind is ExportKind.dataset:
        rows, head = _export_dataset(database, path, options, left_out)
        return ExportReport(kind, rows, dict(left_out), head)
    write = writer_of(path)
    if kind is ExportKind.dpo and ".jsonl" not in path.name.lower():
        raise BadInput(f"expected a file name ending in .jsonl for training pairs, got {path.name!r}")
    with database.reading() as session, written_aside(path, force=options.force) as aside:
        head = chain.head_text(session)
        if write is write_parquet:
            write = partial(write_parquet, ledger_head=head)
        if kind is ExportKind.dpo:
            rows = write(aside, {}, dpo_pairs(session, left_out, named=options.named))
        elif kind in _PUBLISHED:
            rows = write(aside, _PUBLISHED[kind], _published(session, kind, left_out))
        else:
            found = _rows(session, kind, options.rater_kind, left_out)
            pictures = ExportedPictures(session, left_out)
            if writer_of(path) is write_parquet:
                rows = write(aside, *_with_pictures(session, RowKind(kind), found, pictures))
            else:
                noted = pictures.noted(found) if write is write_jsonl else _without_pictures(found, left_out)
                rows = write(aside, evenhand_columns.COLUMNS[RowKind(kind)], noted)
                pictures.write_beside(path)
    return ExportReport(kind, rows, dict(left_out), head)


def _with_pictures(
    session: Session, kind: RowKind, rows: Iterator[dict[str, Any]], pictures: ExportedPictures
) -> tuple[Mapping[str, str], Iterator[dict[str, Any]]]:
    """The columns and rows of a Parquet file, with a column of pictures where the store has any."""
    columns = evenhand_columns.COLUMNS[kind]
    if "turns" not in columns or not has_pictures(session):
        return columns, rows
    return {**columns, **PICTURES}, pictures.within(rows)


def _without_pictures(rows: Iterator[dict[str, Any]], left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    """The same rows, for a file that cannot hold their pictures, which are counted."""
    for row in rows:
        turns = (turn for turn in row.get("turns") or () if isinstance(turn, list))
        if number := sum(len(turn_images(turn)) for turn in turns):
            left_out["pictures"] += number
        yield row


def _rows(
    session: Session, kind: ExportKind, rater_kind: RaterKind | None, left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    if kind is ExportKind.questions:
        yield from map(evenhand_columns.question, store_rows.question_rows(session))
    elif kind is ExportKind.responses:
        yield from map(evenhand_columns.response, _single_responses(session, left_out))
    elif kind is ExportKind.preferences:
        if rater_kind != RaterKind.judge:
            left_out.update(store_rows.left_out(session, _PREFERENCE))
            people = store_rows.preference_rows(session, standing.counts(_PREFERENCE))
            yield from map(evenhand_columns.preference, people)
        if rater_kind != RaterKind.human:
            left_out.update(store_rows.left_out(session, _JUDGMENT))
            judges = store_rows.judgment_rows(session, standing.counts(_JUDGMENT))
            yield from map(evenhand_columns.preference, judges)
    else:
        left_out.update(store_rows.left_out(session, _SATISFACTION))
        scores = store_rows.satisfaction_rows(session, standing.counts(_SATISFACTION))
        wanted = (row for row in scores if rater_kind in (None, row.rater.kind))
        yield from map(evenhand_columns.satisfaction, wanted)


def _published(session: Session, kind: ExportKind, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    """Votes of people, or responses, in the layout of a benchmark."""
    if kind is ExportKind.alpaca_eval:
        questions = store_rows.question_rows(session)
        return alpaca_outputs(questions, _single_responses(session, left_out), left_out)
    left_out.update(store_rows.left_out(session, _PREFERENCE))
    pairs = read_voted_pairs(session, left_out, without_text=True)
    return lmarena_votes(pairs) if kind is ExportKind.lmarena else mt_bench_votes(pairs)


def _export_dataset(
    database: Database, folder: Path, options: ExportOptions, left_out: Counter[str]
) -> tuple[int, str | None]:
    """Write all kinds of rows as a folder of Parquet files with a card; kinds without rows are left out."""
    total = 0
    kinds = []
    with database.reading() as session, written_folder(folder) as aside:
        head = chain.head_text(session)
        for kind in RowKind:
            path = aside / "data" / f"{kind.value}.parquet"
            rows = _rows(session, ExportKind(kind.value), options.rater_kind, left_out)
            written = write_parquet(path, *_with_pictures(session, kind, rows, ExportedPictures(session, left_out)))
            if written:
                kinds.append(kind)
            else:
                path.unlink()
            total += written
        (aside / CARD).write_text(card(kinds, head), encoding="utf-8")
    return total, head


def _single_responses(session: Session, left_out: Counter[str]) -> Iterator[ResponseRow]:
    """Every response; of several that merged models gave as the same sample, only the first that did not fail."""
    merged = {line.name for line in list_models(session) if line.also}
    seen: set[tuple[object, ...]] = set()
    for row in store_rows.response_rows(session):
        if row.model in merged and row.state is not ResponseState.error:
            place = row.source, row.question, row.model, settings_digest(row.settings), row.sample
            if place in seen:
                left_out["second_response"] += 1
                continue
            seen.add(place)
        yield row


def _export_comparison(
    database: Database, path: Path, options: ExportOptions, left_out: Counter[str]
) -> tuple[int, str | None]:
    if path.suffix.lower() != ".json":
        raise BadInput(f"expected a file name ending in .json for LLM Comparator, got {path.name!r}")
    with database.reading() as session, written_aside(path, force=options.force) as aside:
        head = chain.head_text(session)
        content = comparison(session, options.models, left_out)
        content["metadata"]["ledger_head"] = head
        aside.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    return len(content["examples"]), head
