"""Find, create and list models, questions and responses.

Imports, campaigns and the example data use these functions. All of them take a session; those that create something
need a writing one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select, true, update
from sqlmodel import Session

from storage.database.bulk import in_lists, insert_rows, take_ids
from storage.database.columns import table_of
from storage.database.tables import Model, Question, Response
from storage.questions.model_names import STANDING_MODELS, find_owners, former_names
from storage.spelling import clean_name
from storage.values import SHOWABLE_STATES, ResponseState, Turn, canonical_json, digest

_MODEL, _QUESTION, _RESPONSE = table_of(Model), table_of(Question), table_of(Response)
_QUESTION_COLUMNS = ("id", "source", "key", "turns", "category", "language", "reference", "private", "created_at")
_RESPONSE_COLUMNS = tuple(column.name for column in _RESPONSE.columns)


class QuestionText(NamedTuple):
    """The content of a question; `turns` is None for a placeholder, and `created_at` where it is not given.

    The fields are those of `storage.database.tables.Question`.
    """

    source: str
    key: str
    turns: list[Turn] | None
    category: str | None = None
    language: str | None = None
    reference: list[str] | None = None
    private: bool = False
    created_at: datetime | None = None


class StoredResponse(NamedTuple):
    """The identity and state of a stored response; `digest` is the digest of its settings."""

    id: int
    question_id: int
    model_id: int
    digest: str
    sample: int
    state: ResponseState


@dataclass(frozen=True)
class ModelLine:
    """One model with the number of its responses that can be shown to raters, including those of merged models.

    Attributes:
        also: names that mean this model too: former ones, and those of models merged into it.
    """

    id: int
    name: str
    kind: str | None
    organisation: str | None
    licence: str | None
    n_responses: int
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionLine:
    """One question with its number of responses; `turns` is None for a placeholder."""

    id: int
    source: str
    key: str
    turns: list[Turn] | None
    category: str | None
    language: str | None
    private: bool
    n_responses: int


def find_models(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The ids of the models that are in the store, by the name as given, which may be a former one.

    The id of a merged model is its own: what is stored under its name can be told apart when the merge is undone.
    """
    return find_owners(session, names)


