"""Make a report: publish, compute, write. The folder is there completely or not at all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from app.report.computing import compute_document
from app.report.document import Document
from app.report.files import write_data, write_manifest, write_whole
from app.report.inputs import ReportEnvironment, ReportRows
from app.report.pages.layout import MANIFEST
from app.report.parts.leaderboards import BOARDS
from app.report.parts.part import ReportSettings
from storage.errors import BadInput, Conflict


@dataclass(frozen=True)
class ReportMade:
    """A report that was written.

    Attributes:
        document: its numbers.
        files: number of its files.
        digest: SHA-256 of its list of files, by which a copy can be recognised.
    """

    document: Document
    files: int
    digest: str


def make_report(
    folder: Path, rows: ReportRows, settings: ReportSettings, environment: ReportEnvironment, *, title: str, force: bool
) -> ReportMade:
    """Write a report.

    Args:
        folder: folder to make.
        rows: rows to publish.
        settings: settings of the statistics.
        environment: time, versions, and who is told how far it is.
        title: heading of the pages; empty for the usual one.
        force: whether to replace a report that is already there.

    Raises:
        BadInput: there is nothing to report, or the folder cannot be written.
        Conflict: the folder exists and is not empty.
    """
    with _written_aside(folder, force=force) as aside:
        write_data(aside, rows.publication.rows)
        facts = _facts(rows, settings, environment, title)
        exact = compute_document(aside, facts, now=environment.now, listener=environment.listener)
        if not exact.rows(BOARDS):
            raise BadInput("expected votes, judgments or scores to report on, got none that count; collect some first")
        document = Document.from_json(exact.as_json())
        write_whole(aside, document)
        digest = write_manifest(aside)
        files = sum(path.is_file() for path in aside.rglob("*"))
    return ReportMade(document, files, digest)


def _facts(rows: ReportRows, settings: ReportSettings, environment: ReportEnvironment, title: str) -> Mapping[str, Any]:
    publication = rows.publication
    texts = any(row["turns"] for kind, own in publication.rows.items() if kind == "questions" for row in own)
    return {
        "title": title,
        "made_at": f"{environment.now:%Y-%m-%d %H:%M} UTC",
        "versions": dict(environment.versions),
        "inputs": [dict(one) for one in rows.inputs],
        "ledger_head": rows.ledger_head,
        "settings": {
            "method": settings.method,
            "level": settings.level,
            "seed": settings.seed,
            "assume_random": settings.assume_random,
            "texts": texts,
        },
        "left_out": {kind: dict(counts) for kind, counts in publication.left_out.items()},
        "private_questions": publication.private_questions,
    }


@contextmanager
def _written_aside(folder: Path, *, force: bool) -> Iterator[Path]:
    """A temporary folder beside the target, which takes its place at the end and is removed after a failure."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not force:
            raise Conflict(f"expected a new folder, but {str(folder)!r} exists already; choose another or add --force")
        if not (folder / MANIFEST).is_file():
            raise Conflict(f"expected a report to replace in {str(folder)!r}, got other files; choose another folder")
    aside = folder.with_name(f".{folder.name}.part")
    try:
        rmtree(aside, ignore_errors=True)
        aside.mkdir()
        try:
            yield aside
            if folder.exists():
                rmtree(folder)
            aside.replace(folder)
        finally:
            rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise BadInput(f"{str(folder)!r} cannot be written: {error.strerror}; check the folder") from error
