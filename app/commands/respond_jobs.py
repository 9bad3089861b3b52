"""What `evenhand respond` does between its options and the model."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.commands.progress import batch_progress
from app.models.asking import run_asking
from app.wiring import clock
from judging.chat.batch import BatchClient, BatchTotals
from judging.chat.model import ChatModel
from judging.respond import MissingResponses, Respondent, ResponseRun
from storage.database.engine import Database

if TYPE_CHECKING:
    from app.commands.endpoint_options import PaceOptions


@dataclass(frozen=True)
class RespondResult:
    """What came of collecting.

    Attributes:
        states: responses by how they ended.
        causes: failed ones by cause.
        totals: of the requests.
        left: responses that were not asked for, because the budget ended the run.
        seconds: that it took.
    """

    states: Counter[str]
    causes: Counter[str]
    totals: BatchTotals
    left: int
    seconds: float

    @property
    def is_incomplete(self) -> bool:
        """Whether something failed or was left."""
        return self.left > 0 or self.states["error"] > 0


def collect(
    database: Database,
    respondent: Respondent,
    wanted: MissingResponses,
    make_model: Callable[[], ChatModel],
    pace: "PaceOptions",
) -> RespondResult:
    """Ask for what is missing and show how far it is.

    Raises:
        RequestError: the endpoint cannot be asked at all.
    """
    began = time.monotonic()
    asked = BatchTotals()

    async def work(asking: BatchClient) -> ResponseRun:
        nonlocal asked
        asked = asking.totals

        def report(state: ResponseRun) -> None:
            advance(state.states.total(), state.states["error"])

        collecting = ResponseRun(database, respondent, asking, clock=clock, progress=report)
        await collecting.ask_all(wanted)
        return collecting

    with batch_progress("Responding", len(wanted.open), lambda: asked) as advance:
        done = run_asking(make_model, work, limits=pace.limits, price=pace.price)
    left = len(wanted.open) - done.states.total()
    return RespondResult(done.states, done.causes, asked, left, time.monotonic() - began)
