"""Whether a rater gets another ballot of a campaign, and the rules that pause a rater after a vote."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from arena.campaigns.ends import EndCause
from arena.campaigns.occupancy import CampaignOccupancy
from arena.quality.reading import least_seconds, reading_seconds
from storage.campaigns import ballots, rules
from storage.campaigns.ballots import BallotRow
from storage.campaigns.gold_answers import gold_answers
from storage.campaigns.rules import BrokenRule
from storage.questions.transcripts import response_texts
from storage.values import BallotState, CampaignState, SpecialDraw

GOLD_RULE, FAST_RULE = "gold", "fast"
"""Names of the rules that pause raters, as stored."""


def barrier(
    connection: Connection,
    occupancy: CampaignOccupancy,
    rater_id: int,
    now: datetime,
    *,
    is_paused: Callable[[], bool],
) -> EndCause | None:
    """Why a rater gets no further ballot of a campaign, whatever pairs are left; None if nothing forbids it.

    A pair that is on screen already may still be answered.

    Args:
        connection: a writing transaction.
        occupancy: occupancy of the campaign.
        rater_id: the rater.
        now: the present time.
        is_paused: tells whether a quality rule has paused the rater.
    """
    if not occupancy.is_open:
        return EndCause.of_state(CampaignState(occupancy.campaign.state))
    chosen = occupancy.rules
    if chosen.deadline is not None and now >= chosen.deadline:
        return EndCause.deadline_passed
    if is_paused():
        return EndCause.quality_paused
    if chosen.most_votes is not None and rules.n_taken(connection, occupancy.id, rater_id) >= chosen.most_votes:
        return EndCause.cap_reached
    return None


def pause_by_rule(
    connection: Connection, occupancy: CampaignOccupancy, rater_id: int, row: BallotRow, now: datetime
) -> None:
    """Pause a rater in the campaign if a rule asks for it after the vote on a ballot.

    Gold answers and votes from before the last lifted pause do not count.
    """
    chosen = occupancy.rules
    if not chosen.can_pause:
        return
    since = rules.last_lift(connection, occupancy.id, rater_id)
    if chosen.pause_after is not None and row.policy in (SpecialDraw.gold, SpecialDraw.onboarding):
        answers = gold_answers(connection, occupancy.id, rater_id=rater_id, after=since)
        right = sum(one.is_right for one in answers)
        if len(answers) >= chosen.pause_after and right < (chosen.pause_below or 0.0) * len(answers):
            broken = BrokenRule(GOLD_RULE, right, len(answers))
            rules.pause_rater(connection, occupancy.id, rater_id, broken, now=now)
            return
    if chosen.pause_fast is not None and _all_fast(connection, occupancy, rater_id, chosen.pause_fast, since):
        broken = BrokenRule(FAST_RULE, None, chosen.pause_fast)
        rules.pause_rater(connection, occupancy.id, rater_id, broken, now=now)


def _all_fast(
    connection: Connection, occupancy: CampaignOccupancy, rater_id: int, number: int, since: datetime | None
) -> bool:
    """Whether the last votes of a rater, as many as `number`, were all given faster than one can look at the pairs."""
    voted = [
        row
        for row in ballots.of_rater(connection, rater_id, occupancy.id)
        if row.state == BallotState.voted and (since is None or row.closed_at > since)
    ]
    last = sorted(voted, key=lambda row: row.closed_at)[-number:]
    if len(last) < number or any(row.shown_at is None for row in last):
        return False
    sides = [response for row in last for response in (row.response_a_id, row.response_b_id) if response is not None]
    reading = {number: reading_seconds(text) for number, text in response_texts(connection, sides)}
    return all(
        (row.closed_at - row.shown_at).total_seconds()
        < least_seconds(reading.get(row.response_a_id, 0.0) + reading.get(row.response_b_id, 0.0))
        for row in last
    )
