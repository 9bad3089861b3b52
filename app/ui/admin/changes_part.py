"""The Changes page: the audit log, for administrators."""

from collections.abc import Sequence

from app.rendering.html import render_plain
from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.parts import FormParts, Heading
from app.ui.markup import Markup
from app.ui.visitor import Visitor
from app.views.sentences import sentences
from storage.audit import AuditLine, Subject, Via, audit_lines, n_audit_lines
from storage.values import Role

PAGE_SIZE = 50
_LONGEST_SHOWN = 160
_WORDS = {
    "open",
    "paused",
    "closed",
    "yes",
    "no",
    "admin",
    "reviewer",
    "annotator",
    "revoked",
    "deficit",
    "informative",
    "uniform",
}
"""Values that the pages have words for."""


class ChangesPart(StaffPart):
    """Shows who changed what; administrators only."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this page by name."""
        return {"changes": StaffCall(Role.admin, self.show)}

    def show(self, form: StaffForm) -> StaffReply:
        """Show one page of the log, of one kind of thing or of all."""
        visitor = form.visitor
        kind = next((subject for subject in Subject if subject.value == form.text("subject")), None)
        with self.services.database.reading() as session:
            total = n_audit_lines(session, subject=kind)
            number = min(form.row_id("page") or 0, max(0, (total - 1) // PAGE_SIZE))
            lines = audit_lines(session, subject=kind, limit=PAGE_SIZE, skip=number * PAGE_SIZE)
        chosen = "" if kind is None else kind.value
        html = "".join(
            [
                '<div class="ui-stack">',
                parts.lead(visitor.say("staff_changes_lead")),
                '<p class="stf-said" role="status" tabindex="-1"></p>',
                _filter(visitor, chosen),
                changes_table(visitor, lines)
                if lines
                else parts.empty(visitor.say("staff_changes_none"), visitor.say("staff_changes_none_text")),
                _pager(visitor, number, total, chosen),
                "</div>",
            ]
        )
        return StaffReply(html=html, state={"subject": chosen, "page": number})


def changes_table(visitor: Visitor, lines: Sequence[AuditLine]) -> str:
    """Return a table of changes; times are UTC."""
    headings = [
        Heading(visitor.say("staff_change_at")),
        Heading(visitor.say("staff_change_by")),
        Heading(visitor.say("staff_change_thing")),
        Heading(visitor.say("staff_change_what"), is_whole=True),
    ]
    rows = [
        (
            Markup(f"<time>{line.at.strftime('%Y-%m-%d %H:%M')}</time>"),
            parts.name_of(line.actor)
            if line.actor is not None
            else visitor.say("staff_command_line" if line.via == Via.command else "staff_nobody"),
            parts.html_of(f"{visitor.say(f'staff_subject_{line.subject}')} ", parts.name_of(line.name)),
            _changed(visitor, line),
        )
        for line in lines
    ]
    return parts.table(visitor.say("admin_tab_changes"), headings, rows, is_wide=True, is_cards=True)


def _changed(visitor: Visitor, line: AuditLine) -> Markup:
    """Return what was changed, and from what to what as far as either is known."""
    what = render_plain(_known(visitor, f"staff_what_{line.what}", line.what))
    if line.old is None and line.new is None:
        return Markup(what)
    new = _value(visitor, line.new)
    values = [new] if line.old is None else [_value(visitor, line.old), " → ", new]
    return parts.html_of(what, render_plain(visitor.say("staff_change_is")), *values)


def _known(visitor: Visitor, key: str, otherwise: str) -> str:
    return sentences(visitor.language).get(key, otherwise)


def _value(visitor: Visitor, value: str | None) -> Markup:
    if value is None:
        return Markup("–")
    text = _known(visitor, f"staff_value_{value}", value) if value in _WORDS else value
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
    return parts.name_of(cut)


def _filter(visitor: Visitor, chosen: str) -> str:
    form = FormParts(visitor, "changes", {"subject": chosen})
    kinds = [(visitor.say(f"staff_subjects_{subject.value}"), subject.value) for subject in Subject]
    field = form.select("subject", visitor.say("staff_change_kind"), [(visitor.say("admin_all"), ""), *kinds])
    return form.wrap("changes", f'<div class="stf-with">{field}{parts.button(visitor.say("staff_show"), "")}</div>')


def _pager(visitor: Visitor, number: int, total: int, chosen: str) -> str:
    if total <= PAGE_SIZE:
        return ""
    first, last = number * PAGE_SIZE + 1, min(total, (number + 1) * PAGE_SIZE)
    buttons = ""
    if number > 0:
        buttons += parts.button(
            visitor.say("staff_newer"), "changes", key="newer", page=number - 1 or None, subject=chosen
        )
    if last < total:
        buttons += parts.button(visitor.say("staff_older"), "changes", key="older", page=number + 1, subject=chosen)
    said = visitor.say("staff_range", first=first, last=last, total=total)
    return f'<div class="ui-row">{buttons}{parts.lead(said)}</div>'
