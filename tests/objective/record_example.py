"""Record the example run of the demo again: `python -m tests.objective.record_example FOLDER` writes its two files.

Two tiny models are initialised from a seed and trained, for some minutes on a processor, to answer in the format of
`evenhand-mini`. The exercises are generated from words of the example data, never from the questions of the tasks: take
the longest option, the last number, the first word. The models learn nothing else, so their right answers are right by
chance; the second model is trained much less. Then the real engine evaluates them on the bundled tasks.

The same versions of torch and transformers on the same processor give the same files.
"""

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import transformers

from app.demo.objective import SETTINGS
from objective.catalog import select_tasks
from objective.engine.backends import open_backend
from objective.engine.loading.revision import context_length, model_revision
from objective.engine.settings import ModelSettings, RunSettings
from objective.evaluation.plan import PromptContext
from objective.evaluation.run import Evaluation, evaluate
from objective.task import Item, Template
from objective.tasks.mini import FAMILY
from storage.database.engine import open_database
from storage.evaluations.runs import predictions
from storage.seed.loading import load_questions, load_responses
from storage.values import LANGUAGES

SEED = 20_260_101
WORDS, LENGTH, BATCH = 1_200, 768, 16
SHAPE = {
    "vocab_size": WORDS,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": LENGTH,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "tie_word_embeddings": True,
}
KEPT = ("task", "item", "sample", "asked", "prompt", "output", "gold", "details")


@dataclass(frozen=True)
class TinyModel:
    """One model of the example: architecture, width, depth, and number of training steps."""

    name: str
    architecture: str
    width: int
    depth: int
    steps: int


MODELS = (TinyModel("tiny-llama", "Llama", 96, 3, 300), TinyModel("tiny-qwen2", "Qwen2", 96, 3, 110))


def lessons(rng: random.Random) -> Iterator[tuple[str, str]]:
    """An endless stream of questions and answers in the templates of the bundled tasks."""
    templates = templates_of_mini()
    while True:
        language = rng.choice(("en", "zh"))
        kind = rng.choice(("choice", "choice", "number", "exact"))
        template, item = templates[f"{kind}-{language}"], _MAKERS[kind](rng, language)
        yield template.render_question(item), template.join + template.render_answer(item)


def templates_of_mini() -> dict[str, Template]:
    """The templates of the bundled tasks by form; their questions are not read."""
    task = FAMILY.load(FAMILY.tasks[0], Path(), "gen")
    return dict(task.templates)


def _number(rng: random.Random, language: str) -> Item:
    """A sentence with inserted numbers; the last one is the answer."""
    words = _words(rng, language, 6)
    numbers = [str(rng.randint(1, 40)) for _ in range(2)]
    asked = _JOINS[language].join([*words[:2], numbers[0], *words[2:5], numbers[1], *words[5:]])
    return Item("x", f"{asked}{_ENDS[language]}", (numbers[1],), kind="number")


def _choice(rng: random.Random, language: str) -> Item:
    """Options of some words each; the longest is the answer."""
    join = _JOINS[language]
    options = tuple(join.join(_words(rng, language, rng.randint(1, 4))) for _ in range(rng.choice((3, 4))))
    asked = join.join(_words(rng, language, rng.randint(4, 14))) + _ENDS[language]
    return Item("x", asked, ("ABCD"[options.index(max(options, key=len))],), options)


def _exact(rng: random.Random, language: str) -> Item:
    """Some words; the first is the answer."""
    words = _words(rng, language, rng.randint(4, 12))
    return Item("x", _JOINS[language].join(words) + _ENDS[language], (words[0],), kind="exact")


def _words(rng: random.Random, language: str, number: int) -> list[str]:
    """Adjacent words, or pairs of characters, of an example question."""
    text = rng.choice(_TEXTS[language])
    pairs = [text[place : place + 2] for place in range(0, len(text) - 1, 2)]
    words = [word for word in text.split() if word.isalpha()] if language == "en" else pairs
    start = rng.randrange(max(1, len(words) - number))
    return (words[start:] + words)[:number]


_JOINS, _ENDS = {"en": " ", "zh": ""}, {"en": "?", "zh": "？"}
_MAKERS: dict[str, Callable[[random.Random, str], Item]] = {"choice": _choice, "number": _number, "exact": _exact}
_TEXTS: dict[str, list[str]] = {
    language: [
        turn
        for question in load_questions()
        for turn in question.turns
        if question.language == language and len(turn) > 80
    ]
    for language in LANGUAGES
}


