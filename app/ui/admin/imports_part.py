"""Import of a file on the Data page: choose it, see what it would add, then add it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.parts import FormParts, Heading, Option
from app.ui.admin.uploads import UploadedFile, UploadFolder
from app.ui.visitor import AdminServices, RefusedForm, Visitor
from storage.audit import Subject, record
from storage.errors import BadInput, BadRows
from storage.exchange.importing import ImportOptions, ImportReport, import_file
from storage.exchange.rows.canonical import RowKind
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.values import RaterKind, Role

ROWS_SHOWN = 3
PROBLEMS_SHOWN = 20
LONGEST_CELL = 160
_COUNTS = (
    "duplicates",
    "filled",
    "placeholders",
    "questions",
    "responses",
    "unmatched",
    "raters",
    "without_rater",
    "without_question",
)


@dataclass(frozen=True)
class ImportPlan:
    """What an administrator chose: the file, the kind of its rows, and what the file does not say."""

    file: UploadedFile
    kind: RowKind | None
    rater_kind: RaterKind | None
    source: str | None


class ImportsPart(StaffPart):
    """Imports files; administrators only."""

    def __init__(self, services: AdminServices) -> None:
        """Keep the services and a folder for files."""
        super().__init__(services)
        self._uploads = UploadFolder(services.mint)

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this part by name."""
        return {
            "imports/piece": StaffCall(Role.admin, self.take_piece),
            "imports/check": StaffCall(Role.admin, self.check),
            "imports/store": StaffCall(Role.admin, self.store),
        }

    def take_piece(self, form: StaffForm) -> StaffReply:
        """Take one piece of a file."""
        start, piece = form.values.get("start"), form.values.get("piece")
        if not isinstance(start, int) or not isinstance(piece, str):
            raise BadInput("expected a piece of a file with its place, got something else; choose the file again")
        name = form.text("file", longest=250) or "file"
        upload = self._uploads.append(
            form.text("upload"), piece, start=start, name=name, rater_id=form.visitor.rater_id
        )
        return StaffReply(state={"upload": upload})

    def check(self, form: StaffForm) -> StaffReply:
        """Show the first rows of the file and what an import would add; nothing is stored."""
        visitor = form.visitor
        plan = self._plan(form)
        html = f"{_first_rows(visitor, plan.file)}{self._tried(visitor, plan, form)}"
        return StaffReply(parts={"stf-import-result": html}, focus="stf-import-result")

    def store(self, form: StaffForm) -> StaffReply:
        """Import the file that was checked."""
        visitor = form.visitor
        plan = self._plan(form)
        report = import_file(self.services.database, plan.kind, plan.file.path, self._options(plan, dry_run=False))
        with self.services.changing(visitor) as session:
            record(session, Subject.transfer, plan.file.name, "import", new=f"{report.kind.value}: {report.added} rows")
        self._uploads.drop(form.text("upload"))
        done = parts.note(visitor.say("staff_imported", file=plan.file.name, n=report.added), "is-done")
        return StaffReply(
            parts={"stf-import-result": f"{done}{_report(visitor, report)}"},
            said=visitor.say("staff_imported", file=plan.file.name, n=report.added),
            focus="stf-import-result",
        )

    def _plan(self, form: StaffForm) -> ImportPlan:
        upload = form.text("upload")
        if not upload:
            raise RefusedForm(form.visitor.say("staff_need_file"), field="file")
        file = self._uploads.find(upload, form.visitor.rater_id)
        kind = next((kind for kind in RowKind if kind.value == form.text("content")), None)
        by = next((kind for kind in RaterKind if kind.value == form.text("rater_kind")), None)
        return ImportPlan(file, kind, by, form.text("source", longest=200) or None)

    def _options(self, plan: ImportPlan, *, dry_run: bool) -> ImportOptions:
        return ImportOptions(
            now=self.services.clock(),
            salt=self.services.mint(),
            rater_kind=plan.rater_kind,
            source=plan.source or Path(plan.file.name).name.split(".")[0] or None,
            dry_run=dry_run,
            reads_beside=False,
        )

    def _tried(self, visitor: Visitor, plan: ImportPlan, form: StaffForm) -> str:
        """Return what an import would add with the button that does it, or what is wrong."""
        try:
            report = import_file(self.services.database, plan.kind, plan.file.path, self._options(plan, dry_run=True))
        except BadRows as error:
            return _problems(visitor, error, plan)
        except BadInput as error:
            return parts.note(f"{visitor.say('staff_import_refused')} {_named(str(error), plan)}", "is-alert")
        values = {name: form.text(name) for name in ("upload", "content", "rater_kind", "source")}
        button = ""
        if report.added or report.filled or report.questions or report.responses:
            button = parts.button(
                _does(visitor, report), "imports/store", kind="is-primary", key="import-now", **values
            )
        title = visitor.say("staff_would_import", n=report.added, kind=_kind(visitor, report.kind), rows=report.rows)
        tone: Literal["", "is-done"] = "" if report.unused or report.placeholders else "is-done"
        return f'{parts.note(title, tone)}{_report(visitor, report)}<div class="ui-row">{button}</div>'


