"""The document of published rows."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from app.report.document import Document, NumberTable
from app.report.inputs import PartListener, temporary_store
from app.report.parts.about import DATA
from app.report.parts.catalog import REPORT_PARTS
from app.report.parts.part import ReportSettings, ReportSource
from storage.exchange.publication.columns import PublishedKind
from storage.exchange.publication.loading import load_published, read_published


def compute_document(
    folder: Path, facts: Mapping[str, Any], *, now: datetime, listener: PartListener | None = None
) -> Document:
    """Compute every number of a report from the data in its folder.

    Args:
        folder: folder of the report, with its data.
        facts: facts about the making; the settings are taken from them, and the counts of rows are made anew.
        now: the present time.
        listener: is told after each part; None for nobody.

    Raises:
        BadInput: a file of data cannot be read.
        BadRows: a row has a value that no report writes.
    """
    data = folder / DATA
    settings = facts["settings"]
    chosen = ReportSettings(
        str(settings["method"]), float(settings["level"]), int(settings["seed"]), bool(settings.get("assume_random"))
    )
    counts = {kind.value: len(rows) for kind in PublishedKind if (rows := read_published(data, kind))}
    tables: dict[str, NumberTable] = {}
    texts: dict[str, Any] = {}
    with temporary_store() as (database, _):
        load_published(database, data, now=now)
        source = ReportSource(database, read_published(data, PublishedKind.objective), chosen, now)
        for done, part in enumerate(REPORT_PARTS, 1):
            found = part.collect(source)
            tables |= found.tables
            texts |= found.texts
            if listener is not None:
                listener(done, len(REPORT_PARTS))
    return Document({**facts, "rows": counts}, tables, texts)
