"""Reports about raters: read the votes and scores of a campaign or of all, measure each rater, and flag.

    for line in measure_raters(session, campaign_id): …
    report = report_rater(session, rater_id, campaign_id)

Every number is computed from stored rows, so the same store gives the same report.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from arena.agreement.concordance import Agreement, measure_against, measure_agreement
from arena.agreement.single_raters import leading_preferences
from arena.agreement.votes import AlignedRatings, line_up
from arena.quality.flags import PeerShares, RaterFlag, flag_rater, pooled
from arena.quality.influence import RaterInfluence, leave_out
from arena.quality.measures import LEVEL, CountedShare, RaterMeasures, TimedAnswer, measure_rater
from arena.quality.reading import reading_seconds
from storage.campaigns.rater_scores import ScoredBallot, scored_ballots
from storage.campaigns.rater_votes import GoldCount, RaterVote, gold_counts, rater_votes, shown_names
from storage.campaigns.rules import is_paused, rules_of
from storage.ledger.battle_reading import Selection
from storage.ledger.pair_votes import read_pair_votes
from storage.questions.names import rater_names
from storage.questions.transcripts import response_texts


@dataclass(frozen=True)
class RaterQuality:
    """One rater of a campaign, or of all campaigns.

    Attributes:
        rater_id: the rater.
        name: user name, or the key of a rater without an account.
        key: name of the rater among battles.
        measures: measures of the rater's votes.
        majority: votes that equal the majority of the other raters of the pair, where one choice leads.
        flags: rules that the votes break.
        paused: whether a rule has paused the rater in this campaign; False over all campaigns.
    """

    rater_id: int
    name: str
    key: str
    measures: RaterMeasures
    majority: CountedShare
    flags: tuple[RaterFlag, ...]
    paused: bool


@dataclass(frozen=True)
class RaterReport:
    """Everything about one rater.

    Attributes:
        quality: measures, flags and the pause.
        others: agreement with all other raters, vote by vote; None without a common pair.
        majority: agreement with the majority of the others; None where there is none.
        influence: what leaving the rater out changes on the leaderboard of the same votes; None without a vote.
    """

    quality: RaterQuality
    others: Agreement | None
    majority: Agreement | None
    influence: RaterInfluence | None


def measure_raters(session: Session, campaign_id: int | None = None) -> list[RaterQuality]:
    """Measures and flags of everybody with a standing vote or score on a ballot, by name.

    Args:
        session: a reading session.
        campaign_id: only votes of this campaign; None for those of all campaigns.
    """
    aligned = _aligned(session, campaign_id)
    return _measured(session, campaign_id, _majorities(aligned))


def report_rater(session: Session, rater_id: int, campaign_id: int | None = None) -> RaterReport | None:
    """The report of one rater; None for somebody without a standing vote or score on a ballot."""
    pairs = read_pair_votes(session, Selection(campaign=campaign_id))
    aligned = line_up([pairs])
    lines = _measured(session, campaign_id, _majorities(aligned))
    mine = next((one for one in lines if one.rater_id == rater_id), None)
    if mine is None:
        return None
    others = majority = None
    if mine.key in aligned.raters:
        code = aligned.raters.index(mine.key)
        own = np.arange(len(aligned.raters)) == code
        others = measure_agreement(aligned, own, ~own, level=LEVEL)
        leading = leading_preferences(aligned)
        rows = (leading >= 0) & aligned.is_last & (aligned.rater == code)
        majority = measure_against(aligned, rows, leading, level=LEVEL)
    return RaterReport(mine, others, majority, leave_out(pairs.battles, mine.key))


def _aligned(session: Session, campaign_id: int | None) -> AlignedRatings:
    return line_up([read_pair_votes(session, Selection(campaign=campaign_id))])


def _majorities(votes: AlignedRatings) -> dict[str, CountedShare]:
    """Votes of each rater that equal the majority of the others, by name."""
    leading = leading_preferences(votes)
    rows = (leading >= 0) & votes.is_last
    found = {}
    for code, name in enumerate(votes.raters):
        own = rows & (votes.rater == code)
        found[name] = CountedShare.of(int((votes.preference[own] == leading[own]).sum()), int(own.sum()))
    return found


def _measured(session: Session, campaign_id: int | None, majorities: Mapping[str, CountedShare]) -> list[RaterQuality]:
    by_rater: dict[int, list[RaterVote]] = defaultdict(list)
    for vote in rater_votes(session, campaign_id):
        by_rater[vote.rater_id].append(vote)
    scored_by: dict[int, list[ScoredBallot]] = defaultdict(list)
    for ballot in scored_ballots(session, campaign_id):
        scored_by[ballot.rater_id].append(ballot)
    answers: list[TimedAnswer] = [one for votes in by_rater.values() for one in votes]
    answers += [one for scored in scored_by.values() for one in scored]
    shown = sorted({response for one in answers for response in one.shown_ids})
    reading = {number: reading_seconds(text) for number, text in response_texts(session, shown)}
    gold, keys, names = gold_counts(session, campaign_id), rater_names(session), shown_names(session)
    measures = {
        rater: measure_rater(by_rater[rater], scored_by[rater], gold.get(rater, GoldCount()), reading)
        for rater in sorted({*by_rater, *scored_by})
    }
    accuracy = None if campaign_id is None else rules_of(session, campaign_id).pause_below
    unknown = CountedShare.of(0, 0)
    found = []
    for rater, own in measures.items():
        majority = majorities.get(keys[rater], unknown)
        flags = flag_rater(own, majority, _peers(rater, measures, keys, majorities), accuracy=accuracy)
        paused = campaign_id is not None and is_paused(session, campaign_id, rater)
        found.append(RaterQuality(rater, names[rater], keys[rater], own, majority, tuple(flags), paused))
    return sorted(found, key=lambda one: one.name)


def _peers(
    rater: int,
    measures: Mapping[int, RaterMeasures],
    keys: Mapping[int, str],
    majorities: Mapping[str, CountedShare],
) -> PeerShares:
    """Shares of all raters but one."""
    others = [number for number in measures if number != rater]
    choices: dict[str, int] = defaultdict(int)
    for number in others:
        for choice, count in measures[number].choices.items():
            choices[choice] += count
    agreeing: Sequence[CountedShare] = [majorities[keys[one]] for one in others if keys[one] in majorities]
    return PeerShares(dict(choices), pooled([measures[one].consistency for one in others]), pooled(agreeing))
