"""Decides what a model may compute together: prefixes of several texts, a batch of texts, or nothing."""

import logging
from collections.abc import Callable, Sequence

import numpy as np
import torch

from objective.engine.passes.encoding import Tokens
from objective.engine.passes.forward import Forward
from objective.engine.passes.memory import MemoryBudget, is_out_of_memory
from objective.engine.scoring.proven import is_listed, runs_in_batches, shares_prefixes
from objective.engine.scoring.sharing_check import (
    TOLERANCE,
    batching_error,
    check_tokens,
    depends_on_length,
    find_obstacle,
    sharing_error,
    tolerance,
)
from objective.engine.settings import RunSettings

log = logging.getLogger(__name__)

LEAST_LENGTH = 8
"""Number of tokens below which a text is too short to be compared."""


class Sharing:
    """What a model may compute together.

    An architecture that was proven beforehand is compared on a short question when it is loaded. Any other is compared
    at the greatest length of each run before that run begins, because some layers behave differently beyond a length.

    Args:
        forward: forward passes of the model.
        budget: budget of one forward pass.
        run: how requests are run.

    Attributes:
        unshared_because: why prefixes are not shared; None if they are.
        unbatched_because: why texts are not computed in batches; None if they are.
    """

    def __init__(self, forward: Forward, budget: MemoryBudget, run: RunSettings) -> None:
        self._forward, self._budget, self._checks = forward, budget, run.check
        self._kind = str(forward.loaded.model.config.get_text_config().model_type)
        self._compared = 0
        self._grouped = True
        self.unshared_because: str | None = None
        self.unbatched_because: str | None = None
        if not run.share:
            self.unshared_because = "sharing is turned off"
            return
        self.unshared_because = find_obstacle(forward.loaded)
        if self.unshared_because is None and run.check:
            tokens = check_tokens(forward.loaded)
            # Some layers need more of the attention than our grouped one offers; then the library's own is tried.
            reason = self._differs(lambda: self._sharing_error(tokens, grouped=True))
            if reason is not None:
                self._grouped = False
                reason = self._differs(lambda: self._sharing_error(tokens, grouped=False))
            self.unshared_because = reason
        self._warn("prefixes are not shared", self.unshared_because)

    def prepare(self, texts: Sequence[Tokens], longest: int) -> None:
        """Compare at the lengths of a run what was not proven, and give up what differs.

        Args:
            texts: texts of the run as the model reads them.
            longest: greatest number of tokens that a text of the run may reach.
        """
        if depends_on_length(self._forward.loaded) and self.unbatched_because is None:
            self.unbatched_because = "its rotary embedding depends on the length of the longest text of a batch"
            self._warn("texts are computed one by one", self.unbatched_because)
        longest = max(LEAST_LENGTH, min(longest, self._forward.loaded.max_length - 1))
        if not self._checks or not texts or longest <= self._compared:
            return
        self._compared = longest
        long = np.resize(max(texts, key=len), self._compared)
        if self.unshared_because is None and not shares_prefixes(self._kind):
            self.unshared_because = self._unproven(lambda: self._sharing_error(long, grouped=self._grouped))
            self._warn("prefixes are not shared", self.unshared_because)
        if self.unshared_because and self.unbatched_because is None and not runs_in_batches(self._kind):
            short = min(len(min(texts, key=len)), len(long) // 2)
            batch = (long, long[: max(2, short)], long[: len(long) // 2])
            self.unbatched_because = self._unproven(lambda: batching_error(self._forward, self._budget, batch))
            self._warn("texts are computed one by one", self.unbatched_because)

    def _sharing_error(self, tokens: Tokens, *, grouped: bool) -> float:
        return sharing_error(self._forward, self._budget, tokens, grouped=grouped)

    def _unproven(self, measure: Callable[[], float]) -> str | None:
        """As `_differs`, for an architecture whose errors must be told from the rounding of its weights."""
        if not is_listed(self._kind) and tolerance(self._forward.loaded) > TOLERANCE[torch.float32]:
            return f"{self._kind} was not compared beforehand, and at this precision a comparison cannot show an error"
        return self._differs(measure)

    def _differs(self, measure: Callable[[], float]) -> str | None:
        """The reason why computing together is wrong for this model; None if it is right."""
        try:
            error = measure()
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as problem:
            if is_out_of_memory(problem):
                raise
            self._forward.use_library_attention()
            return f"its forward pass fails with texts computed together ({type(problem).__name__}: {problem})"
        allowed = tolerance(self._forward.loaded)
        if error <= allowed:
            return None
        self._forward.use_library_attention()
        return f"the score of a test text differs by {error:.2g} nats, more than the tolerance of {allowed:g}"

    def _warn(self, what: str, reason: str | None) -> None:
        if reason is not None:
            log.warning("%s because of the model: %s; results are correct, only slower", what, reason)
