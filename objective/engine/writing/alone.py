"""Texts written one by one with the model's own cache: slower, but right for every architecture of transformers."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from objective.engine.passes.forward import Forward
from objective.engine.writing.drawing import next_tokens, top_logprobs
from objective.engine.writing.texts import Endings, Text
from objective.request import Finish


def write_alone(forward: Forward, endings: Endings, texts: Sequence[Text]) -> Iterator[tuple[Text, Finish]]:
    """Write texts one after the other with `generate` of transformers, which asks us for each token."""
    for text in texts:
        pen = _Pen(text, endings)
        ids = torch.from_numpy(text.prompt.astype("int64"))[None].to(forward.device)
        with torch.inference_mode():
            forward.loaded.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=text.sampling.max_tokens,
                do_sample=False,
                num_beams=1,
                pad_token_id=0,
                eos_token_id=None,
                logits_processor=[pen.choose],
                stopping_criteria=[pen.is_done],
            )
        yield text, pen.finish or "length"


class _Pen:
    """Chooses each token as the batched writer does, and tells the library to take just that one."""

    def __init__(self, text: Text, endings: Endings) -> None:
        self._text = text
        self._endings = endings
        self.finish: Finish | None = None

    def choose(self, ids: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Leave one token possible."""
        del ids
        sampling = self._text.sampling
        token = next_tokens(logits, [(sampling, self._text.random)])[0]
        self._text.add(token, top_logprobs(logits, [sampling.top_logprobs], [token])[0])
        self.finish = self._endings.reason(self._text)
        only = torch.full_like(logits, float("-inf"))
        only[0, token] = 0
        return only

    def is_done(self, ids: torch.Tensor, logits: Any, **_: Any) -> torch.Tensor:  # noqa: ANN401
        """Whether the text has ended."""
        del logits
        return torch.full((ids.shape[0],), self.finish is not None, device=ids.device, dtype=torch.bool)
