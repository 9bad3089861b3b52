"""What a response of each model costs: mean tokens and latency."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.tables import Response
from storage.questions.model_names import STANDING_MODELS
from storage.values import SHOWABLE_STATES

_MODEL, _RESPONSE = STANDING_MODELS, table_of(Response)


@dataclass(frozen=True)
class ResponseCost:
    """The mean cost of a model's responses, over those of which it is known.

    Attributes:
        responses: number of responses that raters may see.
        prompt_tokens: mean number of prompt tokens; None if unknown for all.
        completion_tokens: mean number of completion tokens; None if unknown for all.
        latency_seconds: mean time to the end of the response; None if unknown for all.
    """

    responses: int
    prompt_tokens: float | None
    completion_tokens: float | None
    latency_seconds: float | None


def newest_response(session: Session) -> int:
    """The id of the newest response; 0 without one."""
    return int(session.execute(select(func.max(_RESPONSE.c.id))).scalar() or 0)


def response_costs(session: Session) -> dict[str, ResponseCost]:
    """The mean cost of the responses of each standing model, by its name."""
    columns = [_RESPONSE.c[name] for name in ("prompt_tokens", "completion_tokens", "latency_seconds")]
    rows = session.execute(
        select(_MODEL.c.name, func.count(), *(func.avg(column) for column in columns))
        .select_from(_RESPONSE)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(_RESPONSE.c.state.in_(SHOWABLE_STATES))
        .group_by(_MODEL.c.name)
    )
    return {
        str(name): ResponseCost(int(number), *(None if mean is None else float(mean) for mean in means))
        for name, number, *means in rows
    }
