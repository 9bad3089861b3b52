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

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, Unpack

import pandas as pd
import typer

from app.commands.judge.jobs import JudgeJob, make_judge, pairs_of
from app.commands.judge.model import JudgeModel
from app.commands.judge.options import JudgeItemOptions, JudgeOptions
from app.commands.options.endpoint import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.options.grouping import pick_options
from app.commands.options.store import StoreOptions
from app.commands.rank.options import rater_kind as kind_of
from app.commands.rank.output import board_as_json
from app.models.asking import outside_event_loop
from app.models.references import JUDGE
from app.notebook_rows import Rows, judgments_of_pairs, pairs_as_file, rows_as_file
from app.notebook_scores import accuracy, score_predictions
from app.views.columns import BoardFacts
from app.wiring import clock, mint
from arena.leaderboard.ranking import rank as fit_board
from arena.rating.method import RatingSettings
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

_PAIR_PROMPTS = ("pair-3", "pair-3-zh", "pair-3-turns", "pair-3-turns-zh")


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
        body: further fields of the request body, each as "KEY=JSON".
        reasoning_effort: field `reasoning_effort` of the request body.
        no_temperature: whether requests hold no temperature.
        header: further headers, each as "NAME: VALUE"; `{key}` in one is the key.
        no_vision: whether the judge reads no images, so that questions with images are not asked.
        concurrency: maximum number of requests at once.
        rpm: maximum requests per minute.
        tpm: maximum tokens per minute.
        attempts: maximum attempts per request.
        price_in: price per million prompt tokens.
        price_out: price per million completion tokens.
        prices: TOML table of prices by model, beside the bundled one.
        image_tokens: prompt tokens that one image counts as in estimates.
        budget: money after which no further request is sent; needs the prices.
        temperature: sampling temperature, 0 for the most likely text.
        max_tokens: maximum tokens per reply.
        seed: sampling seed; most endpoints do not guarantee determinism.
    """

    base_url: str
    key_file: Path
    timeout: float
    body: list[str]
    reasoning_effort: str
    no_temperature: bool
    header: list[str]
    no_vision: bool
    concurrency: int
    rpm: float
    tpm: float
    attempts: int
    price_in: float
    price_out: float
    prices: Path
    image_tokens: int
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
        rows: Rows | str | Path,
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
        with rows_as_file(rows) as path:
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
        pairs: Rows | str,
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
        reference = options.reference(JUDGE)
        pace = PaceOptions(**pick_options(asking, PaceOptions)).for_model(reference)
        generation = GenerationOptions(**pick_options(asking, GenerationOptions))
        endpoint = EndpointOptions(**pick_options(asking, EndpointOptions))
        settings = endpoint.requests.applied(generation.settings)
        judge = make_judge(reference, options, settings, options.chosen(()), order)
        asked = JudgeModel(reference, endpoint.address_for(reference))
        job = JudgeJob(StoreOptions(self._location), asked, pace)
        with (
            pairs_as_file(pairs) as (wanted, given),
            job.opened(judge, pairs_of(JudgeItemOptions(), wanted), again=again) as plan,
        ):
            result = outside_event_loop(lambda: job.carry_out(plan))
        table = judgments_of_pairs(self._database, plan, given)
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


def _one_of(what: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise BadInput(f"expected {what} among {', '.join(known)}, got {value!r}; choose one of them")
    return value
