"""Biases of the raters of a store: the pipeline behind `evenhand bias` and the Judges page.

report = measure_bias(database, Selection())
for row in report.rows: …
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from arena.agreement.clustered import Estimate
from arena.agreement.orders import OrderHealth, measure_orders, share_of
from arena.bias.coverage import JudgmentCoverage, ScoreCoverage, judgment_coverage, score_coverage
from arena.bias.effects import Effects, MissingEffect, estimate_effects
from arena.bias.longer_response import LongerPreference, prefer_longer
from arena.bias.own_family import OWN, Side, own_family_effect
from arena.bias.single_calls import battles_of_calls, decisive_first, shares_by_order
from arena.rating.method import RatingSettings
from arena.rating.style_features import (
    COUNTED,
    STYLE_FEATURES,
    BattleStyle,
    StyleSources,
    battle_style,
    count_style,
)
from storage.database.engine import Database
from storage.errors import BadInput
from storage.ledger import chain
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import Battles, FloatArray, IdArray
from storage.ledger.pair_votes import (
    SCORED,
    CallColumns,
    PairVotes,
    failed_scores,
    failure_causes,
    read_calls,
    read_pair_votes,
)
from storage.ledger.scores import read_scores
from storage.questions.names import judge_organisations, model_organisations
from storage.questions.transcripts import response_texts
from storage.values import RaterKind

PEOPLE, OTHER_JUDGES = "people", "other judges"


class NothingToExamine(BadInput):
    """A selection without a vote, judgment or score."""


@dataclass(frozen=True)
class RaterBias:
    """Biases of one group of raters.

    Attributes:
        rater: `people`, or the name of a judge.
        kind: kind of the raters.
        verdicts: number of votes or judgments with a score.
        effects: effects on preferences, estimated together with the ratings; for a judge with both orders, on its
            single calls.
        first: share of decisive votes, or calls, for the response shown left or first.
        longer: share of decisive preferences for the longer response; None where no two texts are known.
        orders: consistency over both orders; None without calls in both.
        coverage: coverage of the judgments of a judge; None for people.
        scores: coverage of the scores of a judge.
    """

    rater: str
    kind: RaterKind
    verdicts: int
    effects: Effects
    first: Estimate
    longer: LongerPreference | None
    orders: OrderHealth | None
    coverage: JudgmentCoverage | None
    scores: tuple[ScoreCoverage, ...] = ()


@dataclass(frozen=True)
class BiasReport:
    """Biases of people as one group, and of each judge.

    Attributes:
        rows: people first, then judges by name.
        left_out: number of votes or judgments that were not used, by kind of rater and reason.
        position: last ledger position that was read.
    """

    rows: tuple[RaterBias, ...]
    left_out: dict[str, dict[str, int]]
    position: int


@dataclass(frozen=True, eq=False)
class _Texts:
    """Style and length of responses, and organisations of models, by id and name."""

    style: StyleSources
    characters: Mapping[int, float]

    def lengths(self, battles: Battles) -> tuple[FloatArray, FloatArray]:
        found = [
            np.array([self.characters.get(identity, np.nan) for identity in column.tolist()], np.float64)
            for column in (battles.response_a, battles.response_b)
        ]
        return found[0], found[1]


def measure_bias(
    database: Database,
    selection: Selection,
    *,
    kinds: tuple[RaterKind, ...] = tuple(RaterKind),
    features: tuple[str, ...] = STYLE_FEATURES,
    level: float = 0.95,
) -> BiasReport:
    """Biases of people as one group, and of each judge by itself.

    Args:
        database: the store.
        selection: filter on preferences and scores; its kind is not used.
        kinds: kinds of raters to report.
        features: features to estimate effects for, among `STYLE_FEATURES`.
        level: confidence of the intervals, which are clustered by rater and question.

    Raises:
        BadInput: an unknown feature.
        NotFound: no rater has the given name.
        NothingToExamine: there is no vote, judgment or score.
    """
    settings = RatingSettings(level=level, style=features)
    with database.reading() as session:
        position = chain.head(session)[0] if selection.position is None else selection.position
        selections = {kind: replace(selection, kind=kind, position=position) for kind in RaterKind}
        # The effect of the own family needs the preferences of all raters, whichever are reported.
        is_about_people = RaterKind.human in kinds
        votes = {
            kind: read_pair_votes(session, one if kind is RaterKind.human and is_about_people else _by_all(one))
            for kind, one in selections.items()
        }
        texts = _texts(session, [one.battles for one in votes.values()])
        rows = []
        if is_about_people and len(votes[RaterKind.human].battles):
            rows.append(_people(votes[RaterKind.human], texts, settings))
        if RaterKind.judge in kinds:
            rows += _judges(session, selections[RaterKind.judge], votes, texts, settings)
    if not rows:
        raise NothingToExamine(
            "expected votes, judgments or scores to examine for bias, got none; import or collect some"
        )
    left_out = {kind.value: dict(votes[kind].battles.counts) for kind in kinds}
    return BiasReport(tuple(rows), left_out, position)


def _by_all(selection: Selection) -> Selection:
    return replace(selection, rater=None)


def _people(votes: PairVotes, texts: _Texts, settings: RatingSettings) -> RaterBias:
    hits, question = decisive_first(votes.battles)
    return RaterBias(
        rater=PEOPLE,
        kind=RaterKind.human,
        verdicts=len(votes.battles),
        effects=_effects(votes.battles, texts, settings)[0],
        first=share_of(hits, question, settings.level),
        longer=_longer(votes, texts, settings.level),
        orders=None,
        coverage=None,
    )


def _judges(
    session: Session,
    selection: Selection,
    votes: Mapping[RaterKind, PairVotes],
    texts: _Texts,
    settings: RatingSettings,
) -> list[RaterBias]:
    calls, causes = read_calls(session), failure_causes(session)
    scores, failed = read_scores(session, selection), failed_scores(session, selection)
    judged = votes[RaterKind.judge]
    people = votes[RaterKind.human].battles
    named = judged.battles.raters
    if selection.rater is not None:
        named = read_pair_votes(session, selection).battles.raters
    rows = []
    for name in sorted({*named, *scores.raters, *(rater for rater, _ in failed)}):
        is_mine = np.array([*(one == name for one in judged.battles.raters), False], np.bool_)[judged.battles.rater]
        mine = judged.keep(is_mine)
        others = (PEOPLE, people) if len(people) else (OTHER_JUDGES, battles_of_calls(judged.keep(~is_mine), calls))
        found = _judge(name, mine, calls, (texts, settings), others)
        coverage = judgment_coverage(mine, causes) if len(mine.battles) else None
        rows.append(replace(found, coverage=coverage, scores=score_coverage(name, scores, failed)))
    return rows


def _judge(
    name: str, votes: PairVotes, calls: CallColumns, how: tuple[_Texts, RatingSettings], others: tuple[str, Battles]
) -> RaterBias:
    (texts, settings), single = how, battles_of_calls(votes, calls)
    plain, swapped = shares_by_order(votes, calls)
    hits, question = decisive_first(single)
    in_both = bool((~(np.isnan(plain) | np.isnan(swapped))).any())
    of_pairs = votes.battles.question.astype(np.int64)
    effects, style = _effects(single, texts, settings)
    if OWN in settings.style:
        effects = _with_own(effects, (single, style), others, texts, settings)
    return RaterBias(
        rater=name,
        kind=RaterKind.judge,
        verdicts=int((votes.state == SCORED).sum()),
        effects=effects,
        first=share_of(hits, question, settings.level),
        longer=_longer(votes, texts, settings.level),
        orders=measure_orders(plain, swapped, of_pairs, level=settings.level) if in_both else None,
        coverage=None,
    )


def _effects(battles: Battles, texts: _Texts, settings: RatingSettings) -> tuple[Effects, BattleStyle]:
    """Effects of all features but the own family, and the features; missing ones have a reason."""
    style, missing = _style(battles, texts, settings)
    found = estimate_effects(battles, style, settings)
    return replace(found, missing=missing | found.missing), style


def _style(battles: Battles, texts: _Texts, settings: RatingSettings) -> tuple[BattleStyle, dict[str, MissingEffect]]:
    """The features that are known for some battle, and the reasons why the others are missing."""
    blocks = [BattleStyle((), np.empty((len(battles), 0)), np.ones(len(battles), np.bool_))]
    missing: dict[str, MissingEffect] = {}
    for names, reason in ((COUNTED, MissingEffect.unknown_texts), (("side",), MissingEffect.no_verdicts)):
        chosen = tuple(name for name in settings.style if name in names)
        style = battle_style(battles, chosen, texts.style)
        if chosen and style.known.any():
            blocks.append(style)
        else:
            missing |= dict.fromkeys(chosen, reason if len(battles) else MissingEffect.no_verdicts)
    return _side_by_side(blocks), missing


def _with_own(
    found: Effects, judge: Side, others: tuple[str, Battles], texts: _Texts, settings: RatingSettings
) -> Effects:
    """The effects of a judge, with that of its own organisation."""
    own = battle_style(judge[0], (OWN,), texts.style)
    if not len(judge[0]):
        reason = MissingEffect.no_verdicts
    elif not own.known.any():
        reason = MissingEffect.unknown_organisations
    elif not len(others[1]):
        reason = MissingEffect.no_other_raters
    else:
        mine = (judge[0], _side_by_side([own, judge[1]]))
        theirs = (others[1], _style(others[1], texts, settings)[0])
        try:
            effect = own_family_effect(mine, theirs, against=others[0], level=settings.level)
            return replace(found, effects=(*found.effects, effect))
        except BadInput:
            reason = MissingEffect.too_few_battles
    return replace(found, missing=found.missing | {OWN: reason})


def _side_by_side(blocks: Sequence[BattleStyle]) -> BattleStyle:
    """Features of all blocks side by side, known where all are known."""
    known = np.logical_and.reduce([block.known for block in blocks])
    values = np.column_stack([block.values for block in blocks])
    return BattleStyle(tuple(name for block in blocks for name in block.names), values * known[:, None], known)


def _longer(votes: PairVotes, texts: _Texts, level: float) -> LongerPreference | None:
    lengths = texts.lengths(votes.battles)
    if np.isnan(lengths[0] + lengths[1]).all():
        return None
    share = np.where(votes.state == SCORED, votes.battles.score, np.nan)
    question: IdArray = votes.battles.question.astype(np.int64)
    return prefer_longer(lengths, share, question, level=level)


def _texts(session: Session, parts: Sequence[Battles]) -> _Texts:
    ids = np.unique(np.concatenate([column for one in parts for column in (one.response_a, one.response_b)]))
    counts, characters = {}, {}
    for identity, text in response_texts(session, ids[ids > 0].tolist()):
        counts[identity], characters[identity] = count_style(text), float(len(text))
    return _Texts(StyleSources(counts, model_organisations(session), judge_organisations(session)), characters)
