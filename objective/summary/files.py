"""Writes a summary as text, CSV, Markdown and JSON into a timestamped folder."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from objective.notes import FAILURES, MARKED, Note, NoteCode
from objective.summary.heatmap import heatmap_svg, heatmap_table, heatmaps
from objective.summary.table import HEADER, PARTIAL_MARK, Summary, SummaryLine, TaskResult
from storage.errors import BadInput

_UNSAFE = re.compile(r"[^\w.-]+")
_COUNTS = ("dataset", "metric", "model", "n", "stderr", "unparsed", "failed", "content", "note")


NoteWords = Callable[[Note, str], str]
"""Returns the text of a note; the second argument is the stored cause of failure that it belongs to, empty without one.
A note of code `failed` without numbers is the cause alone."""


def write_summary(summary: Summary, folder: Path, *, words: NoteWords, now: datetime) -> Path:
    """Write `summary.txt`, `.csv`, `.md` and `.json` into a new timestamped folder, and return its path.

    Tasks that search long texts add a heat map for each model, as SVG and as a table.

    Args:
        summary: summary to write.
        folder: parent of the new folder, which is named like `20240207_120000`.
        words: returns the text of a note.
        now: current time.

    Raises:
        BadInput: the folder cannot be created or written to.
    """
    name = now.strftime("%Y%m%d_%H%M%S")
    try:
        made = _new_folder(folder, name)
        for ending, text in (
            ("txt", as_text(summary, words=words, now=now)),
            ("csv", as_csv(summary)),
            ("md", as_markdown(summary, words=words)),
            ("json", as_json(summary, words=words, now=now)),
        ):
            (made / f"summary.{ending}").write_text(text, encoding="utf-8", newline="\n")
        for (series, model), grid in heatmaps(summary.results).items():
            stem = f"{series}_{_UNSAFE.sub('-', model)}"
            (made / f"{stem}.svg").write_text(heatmap_svg(grid, title=f"{series}: {model}"), encoding="utf-8")
            (made / f"{stem}.md").write_text(heatmap_table(grid), encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"expected a writable folder, got {str(folder)!r} ({error.strerror}); choose another") from error
    return made


def as_text(summary: Summary, *, words: NoteWords, now: datetime) -> str:
    """The table with aligned columns, followed by the counts of each task and model."""
    parts = [now.isoformat(timespec="seconds"), "", as_table(summary), "", _aligned(_counts(summary, words))]
    return "\n".join(parts) + "\n"


def as_table(summary: Summary) -> str:
    """The table alone, with aligned columns, and what its mark means."""
    return "\n".join([_aligned(_table(summary)), *_legend(summary)])


def as_csv(summary: Summary) -> str:
    """The table, followed by columns for each model's standard error and counts, and the content hash."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    extra = ("stderr", "n", "unparsed", "failed")
    writer.writerow(
        [*HEADER, *summary.models, *(f"{model} {word}" for model in summary.models for word in extra), "content"]
    )
    found = {
        (result.task, result.version, result.metric, result.mode, result.model): result for result in summary.results
    }
    for line in summary.lines:
        row: list[object] = [*line.labels, *(cell.number for cell in line.cells.values())]
        for model in summary.models:
            result = found.get((line.dataset, line.version, line.metric, line.mode, model))
            error = line.cells[model].error
            row.append("" if error is None else f"{error:.2f}")
            row += ["", "", ""] if result is None else [result.items, result.unparsed, result.failed]
        writer.writerow([*row, line.content])
    return written.getvalue()


def as_markdown(summary: Summary, *, words: NoteWords) -> str:
    """The table in Markdown, followed by the counts."""
    legend = "".join(f"\n{line.replace('*', chr(92) + '*')}\n" for line in _legend(summary))
    return f"{_marked(_table(summary))}{legend}\n{_marked(_counts(summary, words))}"


