"""Where a model runs: in this process, in one process per worker, or as actors of Ray; all behind one interface."""

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
    """A backend for a local model, closed at the end.

    Args:
        model: which one.
        run: how.
        workers: copies of the model that run side by side, one GPU each where it runs on GPUs.
        on_ray: whether they are actors of Ray rather than processes of this one.

    Raises:
        BadInput: the model cannot be loaded, or there are fewer GPUs than workers.
    """
    if workers == 1 and not on_ray:
        yield LocalModel(model, run)
        return
    crew = RayActors(model, run, workers) if on_ray else WorkerProcesses(model, run, workers)
    try:
        yield crew
    finally:
        crew.close()
