"""Names of raters and questions by id, and organisations of models; `model_names` has the names of models."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Table, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.tables import Question, Rater
from storage.questions.model_names import STANDING_MODELS
from storage.values import UNKNOWN_KEY

_MODEL, _QUESTION, _RATER = STANDING_MODELS, table_of(Question), table_of(Rater)


def rater_names(session: Session) -> dict[int, str]:
    """Key of each rater by id, preceded by the source where several sources use the same key."""
    rows = session.execute(select(_RATER.c.id, _RATER.c.source, _RATER.c.key)).all()
    times = Counter(key for _, _, key in rows)
    return {number: f"{source}/{key}" if times[key] > 1 else str(key) for number, source, key in rows}


def question_names(session: Session) -> dict[int, str]:
    """Source and key of each question by id."""
    rows = session.execute(select(_QUESTION.c.id, _QUESTION.c.source, _QUESTION.c.key))
    return {number: f"{source}/{key}" for number, source, key in rows}


def unknown_ids(session: Session, table: Table) -> Sequence[int]:
    """The ids of raters, or questions, that stand for those not named in imported rows."""
    return session.execute(select(table.c.id).where(table.c.key == UNKNOWN_KEY)).scalars().all()


def question_labels(session: Session) -> dict[str, tuple[str | None, str | None]]:
    """Category and language of each question by its name."""
    rows = session.execute(select(_QUESTION.c.source, _QUESTION.c.key, _QUESTION.c.category, _QUESTION.c.language))
    return {f"{source}/{key}": (category, language) for source, key, category, language in rows}


def rater_sources(session: Session) -> dict[str, str]:
    """Source of each rater by name."""
    names = rater_names(session)
    return {names[number]: str(source) for number, source in session.execute(select(_RATER.c.id, _RATER.c.source))}


def model_organisations(session: Session) -> dict[str, str]:
    """Organisation of each model by name, where it is known; that of a merged model only where no other is known."""
    known = select(_MODEL.c.name, _MODEL.c.organisation).where(_MODEL.c.organisation.is_not(None))
    rows = session.execute(known.order_by(_MODEL.c.id == _MODEL.c.standing_id))
    return {str(name): str(organisation) for name, organisation in rows}


def judge_organisations(session: Session) -> dict[str, str]:
    """Organisation of each judge's model by the name of the judge, where it is known."""
    made, names = model_organisations(session), rater_names(session)
    rows = session.execute(select(_RATER.c.id, _RATER.c.judge_model).where(_RATER.c.judge_model.is_not(None)))
    return {names[number]: made[judge] for number, judge in rows if judge in made}
