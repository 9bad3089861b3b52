"""`evenhand respond`: collect a model's missing responses to the questions of the store."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.endpoint_options import EndpointOptions, GenerationOptions, PaceOptions
from app.commands.options import Category, Language, Source, StoreOptions, TableOptions, grouped
from app.commands.tables import print_json, visible

if TYPE_CHECKING:
    from app.commands.respond_jobs import RespondResult
    from judging.respond import MissingResponses


@dataclass(frozen=True)
class RespondentOptions:
    """Who answers.

    Attributes:
        model: name at the endpoint.
        name: in the store.
        system: system prompt.
        samples: responses to each question.
    """

    model: Annotated[
        str, typer.Option(metavar="MODEL", help="Name at the endpoint, or hf:DIR.", show_default=False)
    ] = ""
    name: Annotated[str, typer.Option(metavar="NAME", help="In the store.", show_default="as at the endpoint")] = ""
    system: Annotated[str, typer.Option(metavar="TEXT", help="System prompt.", show_default="none")] = ""
    samples: Annotated[int, typer.Option(metavar="N", min=1, help="Responses to each question.")] = 1


@dataclass(frozen=True)
class QuestionOptions:
    """Which questions.

    Attributes:
        category: only of this category.
        language: only in this language.
        source: only of this source.
    """

    category: Category = None
    language: Language = None
    source: Source = None


@grouped
def respond(
    *,
    who: RespondentOptions,
    asked: QuestionOptions,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    generation: GenerationOptions,
    table: TableOptions,
    store: StoreOptions,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked; ask nothing.")] = False,
) -> None:
    """Collect a model's missing responses to the questions of the store."""
    from app.commands.judge.jobs import make_model
    from app.commands.respond_jobs import collect
    from judging.chat.model import ChatSettings
    from judging.respond import Respondent, find_missing
    from storage.errors import BadInput
    from storage.questions.missing_responses import questions_to_answer

    pace.check()
    if not who.model:
        raise typer.BadParameter("expected --model with the model's name at its endpoint, got none")
    if who.samples > 1 and generation.temperature == 0.0:
        raise BadInput(f"expected a --temperature above 0 for {who.samples} samples, got 0; they would all be alike")
    settings = ChatSettings(generation.temperature, generation.max_tokens, seed=generation.seed)
    respondent = Respondent(who.model, who.name or who.model, settings, who.system)
    with store.opened() as database:
        with database.reading() as session:
            questions = questions_to_answer(
                session, category=asked.category, language=asked.language, source=asked.source
            )
        if not questions:
            raise BadInput("expected questions with a text, got none for these options; see `evenhand list questions`")
        wanted = find_missing(database, respondent, questions, who.samples)
        if dry_run:
            _print_plan(respondent.name, wanted, table)
            return
        result = collect(database, respondent, wanted, lambda: make_model(endpoint, who.model), pace)
    _print_result(respondent.name, wanted, result, table)
    if result.is_incomplete:
        raise typer.Exit(code=1)


def _print_plan(name: str, wanted: "MissingResponses", table: TableOptions) -> None:
    if table.json:
        facts = {"missing": len(wanted.open), "answered_before": wanted.answered_before, "requests": wanted.requests}
        print_json({"model": name} | facts)
        return
    typer.echo(
        f"{visible(name)}: {len(wanted.open):,} responses missing ({wanted.requests:,} requests), "
        f"{wanted.answered_before:,} there"
    )


def _print_result(name: str, wanted: "MissingResponses", result: "RespondResult", table: TableOptions) -> None:
    totals = result.totals
    if table.json:
        print_json(
            {
                "model": name,
                "states": dict(result.states),
                "causes": dict(result.causes),
                "left": result.left,
                "answered_before": wanted.answered_before,
                "attempts": totals.attempts,
                "prompt_tokens": totals.prompt_tokens,
                "completion_tokens": totals.completion_tokens,
                "spent": totals.spent,
                "stopped_by_budget": totals.stopped,
                "seconds": round(result.seconds, 3),
            }
        )
        return
    states = ", ".join(f"{state} {count:,}" for state, count in sorted(result.states.items()))
    typer.echo(f"{visible(name)}: {states or 'nothing new'}; there before: {wanted.answered_before:,}")
    for cause, count in result.causes.most_common(5):
        typer.echo(f"  failed, {visible(cause.replace('_', ' '))}: {count:,}")
    if totals.last_failure:
        typer.echo(f"  last failure: {visible(totals.last_failure)}")
    if result.left:
        why = "the budget is spent" if totals.stopped else "the run ended early"
        typer.echo(f"  left: {result.left:,}, because {why}; the same command goes on")
