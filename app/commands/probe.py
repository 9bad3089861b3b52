"""`evenhand probe`: whether a local model may have been trained on the questions of a task."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.evaluate.output import tell_unready
from app.commands.options.grouping import grouped
from app.commands.options.local import LocalModelOptions
from app.commands.options.store import TableOptions
from app.commands.tables import Row, print_json, print_table, visible
from app.models.local_libraries import local_libraries
from storage.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from objective.catalog import TaskSelection
    from objective.evaluation.option_orders import OrderProbe


@grouped
def probe(
    model: Annotated[
        str,
        typer.Option(metavar="DIR", help="Local model: a folder as transformers saves it; also hf:DIR."),
    ],
    tasks: Annotated[
        list[str], typer.Option("--tasks", metavar="NAME,…", help="Tasks with options; see `evenhand list tasks`.")
    ],
    *,
    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the tasks' published data files.")] = Path(
        "data"
    ),
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N items of each task.", show_default="all")
    ] = None,
    orders: Annotated[
        int, typer.Option(metavar="N", min=2, help="Orders of the options per question, with the published one.")
    ] = 8,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the orders that are drawn.")] = 0,
    local: LocalModelOptions,
    table: TableOptions,
) -> None:
    """Probe a model for contamination: whether the published order of options is likelier to it than others."""
    from objective.catalog import select_tasks

    names = [name.strip() for text in tasks for name in text.split(",") if name.strip()]
    selected = select_tasks(names, data_dir=data_dir)
    tell_unready(selected)
    found = _probes(model, selected, OrderSettings(limit, orders, seed), local)
    _show(found, is_json=table.json, is_whole=not selected.unready)
    if selected.unready:
        raise typer.Exit(code=1)


def _show(found: "Sequence[OrderProbe]", *, is_json: bool, is_whole: bool) -> None:
    """Print the probes.

    Raises:
        BadInput: there are none, though all tasks have their data.
    """
    if is_json:
        print_json([asdict(one) for one in found])
        return
    if not found and not is_whole:
        return
    if not found:
        raise BadInput("expected tasks with options in no particular order, got none; name tasks with multiple choice")
    rows: list[Row] = [
        {
            "task": one.task,
            "items": one.items,
            "left out": one.left_out,
            "likeliest": one.likeliest,
            "expected": f"{one.expected:.1f}",
            "mean rank": f"{one.mean_rank:.2f}",
            "p": f"{one.p_value:.3g}",
        }
        for one in found
    ]
    print_table(rows, title="Published order of options", right=["expected", "mean rank", "p"])
    typer.echo("A small p says that the model knows the published order, which it can only have seen.")


@dataclass(frozen=True)
class OrderSettings:
    """What is probed.

    Attributes:
        limit: maximum items per task; None for all.
        orders: orders per question.
        seed: seed of the orders that are drawn.
    """

    limit: int | None
    orders: int
    seed: int


def _probes(model: str, selected: "TaskSelection", how: OrderSettings, local: LocalModelOptions) -> "list[OrderProbe]":
    """The probe of each task; one that cannot be probed is told."""
    from app.models.references import SCORE, read_reference
    from objective.engine.settings import RunSettings
    from objective.evaluation.option_orders import probe_orders
    from objective.evaluation.plan import EvaluationSettings

    with local_libraries():
        from objective.engine.backends import open_backend
    found = []
    with open_backend(local.settings(read_reference(model, SCORE).path), RunSettings()) as backend:
        for task in selected.ready:
            limited = EvaluationSettings(limit=how.limit).limited(task)
            try:
                found.append(probe_orders(limited, backend, orders=how.orders, seed=how.seed))
            except BadInput as error:
                typer.echo(f"{visible(task.name)}: {visible(str(error))}", err=True)
    return found
