"""Export on the Data page: one kind of rows, or the whole store as an archive, as a file for the browser."""

import shutil
import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.parts import FormParts, Option
from app.ui.visitor import AdminServices, RefusedForm, Visitor
from storage.audit import Subject, record
from storage.exchange.exporting import ExportKind, ExportOptions, export_file

KINDS = ("dataset", "questions", "responses", "preferences", "satisfaction", "dpo")
"""What a page exports; `dataset` is everything, as an archive of Parquet files."""

FORMATS = ("jsonl", "csv", "parquet")


def export_card(visitor: Visitor) -> str:
    """Return the section with the form, which the browser sends itself because the reply is a file."""
    say = visitor.say
    form = FormParts(visitor, "export", {"kind": "dataset", "format": "jsonl"})
    kinds: list[Option] = [(say(f"staff_rows_{kind}"), kind) for kind in KINDS]
    formats: list[Option] = [(name.upper() if name != "parquet" else "Parquet", name) for name in FORMATS]
    fields = form.select("kind", say("staff_content"), kinds) + form.select(
        "format", say("staff_format"), formats, hint=say("staff_format_hint")
    )
    button = f'<button type="submit" class="ui-button">{render_plain(say("staff_download"))}</button>'
    body = (
        '<form class="ui-stack" method="post" action="../api/staff/export">'
        f'<div class="ui-bar stf-bar">{fields}</div><div class="ui-row">{button}</div></form>'
    )
    return parts.card(say("staff_export"), f"{parts.lead(say('staff_export_lead'))}{body}")


def export_response(services: AdminServices, visitor: Visitor, kind: str, suffix: str) -> Response:
    """Write the file aside and send it; it is deleted afterwards.

    Raises:
        RefusedForm: no such kind or format.
        StoreError: the store cannot be read.
    """
    if kind not in KINDS or suffix not in FORMATS:
        raise RefusedForm(visitor.say("staff_need_choice"))
    folder = Path(tempfile.mkdtemp(prefix="evenhand-export-"))
    try:
        path = _write(services, folder, ExportKind(kind), suffix)
        with services.changing(visitor) as session:
            record(session, Subject.transfer, path.name, "export", new=kind)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(path, filename=path.name, media_type="application/octet-stream", background=gone)


def _write(services: AdminServices, folder: Path, kind: ExportKind, suffix: str) -> Path:
    day = services.clock().strftime("%Y-%m-%d")
    if kind is ExportKind.dataset:
        inside = folder / "evenhand"
        export_file(services.database, kind, inside, ExportOptions())
        return Path(shutil.make_archive(str(folder / f"evenhand-{day}"), "zip", inside))
    ending = "jsonl" if kind is ExportKind.dpo else suffix
    inside = folder / "evenhand"
    inside.mkdir()
    path = inside / f"evenhand-{kind.value}-{day}.{ending}"
    export_file(services.database, kind, path, ExportOptions())
    if any(file != path for file in inside.iterdir()):  # pictures in a folder of their own
        return Path(shutil.make_archive(str(folder / path.stem), "zip", inside))
    return path
