"""Evaluation runs: start or resume one, store each prediction when it is ready, and replace the scores."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session

from storage.database.bulk import in_lists
from storage.database.columns import table_of
from storage.database.evaluation_tables import EvaluationRun, Prediction, PredictionState, TaskScore
from storage.errors import NotFound
from storage.questions.model_names import STANDING_MODELS, standing_names
from storage.questions.questions import ensure_models

_RUN, _PREDICTION, _SCORE = table_of(EvaluationRun), table_of(Prediction), table_of(TaskScore)
_MODEL = STANDING_MODELS

_REPLACED = ("groups",)
"""Settings that are no part of a run's digest, so that a resumed run takes new ones."""

_INSERT = insert(_PREDICTION)
_DELETE_PREDICTION = delete(_PREDICTION).where(
    _PREDICTION.c.run_id == bindparam("the_run_id"),
    _PREDICTION.c.task == bindparam("the_task"),
    _PREDICTION.c.item == bindparam("the_item"),
    _PREDICTION.c.sample == bindparam("the_sample"),
)
_MARKED = ("state", "extracted", "score", "content")
_MARK = (
    update(_PREDICTION)
    .where(_PREDICTION.c.id == bindparam("the_id"))
    .values({name: bindparam(name) for name in _MARKED})
)
_MARK_WITH_DETAILS = _MARK.values({name: bindparam(name) for name in (*_MARKED, "details")})


class PredictionKey(NamedTuple):
    """The identity of a prediction within a run: task, item and sample number."""

    task: str
    item: str
    sample: int


class StoredOutput(NamedTuple):
    """The output of one prediction in any run."""

    sample: int
    output: str | None
    details: Mapping[str, Any]


class RunLine(NamedTuple):
    """One run in a list."""

    run_id: int
    model: str
    revision: str
    settings: Mapping[str, Any]
    created_at: datetime
    finished_at: datetime | None


def open_run(session: Session, run: Mapping[str, Any], *, anew: bool, now: datetime) -> int:
    """The id of the run with a digest: the latest attempt, or a new one.

    Args:
        session: a writing session.
        run: `model` (its name), `model_revision`, `digest` and `settings`.
        anew: start a new attempt even if there is one.
        now: the present time.
    """
    found = session.execute(
        select(_RUN.c.id, _RUN.c.attempt, _RUN.c.settings)
        .where(_RUN.c.digest == run["digest"])
        .order_by(_RUN.c.attempt.desc())
        .limit(1)
    ).first()
    if found is not None and not anew:
        settings = {**found.settings, **{name: run["settings"][name] for name in _REPLACED if name in run["settings"]}}
        if settings != found.settings:
            session.execute(update(_RUN).where(_RUN.c.id == found.id).values(settings=settings))
        return int(found.id)
    columns = {name: run[name] for name in ("model_revision", "digest", "settings")}
    columns |= {
        "model_id": ensure_models(session, [run["model"]])[run["model"]],
        "attempt": 0 if found is None else found.attempt + 1,
        "created_at": now,
    }
    return int(session.execute(insert(_RUN).returning(_RUN.c.id), columns).scalar_one())


def finish_run(session: Session, run_id: int, *, now: datetime) -> None:
    """Store the time at which a run was finished; a resumed run is finished again."""
    session.execute(update(_RUN).where(_RUN.c.id == run_id).values(finished_at=now))


def latest_run(session: Session, model: str, *, digest: str | None = None) -> int:
    """The newest run of a model, or of a model and digest.

    Raises:
        NotFound: there is no such run.
    """
    query = (
        select(_RUN.c.id)
        .join(_MODEL, _MODEL.c.id == _RUN.c.model_id)
        .where(_MODEL.c.name == standing_names(session, [model]).get(model, model))
    )
    if digest is not None:
        query = query.where(_RUN.c.digest == digest)
    found = session.execute(query.order_by(_RUN.c.id.desc()).limit(1)).scalar()
    if found is None:
        if digest is not None:
            raise NotFound(
                f"expected a stored run of {model!r} with these tasks, found none; run it without --stage first"
            )
        known = session.execute(select(_MODEL.c.name).where(_MODEL.c.id.in_(select(_RUN.c.model_id))).distinct())
        names = ", ".join(map(repr, sorted(known.scalars()))) or "none yet"
        raise NotFound(f"expected a model with a stored run, got {model!r}; the models with runs are {names}")
    return int(found)


def model_of_run(session: Session, run_id: int) -> str:
    """The standing name of a run's model."""
    query = select(_MODEL.c.name).join(_RUN, _RUN.c.model_id == _MODEL.c.id).where(_RUN.c.id == run_id)
    return str(session.execute(query).scalar_one())


def runs_asked_alike(session: Session, contents: Iterable[str]) -> dict[str, int]:
    """The newest run by model among those that have a score with one of some content hashes."""
    newest: dict[str, int] = {}
    for some in in_lists(sorted(set(contents))):
        rows = session.execute(
            select(_MODEL.c.name, _RUN.c.id)
            .join(_RUN, _RUN.c.model_id == _MODEL.c.id)
            .where(_RUN.c.id.in_(select(_SCORE.c.run_id).where(_SCORE.c.content.in_(some))))
        )
        for model, run_id in rows:
            newest[str(model)] = max(int(run_id), newest.get(str(model), 0))
    return newest


