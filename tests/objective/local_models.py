"""Small models with random weights and a tokenizer trained on the text of Python's own modules."""

import hashlib
import inspect
import json
import shutil
import textwrap
import typing
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra local is not installed")
transformers = pytest.importorskip("transformers", reason="the extra local is not installed")

from objective.engine.local import LocalModel  # noqa: E402
from objective.engine.settings import ModelSettings, RunSettings  # noqa: E402

torch.set_num_threads(1)  # small models wait for their threads longer than they work

WORDS, LENGTH = 600, 256
"""Size of the vocabulary, and maximum number of tokens that the models read."""
SHAPE = {
    "vocab_size": WORDS,
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": LENGTH,
    "initializer_range": 0.15,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": None,
}


@cache
def tokenizer(*, adds_bos: bool, pad: bool = False) -> Any:
    """A byte-level tokenizer, which may add a BOS token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([inspect.getsource(module) for module in (textwrap, shutil, typing)], trainer)
    if adds_bos:
        made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    given = {"pad_token": "<pad>"} if pad else {}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", clean_up_tokenization_spaces=False, **given
    )


def save(folder: Path, name: str, *, adds_bos: bool = False, **changes: Any) -> str:
    """Save a model with reproducible random weights unless the folder has it already, and return its path.

    Args:
        folder: parent of the new model folder.
        name: architecture, such as Llama, Qwen2 or Mistral.
        adds_bos: whether the tokenizer adds the BOS token to each text.
        changes: changes to the configuration.
    """
    key = json.dumps([name, adds_bos, changes], sort_keys=True)
    place = folder / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    if place.exists():
        return str(place)
    torch.manual_seed(11)
    config = getattr(transformers, f"{name}Config")(**(SHAPE | changes))
    getattr(transformers, f"{name}ForCausalLM")(config).eval().save_pretrained(place)
    tokenizer(adds_bos=adds_bos).save_pretrained(place)
    return str(place)


@cache
def load_plain(path: str) -> "PlainModel":
    """The reference implementation of a model, loaded once; do not change it."""
    return PlainModel(path)


@cache
def load_once(path: str, **how: Any) -> "LocalModel":
    """A model in this process with `RunSettings(**how)`, loaded once; do not change it, nor count its calls from 0."""
    return LocalModel(ModelSettings(path, device="cpu"), RunSettings(**how))


class PlainModel:
    """Reference implementation: one plain transformers forward pass per continuation, without cache or batch."""

    def __init__(self, path: str) -> None:
        self.model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(path)

    def nats(self, context: str, continuation: str) -> tuple[float, int, bool]:
        """The sum of log-probabilities, the number of tokens, and whether each was the likeliest."""
        whole = self.tokenizer(context + continuation)["input_ids"]
        start = len(self.tokenizer(context.rstrip())["input_ids"])
        return self.of_tokens(whole, start)

    def of_tokens(self, whole: Sequence[int], start: int) -> tuple[float, int, bool]:
        """As `nats`, for the tokens of a whole text from `start` on."""
        with torch.no_grad():
            logits = self.model(torch.tensor([list(whole)])).logits[0].double()
        logs = torch.log_softmax(logits, dim=-1)[start - 1 : -1]
        wanted = torch.tensor(list(whole[start:]))
        total = float(logs[torch.arange(len(wanted)), wanted].sum())
        return total, len(wanted), bool((logs.argmax(dim=-1) == wanted).all())

    def text(self, prompt: str, new: int) -> str:
        """The text that transformers generates after a prompt at temperature 0."""
        ids = self.tokenizer(prompt, return_tensors="pt").input_ids
        with torch.no_grad():
            out = self.model.generate(ids, max_new_tokens=new, do_sample=False, pad_token_id=0)
        return str(self.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))


def questions(number: int, shots: int = 2) -> list[tuple[str, list[str]]]:
    """Few-shot prompts with a common beginning and different questions, each with four options."""
    names = [
        "os.path.join",
        "shutil.copy",
        "textwrap.dedent",
        "list.sort",
        "dict.get",
        "str.split",
        "io.open",
        "re.sub",
    ]
    beginning = "".join(
        f"Question: what does {name} return?\nAnswer: a value of its kind\n\n" for name in names[:shots]
    )
    made = []
    for place in range(number):
        name, other = names[place % len(names)], names[(place + 3) % len(names)]
        text = f"Question: which is call {place} of {name}, not of {other}?\nAnswer:"
        made.append((beginning + text, [f" {name}({place})", f" {other}", f" {name} then {other}", " none"]))
    return made
