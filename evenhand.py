"""Evenhand from Python: open a store, import rows, rank models, have a judge compare pairs, score predictions.

    import evenhand

    with evenhand.open_store("team.db") as store:
        store.import_rows("questions", [{"key": "q1", "turns": ["What is a prime number?"]}])
        store.import_rows("responses", "responses.jsonl")
        store.judge_pairs("all", model="baseline:longest")
        board = store.rank(by="judge")

Every table is a pandas DataFrame. Missing values stay missing: a failed judgment has no winner, a prediction without an
output has no score, and neither counts as zero. Every expected failure is an `EvenhandError`.

`__all__` lists the public names. The module sits above `app` and calls the functions that the commands call, so a
notebook and the command line give the same numbers.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack

import orjson
import pandas as pd
import typer

from app.commands.judge.jobs import JudgeJob, make_judge, pairs_of
from app.commands.judge.model import JudgeModel
from app.commands.judge.options import JudgeItemOptions, JudgeOptions
from app.commands.options.endpoint import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.options.store import StoreOptions
from app.commands.rank.options import rater_kind as kind_of
from app.commands.rank.output import board_as_json
from app.models.references import JUDGE
from app.views.columns import BoardFacts
from app.wiring import clock, mint
from arena.leaderboard.ranking import rank as fit_board
from arena.rating.method import RatingSettings
from judging.run.plan import JudgePlan
from objective.evaluation.task_scores import MAIN_METRIC
from objective.scoring.answers import score_output
from objective.scoring.metrics import PredictionOutcome, compute_metrics
from objective.tasks.user_rows import EXAMPLES, read_user_rows
from storage.campaigns.campaigns import campaign_named
from storage.database.engine import Database, open_database
from storage.errors import (
    BadInput,
    BadRows,
    Conflict,
    EvenhandError,
    NotAllowed,
    NotFound,
    StoreBusy,
    StoreError,
    StoreVersionError,
)
from storage.exchange.importing import ImportOptions, ImportReport, import_file
from storage.exchange.rows.canonical import RowKind
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.judges.judgeable import model_names_of, question_keys
from storage.judges.judgment_reading import JudgmentFilters, JudgmentLine, list_judged
from storage.ledger.battle_reading import Selection
from storage.values import RaterKind

__all__ = [
    "AskingOptions",
    "BadInput",
    "BadRows",
    "Conflict",
    "EvenhandError",
    "ImportReport",
    "NotAllowed",
    "NotFound",
    "RankFilters",
    "RatingSettings",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreVersionError",
    "accuracy",
    "open_store",
    "score_predictions",
]

_Rows = pd.DataFrame | Iterable[Mapping[str, Any]]
_T = TypeVar("_T")
_PAIR_PROMPTS = ("pair-3", "pair-3-zh", "pair-3-turns", "pair-3-turns-zh")
_ALL_ROWS = 2**31 - 1
_TIE = 0.5


class RankFilters(TypedDict, total=False):
    """Which votes or judgments a leaderboard counts; all of them without a filter.

    Attributes:
        category: only questions of this category.
        language: only questions in this language, `en` or `zh`.
        source: only questions of this source.
        rater: only this rater.
        rater_source: only raters of this source.
        campaign: only votes of this campaign, by name.
        dimension: only scores of this dimension.
        since: only what was given at this time or later; a time without a zone is UTC.
        until: only what was given before this time.
    """

    category: str
    language: str
    source: str
    rater: str
    rater_source: str
    campaign: str
    dimension: str
    since: datetime
    until: datetime


class AskingOptions(TypedDict, total=False):
    """How a judge is asked; the same names and defaults as the options of `evenhand judge`.

    Attributes:
        base_url: OpenAI-compatible endpoint with its version; `OPENAI_BASE_URL` by default.
        key_file: file with the key, readable by its owner only; `OPENAI_API_KEY` by default.
        timeout: seconds for one reply.
        concurrency: maximum number of requests at once.
        rpm: maximum requests per minute.
        tpm: maximum tokens per minute.
        attempts: maximum attempts per request.
        price_in: price per million prompt tokens.
        price_out: price per million completion tokens.
        budget: money after which no further request is sent; needs the prices.
        temperature: sampling temperature, 0 for the most likely text.
        max_tokens: maximum tokens per reply.
        seed: sampling seed; most endpoints do not guarantee determinism.
    """

    base_url: str
    key_file: Path
    timeout: float
    concurrency: int
    rpm: float
    tpm: float
    attempts: int
    price_in: float
    price_out: float
    budget: float
    temperature: float
    max_tokens: int
    seed: int


def open_store(location: str | Path = "evenhand.db", *, create: bool = True) -> "Store":
    """Open a store, which is created if it does not exist yet.

        store = evenhand.open_store("team.db")
        store = evenhand.open_store("postgresql://evenhand@localhost/evenhand")

    Args:
        location: path of a SQLite file, or URL of a PostgreSQL database.
        create: whether to create a SQLite file that does not exist.

    Raises:
        StoreError: the store cannot be opened.
        StoreVersionError: a newer version of Evenhand wrote it.
    """
    return Store(str(location), open_database(str(location), create=create))


class Store:
    """An open store, made by `open_store`. Close it after use, or use it in a `with` block."""

    def __init__(self, location: str, database: Database) -> None:
        """Wrap an open database."""
        self._location, self._database = location, database

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()

    def __repr__(self) -> str:
        """The location, without a password."""
        return f"<evenhand.Store {self._database.name}>"

    def close(self) -> None:
        """Close all connections to the database."""
        self._database.close()

    def import_rows(
        self,
        kind: Literal["questions", "responses", "preferences", "satisfaction"],
        rows: _Rows | str | Path,
        *,
        rater_kind: Literal["human", "judge"] | None = None,
        source: str | None = None,
        dry_run: bool = False,
    ) -> ImportReport:
        """Import rows: all of them, or none if one is bad.

            store.import_rows("questions", [{"key": "q1", "turns": ["What is a prime number?"]}])
            store.import_rows("responses", pd.read_csv("responses.csv"))
            store.import_rows("preferences", "votes.jsonl", rater_kind="human")

        Args:
            kind: kind of the rows.
            rows: path of a file, or a DataFrame or dictionaries with the columns of the file formats. A missing cell
                of a DataFrame (NaN, None, NaT) is a column that the row does not have.
            rater_kind: whether people or judges gave the votes, where the rows do not say it.
            source: name of the data set, where the rows do not say it. By default the file's name, or `rows`.
            dry_run: check everything and store nothing.

        Returns:
            Counts of what was imported.

        Raises:
            BadRows: some rows are bad; `error.rows` names each of them.
            BadInput: the file cannot be read, is empty, or has unknown columns.
        """
        _one_of("kind", kind, [one.value for one in RowKind])
        giver = None if rater_kind is None else RaterKind(_one_of("rater_kind", rater_kind, ["human", "judge"]))
        options = ImportOptions(now=clock(), salt=mint(), rater_kind=giver, source=source, dry_run=dry_run)
        with _as_file(rows) as path:
            return import_file(self._database, RowKind(kind), path, options)

    def rank(
        self,
        by: str = "human",
        *,
        method: str = "bradley-terry",
        settings: RatingSettings | None = None,
        keep: bool = True,
        **filters: Unpack[RankFilters],
    ) -> pd.DataFrame:
        """Fit a leaderboard.

            board = store.rank(by="judge:strict", category="code")
            board[["model", "rating", "lower", "upper"]]
            board.attrs["notes"]

        Args:
            by: `human`, `judge` for all judges, or `judge:NAME` for one of them.
            method: rating method; `evenhand list methods` lists them.
            settings: options of the fit, such as `RatingSettings(level=0.9)`.
            keep: whether to store the fit as a rating run, as `evenhand rank` does.
            filters: which votes or judgments count.

        Returns:
            One row per model, best first, with the columns of `ratings` in `evenhand rank --json`. The `attrs` of the
            DataFrame hold the other keys of that JSON: `notes`, `counts` of rows that were left out, `run` and so on.

        Raises:
            BadInput: an unknown method or setting, or nothing to rank.
            NotFound: the store has no such rater or campaign.
        """
        board = fit_board(
            self._database,
            self._selection(by, filters),
            method=method,
            settings=settings or RatingSettings(),
            now=clock() if keep else None,
        )
        found: dict[str, Any] = board_as_json(BoardFacts(board), by=by)
        table = pd.DataFrame(found.pop("ratings"))
        table.attrs.update(found)
        return table

    def judge_pairs(
        self,
        pairs: _Rows | str,
        model: str,
        *,
        prompt: str | Sequence[str] = _PAIR_PROMPTS,
        name: str = "",
        order: Literal["both", "given", "random"] = "both",
        again: bool = False,
        **asking: Unpack[AskingOptions],
    ) -> pd.DataFrame:
        """Have a judge compare pairs of responses; pairs that it has judged before are not asked again.

            store.judge_pairs([{"question": "q1", "model_a": "model-a", "model_b": "model-b"}], "gpt-4.1")
            store.judge_pairs("voted", "hf:models/qwen3-8b", name="local")

        Args:
            pairs: `all` pairs of the store, those that people have `voted` on, `baseline:MODEL`, or a DataFrame or
                dictionaries with `question` (its key), `model_a` and `model_b`.
            model: the judge: a name at the endpoint, `hf:DIR`, `recorded:FILE` or `baseline:longest`.
            prompt: judge prompts; each question gets the one that fits its language and number of turns.
            name: name of the judge on leaderboards; by default made from model, prompt and settings.
            order: show both orders, the given order, or a random order.
            again: whether to ask again where an earlier reply had no verdict.
            asking: where and how the judge is asked.

        Returns:
            One row per pair, in the given order: `question`, `model_a`, `model_b`, `state` (`scored`,
            `inconsistent`, `failed`, or `open` where the budget ended the run), `winner` (`model_a`, `model_b` or
            `tie`, missing unless scored), `share_a` (1.0, 0.5, 0.0 or between) and `cause` of a failure. `attrs`
            holds the name of the `judge`, which `rank(by="judge:NAME")` takes, and what was `spent`.

        Raises:
            BadInput: nothing to judge, or options that do not fit each other.
            NotFound: an unknown prompt or model.
        """
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        options = JudgeOptions(model=model, prompt=prompts, name=name)
        pace = PaceOptions(**_own(asking, PaceOptions))
        pace.check()
        reference = options.reference(JUDGE)
        generation = GenerationOptions(**_own(asking, GenerationOptions))
        judge = make_judge(reference, options, generation, options.chosen(()), order)
        asked = JudgeModel(reference, EndpointOptions(**_own(asking, EndpointOptions)).address_for(reference))
        job = JudgeJob(StoreOptions(self._location), asked, pace)
        with _as_pairs(pairs) as (wanted, given), job.opened(judge, pairs_of(JudgeItemOptions(), wanted)) as plan:
            result = _outside_event_loop(lambda: job.carry_out(plan, again=again))
        table = self._judgments(plan, given)
        table.attrs.update(judge=plan.judge.identity.key, spent=result.totals.spent)
        return table

    def _selection(self, by: str, filters: RankFilters) -> Selection:
        try:
            kind, judge = kind_of(by)
        except typer.BadParameter as error:
            raise BadInput(str(error).replace("--by", "`by`")) from None
        chosen: dict[str, Any] = dict(filters)
        for moment in ("since", "until"):
            if chosen.get(moment) is not None and chosen[moment].tzinfo is None:
                chosen[moment] = chosen[moment].replace(tzinfo=clock().tzinfo)
        if chosen.get("campaign") is not None:
            with self._database.reading() as session:
                chosen["campaign"] = campaign_named(session, chosen["campaign"]).id
        if judge is not None:
            if chosen.get("rater"):
                raise BadInput(f"expected one rater, got by={by!r} and rater={chosen['rater']!r}; leave one out")
            chosen["rater"] = judge
        return Selection(kind=kind, **chosen)

    def _judgments(self, plan: JudgePlan, given: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
        """The judgments of a plan's pairs, as the store has them; in the given order where one was given."""
        with self._database.reading() as session:
            lines = list_judged(session, plan.rater_id, JudgmentFilters("judgement"), skip=0, most=_ALL_ROWS)
            keys = dict(question_keys(session, [item.question for item in plan.items]))
            names = model_names_of(session)
        judged = {(line.key, *line.models): line for line in reversed(lines)}
        asked = [(keys[item.question], names[item.models[0]], names[item.models[1]]) for item in plan.items]
        return pd.DataFrame(
            [_judgment(*pair, judged) for pair in given or asked],
            columns=["question", "model_a", "model_b", "state", "winner", "share_a", "cause"],
        )


