"""The Data tab: contents of the store, and how to import data."""

from collections.abc import Sequence

from app.ui import markup
from app.ui.markup import Cell, Column, Markup
from app.ui.tab import READS, Fill, block, intro
from app.ui.visitor import Page, Visitor, requires
from storage.campaigns.tallies import SourceLine, n_models, sources
from storage.values import Role

_COUNTS = ("questions", "placeholders", "responses", "votes", "judgments", "scores")


class DataPage(Page):
    """Counts rows by source."""

    @requires(Role.reviewer)
    def show(self, visitor: Visitor) -> str:
        """Show the counts and the import commands."""
        with self.services.database.reading() as session:
            lines = sources(session)
            models = n_models(session)
        empty = markup.nothing(visitor.say("admin_data_none"))
        counts = [_facts(visitor, lines, models), _table(visitor, lines)] if lines else [empty]
        return markup.together(*counts, *_import(visitor))

    def lay_out(self) -> Fill:
        """Add the tab to the current Blocks."""
        refresh = intro("admin_data_lead")
        shown = block()
        refresh.click(self.show, [], [shown], **READS)
        return Fill(self.show, [], [shown])


def _facts(visitor: Visitor, lines: Sequence[SourceLine], models: int) -> Markup:
    facts = [(visitor.say("admin_models"), models)]
    for what in _COUNTS:
        total = sum(getattr(line, what) for line in lines)
        if total or what in ("questions", "responses", "votes"):
            facts.append((visitor.say(f"admin_{what}"), total))
    return markup.tiles(facts)


def _table(visitor: Visitor, lines: Sequence[SourceLine]) -> Markup:
    columns = [Column(visitor.say("admin_source"))]
    columns += [Column(visitor.say(f"admin_{what}"), "number") for what in _COUNTS]
    rows: list[list[Cell]] = [[line.source, *(int(getattr(line, what)) for what in _COUNTS)] for line in lines]
    return markup.table(visitor.say("admin_data_lead"), columns, rows)


def _import(visitor: Visitor) -> tuple[Markup, ...]:
    lines = [
        visitor.say("admin_import_trial"),
        "evenhand import questions questions.jsonl --dry-run",
        visitor.say("admin_import_order"),
        "evenhand import questions questions.jsonl",
        "evenhand import responses responses.jsonl",
        visitor.say("admin_import_votes"),
        "evenhand import preferences battles.csv --rater-kind human",
    ]
    title, text = visitor.say("admin_import"), visitor.say("admin_import_text")
    return (markup.heading(title, text), markup.commands(lines))
