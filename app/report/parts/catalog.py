"""All parts of a report in the order of the page. A new part is one more entry here."""

from app.report.parts.abilities import AbilityPart, MarkingPart
from app.report.parts.about import DownloadPart, MethodPart, SettingsPart
from app.report.parts.agreement import AgreementPart
from app.report.parts.biases import BiasPart
from app.report.parts.calibrations import CalibrationPart
from app.report.parts.costs import CostPart
from app.report.parts.decisions import DecisionPart
from app.report.parts.history import HistoryPart
from app.report.parts.leaderboards import LeaderboardPart
from app.report.parts.pairs import PairPart
from app.report.parts.part import ReportPart
from app.report.parts.slices import SlicePart
from app.report.parts.worlds import WorldsPart

REPORT_PARTS: tuple[ReportPart, ...] = (
    LeaderboardPart(),
    PairPart(),
    HistoryPart(),
    SlicePart(),
    DecisionPart(),
    CostPart(),
    AbilityPart(),
    MarkingPart(),
    WorldsPart(),
    AgreementPart(),
    CalibrationPart(),
    BiasPart(),
    MethodPart(),
    DownloadPart(),
    SettingsPart(),
)
