"""`evenhand probe`: whether a local model may have been trained on the questions of a task."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.commands.options.grouping import grouped
from app.commands.options.local import LocalModelOptions
from app.commands.options.store import TableOptions
from app.commands.tables import Row, print_json, print_table, visible
from app.models.local_libraries import local_libraries
from storage.errors import BadInput


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
    from app.models.references import SCORE, read_reference
    from objective.catalog import select_tasks
    from objective.engine.settings import RunSettings
    from objective.evaluation.option_orders import OrderProbe, probe_orders
    from objective.evaluation.plan import EvaluationSettings

    names = [name.strip() for text in tasks for name in text.split(",") if name.strip()]
    selected = select_tasks(names, data_dir=data_dir)
    with local_libraries():
        from objective.engine.backends import open_backend
    found: list[OrderProbe] = []
    with ExitStack() as stack:
        settings = local.settings(read_reference(model, SCORE).path)
        backend = stack.enter_context(open_backend(settings, RunSettings()))
        for task in selected.ready:
            try:
                found.append(
                    probe_orders(EvaluationSettings(limit=limit).limited(task), backend, orders=orders, seed=seed)
                )
            except BadInput as error:
                typer.echo(f"{visible(task.name)}: {visible(str(error))}", err=True)
    if table.json:
        print_json([asdict(one) for one in found])
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
