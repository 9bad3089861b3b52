"""A team of simulated raters who vote through the real service: honest, quick, and careless in three ways."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from arena.campaigns.creation import CampaignPlan, create_campaign
from arena.campaigns.gold_files import GoldRow
from arena.campaigns.open_ballots import OpenBallot, VoteInput
from arena.campaigns.service import VotingService
from arena.quality.reading import reading_seconds
from storage.campaigns.campaigns import invite_raters
from storage.campaigns.rules import QualityRules
from storage.database.engine import Database
from storage.database.tables import Model, Question, Rater, Response
from storage.values import RaterKind, Role, Winner, as_turn
from tests.arena.small_campaign import make_mint
from tests.clocks import START, Clock

SKILL = {"Finch": 1.2, "Heron": 0.4, "Swift": -0.4, "Wren": -1.2}
"""Quality of each model in units of one rater's noise."""
WORDS = "the answer explains each step in plain words and gives one example that a reader can check alone ".split()


@dataclass
class Team:
    """A campaign, its raters by habit, and what the simulation knows."""

    database: Database
    voting: VotingService
    clock: Clock
    campaign: int
    raters: dict[str, int]
    quality: dict[int, float]
    reading: dict[int, float]


@dataclass(frozen=True)
class Habit:
    """How a rater votes: the choice for a pair, and the seconds that it takes."""

    choose: Callable[[Team, OpenBallot, np.random.Generator], Winner]
    seconds: Callable[[Team, OpenBallot, np.random.Generator], float]


def honest(team: Team, pair: OpenBallot, generator: np.random.Generator) -> Winner:
    """The better response as seen with noise; a tie where the difference seems small."""
    seen = team.quality[pair.left_id] - team.quality[pair.right_id] + generator.normal()
    return Winner.tie if abs(seen) < 0.25 else Winner.model_a if seen > 0 else Winner.model_b


def at_random(team: Team, pair: OpenBallot, generator: np.random.Generator) -> Winner:
    """Any choice, without a look at the pair."""
    return list(Winner)[int(generator.integers(4))]


def _reading(team: Team, pair: OpenBallot) -> float:
    return team.reading[pair.left_id] + team.reading[pair.right_id]


HABITS = {
    "careful": Habit(honest, lambda team, pair, _: 3 + 0.8 * _reading(team, pair)),
    "usual": Habit(honest, lambda team, pair, _: 2 + 0.5 * _reading(team, pair)),
    "quick": Habit(honest, lambda team, pair, generator: 0.8 + _reading(team, pair) * generator.uniform(0.15, 0.3)),
    "random": Habit(at_random, lambda team, pair, _: 2 + 0.4 * _reading(team, pair)),
    "one_second": Habit(honest, lambda team, pair, _: 1.0),
    "one_sided": Habit(
        lambda team, pair, generator: Winner.model_a if generator.random() < 0.9 else Winner.model_b,
        lambda team, pair, _: 2 + 0.4 * _reading(team, pair),
    ),
}


def make_team(database: Database, *, questions: int, rules: QualityRules, n_gold: int, seed: int) -> Team:
    """A campaign with responses of 60 to 1,500 characters, in which everybody gets every pair."""
    generator = np.random.default_rng(seed)
    clock = Clock()
    with database.writing() as session:
        models = [Model(name=name) for name in SKILL]
        asked = [
            Question(source="test", key=f"q{n}", turns=[as_turn(f"Question {n}?")], created_at=START)
            for n in range(questions)
        ]
        people = {
            habit: Rater(kind=RaterKind.human, source="test", key=habit, role=Role.annotator, created_at=START)
            for habit in HABITS
        }
        session.add_all([*models, *asked, *people.values()])
        session.flush()
        texts: dict[tuple[int, str], str] = {}
        made: dict[tuple[int, str], Response] = {}
        for number, question in enumerate(asked):
            for model in models:
                words = generator.choice(WORDS, int(generator.integers(12, 140)))
                text = texts[number, model.name] = " ".join(words)
                made[number, model.name] = Response(
                    question_id=int(question.id or 0),
                    model_id=int(model.id or 0),
                    turns=[as_turn(text)],
                    settings_digest="0" * 64,
                    created_at=START,
                )
        session.add_all(made.values())
        session.flush()
        gold = [
            GoldRow("f:1", None, f"q{n}", "Finch", "Wren", Winner.model_a, None, None, None, None, False)
            for n in range(n_gold)
        ]
        plan = CampaignPlan(name="team", overlap=len(HABITS), seed=seed, rules=rules, gold=gold)
        campaign = create_campaign(session, plan, now=START)
        raters = {habit: int(person.id or 0) for habit, person in people.items()}
        invite_raters(session, campaign, raters.values())
        quality = {int(one.id or 0): SKILL[name] + generator.normal() * 0.3 for (_, name), one in made.items()}
        reading = {int(one.id or 0): reading_seconds(texts[key]) for key, one in made.items()}
    voting = VotingService(database, clock=clock, mint=make_mint(), recount_after=timedelta(days=9))
    return Team(database, voting, clock, campaign, raters, quality, reading)


def vote_as(team: Team, habit: str, *, most: int, seed: int) -> int:
    """Let one rater vote until there is no pair or the number is reached, and return the number of votes."""
    rater, way = team.raters[habit], HABITS[habit]
    generator = np.random.default_rng((seed, rater))
    opened = team.voting.open_ballots(rater)
    if opened.current is not None:
        team.voting.mark_shown(rater, opened.current.token)
    given = 0
    while opened.current is not None and given < most:
        pair = opened.current
        seconds = way.seconds(team, pair, generator)
        team.clock.forward(seconds=seconds)
        vote = VoteInput(way.choose(team, pair, generator), seconds=seconds, hidden_seconds=0.0)
        showing = None if opened.next is None else opened.next.token
        opened = team.voting.vote(rater, pair.token, vote, showing=showing)
        given += 1
    return given
