"""`evenhand grade`: how far the rules and a grader agree with marks by hand."""

import json
import math
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options.endpoint import EndpointOptions, PaceOptions
from app.commands.options.grader import GraderOptions, make_grader
from app.commands.options.grouping import grouped
from app.commands.options.store import TableOptions
from app.commands.tables import Row, counted, print_json, print_table
from storage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

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
            metavar="FILE", help="Write the answers with the grader's replies, for recorded:FILE.", show_default="none"
        ),
    ] = None,
    endpoint: EndpointOptions,
    pace: PaceOptions,
    table: TableOptions,
) -> None:
    """Compare the marks of the rules and of a grader with marks by hand: confusion, agreement and kappa."""
    from objective.evaluation.marked_answers import compare_marks, mark_by_grader, read_marked

    answers = read_marked(marked)
    options = GraderOptions(grader=grader, grade="all", grader_max_tokens=max_tokens)
    replies = None
    with ExitStack() as stack:
        reference = options.reference
        own_pace = pace if reference is None else pace.for_model(reference)
        model = make_grader(options, endpoint, own_pace, None, stack)
        if model is not None:
            replies = mark_by_grader(answers, model)
    if out is not None and replies is not None:
        _write(out, answers, replies)
    found = compare_marks(answers, replies)
    if table.json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        _show(one)


def _write(path: Path, answers: "Sequence[MarkedAnswer]", replies: "Sequence[str | None]") -> None:
    from objective.evaluation.grading import asked_question, references

    rows = [
        {
            "question": asked_question(answer.item),
            "reference": references(answer.item),
            "output": answer.output,
            "mark": answer.mark,
            "reply": reply,
        }
        for answer, reply in zip(answers, replies, strict=True)
    ]
    try:
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"expected a file that can be written, got {str(path)!r} ({error.strerror})") from error


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