def as_json(summary: Summary, *, words: NoteWords, now: datetime) -> str:
    """The whole summary, with unrounded percentages."""
    value = {
        "date": now.isoformat(timespec="seconds"),
        "models": summary.models,
        "complete": summary.is_complete,
        "lines": [_line(line, words) for line in summary.lines],
        "results": [_result(result, words) for result in summary.results],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _line(line: SummaryLine, words: NoteWords) -> dict[str, object]:
    fields = {name: value for name, value in asdict(line).items() if name not in ("causes", "notes")}
    cells = {model: asdict(cell) for model, cell in line.cells.items()}
    return {
        **fields,
        "cells": cells,
        "note": "; ".join([*(_cause(one, words) for one in line.causes), *_texts(line.notes, words)]),
    }


def _result(result: TaskResult, words: NoteWords) -> dict[str, object]:
    told = {"cause": _failure(result, words), "notes": _remarks(result, words)}
    marked = {code.removeprefix("marked_by_"): count for code, count in result.marked.items()}
    by = {"marked": {"grader_name": result.grader or None, **marked}} if marked else {}
    return {**asdict(result), **told, **by}


def _failure(result: TaskResult, words: NoteWords) -> str | None:
    """Why predictions are missing; None where none is."""
    told = [words(note, result.cause or "") for note in result.notes if note.code in FAILURES]
    return "; ".join(told) or (None if result.cause is None else _cause(result.cause, words))


def _cause(stored: str, words: NoteWords) -> str:
    return words(Note(NoteCode.failed), stored)


def _remarks(result: TaskResult, words: NoteWords) -> list[str]:
    return _texts((note for note in result.notes if note.code not in FAILURES), words)


def _texts(notes: Iterable[Note], words: NoteWords) -> list[str]:
    return [words(note, "") for note in notes]


def _legend(summary: Summary) -> list[str]:
    lines = []
    if summary.has_partial_values:
        lacking = "no answer or no mark" if any(result.grader for result in summary.results) else "no answer"
        lines.append(f"{PARTIAL_MARK} Some items have {lacking}; the value is that of the others.")
    return [*lines, *_marked_lines(summary)]


_MARKED_WORDS = {
    NoteCode.marked_by_rules: "{count:,} of {total:,} answers marked by rules",
    NoteCode.marked_by_grader: "{count:,} by {name}",
    NoteCode.not_attempted: "{count:,} without an answer as {name} says",
    NoteCode.left_unparsed: "{count:,} unparsed",
    NoteCode.grader_failed: "{count:,} without a mark since {name} failed",
}


def _marked_lines(summary: Summary) -> list[str]:
    """For each model, how many answers were marked by rules and how many by which grader."""
    lines = []
    for model in summary.models:
        own = [note for one in summary.results if one.model == model for note in one.notes if note.code in MARKED]
        if not own:
            continue
        tasks = {one.task: one.marked for one in summary.results if one.model == model and one.marked}
        total = sum(sum(counts.values()) for counts in tasks.values())
        parts = []
        for code, text in _MARKED_WORDS.items():
            count = sum(note.count for note in own if note.code == code)
            name = next((note.name for note in own if note.name), "")
            if count or code == NoteCode.marked_by_rules:
                parts.append(text.format(count=count, total=total, name=name))
        lines.append(f"{model}: {', '.join(parts)}.")
    return lines


def _table(summary: Summary) -> list[list[str]]:
    return [[*HEADER, *summary.models], *(line.texts for line in summary.lines)]


def _counts(summary: Summary, words: NoteWords) -> list[list[str]]:
    """Counts by task, metric and model, followed by the notes on groups."""
    rows = [list(_COUNTS)]
    for result in summary.results:
        error = "-" if result.error is None else f"{100 * result.error:.2f}"
        failure = _failure(result, words)
        note = "; ".join([*([failure] if failure else []), *_remarks(result, words)]) or "-"
        rows.append(
            [
                result.task,
                result.metric,
                result.model,
                str(result.items),
                error,
                str(result.unparsed),
                str(result.failed),
                result.content[:12] or "-",
                note,
            ]
        )
    rows += [
        [line.dataset, line.metric, "-", "-", "-", "-", "-", "-", "; ".join(_texts(line.notes, words))]
        for line in summary.lines
        if line.notes
    ]
    return rows


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [rows[0], rule, *rows[1:]]
    )


def _marked(rows: list[list[str]]) -> str:
    safe = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [safe[0], ["---"] * len(safe[0]), *safe[1:]]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


def _new_folder(folder: Path, name: str) -> Path:
    """Create a folder under a free name, so that two runs within a second do not overwrite each other."""
    number = 1
    while True:
        made = folder / (name if number == 1 else f"{name}_{number}")
        try:
            made.mkdir(parents=True)
        except FileExistsError:
            number += 1
            if number > 1000:
                raise
        else:
            return made
