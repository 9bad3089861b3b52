"""Agreement of the raters of a store: the pipeline behind `evenhand agreement` and the Judges page.

report = measure(database, Selection(category="code"))
for row in report.rows: …
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlmodel import Session

from arena.agreement.baselines import BASELINES, LONGEST, longest_shares, random_shares
from arena.agreement.concordance import Agreement, measure_against, measure_agreement
from arena.agreement.drift import Drift, measure_drift
from arena.agreement.score_agreement import ScoreAgreement, measure_scores
from arena.agreement.scores import AlignedScores, line_up_scores
from arena.agreement.single_raters import measure_majorities, measure_pairs
from arena.agreement.votes import FIRST, SECOND, AlignedRatings, Mask, line_up, preferred_models
from storage.database.engine import Database
from storage.errors import BadInput
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import FloatArray, IdArray
from storage.ledger.pair_votes import read_pair_votes, read_score_details
from storage.ledger.scores import read_scores
from storage.questions.names import question_labels
from storage.questions.transcripts import response_texts
from storage.values import RaterKind

PEOPLE, JUDGES, MAJORITY = "people", "judges", "majority of the others"
MOST_RATERS = 20
"""Default number of pairs of raters, and of raters beside the majority of the others."""
NO_CATEGORY = "(none)"


class NothingToCompare(BadInput):
    """A selection without two raters who rated the same pair or response."""


@dataclass(frozen=True)
class RaterGroups:
    """Two groups of raters to compare, as masks over the raters.

    Attributes:
        one: name of the first group: `people`, `judges`, or a judge.
        other: name of the second group.
        of_one: mask of the members of the first group.
        of_other: mask of the members of the second group.
    """

    one: str
    other: str
    of_one: Mask
    of_other: Mask


@dataclass(frozen=True)
class AgreementRow:
    """Agreement of two groups on the same pairs.

    Attributes:
        one: name of the first group.
        other: name of the second group; the same as `one` for agreement within a group.
        category: category of the questions; None for all.
        found: the agreement.
    """

    one: str
    other: str
    category: str | None
    found: Agreement


@dataclass(frozen=True)
class ScoreRow:
    """Agreement of two groups in scores of the same responses.

    Attributes:
        one: name of the first group.
        other: name of the second group.
        dimension: dimension of the scores.
        found: the agreement; scores are shares of their scales.
    """

    one: str
    other: str
    dimension: str
    found: ScoreAgreement


@dataclass(frozen=True)
class AgreementReport:
    """Agreement of all raters of a selection.

    Attributes:
        rows: agreement on pairs, over all questions.
        by_category: agreement on pairs for each category, if there are several.
        scores: agreement in scores of single responses.
        baselines: agreement of people with judges that read nothing; `one` is the name of the baseline.
        rater_pairs: agreement of each two raters, people and judges, those with the most items in common first.
        majority: agreement of each rater with the majority of the others; `other` is `majority of the others`.
        left_out: number of preferences and scores that were not used, by reason.
        position: last ledger position that was read.
    """

    rows: tuple[AgreementRow, ...]
    by_category: tuple[AgreementRow, ...]
    scores: tuple[ScoreRow, ...]
    baselines: tuple[AgreementRow, ...]
    rater_pairs: tuple[AgreementRow, ...]
    majority: tuple[AgreementRow, ...]
    left_out: dict[str, int]
    position: int


@dataclass(frozen=True)
class DriftRow:
    """Drift of one judge, or between two judges.

    Attributes:
        before: name of the earlier judge.
        after: name of the later judge; the same for one judge at two times.
        what: `verdicts` for judgments, or the dimension of scores.
        found: the change; judgments as the share of the response that the earlier judge saw first, scores as shares
            of their scales.
    """

    before: str
    after: str
    what: str
    found: Drift


def measure(
    database: Database, selection: Selection, *, level: float = 0.95, seed: int = 0, most: int = MOST_RATERS
) -> AgreementReport:
    """Agreement of people and judges, within each group and between groups, and of single raters.

    Args:
        database: the store.
        selection: filter on preferences and scores; its kind and rater are not used.
        level: confidence of the intervals.
        seed: seed of the random baseline.
        most: number of pairs of raters, and of raters beside the majority of the others, those with the most items.

    Raises:
        NothingToCompare: no two raters rated the same.
    """
    with database.reading() as session:
        position = chain.head(session)[0] if selection.position is None else selection.position
        fixed = replace(selection, position=position)
        votes = line_up([read_pair_votes(session, replace(fixed, kind=kind)) for kind in RaterKind])
        scores = _scores(session, fixed)
        labels = question_labels(session)
        lengths = _lengths(session, votes)
    rows = tuple(_compared(votes, None, level))
    category = np.array([labels[name][0] or NO_CATEGORY for name in votes.questions], dtype=object)
    names = sorted(set(category.tolist()))
    by_category = [
        row
        for name in (names if len(names) > 1 else [])
        for row in _compared(votes.keep((category == name)[votes.question]), name, level)
    ]
    of_scores = tuple(_scores_compared(scores, level))
    if not rows and not of_scores:
        raise NothingToCompare(
            f"expected two raters who compared the same pair or scored the same response, got none in {len(votes)} "
            f"preferences and {len(scores.columns.item)} scores; let several people, or a judge, rate the same"
        )
    left_out = dict(votes.left_out)
    for reason, number in scores.left_out.items():
        left_out[reason] = left_out.get(reason, 0) + number
    baselines = tuple(_baselines(votes, lengths, seed, level))
    pairs, majority = _single_raters(votes, most, level)
    return AgreementReport(rows, tuple(by_category), of_scores, baselines, pairs, majority, left_out, position)


def measure_versions(
    database: Database, selection: Selection, *, before: str, after: str, level: float = 0.95
) -> tuple[DriftRow, ...]:
    """Differences between two judges, such as two versions of one, on the same pairs and responses.

    Raises:
        NotFound: no such judge.
        NothingToCompare: they judged nothing in common.
    """
    of_judges = replace(selection, kind=RaterKind.judge)
    with database.reading() as session:
        rows = list(_drifts(session, replace(of_judges, rater=before), replace(of_judges, rater=after), level))
    if not rows:
        raise NothingToCompare(
            f"expected judgments of {before!r} and {after!r} on the same pairs or responses, got none; run both on them"
        )
    return tuple(replace(row, before=before, after=after) for row in rows)


def measure_times(
    database: Database, selection: Selection, *, at: datetime, level: float = 0.95
) -> tuple[DriftRow, ...]:
    """Change of each judge on the same pairs and responses, between before a time and from then on.

    Raises:
        NothingToCompare: no judge judged anything both before and after.
    """
    of_judges = replace(selection, kind=RaterKind.judge)
    with database.reading() as session:
        judges = sorted({*read_pair_votes(session, of_judges).battles.raters, *read_scores(session, of_judges).raters})
        rows = [
            replace(row, before=judge, after=judge)
            for judge in judges
            for row in _drifts(session, replace(of_judges, until=at), replace(of_judges, since=at), level, judge)
        ]
    if not rows:
        raise NothingToCompare(
            f"expected a judge with judgments on the same before {at:%Y-%m-%d} and after, got none; run one again"
        )
    return tuple(rows)


def groups_of(raters: tuple[str, ...], is_judge: Mask, is_known: Mask) -> Iterator[RaterGroups]:
    """Groups to compare: people, each judge and people, all judges and people, each two judges, all judges."""
    people, judges = ~is_judge, np.flatnonzero(is_judge & is_known)
    yield RaterGroups(PEOPLE, PEOPLE, people & is_known, people & is_known)
    alone = {int(code): np.arange(len(raters)) == code for code in judges}
    for code, mask in alone.items():
        yield RaterGroups(raters[code], PEOPLE, mask, people)
    if len(alone) > 1:
        yield RaterGroups(JUDGES, PEOPLE, is_judge, people)
    for one, other in itertools.combinations(alone, 2):
        yield RaterGroups(raters[one], raters[other], alone[one], alone[other])
    if len(alone) > 2:
        yield RaterGroups(JUDGES, JUDGES, is_judge & is_known, is_judge & is_known)


def _compared(votes: AlignedRatings, category: str | None, level: float) -> Iterator[AgreementRow]:
    for groups in groups_of(votes.raters, votes.is_judge, votes.is_known):
        found = measure_agreement(votes, groups.of_one, groups.of_other, level=level)
        if found is not None:
            yield AgreementRow(groups.one, groups.other, category, found)


def _scores_compared(scores: AlignedScores, level: float) -> Iterator[ScoreRow]:
    for groups in groups_of(scores.raters, scores.is_judge, scores.is_known):
        for code, dimension in enumerate(scores.dimensions):
            rows = scores.columns.keep(scores.dimension == code)
            found = measure_scores(rows, groups.of_one, groups.of_other, level=level)
            if found is not None:
                yield ScoreRow(groups.one, groups.other, dimension, found)


def _single_raters(
    votes: AlignedRatings, most: int, level: float
) -> tuple[tuple[AgreementRow, ...], tuple[AgreementRow, ...]]:
    """Rows of each two raters, and of each rater beside the majority of the others."""
    names = votes.raters
    pairs = measure_pairs(votes, most, level=level)
    majorities = measure_majorities(votes, most, level=level)
    return (
        tuple(AgreementRow(names[one], names[other], None, found) for one, other, found in pairs),
        tuple(AgreementRow(names[one], MAJORITY, None, found) for one, found in majorities),
    )


def _baselines(
    votes: AlignedRatings, lengths: tuple[FloatArray, FloatArray], seed: int, level: float
) -> Iterator[AgreementRow]:
    people = ~votes.is_judge[votes.rater]
    n_items = int(votes.item.max(initial=-1)) + 1
    longest = longest_shares(lengths)
    said = {
        LONGEST: (preferred_models(longest), people & ~np.isnan(longest)),
        "first": (np.where(votes.left, FIRST, SECOND), people),
        "random": (preferred_models(random_shares(n_items, seed)[votes.item]), people),
    }
    for name in BASELINES:
        found = measure_against(votes, said[name][1], said[name][0], level=level)
        if found is not None:
            yield AgreementRow(name, PEOPLE, None, found)


def _lengths(session: Session, votes: AlignedRatings) -> tuple[FloatArray, FloatArray]:
    """Lengths in characters of the responses that people saw; NaN where the text is unknown."""
    people = ~votes.is_judge[votes.rater]
    ids = np.unique(np.concatenate([votes.response_first[people], votes.response_second[people]]))
    known = {identity: float(len(text)) for identity, text in response_texts(session, ids[ids > 0].tolist())}

    def of(column: IdArray) -> FloatArray:
        return np.array([known.get(identity, np.nan) for identity in column.tolist()], np.float64)

    return of(votes.response_first), of(votes.response_second)


def _scores(session: Session, selection: Selection) -> AlignedScores:
    parts = [(kind, read_scores(session, replace(selection, kind=kind))) for kind in RaterKind]
    return line_up_scores(parts, read_score_details(session))


def _drifts(
    session: Session, before: Selection, after: Selection, level: float, judge: str | None = None
) -> Iterator[DriftRow]:
    """Drift between two selections of the rows of judges; only of one judge if its full name is given."""
    parts = [read_pair_votes(session, one) for one in (before, after)]
    votes = line_up(parts)
    told = ~np.isnan(votes.share) & _is_by(votes.raters, votes.rater, judge)
    earlier = np.isin(votes.position, parts[0].battles.position)
    first_left = np.bincount(votes.item, earlier & told & votes.left, int(votes.item.max(initial=-1)) + 1) > 0.0
    share = np.where(first_left[votes.item], votes.share, 1.0 - votes.share)
    later = np.isin(votes.position, parts[1].battles.position)
    values = _paired(votes.item, share, votes.question, (earlier & told, later & told))
    found = measure_drift(*values, level=level, middle=0.5)
    if found is not None:
        yield DriftRow("", "", "verdicts", found)
    read = [(RaterKind.judge, read_scores(session, one)) for one in (before, after)]
    scores = line_up_scores(read, read_score_details(session))
    columns = scores.columns
    sides = [np.isin(columns.position, one.position) & _is_by(scores.raters, columns.rater, judge) for _, one in read]
    for code, dimension in enumerate(scores.dimensions):
        chosen = scores.dimension == code
        values = _paired(columns.item, columns.value, columns.question, (sides[0] & chosen, sides[1] & chosen))
        found = measure_drift(*values, level=level)
        if found is not None:
            yield DriftRow("", "", dimension, found)


def _is_by(raters: tuple[str, ...], rater: IdArray, name: str | None) -> Mask:
    return np.array([name is None or one == name for one in raters], np.bool_)[rater]


def _paired(
    item: IdArray, value: FloatArray, question: IdArray, sides: tuple[Mask, Mask]
) -> tuple[FloatArray, FloatArray, IdArray]:
    """Mean values before and after of each item that both sides have, and its question."""
    n = int(item.max(initial=-1)) + 1
    number = [np.bincount(item[side], minlength=n) for side in sides]
    both = (number[0] > 0) & (number[1] > 0)
    means = [
        np.bincount(item[side], value[side], n)[both] / times[both] for side, times in zip(sides, number, strict=True)
    ]
    of_item = np.zeros(n, np.int64)
    of_item[item] = question
    return means[0], means[1], of_item[both]
