"""`evenhand score`: log-likelihoods of continuations under a local model, from a file into a file."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from app.commands.local_options import LocalModelOptions
from app.commands.options import grouped

if TYPE_CHECKING:
    from objective.engine.settings import RunSettings
    from objective.request import ScoreRequest

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass(frozen=True)
class RunOptions:
    """How requests are run.

    Attributes:
        batch_tokens: in one forward pass.
        cut: whether too long inputs lose tokens on the left.
        share: whether common prefixes are computed once.
        workers: processes, each with a copy of the model.
        ray: whether the workers are Ray's.
    """

    batch_tokens: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Tokens in one forward pass.", show_default="planned from the device"),
    ] = None
    cut: Annotated[bool, typer.Option("--cut", help="Cut inputs that are too long on the left, not refuse them.")] = (
        False
    )
    share: Annotated[bool, typer.Option("--share/--no-share", help="Compute common prefixes once.")] = True
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Processes, each with a copy of the model (one GPU each).")
    ] = 1
    ray: Annotated[bool, typer.Option("--ray", help="Run the workers with Ray, on a cluster where it finds one.")] = (
        False
    )

    @property
    def settings(self) -> "RunSettings":
        """As the engine takes it."""
        from objective.engine.settings import RunSettings

        return RunSettings(tokens=self.batch_tokens, share=self.share, too_long="cut" if self.cut else "refuse")


@grouped
def score(
    requests: Annotated[
        Path, typer.Argument(metavar="REQUESTS.jsonl", help='Lines {"id", "context", "continuation"}.')
    ],
    output: Annotated[
        Path, typer.Argument(metavar="OUT.jsonl", help='Gets lines {"id", "ll", "tokens", "greedy"}, then {"seconds"}.')
    ],
    model: Annotated[str, typer.Option(metavar="DIR", help="Folder of the model, as transformers saves it.")],
    local: LocalModelOptions,
    run: RunOptions,
    clock: Annotated[
        Literal["wall", "cpu"], typer.Option(envvar="OBJBENCH_CLOCK", help="Which seconds the last line counts.")
    ] = "wall",
) -> None:
    """Score continuations with a local model: the sum of natural-log probabilities of each one's tokens."""
    from storage.errors import BadInput

    try:
        from objective.engine.backends import open_backend
    except ModuleNotFoundError as error:
        raise BadInput(
            f"expected {error.name} for a local model, found none; install it with pip install 'evenhand[local]'"
        ) from None
    names, asked = _read(requests)
    with open_backend(local.settings(model), run.settings, workers=run.workers, on_ray=run.ray) as backend:
        begun = CLOCKS[clock]()
        scored = dict(backend.score(asked))
        seconds = CLOCKS[clock]() - begun
    rows: list[dict[str, Any]] = [
        {"id": name, "ll": scored[place].nats, "tokens": scored[place].tokens, "greedy": scored[place].greedy}
        for place, name in enumerate(names)
    ]
    _write(output, [*rows, {"seconds": seconds}])
    typer.echo(f"Scored {len(rows):,} continuations in {seconds:.1f} s ({clock}) into {output}.", err=True)
    cut = sum(one.truncated > 0 for one in scored.values())
    if cut:
        typer.echo(f"{cut:,} inputs were longer than the model reads and lost tokens on the left.", err=True)


def _read(path: Path) -> tuple[list[Any], list["ScoreRequest"]]:
    """The ids and the requests of a file.

    Raises:
        BadInput: a line does not hold what it must, or two have one id.
    """
    import orjson

    from objective.request import ScoreRequest
    from storage.errors import BadInput

    names: dict[Any, None] = {}
    asked = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
                name, context, continuation = row["id"], row["context"], row["continuation"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                row = None
            if row is None or not isinstance(name, str | int) or not isinstance(context, str):
                raise BadInput(f'{path}:{number}: expected {{"id", "context", "continuation"}}, got another line')
            if not isinstance(continuation, str) or not continuation:
                raise BadInput(f"{path}:{number}: expected a continuation with text, got {continuation!r}")
            if name in names:
                raise BadInput(f"{path}:{number}: expected each id once, got {name!r} again; give it another one")
            names[name] = None
            asked.append(ScoreRequest(context, continuation))
    return list(names), asked


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    import orjson

    with path.open("wb") as file:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