def score_predictions(rows: _Rows | str | Path) -> pd.DataFrame:
    """Score recorded outputs against fixed answers, with the scorers of `evenhand evaluate`.

        scored = evenhand.score_predictions(
            [{"question": "What is 6 × 7?", "A": "42", "B": "48", "answer": "A", "output": "The answer is A."}]
        )
        evenhand.accuracy(scored)

    Args:
        rows: path of a file, a DataFrame or dictionaries. Each row has `question`, `answer`, its options in `A`, `B`
            and so on where it is multiple choice, the `output` of the model, and perhaps an `id`: the columns of
            `evenhand evaluate --data`, and the output.

    Returns:
        One row per prediction: `id`, `state` (`scored`, `unparsed` where no answer could be read, `failed` where
        there is no output), `extracted` answer, and `score`, 1.0 or 0.0, missing unless scored.

    Raises:
        BadRows: some rows lack a question or an answer.
        BadInput: the rows cannot be read, or an id appears twice.
    """
    with _as_file(rows) as path:
        task = read_user_rows(path, "gen")
        outputs = _outputs(path)
    found = []
    for item, output in zip(task.items, outputs, strict=True):
        made = None if output is None else score_output(item, output)
        state = "failed" if made is None else "unparsed" if made.extracted is None else "scored"
        found.append((item.key, state, made and made.extracted, made and made.score))
    return pd.DataFrame(found, columns=["id", "state", "extracted", "score"])