def read_texts() -> list[str]:
    """The texts of the example data, which the tokenizer is trained on."""
    turns = [question.turns for question in load_questions()] + [response.turns for response in load_responses()]
    return [text for each in turns for text in each]


def tokenizer(texts: list[str]) -> Any:
    """A byte-level tokenizer trained on the example data, with one token per digit."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    fast: Any = transformers.PreTrainedTokenizerFast
    return fast(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="<pad>", clean_up_tokenization_spaces=False
    )


def teach(tiny: TinyModel, words: Any, folder: Path) -> int:
    """Create a model, train it, save it, and return its number of parameters."""
    torch.manual_seed(SEED)
    shape = {"hidden_size": tiny.width, "intermediate_size": 3 * tiny.width, "num_hidden_layers": tiny.depth}
    config = getattr(transformers, f"{tiny.architecture}Config")(**(SHAPE | shape))
    model = getattr(transformers, f"{tiny.architecture}ForCausalLM")(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    source = lessons(random.Random(SEED))
    for step in range(tiny.steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1.0, (step + 1) / 30) * (1.0 - step / tiny.steps)
        batch = _batch([next(source) for _ in range(BATCH)], words)
        loss = model(**batch).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 20 == 0 or step == tiny.steps - 1:
            print(f"{tiny.name}: step {step}, loss {loss.item():.3f}", flush=True)
    model.eval().save_pretrained(folder)
    words.save_pretrained(folder)
    return sum(weight.numel() for weight in model.parameters())


def _batch(pairs: list[tuple[str, str]], words: Any) -> dict[str, torch.Tensor]:
    """A batch of questions with answers; only the answers and their end tokens are learned."""
    batch = words([asked + answer + words.eos_token for asked, answer in pairs], return_tensors="pt", padding=True)
    learned = torch.zeros_like(batch["input_ids"])
    for row, (asked, _) in enumerate(pairs):
        learned[row, len(words(asked)["input_ids"]) :] = 1
    labels = batch["input_ids"].masked_fill((batch["attention_mask"] * learned) == 0, -100)
    return {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], "labels": labels}


def record(tiny: TinyModel, folder: Path, parameters: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Evaluate a model on the bundled tasks with the real engine; return facts on the run and its predictions."""
    selected = select_tasks([FAMILY.name], data_dir=Path())
    evaluation = Evaluation(tiny.name, model_revision([folder], {}), selected, SETTINGS)
    context = PromptContext(
        tokenizer=None, room=context_length(folder), count=lambda text: len(words(text)["input_ids"])
    )
    words = transformers.AutoTokenizer.from_pretrained(folder)
    database = open_database(str(folder / "run.db"))
    with ExitStack() as stack:
        settings = ModelSettings(str(folder), device="cpu", dtype="float32")
        run_id = evaluate(
            database,
            evaluation,
            lambda: stack.enter_context(open_backend(settings, RunSettings())),
            context,
            now=lambda: datetime.now(UTC),
            report=lambda *_: None,
        )
    with database.reading() as session:
        stored = [one for task in FAMILY.tasks for one in predictions(session, run_id, task)]
        rows = [{"model": tiny.name} | {name: getattr(one, name) for name in KEPT} for one in stored]
        causes = [one.cause for one in stored if one.cause]
    database.close()
    assert not causes, causes
    known = {
        "model": tiny.name,
        "revision": evaluation.revision,
        "architecture": tiny.architecture,
        "parameters": parameters,
        "steps": tiny.steps,
        "seed": SEED,
        "libraries": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "made_at": datetime.now(UTC).date().isoformat(),
    }
    return known, rows


def main(target: Path) -> None:
    """Train the models, evaluate them, and write the files."""
    texts = read_texts()
    words = tokenizer(texts)
    runs, lines = [], []
    with tempfile.TemporaryDirectory() as work:
        for tiny in MODELS:
            folder = Path(work) / tiny.name
            known, rows = record(tiny, folder, teach(tiny, words, folder))
            runs.append(known)
            lines += rows
    text = json.dumps(runs, indent=1, ensure_ascii=False)
    (target / "predictions_runs.json").write_text(text + "\n", encoding="utf-8")
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (target / "predictions.jsonl").write_text(body, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
