"""`evenhand grade`: how far the rules and a grader agree with marks by hand."""

import math
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options.endpoint import EndpointOptions, PaceOptions
from app.commands.options.grader import GraderOptions, make_grader
from app.commands.options.grouping import grouped
from app.commands.options.store import TableOptions
from app.commands.tables import Row, counted, print_json, print_table
from storage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from objective.evaluation.grading import Grader
    from objective.evaluation.marked_answers import MarkConfusion, MarkedAnswer


@grouped
def grade(
    marked: Annotated[
        Path,
        typer.Argument(
            metavar="MARKED.jsonl",
            help='Input: one {"question", "reference", "output", "mark"} per line, with kind and options if any; '
            "marks are correct, incorrect and not_attempted.",
        ),
    ],
    *,
    grader: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Model that marks the answers: endpoint:NAME, hf:DIR or recorded:FILE.",
            show_default="rules alone",
        ),
    ] = None,
    max_tokens: Annotated[int, typer.Option(metavar="N", min=1, help="Maximum tokens per reply.")] = 512,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Append each reply of the grader when it comes, for recorded:FILE; what it holds is not asked again.",
            show_default="none",
        ),
    ] = None,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    table: TableOptions,
) -> None:
    """Compare the marks of the rules and of a grader with marks by hand: confusion, agreement and kappa."""
    from objective.evaluation.marked_answers import compare_marks, read_marked

    if out is not None and grader is None:
        raise BadInput("expected --grader for --out, which keeps the replies of a grader; name one, or leave --out out")
    answers = read_marked(marked)
    options = GraderOptions(grader=grader, grade="all", grader_max_tokens=max_tokens)
    with ExitStack() as stack:
        reference = options.reference
        own_pace = pace if reference is None else pace.for_model(reference)
        model = make_grader(options, endpoint, own_pace, None, stack)
        replies = None if model is None else _replies(answers, model, out)
    found = compare_marks(answers, replies)
    if table.json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        _show(one)


def _replies(answers: "Sequence[MarkedAnswer]", grader: "Grader", out: Path | None) -> list[str | None]:
    """The replies of a grader, each kept in the file when it comes.

    Raises:
        BadInput: the file cannot be written, or holds something else.
        BackendOutage: the grader cannot go on.
    """
    from app.models.recorded_texts import reply_file
    from objective.evaluation.grading import is_cut_off
    from objective.evaluation.marked_answers import mark_by_grader
    from objective.request import BackendOutage

    came = 0
    with reply_file(out, grader.revision) as kept:

        def keep(answer: "MarkedAnswer", request: str, reply: "Mapping[str, Any]") -> None:
            nonlocal came
            came += 1
            if kept is not None:
                kept.keep(answer, request, reply)

        try:
            found = mark_by_grader(answers, grader, {} if kept is None else kept.replies, keep)
        except BackendOutage as error:
            why = str(error.__cause__ or error).partition("; what was answered")[0]
            where = (
                "not kept, as --out names no file: name one, which keeps each reply when it comes"
                if out is None
                else f"kept in {str(out)!r}: run the same command again to continue"
            )
            raise BackendOutage(f"{why}; {counted(came, 'reply', 'replies')} came before, {where}") from error
    cut = sum(one is not None and is_cut_off(one) for one in found)
    if cut:
        typer.echo(
            f"{counted(cut, 'reply', 'replies')} ended at the maximum of tokens before a mark: raise --max-tokens, "
            "which asks only these again.",
            err=True,
        )
    return [None if one is None else str(one["reply"]) for one in found]


def _kappa(one: "MarkConfusion") -> float | None:
    """Agreement beyond chance among the marked answers; None where it is undefined."""
    import numpy as np

    from arena.agreement.coefficients import cohen_kappa

    kappa = float(cohen_kappa(np.asarray(one.table, dtype=np.float64)))
    return None if math.isnan(kappa) else kappa


def _as_json(one: "MarkConfusion") -> dict[str, object]:
    counts = [{"hand": hand, "mark": own, "answers": count} for (hand, own), count in sorted(one.counts.items())]
    agreement = one.agreed / one.marked if one.marked else None
    told = {"by": one.by, "answers": one.marked + one.unmarked, "no_mark": one.unmarked, "agreed": one.agreed}
    return {**told, "agreement": agreement, "kappa": _kappa(one), "confusion": counts}


def _show(one: "MarkConfusion") -> None:
    from objective.evaluation.marked_answers import NO_MARK
    from objective.prompting.grader_prompts import MARKS

    rows: list[Row] = [
        {"by hand": hand, **{own: one.counts.get((hand, own), 0) for own in (*MARKS, NO_MARK)}} for hand in MARKS
    ]
    print_table(rows, title=f"Marks by {one.by}")
    kappa = _kappa(one)
    share = f" ({one.agreed / one.marked:.0%})" if one.marked else ""
    told = "undefined" if kappa is None else f"{kappa:.2f}"
    typer.echo(
        f"Equal to the hand: {one.agreed:,} of {counted(one.marked, 'marked answer')}{share}, kappa {told}; "
        f"{counted(one.unmarked, 'answer')} without a mark."
    )
    typer.echo()
