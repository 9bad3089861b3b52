"""Opens the backend of a local model: in this process, in worker processes, or as Ray actors."""

from collections.abc import Iterator
from contextlib import contextmanager

from objective.engine.local import LocalModel
from objective.engine.settings import ModelSettings, RunSettings
from objective.engine.workers.processes import WorkerProcesses
from objective.engine.workers.ray_actors import RayActors
from objective.request import Backend


@contextmanager
def open_backend(
    model: ModelSettings, run: RunSettings, *, workers: int = 1, on_ray: bool = False
) -> Iterator[Backend]:
    """Open a backend for a local model and close it at the end.

    Args:
        model: the model to load.
        run: how requests are run.
        workers: number of copies of the model; on GPUs, one GPU each.
        on_ray: run the copies as Ray actors instead of processes of this machine.

    Raises:
        BadInput: the model cannot be loaded, or there are fewer GPUs than workers.
    """
    if workers == 1 and not on_ray:
        yield LocalModel(model, run)
        return
    pool = RayActors(model, run, workers) if on_ray else WorkerProcesses(model, run, workers)
    try:
        yield pool
    finally:
        pool.close()
