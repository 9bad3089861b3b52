"""`evenhand score`: log-likelihoods of continuations under a local model, from one file to another."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from app.commands.options.grouping import grouped
from app.commands.options.local import LocalModelOptions
from app.commands.tables import counted
from app.models.local_libraries import local_libraries
from app.wiring import STOPWATCHES

if TYPE_CHECKING:
    from objective.engine.settings import RunSettings
    from objective.request import ScoreRequest


@dataclass(frozen=True)
class RunOptions:
    """How requests are computed.

    Attributes:
        batch_tokens: maximum tokens per forward pass.
        cut: whether inputs that are too long lose tokens on the left.
        share: whether common prefixes are computed once.
        workers: number of processes, each with a copy of the model.
        ray: whether the workers run on Ray.
    """

    batch_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Maximum tokens per forward pass.", show_default="planned from the device"
        ),
    ] = None
    cut: Annotated[
        bool, typer.Option("--cut", help="Cut inputs that are too long on the left instead of refusing them.")
    ] = False
    share: Annotated[bool, typer.Option("--share/--no-share", help="Compute common prefixes once.")] = True
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Worker processes, each with a copy of the model (one GPU each).")
    ] = 1
    ray: Annotated[bool, typer.Option("--ray", help="Run the workers on Ray, on a cluster if there is one.")] = False

    @property
    def settings(self) -> "RunSettings":
        """The settings for the engine."""
        from objective.engine.settings import RunSettings

        return RunSettings(tokens=self.batch_tokens, share=self.share, too_long="cut" if self.cut else "refuse")


@grouped
def score(
    requests: Annotated[
        Path, typer.Argument(metavar="REQUESTS.jsonl", help='Input: one {"id", "context", "continuation"} per line.')
    ],
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUT.jsonl", help='Output: one {"id", "ll", "tokens", "greedy"} per line, then {"seconds"}.'
        ),
    ],
    model: Annotated[
        str,
        typer.Option(metavar="DIR", help="Local model: a folder as transformers saves it, or a hub name; also hf:DIR."),
    ],
    local: LocalModelOptions,
    run: RunOptions,
    clock: Annotated[
        Literal["wall", "cpu"],
        typer.Option(envvar="OBJBENCH_CLOCK", help="Seconds in the last line: elapsed time, or CPU time."),
    ] = "wall",
) -> None:
    """Score continuations with a local model: the sum of natural-log probabilities of each one's tokens."""
    from app.models.references import SCORE, read_reference

    path = read_reference(model, SCORE).path
    with local_libraries():
        from objective.engine.backends import open_backend
    stopwatch = STOPWATCHES[clock]
    names, inputs = _read(requests)
    with open_backend(local.settings(path), run.settings, workers=run.workers, on_ray=run.ray) as backend:
        began = stopwatch()
        scored = dict(backend.score(inputs))
        seconds = stopwatch() - began
    rows: list[dict[str, Any]] = [
        {"id": name, "ll": scored[place].nats, "tokens": scored[place].tokens, "greedy": scored[place].greedy}
        for place, name in enumerate(names)
    ]
    _write(output, [*rows, {"seconds": seconds}])
    typer.echo(f"Scored {counted(len(rows), 'continuation')} in {seconds:.1f} s ({clock}); wrote {output}.", err=True)
    cut = sum(one.truncated > 0 for one in scored.values())
    if cut:
        typer.echo(f"{counted(cut, 'input')} exceeded the model's limit and lost tokens on the left.", err=True)


def _read(path: Path) -> tuple[list[Any], list["ScoreRequest"]]:
    """The ids and the requests of a file.

    Raises:
        BadInput: a line lacks a field, or two lines have the same id.
    """
    import orjson

    from objective.request import ScoreRequest
    from storage.errors import BadInput

    names: dict[Any, None] = {}
    inputs = []
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
                raise BadInput(f"{path}:{number}: expected each id once, got {name!r} again; give each line its own")
            names[name] = None
            inputs.append(ScoreRequest(context, continuation))
    return list(names), inputs


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    import orjson

    with path.open("wb") as file:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
