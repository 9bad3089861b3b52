"""Accounts and an open campaign whose responses a test chooses, in a store that may hold others already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlmodel import col

from app.web.accounts.accounts import Credentials
from app.wiring import make_accounts
from arena.campaigns.creation import CampaignPlan, create_campaign
from storage.campaigns.campaigns import invite_raters
from storage.database.engine import Database
from storage.database.tables import Model, Question, Response
from storage.values import Language, Role, as_turn

PASSWORD = "correct horse battery"
MODELS = ("Zanzibar-9000", "Quetzalcoatl-XL", "Ouagadougou-mini")
"""Names that occur in no text, no file and no page, so that a search for them proves something."""

ORDINARY = (
    "The **first** point is $a^2 + b^2 = c^2$.\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```python\nprint('ok')\n```\n",
    "A shorter response with a list:\n\n- one\n- two\n",
    "第三个回答，用中文写成。$$\\int_0^1 x\\,dx = \\tfrac12$$\n",
)


@dataclass(frozen=True)
class CompareStore:
    """What a test needs to know of the store."""

    campaign: int
    annotators: dict[str, int]


def fill(
    database: Database,
    *,
    questions: Mapping[str, Sequence[str]] | None = None,
    annotators: Sequence[str] = ("ann",),
    language: Language = "en",
    overlap: int = 1,
    title: str = "First look",
) -> CompareStore:
    """Add a campaign with questions and annotators of its own.

    Args:
        database: where; the models are the same for all campaigns.
        questions: question text to one response per model; six ordinary questions by default.
        annotators: names of accounts with `PASSWORD`, invited to the campaign.
        language: of their pages.
        overlap: raters per pair.
        title: name of the campaign and source of its questions.
    """
    now = datetime.now(UTC)
    chosen = questions or {f"Question {number}: what is **{number} + {number}**?": ORDINARY for number in range(6)}
    accounts = make_accounts(database)
    people = {
        name: accounts.add(Credentials(name, PASSWORD), role=Role.annotator, language=language) for name in annotators
    }
    with database.writing() as session:
        models = list(session.execute(select(Model).order_by(col(Model.id))).scalars())
        if not models:
            models = [Model(name=name) for name in MODELS]
            session.add_all(models)
        for key, (text, responses) in enumerate(chosen.items()):
            question = Question(source=title, key=str(key), turns=[as_turn(text)], language="en", created_at=now)
            session.add(question)
            session.flush()
            session.add_all(
                Response(
                    question_id=int(question.id or 0),
                    model_id=int(model.id or 0),
                    turns=[as_turn(response)],
                    settings_digest="0" * 64,
                    created_at=now,
                )
                for model, response in zip(models, responses, strict=False)
            )
        session.flush()
        campaign = create_campaign(session, CampaignPlan(name=title, source=title, overlap=overlap), now=now)
        invite_raters(session, campaign, people.values())
    return CompareStore(campaign, people)