def _does(visitor: Visitor, report: ImportReport) -> str:
    """Return what the button says: how many rows it imports, and how many of their questions have no text."""
    rows = report.added or report.filled or report.rows
    if report.placeholders:
        return visitor.say("staff_import_without_text", n=rows, missing=report.placeholders)
    return visitor.say("staff_import_now", n=rows)


def import_card(visitor: Visitor) -> str:
    """Return the section with the form."""
    say = visitor.say
    form = FormParts(visitor, "import")
    kinds: list[Option] = [(say("staff_by_columns"), ""), *((_kind(visitor, kind), kind.value) for kind in RowKind)]
    raters = [(say("staff_by_file"), ""), *((say(f"staff_by_{kind.value}"), kind.value) for kind in RaterKind)]
    file = (
        f'<div class="ui-field"><label for="stf-import-file">{render_plain(say("staff_file"))}</label>'
        '<input class="ui-input stf-file" type="file" id="stf-import-file" name="file" '
        'accept=".jsonl,.ndjson,.json,.csv,.tsv,.parquet,.gz" '
        'aria-describedby="stf-import-file-hint stf-import-file-error">'
        f'<p class="ui-hint" id="stf-import-file-hint">{render_plain(say("staff_file_hint"))}</p>'
        '<p class="ui-error" id="stf-import-file-error" data-error="file"></p></div>'
    )
    fields = "".join(
        [
            form.select("content", say("staff_rows"), kinds),
            form.select("rater_kind", say("staff_rated_by"), raters),
            form.line("source", say("admin_source"), hint=say("staff_source_hint"), longest=200),
        ]
    )
    check = f'<button type="submit" class="ui-button is-primary">{render_plain(say("staff_check_file"))}</button>'
    meter = '<progress hidden value="0" max="1"></progress>'
    body = form.wrap(
        "imports/check",
        f'{file}<div class="ui-bar stf-bar">{fields}</div><div class="ui-row">{check}{meter}</div>',
    ).replace("<form ", '<form data-pieces="imports/piece" ', 1)
    result = '<div id="stf-import-result" class="ui-stack" tabindex="-1"></div>'
    return parts.card(say("staff_import"), f"{parts.lead(say('staff_import_lead'))}{body}{result}")


def _kind(visitor: Visitor, kind: RowKind) -> str:
    return visitor.say(f"staff_rows_{kind.value}")


def _first_rows(visitor: Visitor, file: UploadedFile) -> str:
    """Return the first rows as they stand in the file, so that a wrong file is seen at once."""
    rows: list[dict[str, Any]] = []
    try:
        with open_rows(file.path, Problems(file.name)) as opened:
            for _, row in opened.rows:
                rows.append(dict(row))
                if len(rows) == ROWS_SHOWN:
                    break
    except BadInput:
        return ""
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))[:12]
    headings = [Heading(visitor.say("staff_column")), *(Heading(str(place + 1)) for place in range(len(rows)))]
    cells = [(parts.name_of(name), *(parts.name_of(_short(row.get(name))) for row in rows)) for name in names]
    title = visitor.say("staff_first_rows", file=file.name)
    return parts.section(title, parts.table(title, headings, cells))


def _short(value: object) -> str:
    """A value of a file as plain text; texts in a list, such as turns, one after the other."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        value = " / ".join(value)
    text = "" if value is None else value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _report(visitor: Visitor, report: ImportReport) -> str:
    """Return what is not read first, then the counts."""
    unused = parts.note(visitor.say("staff_unused", names=", ".join(report.unused))) if report.unused else ""
    facts = [(visitor.say("staff_format"), report.format), (visitor.say("staff_read"), f"{report.rows:,}")]
    facts.append((visitor.say("staff_new_rows"), f"{report.added:,}"))
    for name in _COUNTS:
        number = getattr(report, name)
        if number:
            facts.append((visitor.say(f"staff_count_{name}"), f"{number:,}"))
    if report.models:
        facts.append((visitor.say("staff_new_models"), ", ".join(report.models[:10])))
    return f"{unused}{parts.facts(facts)}"


def _problems(visitor: Visitor, error: BadRows, plan: ImportPlan) -> str:
    shown = error.rows[:PROBLEMS_SHOWN]
    more = len(error.rows) - len(shown) + error.truncated
    lines = "".join(f'<li dir="auto">{render_plain(_named(row, plan))}</li>' for row in shown)
    beyond = parts.lead(visitor.say("staff_more_problems", n=more)) if more else ""
    return f'{parts.note(visitor.say("staff_import_refused"), "is-alert")}<ul class="stf-problems">{lines}</ul>{beyond}'


def _named(text: str, plan: ImportPlan) -> str:
    """Return a message with the file's own name in the place of the server's path."""
    return text.replace(str(plan.file.path), plan.file.name).replace(plan.file.path.name, plan.file.name)