def list_runs(session: Session) -> list[RunLine]:
    """Every run, the newest first."""
    rows = session.execute(
        select(_RUN.c.id, _MODEL.c.name, _RUN.c.model_revision, _RUN.c.settings, _RUN.c.created_at, _RUN.c.finished_at)
        .join(_MODEL, _MODEL.c.id == _RUN.c.model_id)
        .order_by(_RUN.c.id.desc())
    )
    return [RunLine(*row) for row in rows]


def put_predictions(session: Session, run_id: int, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Store predictions of a run and replace those that are there already, such as failures that were retried.

    Args:
        session: a writing session.
        run_id: id of the run.
        rows: columns of `Prediction` without id, run and time; NUL in outputs, which no store holds, becomes U+FFFD.
        now: the present time.
    """
    if not rows:
        return
    blank: dict[str, Any] = {"content": None, "extracted": None, "score": None, "cause": None, "output": None}
    ready = [{**blank, **_without_nul(row), "run_id": run_id, "created_at": now} for row in rows]
    keys = [{f"the_{name}": row[name] for name in ("run_id", "task", "item", "sample")} for row in ready]
    session.connection().execute(_DELETE_PREDICTION, keys)
    session.execute(_INSERT, ready)


def _without_nul(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.replace("\x00", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}


def asked_in_run(session: Session, run_id: int) -> dict[PredictionKey, str]:
    """The digest of what was asked for each prediction of a run that did not fail."""
    rows = session.execute(
        select(_PREDICTION.c.task, _PREDICTION.c.item, _PREDICTION.c.sample, _PREDICTION.c.asked).where(
            _PREDICTION.c.run_id == run_id, _PREDICTION.c.state != PredictionState.failed
        )
    )
    return {PredictionKey(task, item, sample): str(asked) for task, item, sample, asked in rows}


def find_outputs(session: Session, asked: Iterable[str]) -> dict[str, dict[int, StoredOutput]]:
    """Outputs in any run by the digest of what was asked and by sample number, without failures."""
    found: dict[str, dict[int, StoredOutput]] = {}
    for some in in_lists(set(asked)):
        rows = session.execute(
            select(_PREDICTION.c.asked, _PREDICTION.c.sample, _PREDICTION.c.output, _PREDICTION.c.details)
            .where(_PREDICTION.c.asked.in_(some), _PREDICTION.c.state != PredictionState.failed)
            .order_by(_PREDICTION.c.id)
        )
        for digest, sample, output, details in rows:
            found.setdefault(str(digest), {})[int(sample)] = StoredOutput(int(sample), output, details)
    return found


def mark_predictions(session: Session, marks: Sequence[Mapping[str, Any]]) -> None:
    """Store what was extracted from outputs, and its score.

    Args:
        session: a writing session.
        marks: `id`, `state`, `extracted`, `score` and `content` of each prediction, of all or none with `details`.
    """
    if marks:
        statement = _MARK_WITH_DETAILS if "details" in marks[0] else _MARK
        session.connection().execute(statement, [{**_without_nul(one), "the_id": one["id"]} for one in marks])


def predictions(
    session: Session, run_id: int, task: str, *, first: int = 0, count: int | None = None
) -> list[Prediction]:
    """The predictions of a task in a run in the order stored, or one page of them."""
    table = select(Prediction).where(_PREDICTION.c.run_id == run_id, _PREDICTION.c.task == task)
    query = table.order_by(_PREDICTION.c.id).offset(first)
    return list(session.execute(query if count is None else query.limit(count)).scalars())


def replace_scores(session: Session, run_id: int, scores: Sequence[Mapping[str, Any]]) -> None:
    """Replace the scores of a run.

    Args:
        session: a writing session.
        run_id: id of the run.
        scores: columns of `TaskScore` without id and run, in the order of the summary.
    """
    session.execute(delete(_SCORE).where(_SCORE.c.run_id == run_id))
    blank: dict[str, Any] = {"value": None, "error": None, "items": 0, "unparsed": 0, "failed": 0, "cause": None}
    if scores:
        session.execute(insert(_SCORE), [{**blank, "notes": [], **row, "run_id": run_id} for row in scores])


def scores_of(session: Session, run_ids: Sequence[int]) -> list[tuple[str, TaskScore]]:
    """Model and score for each score of some runs: runs in the given order, scores in the order of the summary."""
    rows = session.execute(
        select(_MODEL.c.name, TaskScore)
        .join(_RUN, _RUN.c.id == _SCORE.c.run_id)
        .join(_MODEL, _MODEL.c.id == _RUN.c.model_id)
        .where(_SCORE.c.run_id.in_(list(run_ids)))
        .order_by(_SCORE.c.id)
    )
    found = [(str(model), score) for model, score in rows]
    return sorted(found, key=lambda pair: run_ids.index(pair[1].run_id))


def newest_scores(session: Session) -> list[tuple[str, TaskScore]]:
    """Model and score for each model, task and metric of which there is a score, in the order of the summary.

    A score of a newer run takes the place of an older one on the same task.
    """
    newest: dict[tuple[str, str], int] = {}
    scores = scores_of(session, sorted(run.run_id for run in list_runs(session)))
    for model, score in scores:
        newest[model, score.task] = score.run_id
    return [(model, score) for model, score in scores if newest[model, score.task] == score.run_id]