def accuracy(scored: pd.DataFrame) -> pd.DataFrame:
    """The metrics of scored predictions, with their standard errors.

    Args:
        scored: what `score_predictions` returned.

    Returns:
        One row per metric: `name`, `value`, standard `error`, and the numbers of `items` with an output, `unparsed` and
        `failed` ones. `accuracy` counts an output without a readable answer as wrong; `accuracy_parsed` leaves it
        out, and is only there if it differs. Failed predictions count in neither.
    """
    outcomes = [
        PredictionOutcome(str(row["id"]), row["state"], {MAIN_METRIC: row["score"]} if row["state"] == "scored" else {})
        for row in scored.to_dict("records")
    ]
    return pd.DataFrame([asdict(one) for one in compute_metrics(outcomes, names=(MAIN_METRIC,))])


@contextmanager
def _as_file(rows: _Rows | str | Path) -> Iterator[Path]:
    """Rows as a file that an import reads; errors name the number of a row, not the file that it never was in."""
    if isinstance(rows, str | Path):
        yield Path(rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(b"".join(map(_line, _records(rows))))
        try:
            yield path
        except BadRows as error:
            sentences = [one.replace(f"{path}:", "row ") for one in error.rows]
            raise BadRows(str(error).replace(str(path), "the table"), sentences, error.truncated) from None
        except BadInput as error:
            raise BadInput(str(error).replace(str(path), "the table")) from None


def _records(rows: _Rows) -> list[dict[str, Any]]:
    """Rows that all have the same columns, because an import recognises its format by those of the first row."""
    if isinstance(rows, pd.DataFrame):
        cells = rows.astype(object).where(rows.notna(), None)
        return [{str(name): cell for name, cell in record.items()} for record in cells.to_dict("records")]
    given = [dict(row) for row in rows]
    columns = dict.fromkeys(name for row in given for name in row)
    return [{name: row.get(name) for name in columns} for row in given]


def _line(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
    except (TypeError, ValueError) as error:
        raise BadInput(f"expected rows of texts, numbers, times and lists, got something else ({error})") from None


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


@contextmanager
def _as_pairs(pairs: _Rows | str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Pairs as `evenhand judge pairwise --pairs` takes them, and as they were given."""
    if isinstance(pairs, str):
        yield pairs, []
        return
    rows = _records(pairs)
    try:
        given = [(str(row["question"]), str(row["model_a"]), str(row["model_b"])) for row in rows]
    except KeyError as error:
        raise BadInput(f"expected pairs with question, model_a and model_b, got none with {error}") from None
    if not given:
        raise BadInput("expected at least one pair, got none; use 'all' for every pair of the store")
    with _as_file(rows) as path:
        yield str(path), given


def _judgment(
    question: str, model_a: str, model_b: str, judged: Mapping[tuple[str, ...], JudgmentLine]
) -> tuple[str, str, str, str, str | None, float | None, str | None]:
    """One row of a table of judgments, from the side of `model_a`."""
    line = judged.get((question, model_a, model_b))
    turned = line is None
    line = line or judged.get((question, model_b, model_a))
    if line is None:
        return question, model_a, model_b, "open", None, None, None
    share = line.outcome.score
    if share is not None and turned:
        share = 1.0 - share
    winner = None if share is None else "tie" if share == _TIE else "model_a" if share > _TIE else "model_b"
    return question, model_a, model_b, line.outcome.state, winner, share, line.outcome.cause


def _outputs(path: Path) -> list[str | None]:
    """The output of every row that `read_user_rows` makes an item of; None where there is none."""
    found: list[str | None] = []
    with open_rows(path, Problems(str(path))) as file:
        for _, row in file.rows:
            if str(row.get("split") or "").strip() == EXAMPLES:
                continue
            output = row.get("output")
            is_missing = output is None or (file.format == "csv" and output == "")
            found.append(None if is_missing else str(output))
    if found and all(output is None for output in found):
        raise BadInput("expected an `output` in at least one row, got none; put what the model wrote into that column")
    return found


def _own(asking: AskingOptions, group: type[Any]) -> dict[str, Any]:
    """Those options that a group of command options has."""
    names = {field.name for field in fields(group)}
    return {name: value for name, value in asking.items() if name in names}


def _one_of(what: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise BadInput(f"expected {what} among {', '.join(known)}, got {value!r}; choose one of them")
    return value


def _outside_event_loop(work: Callable[[], _T]) -> _T:
    """Do work that runs an event loop of its own, also within a notebook, which runs one already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()
