"""Generates texts by the continuous batching of transformers, which has a paged cache and its own scheduler.

It does not support stop strings: each text is generated up to its end token or limit, and cut afterwards.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from transformers import ContinuousBatchingConfig, GenerationConfig

from objective.engine.passes.forward import Forward
from objective.engine.writing.texts import Ending, StopConditions, TextInProgress

_PAGE, _MOST_PAGES, _PASS = 256, 4096, 2048
"""Tokens per page, maximum number of pages, and tokens per pass."""


def write_continuously(
    forward: Forward, conditions: StopConditions, texts: Sequence[TextInProgress]
) -> Iterator[tuple[TextInProgress, Ending]]:
    """Generate texts at temperature 0; texts with the same limit are generated together.

    Raises:
        ValueError: a text has a temperature above 0, whose samples would depend on the other texts in the batch.
    """
    if any(text.sampling.temperature > 0.0 for text in texts):
        raise ValueError("expected a temperature of 0 for continuous batching, got one above")
    forward.use_library_attention()  # the paged cache works only with the library's own attention
    ordered = sorted(texts, key=lambda text: text.sampling.max_tokens)
    for most, group in groupby(ordered, key=lambda text: text.sampling.max_tokens):
        together = list(group)
        config = GenerationConfig(
            max_new_tokens=most,
            do_sample=False,
            eos_token_id=sorted(forward.loaded.ends) or None,
            pad_token_id=0,
        )
        found = forward.loaded.model.generate_batch(
            inputs=[text.prompt.tolist() for text in together],
            generation_config=config,
            continuous_batching_config=_sized(together, most),
            progress_bar=False,
            warmup=False,
        )
        # the names of requests number them in the order of the inputs
        for text, output in zip(together, (found[name] for name in sorted(found, key=_number)), strict=True):
            yield text, _finish(text, output.generated_tokens, conditions)


def _sized(texts: Sequence[TextInProgress], most: int) -> ContinuousBatchingConfig:
    """A cache for all texts at once, up to a limit; by default, the library takes most of the free memory."""
    pages = sum(-(-(len(text.prompt) + most) // _PAGE) + 1 for text in texts)
    return ContinuousBatchingConfig(page_size=_PAGE, num_blocks=min(pages, _MOST_PAGES), max_batch_tokens=_PASS)


def _number(name: str) -> int:
    return int("".join(character for character in name if character.isdigit()))


def _finish(text: TextInProgress, tokens: Sequence[int], conditions: StopConditions) -> Ending:
    for token in tokens:
        text.written.append(int(token))
        finish = conditions.reason(text)
        if finish is not None:
            return finish
    return "length"
