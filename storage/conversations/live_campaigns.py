"""The settings of live campaigns, and the models that administrators have switched off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from storage.campaigns.campaigns import add_bare_campaign
from storage.database.columns import table_of
from storage.database.conversation_tables import Conversation, ConversationAnswer, LiveCampaign, LiveCount, LiveModel
from storage.database.engine import Sql, connection_of
from storage.database.tables import Campaign, CampaignModel, Model
from storage.errors import NotFound
from storage.values import AnswerState

_MODELS = table_of(CampaignModel)
_MODEL = table_of(Model)
_LIVE, _SWITCH, _ANSWER = table_of(LiveCampaign), table_of(LiveModel), table_of(ConversationAnswer)
_CONVERSATION, _COUNT = table_of(Conversation), table_of(LiveCount)


@dataclass(frozen=True)
class LiveSettings:
    """The settings of a live campaign.

    Attributes:
        most_turns: number of prompts in one conversation, 1 or more.
        reveals: whether the names of the models are shown after the vote.
        examples: prompts that the page offers to begin with.
        daily_limit: number of conversations that a rater may begin within a day; None for any number.
        images: whether raters may attach images to prompts.
    """

    most_turns: int = 5
    reveals: bool = True
    examples: tuple[str, ...] = ()
    daily_limit: int | None = None
    images: bool = True


@dataclass(frozen=True)
class AnswerCounts:
    """The number of answers of a model by how they ended.

    Attributes:
        finished: answers that ended on their own, at the limit, or because the rater stopped them.
        failed: answers that failed, stalled or were empty.
    """

    finished: int = 0
    failed: int = 0

    @property
    def failure_rate(self) -> float | None:
        """Share of the answers that failed; None without any answer."""
        total = self.finished + self.failed
        return self.failed / total if total else None


@dataclass(frozen=True)
class LiveModelLine:
    """A model of a live campaign.

    Attributes:
        id: number of the model in the store.
        name: its name.
        is_on: whether it may be drawn.
        counts: its answers so far.
    """

    id: int
    name: str
    is_on: bool
    counts: AnswerCounts


def add_live_campaign(
    session: Session, campaign: Campaign, settings: LiveSettings, *, guidelines: str, models: Sequence[int]
) -> int:
    """Store a live campaign and return its id.

    Raises:
        Conflict: a campaign with this name exists.
    """
    number = add_bare_campaign(session, campaign, guidelines=guidelines, models=dict.fromkeys(models))
    values = {
        "campaign_id": number,
        "most_turns": settings.most_turns,
        "reveals": settings.reveals,
        "examples": list(settings.examples),
        "daily_limit": settings.daily_limit,
        "images": settings.images,
    }
    session.execute(insert(_LIVE), values)
    return number


def live_settings(sql: Sql, campaign_id: int) -> LiveSettings:
    """The settings of a live campaign.

    Raises:
        NotFound: there is no live campaign with this number.
    """
    row = connection_of(sql).execute(select(_LIVE).where(_LIVE.c.campaign_id == campaign_id)).first()
    if row is None:
        raise NotFound(f"no live campaign number {campaign_id}")
    return LiveSettings(row.most_turns, row.reveals, tuple(row.examples), row.daily_limit, row.images)


def models_of(sql: Sql, campaign_id: int) -> list[int]:
    """The ids of the models of a campaign."""
    chosen = select(_MODELS.c.model_id).where(_MODELS.c.campaign_id == campaign_id).order_by(_MODELS.c.model_id)
    return list(connection_of(sql).execute(chosen).scalars())


def switched_off(sql: Sql) -> set[int]:
    """The ids of the models that are switched off."""
    return set(connection_of(sql).execute(select(_SWITCH.c.model_id).where(_SWITCH.c.is_on.is_(False))).scalars())


def switch_model(session: Session, model_id: int, *, is_on: bool, actor_id: int | None, now: datetime) -> None:
    """Switch a model on or off for the conversations that begin from now on."""
    values = {"is_on": is_on, "changed_by": actor_id, "changed_at": now}
    changed = session.execute(update(_SWITCH).where(_SWITCH.c.model_id == model_id).values(values))
    if not changed.rowcount:  # type: ignore[attr-defined]
        session.execute(insert(_SWITCH), {"model_id": model_id, **values})


def answer_counts(sql: Sql) -> Mapping[int, AnswerCounts]:
    """The number of live answers of each model by how they ended."""
    rows = connection_of(sql).execute(
        select(_ANSWER.c.model_id, _ANSWER.c.state, func.count()).group_by(_ANSWER.c.model_id, _ANSWER.c.state)
    )
    finished: dict[int, int] = {}
    failed: dict[int, int] = {}
    for model, state, number in rows:
        if state == AnswerState.writing:
            continue
        target = failed if state == AnswerState.failed else finished
        target[model] = target.get(model, 0) + int(number)
    models = finished.keys() | failed.keys()
    return {model: AnswerCounts(finished.get(model, 0), failed.get(model, 0)) for model in models}


def live_models(session: Session) -> list[LiveModelLine]:
    """The models of all live campaigns, by name."""
    off, counts = switched_off(session), answer_counts(session)
    rows = session.execute(
        select(_MODEL.c.id, _MODEL.c.name)
        .distinct()
        .join(_MODELS, _MODELS.c.model_id == _MODEL.c.id)
        .join(_LIVE, _LIVE.c.campaign_id == _MODELS.c.campaign_id)
        .order_by(_MODEL.c.name)
    )
    return [LiveModelLine(int(one), str(name), one not in off, counts.get(one, AnswerCounts())) for one, name in rows]


def count(session: Session, name: str) -> None:
    """Count one more finding of this name."""
    changed = session.execute(update(_COUNT).where(_COUNT.c.name == name).values(number=_COUNT.c.number + 1))
    if not changed.rowcount:  # type: ignore[attr-defined]
        session.execute(insert(_COUNT), {"name": name, "number": 1})


def counts(sql: Sql) -> dict[str, int]:
    """The findings by name; a name without any is missing."""
    return {
        str(name): int(number) for name, number in connection_of(sql).execute(select(_COUNT.c.name, _COUNT.c.number))
    }


def n_identity_prompts(sql: Sql) -> int:
    """The number of prompts in live conversations that ask a model who it is."""
    return int(
        connection_of(sql).execute(select(func.coalesce(func.sum(_CONVERSATION.c.identity_prompts), 0))).scalar_one()
    )
