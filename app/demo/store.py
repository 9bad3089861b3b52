"""Fill an empty store with the example: questions, responses, a campaign, simulated votes and logins.

Votes are recorded like real ones: a ballot is opened, answered by a simulated rater and recorded; only the clock is
simulated. Example raters have no account, so nobody can sign in as one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from app.demo.judges import judge_example
from app.demo.objective import evaluate_example
from app.web.accounts.accounts import Accounts, Credentials
from app.wiring import make_password, mint
from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.open_ballots import OpenBallots, VoteInput
from arena.campaigns.service import VotingService
from arena.simulation import SimulatedRater, make_raters
from storage.campaigns.campaigns import invite_raters, remove_rater
from storage.database.engine import Database
from storage.seed.loading import load_qualities
from storage.seed.planting import SOURCE, PlantedExample, plant, plant_raters
from storage.values import Role

SEED: Final = 20_260_101
N_RATERS: Final = 12
BALLOTS_PER_RATER: Final = 42
OVERLAP: Final = 5
CAMPAIGN: Final = "Example: everyday questions / 示例：日常问题"
VOTES_SPREAD_OVER: Final = timedelta(days=7)


@dataclass(frozen=True)
class DemoLogin:
    """A login of the example, printed at the start."""

    role: Role
    username: str
    password: str


class SimulatedClock:
    """A clock that advances only as the example raters work."""

    def __init__(self, start: datetime) -> None:
        """Start at this time."""
        self._now = start

    def __call__(self) -> datetime:
        """Return the simulated time, one millisecond later at each call."""
        self._now += timedelta(milliseconds=1)
        return self._now

    def pass_by(self, span: timedelta) -> None:
        """Advance the clock."""
        self._now += span


def fill_demo(database: Database, accounts: Accounts, *, now: datetime, readable_passwords: bool) -> list[DemoLogin]:
    """Store the whole example in an empty store.

    Args:
        database: an empty store.
        accounts: creates the logins.
        now: current time; the votes are in the week before it.
        readable_passwords: use fixed passwords that are easy to type, for a server that only this machine can reach.

    Returns:
        The logins, the annotator's first.
    """
    clock = SimulatedClock(now - VOTES_SPREAD_OVER)
    generator = np.random.default_rng(SEED)
    raters = make_raters(load_qualities(), N_RATERS, rng=generator)
    with database.writing() as session:
        planted = plant(session, now=clock())
        ids = plant_raters(session, [rater.name for rater in raters], now=clock())
        plan = CampaignPlan(name=CAMPAIGN, source=SOURCE, overlap=OVERLAP, seed=SEED, example=True)
        campaign = create_campaign(session, plan, now=clock())
        invite_raters(session, campaign, ids)
    _vote(database, planted, dict(zip(ids, raters, strict=True)), clock, generator)
    judge_example(database, raters[0], clock=clock, generator=generator)
    evaluate_example(database, clock=clock)
    logins = _logins(readable=readable_passwords)
    people = [accounts.add(Credentials(login.username, login.password), role=login.role) for login in logins]
    with database.writing() as session:
        for rater_id in ids:
            remove_rater(session, campaign, rater_id, now=clock())
        invite_raters(session, campaign, people)
    return logins


def _vote(
    database: Database,
    planted: PlantedExample,
    raters: dict[int, SimulatedRater],
    clock: SimulatedClock,
    generator: np.random.Generator,
) -> None:
    """Let the example raters vote in turns."""
    # No one else votes here, so counts need no refresh while the simulated days pass.
    voting = VotingService(database, clock=clock, mint=mint, recount_after=VOTES_SPREAD_OVER)
    pause = VOTES_SPREAD_OVER / (BALLOTS_PER_RATER * len(raters) + 1)
    open_ballots = {rater_id: voting.open_ballots(rater_id) for rater_id in raters}
    for _ in range(BALLOTS_PER_RATER):
        for rater_id, rater in raters.items():
            clock.pass_by(pause)
            open_ballots[rater_id] = _answer(voting, rater_id, rater, open_ballots[rater_id], planted, generator)


def _answer(
    voting: VotingService,
    rater_id: int,
    rater: SimulatedRater,
    ballots: OpenBallots,
    planted: PlantedExample,
    generator: np.random.Generator,
) -> OpenBallots:
    pair = ballots.current
    if pair is None:
        return ballots
    question = planted.questions[pair.question_id]
    decision = rater.decide(
        question.category,
        left=planted.models[pair.left_id],
        right=planted.models[pair.right_id],
        language=question.language,
        rng=generator,
    )
    showing = None if ballots.next is None else ballots.next.token
    if decision.choice is None:
        reason = decision.skip_reason
        return ballots if reason is None else voting.skip(rater_id, pair.token, reason, showing=showing)
    vote = VoteInput(decision.choice, seconds=decision.seconds, flag=decision.flag, comment=decision.comment)
    return voting.vote(rater_id, pair.token, vote, showing=showing)


def _logins(*, readable: bool) -> list[DemoLogin]:
    return [
        DemoLogin(role, str(role), f"{role}-demo" if readable else make_password())
        for role in (Role.annotator, Role.reviewer, Role.admin)
    ]
