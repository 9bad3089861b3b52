"""The Data page: contents of the store by source, import of files, and export of everything."""

from collections.abc import Sequence

from app.ui.admin import parts
from app.ui.admin.calls import StaffCall, StaffForm, StaffPart, StaffReply
from app.ui.admin.exports import export_card
from app.ui.admin.imports_part import import_card
from app.ui.admin.parts import Cell, Heading
from app.ui.visitor import Visitor
from storage.campaigns.tallies import SourceLine, n_models, sources
from storage.values import Role

_COUNTS = ("questions", "placeholders", "responses", "votes", "judgments", "scores")


class DataPart(StaffPart):
    """Counts rows by source; administrators also import and export."""

    def calls(self) -> dict[str, StaffCall]:
        """Return the calls of this page by name."""
        return {"data": StaffCall(Role.reviewer, self.show)}

    def show(self, form: StaffForm, said: str = "") -> StaffReply:
        """Show the counts."""
        visitor = form.visitor
        with self.services.database.reading() as session:
            lines = sources(session)
            models = n_models(session)
        counts = (
            f"{_facts(visitor, lines, models)}{_table(visitor, lines)}"
            if lines
            else parts.empty(visitor.say("staff_data_none"), visitor.say("admin_data_none"))
        )
        html = "".join(
            [
                '<div class="ui-stack">',
                parts.lead(visitor.say("admin_data_lead")),
                '<p class="stf-said" role="status" tabindex="-1"></p>',
                counts,
                f'<div class="stf-columns">{import_card(visitor)}{export_card(visitor)}</div>'
                if visitor.may(Role.admin)
                else "",
                "</div>",
            ]
        )
        return StaffReply(html=html, said=said)


def _facts(visitor: Visitor, lines: Sequence[SourceLine], models: int) -> str:
    facts: list[tuple[str, str | int]] = [(visitor.say("admin_models"), models)]
    for what in _COUNTS:
        total = sum(getattr(line, what) for line in lines)
        if total or what in ("questions", "responses", "votes"):
            facts.append((visitor.say(f"admin_{what}"), total))
    return parts.tiles(facts)


def _table(visitor: Visitor, lines: Sequence[SourceLine]) -> str:
    headings = [Heading(visitor.say("admin_source"))]
    headings += [Heading(visitor.say(f"admin_{what}"), is_number=True) for what in _COUNTS]
    rows: list[list[Cell]] = [
        [parts.name_of(line.source), *(int(getattr(line, what)) for what in _COUNTS)] for line in lines
    ]
    return parts.table(visitor.say("admin_data_lead"), headings, rows, is_cards=True)
