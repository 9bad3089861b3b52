"""Write the example data into an empty store: its models, questions and responses, and the example raters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage.database.tables import Model, Question, Rater, Response
from storage.seed.loading import SeedQuestion, SeedResponse, load_models, load_questions, load_responses
from storage.values import RaterKind, as_turn, canonical_json, digest

SOURCE = "demo"


@dataclass(frozen=True)
class PlantedExample:
    """The ids of the stored example data.

    Attributes:
        questions: the questions by their id.
        models: the name of the model by the id of its response.
    """

    questions: dict[int, SeedQuestion]
    models: dict[int, str]


def plant(session: Session, *, now: datetime) -> PlantedExample:
    """Store the example's models, questions and responses.

    Raises:
        BadInput: the example files are damaged.
    """
    models = {one.name: Model(**vars(one)) for one in load_models()}
    seeds = load_questions()
    questions = {one.key: _question(one, now) for one in seeds}
    session.add_all([*models.values(), *questions.values()])
    session.flush()
    responses = [
        Response(
            question_id=int(questions[one.question].id or 0),
            model_id=int(models[one.model].id or 0),
            turns=[as_turn(turn) for turn in one.turns],
            settings=dict(one.settings),
            settings_digest=digest(canonical_json(dict(one.settings))),
            sample=one.sample,
            state=one.state,
            created_at=now,
            **_cost(one),
        )
        for one in load_responses()
    ]
    session.add_all(responses)
    session.flush()
    names = {int(model.id or 0): name for name, model in models.items()}
    return PlantedExample(
        questions={int(questions[one.key].id or 0): one for one in seeds},
        models={int(one.id or 0): names[one.model_id] for one in responses},
    )


def _cost(one: SeedResponse) -> dict[str, Any]:
    """Tokens and latency of an example response, made up like its model, from its length and the name of its model."""
    tokens = max(1, sum(len(turn) for turn in one.turns) // 4)
    speed = 20.0 + 13.0 * (sum(map(ord, one.model)) % 6)
    return {"prompt_tokens": 60, "completion_tokens": tokens, "latency_seconds": round(0.4 + tokens / speed, 2)}


def _question(one: SeedQuestion, now: datetime) -> Question:
    return Question(
        source=one.source,
        key=one.key,
        turns=[as_turn(turn) for turn in one.turns],
        category=one.category,
        language=one.language,
        reference=None if one.reference is None else list(one.reference),
        private=one.private,
        created_at=now,
    )


def plant_raters(session: Session, names: Sequence[str], *, now: datetime) -> list[int]:
    """Store example raters, who have no account and no role, and return their ids in order."""
    raters = [Rater(kind=RaterKind.human, source=SOURCE, key=name, created_at=now) for name in names]
    session.add_all(raters)
    session.flush()
    return [int(rater.id or 0) for rater in raters]
