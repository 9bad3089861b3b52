"""Generates texts one by one with the model's own cache: slower, but correct for every transformers architecture."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from objective.engine.passes.forward import Forward
from objective.engine.writing.texts import Ending, StopConditions, TextInProgress
from objective.engine.writing.token_sampling import next_tokens, top_logprobs


def write_one_by_one(
    forward: Forward, conditions: StopConditions, texts: Sequence[TextInProgress]
) -> Iterator[tuple[TextInProgress, Ending]]:
    """Generate texts one after the other with `generate` of transformers, which calls us to choose each token."""
    for text in texts:
        if not text.is_wanted:
            yield text, "unwanted"
            continue
        ids = torch.from_numpy(text.prompt.astype("int64"))[None].to(forward.device)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        yield text, write_one(forward.loaded.model, inputs, text, conditions)


def write_one(model: Any, inputs: Mapping[str, Any], text: TextInProgress, conditions: StopConditions) -> Ending:  # noqa: ANN401
    """Generate one text, and return why it ended.

    Args:
        model: transformers model.
        inputs: its inputs for the prompt, such as token ids, their mask, and pixels.
        text: the text, to which tokens are added.
        conditions: when it ends.
    """
    chooser = _TokenChooser(text, conditions)
    with torch.inference_mode():
        model.generate(
            **inputs,
            max_new_tokens=text.sampling.max_tokens,
            do_sample=False,
            num_beams=1,
            pad_token_id=0,
            eos_token_id=None,
            logits_processor=[chooser.choose],
            stopping_criteria=[chooser.is_done],
        )
    return chooser.finish or "length"


class _TokenChooser:
    """Chooses each token as `BatchWriter` does, and leaves the library no other choice."""

    def __init__(self, text: TextInProgress, conditions: StopConditions) -> None:
        self._text = text
        self._conditions = conditions
        self.finish: Ending | None = None

    def choose(self, ids: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Return logits that allow only the chosen token."""
        del ids
        sampling = self._text.sampling
        token = next_tokens(logits, [(sampling, self._text.random)])[0]
        self._text.add(token, top_logprobs(logits, [sampling.top_logprobs], [token])[0])
        self.finish = self._conditions.reason(self._text)
        only = torch.full_like(logits, float("-inf"))
        only[0, token] = 0
        return only

    def is_done(self, ids: torch.Tensor, logits: Any, **_: Any) -> torch.Tensor:  # noqa: ANN401
        """Whether the text has ended."""
        del logits
        return torch.full((ids.shape[0],), self.finish is not None, device=ids.device, dtype=torch.bool)
