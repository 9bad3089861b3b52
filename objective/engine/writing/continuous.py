"""Texts written by the continuous batching of transformers: a paged cache, and rows that come and go by themselves.

It knows no stop strings: each text is written to its end token or its limit, and cut here where it should have ended.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from transformers import ContinuousBatchingConfig, GenerationConfig

from objective.engine.passes.forward import Forward
from objective.engine.writing.texts import Endings, Text
from objective.request import Finish

_PAGE, _MOST_PAGES, _PASS = 256, 4096, 2048
"""Tokens of a page, pages at most, tokens of a pass."""


def write_continuously(forward: Forward, endings: Endings, texts: Sequence[Text]) -> Iterator[tuple[Text, Finish]]:
    """Write texts that take the likeliest token each time, those of one limit together.

    Raises:
        ValueError: a text is drawn by chance; its draws would depend on what stands beside it.
    """
    if any(text.sampling.temperature > 0.0 for text in texts):
        raise ValueError("expected a temperature of 0 for continuous batching, got one above")
    forward.unfold()  # its paged cache goes with the library's own attention alone
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
        # requests are named in the order in which they were handed over
        for text, output in zip(together, (found[name] for name in sorted(found, key=_number)), strict=True):
            yield text, _finish(text, output.generated_tokens, endings)


def _sized(texts: Sequence[Text], most: int) -> ContinuousBatchingConfig:
    """A cache for all texts at once, up to a limit; the library would take most of the memory that is free."""
    pages = sum(-(-(len(text.prompt) + most) // _PAGE) + 1 for text in texts)
    return ContinuousBatchingConfig(page_size=_PAGE, num_blocks=min(pages, _MOST_PAGES), max_batch_tokens=_PASS)


def _number(name: str) -> int:
    return int("".join(character for character in name if character.isdigit()))


def _finish(text: Text, tokens: Sequence[int], endings: Endings) -> Finish:
    for token in tokens:
        text.written.append(int(token))
        finish = endings.reason(text)
        if finish is not None:
            return finish
    return "length"
