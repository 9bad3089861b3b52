"""Methods in plain words, files, settings, versions, inputs, and how to verify the report."""

from app.report.blocks import Block, Bullets, Links, Paragraph, Part, TextTable
from app.report.document import Document, PartNumbers
from app.report.parts.leaderboards import BOARDS
from app.report.parts.part import ReportSource
from app.report.wording import report_texts, tell
from app.views.board import left_out
from storage.values import Language

_METHODS = (
    ("leaderboards", ("ratings", "ties", "intervals", "ranks", "first")),
    ("by_category", ("slices",)),
    ("decisions", ("decisions",)),
    ("agreement", ("agreement", "kappa")),
    ("bias_effects", ("bias",)),
    ("worlds", ("worlds",)),
)
"""Sentences of the methods by the table that makes them needed."""
DATA, TABLES, PLOTS = "data", "tables", "plots"
"""Folders of a report."""
FORMS = ("csv", "jsonl", "parquet")
TABLE_FORMS = ("csv", "json", "parquet")


class MethodPart:
    """How the numbers were made, for readers who are no statisticians."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        return PartNumbers()

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        level = f"{document.facts['settings']['level']:.0%}"
        names = [name for table, own in _METHODS if document.rows(table) for name in own]
        methods = {row["method"] for row in document.rows(BOARDS)}
        told = [
            report_texts(language)[key]
            for name in sorted(methods)
            if (key := f"method_{name}") in report_texts(language)
        ]
        told += [tell(language, f"method_text_{name}", level=level) for name in names]
        return Part("methods", tell(language, "methods"), (Bullets(told),))


class DownloadPart:
    """The files of the report, and what is not in them."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        return PartNumbers()

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        facts = document.facts
        rows = [
            (tell(language, f"data_{kind}", n=count), f"{DATA}/{kind}.{form}", form.upper())
            for kind, count in facts["rows"].items()
            for form in FORMS
        ]
        told = [tell(language, "data_people"), tell(language, "data_dropped")]
        if facts["private_questions"]:
            told.append(tell(language, "data_private", n=facts["private_questions"]))
        if not facts["settings"]["texts"]:
            told.append(tell(language, "data_no_texts"))
        for kind, counts in facts["left_out"].items():
            if counts:
                reasons = tell(language, "comma").join(left_out(counts, language))
                told.append(tell(language, f"left_out_{kind}", reasons=reasons))
        blocks: list[Block] = [
            Paragraph(tell(language, "data_lead")),
            Links(rows, (tell(language, "data_what"), tell(language, "data_files"))),
            Bullets(told, tell(language, "data_not")),
        ]
        return Part("data", tell(language, "data"), blocks)


class SettingsPart:
    """Settings, seeds, versions, digests of all inputs, and the head of the ledger."""

    def collect(self, source: ReportSource) -> PartNumbers:
        """See `ReportPart`."""
        return PartNumbers()

    def lay_out(self, document: Document, language: Language) -> Part | None:
        """See `ReportPart`."""
        facts = document.facts
        rows = [
            [tell(language, f"setting_{name}"), _shown(value, language)] for name, value in facts["settings"].items()
        ]
        rows.append([tell(language, "made_at"), facts["made_at"]])
        rows += [[tell(language, "version_of", name=name), value] for name, value in facts["versions"].items()]
        inputs = [
            [one["name"], tell(language, f"input_{one['kind']}"), one["sha256"] or facts["ledger_head"] or ""]
            for one in facts["inputs"]
        ]
        heads = [tell(language, key) for key in ("input", "input_is", "digest")]
        blocks: list[Block] = [
            TextTable(tell(language, "settings_table"), [tell(language, "setting"), tell(language, "value")], rows),
            TextTable(tell(language, "inputs_table"), heads, inputs, digests=frozenset((2,))),
        ]
        if facts["ledger_head"]:
            blocks.append(Paragraph(tell(language, "ledger_head"), "note"))
        blocks.append(Paragraph(tell(language, "verify"), "note"))
        return Part("settings", tell(language, "settings"), blocks)


def _shown(value: object, language: Language) -> str:
    return tell(language, "yes" if value else "no") if isinstance(value, bool) else str(value)
