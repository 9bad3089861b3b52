"""Tokens of contexts and continuations equal a plain implementation of the harness rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.objective import local_models

transformers = local_models.transformers

from objective.engine.passes.encoding import Encoder  # noqa: E402
from objective.request import GenerateRequest, Sampling, ScoreRequest  # noqa: E402
from storage.errors import BadInput  # noqa: E402


def metaspace() -> Any:
    """A tokenizer like SentencePiece: no split between lines, a marker before the first word."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    made.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=["<unk>", "<s>"], show_progress=False)
    made.train_from_iterator(["a loaf\nof bread. is it\n\n red? yes 1 2 3"], trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", unk_token="<unk>")


TOKENIZERS = [local_models.tokenizer(adds_bos=True), local_models.tokenizer(adds_bos=False), metaspace()]
TEXT = st.text(alphabet="a b\n.é红1 ", min_size=1, max_size=90)


@given(TEXT, st.lists(TEXT, min_size=1, max_size=3), st.sampled_from(range(3)))
def test_whole_strings_have_the_tokens_of_one_encoding(context: str, options: list[str], which: int) -> None:
    tokenizer = TOKENIZERS[which]
    stripped = context.rstrip()
    encoder = Encoder(tokenizer, 500, "refuse")
    for option in options if stripped else ():
        whole = tokenizer(context + option)["input_ids"]
        start = len(tokenizer(stripped)["input_ids"])
        requests = [ScoreRequest(context, option), ScoreRequest(context, option + "x")]
        if start >= len(whole):
            continue
        targets = {
            target.request: (item.tokens.tolist(), target)
            for item in encoder.pairs(requests)
            for target in item.targets
        }
        tokens, target = targets[0]
        assert tokens == whole[:-1]
        assert (target.start, target.tokens.tolist()) == (start - 1, whole[start:])


def test_a_long_context_is_encoded_once_and_its_tokens_stay_the_same() -> None:
    tokenizer = TOKENIZERS[0]
    context = "def split(text):\n    return text\n\n" * 30 + "Question: what is it that it returns, and why?\nAnswer:"
    encoder = Encoder(tokenizer, 5000, "refuse")
    lengths: list[int] = []
    plain = encoder._encoded

    def counted(texts: Any, *, bare: bool = False) -> Any:
        some = list(texts)
        lengths.extend(len(text) for text in dict.fromkeys(some))
        return plain(some, bare=bare)

    encoder._encoded = counted  # type: ignore[method-assign]
    requests = [ScoreRequest(context, f" option {number}") for number in range(6)]
    items = encoder.pairs(requests)
    for item in items:
        for target in item.targets:
            whole = tokenizer(context + requests[target.request].continuation)["input_ids"]
            assert [*item.tokens.tolist(), whole[-1]] == whole
    assert sum(lengths) < 2 * len(context)


def prompts(tokenizer: Any, *texts: str, **how: Any) -> list[list[int]]:
    encoder = Encoder(tokenizer, 20, how.pop("too_long", "refuse"))
    asked = [GenerateRequest(text, Sampling(max_tokens=8)) for text in texts]
    return [tokens.tolist() for tokens, _ in encoder.prompts(asked)]


def test_a_prompt_that_begins_with_a_special_token_gets_no_further_one() -> None:
    tokenizer = TOKENIZERS[0]
    plain, rendered, other = prompts(tokenizer, "of", "<s>of", "</s>of")
    assert plain == rendered == tokenizer("of")["input_ids"]
    assert other == tokenizer("</s>of", add_special_tokens=False)["input_ids"]
    assert prompts(TOKENIZERS[1], "") == [[1]]


def test_a_prompt_that_leaves_no_room_is_rejected_or_cut_on_the_left() -> None:
    tokenizer, long = TOKENIZERS[1], "of bread " * 20
    with pytest.raises(BadInput, match="at most 12 tokens"):
        prompts(tokenizer, long)
    (cut,) = prompts(tokenizer, long, too_long="cut")
    assert cut == tokenizer(long)["input_ids"][-12:]
