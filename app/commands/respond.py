"""`evenhand respond`: collect a model's missing responses to the questions in the store."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.endpoint import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.options.filters import QuestionFilter
from app.commands.options.grouping import grouped
from app.commands.options.store import StoreOptions, TableOptions
from app.commands.planned_requests import PlannedRequests
from app.commands.progress import batch_progress, exit_code, totals_as_json, unfinished
from app.commands.tables import counted, print_json, visible
from app.wiring import clock, make_environment, make_holder, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.models.references import EndpointReference, LocalReference
    from judging.chat.batch import BatchClient, BatchTotals, Price
    from judging.chat.model import ChatModel
    from judging.respond import MissingResponses, Respondent, ResponseRun
    from storage.database.engine import Database
    from storage.judges.reply_lengths import MeanLengths

_CAUSES_SHOWN = 5


@dataclass(frozen=True)
class RespondentOptions:
    """The model that responds.

    Attributes:
        model: reference to the model.
        name: name to store the model under.
        system: system prompt.
        samples: responses per question.
    """

    model: Annotated[
        str,
        typer.Option(
            metavar="MODEL", help="Model name at the endpoint, or hf:DIR for a local model.", show_default=False
        ),
    ] = ""
    name: Annotated[
        str,
        typer.Option(metavar="NAME", help="Name to store the model under.", show_default="its name at the endpoint"),
    ] = ""
    system: Annotated[str, typer.Option(metavar="TEXT", help="System prompt.", show_default="none")] = ""
    samples: Annotated[int, typer.Option(metavar="N", min=1, help="Responses per question.")] = 1

    @property
    def reference(self) -> "EndpointReference | LocalReference":
        """The reference to the model.

        Raises:
            typer.BadParameter: none is given.
            BadInput: it names nothing, or a kind of model that writes no responses.
        """
        from app.models.references import RESPOND, read_reference

        if not self.model:
            raise typer.BadParameter(f"expected --model with a model to {RESPOND.purpose}, got none")
        return read_reference(self.model, RESPOND)


@dataclass(frozen=True)
class RespondResult:
    """The result of one run.

    Attributes:
        states: number of responses by state.
        causes: number of failed responses by cause.
        totals: totals of the requests.
        left: responses that are still open: the budget, an outage or the user ended the run.
        seconds: elapsed time.
    """

    states: Counter[str]
    causes: Counter[str]
    totals: "BatchTotals"
    left: int
    seconds: float

    @property
    def is_incomplete(self) -> bool:
        """Whether responses failed or were not asked for."""
        return self.left > 0 or self.states["error"] > 0


@grouped
def respond(
    *,
    respondent: RespondentOptions,
    filters: QuestionFilter,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    generation: GenerationOptions,
    table: TableOptions,
    store: StoreOptions,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Only the first N questions, for a first look.", show_default="all"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be asked; ask nothing.")] = False,
) -> None:
    """Collect a model's missing responses to the questions in the store."""
    from app.wiring import make_chat
    from judging.respond import Respondent, find_missing
    from storage.errors import BadInput
    from storage.judges.reply_lengths import mean_response_lengths
    from storage.questions.missing_responses import questions_to_answer

    model = respondent.reference
    pace = pace.for_model(model)
    endpoint.requests.check_for(model)
    address = None if dry_run else endpoint.address_for(model)
    samples = respondent.samples
    if samples > 1 and generation.temperature == 0.0:
        raise BadInput(f"expected a --temperature above 0 for {samples} samples, got 0; they would all be equal")
    settings = endpoint.requests.applied(generation.settings)
    contestant = Respondent(model.label, respondent.name or model.label, settings, respondent.system)
    with store.opened() as database:
        with database.reading() as session:
            questions = questions_to_answer(
                session, category=filters.category, language=filters.language, source=filters.source
            )
        if not questions:
            raise BadInput("expected questions with a text, got none for these options; see `evenhand list questions`")
        open_responses = find_missing(database, contestant, questions[:limit], samples)
        if dry_run:
            with database.reading() as session:
                lengths = mean_response_lengths(session, contestant.name)
            _print_plan(contestant, open_responses, pace.price, lengths, table)
            return
        result = _collect(database, contestant, open_responses, lambda: make_chat(model, address, database), pace)
    _print_result(contestant.name, open_responses, result, table)
    if result.is_incomplete:
        raise typer.Exit(code=exit_code(result.totals))


def _collect(
    database: "Database",
    respondent: "Respondent",
    open_responses: "MissingResponses",
    make_model: "Callable[[], ChatModel]",
    pace: PaceOptions,
) -> RespondResult:
    """Ask for the missing responses and show progress.

    Raises:
        RequestError: the first request fails in a way that every other one would.
    """
    from app.models.asking import run_asking
    from app.models.claiming import claimed
    from judging.chat.batch import BatchTotals
    from judging.respond import ResponseRun, find_still_missing

    began, totals = seconds(), BatchTotals()

    async def work(asking: "BatchClient") -> "ResponseRun":
        nonlocal totals
        totals = asking.totals

        def report(state: "ResponseRun") -> None:
            advance(state.states.total(), state.states["error"])

        collecting = ResponseRun(database, respondent, asking, clock=clock, progress=report)
        await collecting.ask_all(open_responses)
        return collecting

    task = ["respond", respondent.name, respondent.stored_settings]
    with claimed(database, task, make_holder(), clock=clock) as waited:
        if waited:
            open_responses = find_still_missing(database, respondent, open_responses)
        with batch_progress("Responding", len(open_responses.open), lambda: totals) as advance:
            done = run_asking(make_model, work, limits=pace.limits, price=pace.price, world=make_environment())
    left = len(open_responses.open) - done.states.total()
    return RespondResult(done.states, done.causes, totals, left, seconds() - began)


def _print_plan(
    contestant: "Respondent",
    open_responses: "MissingResponses",
    price: "Price",
    lengths: "MeanLengths | None",
    table: TableOptions,
) -> None:
    from judging.respond import highest_cost

    count, most = len(open_responses.open), highest_cost(contestant, open_responses, price)
    mean_cost = 0.0 if lengths is None else price.mean_cost(lengths.prompt, lengths.completion)
    planned = PlannedRequests(open_responses.requests, most, open_responses.stored_requests, lengths, mean_cost)
    if table.json:
        facts = {"missing": count, "answered_before": open_responses.answered_before}
        print_json({"model": contestant.name} | facts | planned.as_json())
        return
    what = f"for {counted(count, 'missing response')}"
    typer.echo(f"{visible(contestant.name)}: {planned.as_text(what=what)}")


def _print_result(name: str, open_responses: "MissingResponses", result: RespondResult, table: TableOptions) -> None:
    totals = result.totals
    if table.json:
        print_json(
            {
                "model": name,
                "states": dict(result.states),
                "causes": dict(result.causes),
                "left": result.left,
                "answered_before": open_responses.answered_before,
                **totals_as_json(totals),
                "seconds": round(result.seconds, 3),
            }
        )
        return
    states = ", ".join(f"{state} {count:,}" for state, count in sorted(result.states.items()))
    typer.echo(f"{visible(name)}: {states or 'no new responses'}; already stored: {open_responses.answered_before:,}")
    for cause, count in result.causes.most_common(_CAUSES_SHOWN):
        typer.echo(f"  failed, {visible(cause.replace('_', ' '))}: {count:,}")
    if totals.last_failure:
        typer.echo(f"  last failure: {visible(totals.last_failure)}")
    if result.left:
        typer.echo(unfinished(result.left, totals))