def ensure_models(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The ids of models by the name as given; missing models are created in the given order, with clean names.

    Raises:
        BadInput: a name has no visible character.
    """
    wanted = list(dict.fromkeys(names))
    found = find_models(session, wanted)
    missing = {name: clean_name(name) for name in wanted if name not in found}
    if missing:
        fresh = list(dict.fromkeys(missing.values()))
        made = dict(zip(fresh, take_ids(session, _MODEL, len(fresh)), strict=True))
        insert_rows(session, _MODEL, ("id", "name"), [(key, name) for name, key in made.items()])
        found.update({name: made[clean] for name, clean in missing.items()})
    return found


def find_questions(session: Session, source: str, keys: Iterable[str]) -> dict[str, int]:
    """The ids of questions of one source that are in the store, by key."""
    found: dict[str, int] = {}
    for some in in_lists(set(keys)):
        where = and_(_QUESTION.c.source == source, _QUESTION.c.key.in_(some))
        rows = session.execute(select(_QUESTION.c.key, _QUESTION.c.id).where(where))
        found.update((str(key), int(number)) for key, number in rows)
    return found


def read_questions(session: Session, source: str, keys: Iterable[str]) -> dict[str, tuple[int, QuestionText]]:
    """Questions of one source with their content, by key."""
    found: dict[str, tuple[int, QuestionText]] = {}
    for some in in_lists(set(keys)):
        where = and_(_QUESTION.c.source == source, _QUESTION.c.key.in_(some))
        for row in session.execute(select(*(_QUESTION.c[name] for name in _QUESTION_COLUMNS)).where(where)):
            found[str(row.key)] = (int(row.id), QuestionText(*row[1:]))
    return found


def sources_of_keys(session: Session, keys: Iterable[str], *, has_text: bool = False) -> dict[str, list[str]]:
    """For each key, the sources that hold a question of that key, or one with a text, in alphabetical order."""
    found: dict[str, list[str]] = {}
    for some in in_lists(set(keys)):
        where = and_(_QUESTION.c.key.in_(some), _QUESTION.c.turns.is_not(None) if has_text else true())
        for key, source in session.execute(select(_QUESTION.c.key, _QUESTION.c.source).where(where)):
            found.setdefault(str(key), []).append(str(source))
    return {key: sorted(sources) for key, sources in found.items()}


def add_questions(session: Session, questions: Sequence[QuestionText], *, now: datetime) -> Sequence[int]:
    """Store new questions and return their ids in order; `now` is the time of questions without one.

    Raises:
        sqlalchemy.exc.IntegrityError: a question of that source and key exists.
    """
    if not questions:
        return ()
    ids = take_ids(session, _QUESTION, len(questions))
    rows = [(key, *question[:-1], question.created_at or now) for key, question in zip(ids, questions, strict=True)]
    insert_rows(session, _QUESTION, _QUESTION_COLUMNS, rows)
    return ids


def set_question(session: Session, question_id: int, values: Mapping[str, Any]) -> None:
    """Set values of a question, such as the text of a placeholder."""
    session.execute(update(_QUESTION).where(_QUESTION.c.id == question_id).values(**values))


def settings_digest(settings: Mapping[str, Any]) -> str:
    """The digest of generation settings, made from their canonical JSON."""
    return digest(canonical_json(settings))


def add_responses(session: Session, responses: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Store new responses (all columns of `Response` that may not be null, without id); return their ids, in order.

    Raises:
        sqlalchemy.exc.IntegrityError: a response of that question, model, settings and sample exists.
    """
    ids = take_ids(session, _RESPONSE, len(responses))
    names = _RESPONSE_COLUMNS[1:]
    rows = [(key, *(row.get(name) for name in names)) for key, row in zip(ids, responses, strict=True)]
    insert_rows(session, _RESPONSE, _RESPONSE_COLUMNS, rows)
    return ids


def find_responses(session: Session, question_ids: Iterable[int]) -> Iterator[StoredResponse]:
    """The responses to some questions, failed ones included, without their text."""
    columns = (
        _RESPONSE.c.id,
        _RESPONSE.c.question_id,
        _RESPONSE.c.model_id,
        _RESPONSE.c.settings_digest,
        _RESPONSE.c.sample,
        _RESPONSE.c.state,
    )
    for some in in_lists(set(question_ids)):
        for row in session.execute(select(*columns).where(_RESPONSE.c.question_id.in_(some))):
            yield StoredResponse(row[0], row[1], row[2], row[3], row[4], ResponseState(row[5]))


def read_responses(session: Session, ids: Iterable[int]) -> Iterator[Response]:
    """Whole responses by id, in no particular order."""
    for some in in_lists(set(ids)):
        for row in session.execute(select(_RESPONSE).where(_RESPONSE.c.id.in_(some))).mappings():
            yield Response(**row)


def list_models(session: Session) -> list[ModelLine]:
    """Every standing model, by name."""
    counts, models = _counts(_RESPONSE.c.model_id), STANDING_MODELS
    columns = (models.c.standing_id, models.c.name, models.c.kind, models.c.organisation, models.c.licence, _n(counts))
    statement = select(models.c.id, *columns).outerjoin(counts, counts.c.of == models.c.id)
    also = former_names(session)
    lines: dict[int, ModelLine] = {}
    # The standing model comes before those merged into it, and its own details win.
    in_order = statement.order_by(models.c.name, models.c.id != models.c.standing_id)
    for _, standing, name, kind, organisation, licence, number in session.execute(in_order):
        before = lines.get(standing)
        if before is None:
            names = tuple(also.get(standing, ()))
            lines[standing] = ModelLine(standing, name, kind, organisation, licence, number, names)
        else:
            lines[standing] = replace(before, n_responses=before.n_responses + number)
    return list(lines.values())


def list_questions(
    session: Session, *, source: str | None = None, category: str | None = None, language: str | None = None
) -> list[QuestionLine]:
    """Questions in the order of arrival, including placeholders; each filter keeps exact matches."""
    counts = _counts(_RESPONSE.c.question_id)
    columns = [_QUESTION.c[name] for name in ("id", "source", "key", "turns", "category", "language", "private")]
    statement = select(*columns, _n(counts)).outerjoin(counts, counts.c.of == _QUESTION.c.id).order_by(_QUESTION.c.id)
    for column, wanted in (("source", source), ("category", category), ("language", language)):
        if wanted is not None:
            statement = statement.where(_QUESTION.c[column] == wanted)
    return [QuestionLine(*row) for row in session.execute(statement)]


def _counts(column: ColumnElement[Any]) -> Any:  # noqa: ANN401  a subquery with columns `of` and `n`
    """Number of responses that can be shown, by question or by model."""
    usable = _RESPONSE.c.state.in_(SHOWABLE_STATES)
    statement: Select[Any] = select(column.label("of"), func.count().label("n")).where(usable).group_by(column)
    return statement.subquery()


def _n(counts: Any) -> ColumnElement[int]:  # noqa: ANN401  the subquery of `_counts`
    return func.coalesce(counts.c.n, 0)
