"""Speed of the local engine beside lm-evaluation-harness 0.4.13, on the same questions and the same random model.

    python -m tests.benchmarks.objective_speed --harness ENV/bin/python       # a processor; medians of 5
    python -m tests.benchmarks.objective_speed --device cuda --shape 8b       # a GPU

On a processor each side is a process of its own that loads the model once; the two take turns, one torch thread
each, and CPU seconds of scoring or writing are compared, without loading. `--harness` is the Python of an
environment with `lm-eval[hf]==0.4.13`. Questions are AGIEval logiqa-en and GSM8K where the public data lies beside the
checkout, else they are made of the standard library's docstrings.

On a GPU weights are random and made in place, the questions come from docstrings, seconds are wall seconds, and the
other side is the harness where it is installed, always also a plain loop as the harness runs it: requests sorted by
length, fixed batches, one pass for options of one token, all predictions of all places.
"""

import argparse
import gzip
import inspect
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")

DATA = Path(__file__).parents[3] / "shared" / "data" / "objective"
STOP = ["\n\n", "Question:"]
SHAPES = {
    "tiny": (4, 256, 4, 4, 688, 8192),
    "small": (12, 768, 12, 12, 2048, 8192),
    "wide": (2, 256, 4, 4, 688, 131072),
    "1b": (16, 2048, 32, 8, 8192, 128256),
    "8b": (32, 4096, 32, 8, 14336, 128256),
}
"""Layers, hidden size, heads, key-value heads, inner size, vocabulary; the last two are those of Llama 3."""
MODULES = ("os", "shutil", "statistics", "inspect", "asyncio", "socket", "subprocess", "typing", "logging", "argparse")


def docstring_questions(per_module: int) -> dict[str, list[dict[str, Any]]]:
    """Which sentence opens the documentation of a function: the same questions each time, by module."""
    made: dict[str, list[dict[str, Any]]] = {}
    for name in MODULES:
        chance = random.Random(name)
        module = __import__(name)
        texts = {}
        for key, value in sorted(vars(module).items()):
            names = {key: value} | ({f"{key}.{k}": v for k, v in vars(value).items()} if inspect.isclass(value) else {})
            for full, thing in names.items():
                text = " ".join((inspect.getdoc(thing) or "").split()) if callable(thing) and key[0] != "_" else ""
                if len(text) > 60:
                    texts[full] = text
        keys = sorted(texts)
        rows = []
        for number in range(per_module + 5):
            key = keys[number % len(keys)]
            others = chance.sample([k for k in keys if k != key], 4)
            context = " ".join(texts[k][:260] for k in others)
            options = [texts[k].split(". ")[0][:110] for k in others[:3]]
            place = chance.randrange(4)
            options.insert(place, texts[key].split(". ")[0][:110])
            question = f"In module {name} one finds: {context}\nWhich sentence opens the documentation of {key}?"
            rows.append({"question": question, "options": options, "answer": place})
        made[name] = rows
    return made


def logiqa(number: int) -> list[dict[str, Any]]:
    """Items of AGIEval logiqa-en with four options: five shots and `number` questions."""
    rows = []
    with gzip.open(DATA / "agieval" / "logiqa-en.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            options = [option[3:].strip() if option[:1] == "(" else option for option in row["options"] or ()]
            if len(options) == 4 and all(options) and row["label"] in "ABCD":
                text = f"{row.get('passage') or ''}\n{row['question']}".strip()
                rows.append({"question": text, "options": options, "answer": "ABCD".index(row["label"])})
    return rows[: number + 5]


def pairs(rows: list[dict[str, Any]], kind: str, shots: int) -> list[list[str]]:
    """Contexts and continuations: letters, or the options' texts; the first five rows are the shots."""

    def asked(row: dict[str, Any]) -> str:
        if kind == "letters":
            lines = "\n".join(f"{letter}. {option}" for letter, option in zip("ABCD", row["options"], strict=True))
            return f"{row['question']}\n{lines}\nAnswer:"
        return f"Question: {row['question']}\nAnswer:"

    def answers(row: dict[str, Any]) -> list[str]:
        return [f" {letter}" for letter in "ABCD"] if kind == "letters" else [f" {one}" for one in row["options"]]

    beginning = "".join(f"{asked(row)}{answers(row)[row['answer']]}\n\n" for row in rows[:shots])
    return [[beginning + asked(row), answer] for row in rows[5:] for answer in answers(row)]


def prompts(number: int) -> list[str]:
    """Prompts of GSM8K with five shots; of docstrings where it is not at hand."""
    path = DATA / "gsm8k" / "test.jsonl.gz"
    if path.is_file():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file][: number + 5]
        shots = "".join(f"Question: {row['question']}\nAnswer: {row['answer']}\n\n" for row in rows[:5])
        return [f"{shots}Question: {row['question']}\nAnswer:" for row in rows[5:]]
    found = [text for rows in docstring_questions(number).values() for text, _ in pairs(rows, "texts", 5)[::4]]
    return found[:number]


def build(folder: Path, shape: str) -> Path:
    """A random Llama and a tokenizer trained on the standard library, saved as transformers saves them."""
    import torch
    from transformers import LlamaForCausalLM

    path = folder / shape
    torch.manual_seed(0)
    LlamaForCausalLM(config(shape)).save_pretrained(path)
    tokenizer().save_pretrained(path)
    return path


def config(shape: str) -> Any:
    """Of a Llama with the given shape."""
    from transformers import LlamaConfig

    layers, hidden, heads, pairs_, inner, words = SHAPES[shape]
    return LlamaConfig(
        vocab_size=words,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=pairs_,
        max_position_embeddings=4096,
        initializer_range=0.04,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )


def tokenizer() -> Any:
    """8,192 byte-level pieces of the standard library's text."""
    import sysconfig

    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    library = Path(sysconfig.get_paths()["stdlib"])
    trainer = trainers.BpeTrainer(
        vocab_size=8192,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(
        (path.read_text("utf-8", errors="ignore") for path in sorted(library.glob("*.py"))[:160]), trainer
    )
    wrapped: Any = PreTrainedTokenizerFast
    return wrapped(tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="<pad>")


# --- the two sides, each a process that answers one line of JSON with another


def our_side(path: Any, dtype: Any = "auto") -> Callable[[dict[str, Any]], list[Any]]:
    """The engine."""
    from objective.engine.local import LocalModel
    from objective.engine.settings import ModelSettings, RunSettings
    from objective.request import GenerateRequest, Sampling, ScoreRequest

    model = LocalModel(ModelSettings(path, device="cpu", dtype=dtype) if isinstance(path, str) else path, RunSettings())

    def answer(task: dict[str, Any]) -> list[Any]:
        if "prompts" in task:
            how = Sampling(max_tokens=task["new"], stop=tuple(STOP))
            texts = dict(model.generate([GenerateRequest(prompt, how) for prompt in task["prompts"]]))
            return [texts[place][0].text for place in range(len(texts))]
        scored = dict(model.score([ScoreRequest(*pair) for pair in task["pairs"]]))
        return [scored[place].nats for place in range(len(scored))]

    return answer


def their_side(path: Any, batch: int, **given: Any) -> Callable[[dict[str, Any]], list[Any]]:
    """lm-evaluation-harness."""
    Instance = import_module("lm_eval.api.instance").Instance  # noqa: N806
    model = import_module("lm_eval.models.huggingface").HFLM(pretrained=path, batch_size=batch, **given)

    def answer(task: dict[str, Any]) -> list[Any]:
        if "prompts" in task:
            how = {"until": list(STOP), "max_gen_toks": task["new"], "do_sample": False}
            asked = [Instance("generate_until", {}, (prompt, dict(how)), 0) for prompt in task["prompts"]]
            return list(model.generate_until(asked, disable_tqdm=True))
        asked = [Instance("loglikelihood", {}, tuple(pair), 0) for pair in task["pairs"]]
        return [nats for nats, _ in model.loglikelihood(asked, disable_tqdm=True)]

    return answer


def serve(side: str, path: str, batch: int, dtype: str) -> None:
    """Answer tasks from standard input until it ends."""
    import torch

    torch.set_num_threads(1)
    if side == "ours":
        answer = our_side(path, dtype)
    else:
        answer = their_side(path, batch, device="cpu", dtype=dtype, softmax_dtype="float32")
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        before = greatest_memory(forget=True)
        begun = time.process_time()
        results = answer(json.loads(line))
        seconds = time.process_time() - begun
        grown = greatest_memory(forget=False) - before
        out.write(json.dumps({"seconds": seconds, "results": results, "memory": grown}) + "\n")
        out.flush()


def greatest_memory(*, forget: bool) -> int:
    """The greatest resident memory of this process so far, in KiB; it may be reset first (Linux)."""
    if forget:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


class Side:
    """A process of one side."""

    def __init__(self, python: str, side: str, path: Path, batch: int, dtype: str = "float32") -> None:
        self.name = side if side == "ours" else f"harness, batch {batch}"
        arguments = [python, "-m", "tests.benchmarks.objective_speed", "--serve", side, "--path", str(path)]
        self._process = subprocess.Popen(
            [*arguments, "--batch", str(batch), "--dtype", dtype],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "true"},
        )

    def ask(self, task: dict[str, Any]) -> dict[str, Any]:
        """One task's results, CPU seconds, and growth of the greatest resident memory in KiB."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> None:
        """Close the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def compare(sides: list[Side], name: str, task: dict[str, Any], rounds: int) -> None:
    """Let the sides take turns, and print medians, the ratio to the fastest other one, and how results differ."""
    seconds: dict[str, list[float]] = {side.name: [] for side in sides}
    results: dict[str, list[Any]] = {}
    for _ in range(rounds):
        for side in sides:
            answer = side.ask(task)
            seconds[side.name].append(answer["seconds"])
            results[side.name] = answer["results"]
    ours = seconds["ours"]
    others = {side: times for side, times in seconds.items() if side != "ours"}
    for who, times in seconds.items():
        print(f"  {name:24} {who:18} {statistics.median(times):8.2f} s  ({min(times):.2f} to {max(times):.2f})")
    best = min(others, key=lambda side: statistics.median(others[side]), default=None)
    if best is None:
        return
    ratios = [theirs / our for theirs, our in zip(others[best], ours, strict=True)]
    ratio = statistics.median(others[best]) / statistics.median(ours)
    print(
        f"  {name:24} ratio {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), {differences(results, best)}",
        flush=True,
    )


def differences(results: dict[str, list[Any]], other: str) -> str:
    """How far the two sides' results are apart."""
    ours, theirs = results["ours"], results[other]
    if isinstance(ours[0], str):
        return f"{sum(a != b for a, b in zip(ours, theirs, strict=True))} of {len(ours)} texts differ"
    most = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    picks = [
        [max(range(4), key=run[at : at + 4].__getitem__) for at in range(0, len(run), 4)] for run in (ours, theirs)
    ]
    other_picks = sum(a != b for a, b in zip(*picks, strict=True))
    return f"largest difference {most:.1e} nats, {other_picks} of {len(picks[0])} choices differ"


def on_processor(asked: argparse.Namespace) -> None:
    """The table of the targets."""
    with tempfile.TemporaryDirectory() as folder:
        path = build(Path(folder), asked.shape or "tiny")
        rows = logiqa(asked.questions) if (DATA / "agieval").is_dir() else docstring_questions(asked.questions)["os"]
        batches = [int(batch) for batch in asked.batches.split(",")] if asked.harness else []
        sides = [Side(asked.harness, "theirs", path, batch) for batch in batches]
        sides.append(Side(sys.executable, "ours", path, 0))
        tasks: dict[str, dict[str, Any]] = {
            "letters, 5 shots": {"pairs": pairs(rows, "letters", 5)},
            "texts, 5 shots": {"pairs": pairs(rows, "texts", 5)},
            "texts, 0 shots": {"pairs": pairs(rows, "texts", 0)},
            "writing, 5 shots": {"prompts": prompts(asked.prompts), "new": asked.new},
        }
        for name, task in tasks.items():
            if asked.only in name:
                scoring = "pairs" in task
                chosen = [
                    side for side in sides if not scoring or side.name in ("ours", f"harness, batch {batches[0]}")
                ]
                compare(chosen if batches else sides, name, task, asked.rounds)
        for side in sides:
            side.end()
        if asked.only in "memory":
            memory(asked, Path(folder))


def memory(asked: argparse.Namespace, folder: Path) -> None:
    """Growth of the greatest memory: 8 inputs of 2,048 tokens, a vocabulary of 131,072."""
    path = build(folder, "wide")
    words = " ".join(text for rows in docstring_questions(40).values() for text, _ in pairs(rows, "texts", 0))
    task = {"pairs": [[words[at : at + 5200], f" {words[at + 5200 : at + 5290]}"] for at in range(0, 8 * 6000, 6000)]}
    grown = {}
    for python, side in ((asked.harness, "theirs"), (sys.executable, "ours")):
        if python:
            process = Side(python, side, path, 8)
            grown[side] = process.ask(task)["memory"] / 1024
            print(f"  memory                   {process.name:18} {grown[side]:8.0f} MiB above the loaded model")
            process.end()
    if len(grown) == 2:
        print(f"  memory                   ours is {grown['ours'] / grown['theirs']:.2f} of theirs")


# --- on a GPU, all in one process


def plain_loop(model: Any, words: Any, batch: int) -> Callable[[dict[str, Any]], list[Any]]:
    """What the harness does, written out: no prefix is shared, all predictions are made, softmax in float32."""
    import torch

    def batches(task: dict[str, Any]) -> Iterator[list[tuple[list[int], dict[tuple[int, ...], list[int]]]]]:
        """Inputs sorted by length, options that differ in one token together."""
        inputs: dict[tuple[int, ...], dict[tuple[int, ...], list[int]]] = {}
        for number, (context, option) in enumerate(task["pairs"]):
            whole, start = words.encode(context + option), len(words.encode(context))
            inputs.setdefault(tuple(whole[:-1]), {}).setdefault(tuple(whole[start:]), []).append(number)
        ranked = sorted(inputs.items(), key=lambda item: -len(item[0]))
        for at in range(0, len(ranked), batch):
            yield [(list(tokens), wanted) for tokens, wanted in ranked[at : at + batch]]

    def answer(task: dict[str, Any]) -> list[Any]:
        nats = [0.0] * len(task["pairs"])
        with torch.inference_mode():
            for some in batches(task):
                width = max(len(tokens) for tokens, _ in some)
                ids = torch.tensor([tokens + [0] * (width - len(tokens)) for tokens, _ in some], device=model.device)
                logs = torch.log_softmax(model(ids, use_cache=False).logits, dim=-1, dtype=torch.float32)
                for row, (tokens, wanted) in enumerate(some):
                    for option, numbers in wanted.items():
                        at = torch.tensor(option, device=model.device)
                        part = logs[row, len(tokens) - len(option) : len(tokens)]
                        for number in numbers:
                            nats[number] = float(part.gather(1, at[:, None]).sum())
        return nats

    return answer


def peak(size: int = 8192) -> float:
    """Operations per second of a large bf16 matrix product, the median of ten."""
    import torch

    one, other = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    times = []
    for _ in range(13):
        event: Any = torch.cuda.Event
        begin, end = event(enable_timing=True), event(enable_timing=True)
        begin.record()
        one @ other
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) / 1000)
    return float(2 * size**3 / statistics.median(times[3:]))


def timed(answer: Callable[[dict[str, Any]], list[Any]], task: dict[str, Any], rounds: int) -> tuple[float, list[Any]]:
    """Median wall seconds, and the results."""
    import torch

    times, results = [], []
    for _ in range(rounds):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        results = answer(task)
        torch.cuda.synchronize()
        times.append(time.perf_counter() - begun)
    return statistics.median(times), results


def on_gpu(asked: argparse.Namespace) -> None:
    """Tokens per second, share of the matrix peak, and ratios."""
    import torch
    from transformers import LlamaForCausalLM

    from objective.engine.loading.model import LoadedModel
    from objective.engine.local import LocalModel
    from objective.engine.settings import RunSettings

    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model: Any = LlamaForCausalLM(config(asked.shape))
    model.eval()
    torch.set_default_dtype(torch.float32)
    words = tokenizer()
    engine = LocalModel(LoadedModel(model, words, model.device, 4096), RunSettings(tokens=asked.tokens))
    top = peak()
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {asked.shape}, bf16")
    print(f"  matrix peak {top / 1e12:.0f} TFLOP/s; prefixes are not shared because: {engine.unshared_because}")
    rows = docstring_questions(asked.questions // len(MODULES))
    for kind in ("letters", "texts"):
        if asked.only in kind:
            task = {"pairs": [pair for each in rows.values() for pair in pairs(each, kind, 5)]}
            score_on_gpu(asked, engine, (kind, task), top)
    if asked.only in "writing":
        write_on_gpu(asked, engine)
    print(f"  greatest memory {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB")


def score_on_gpu(asked: argparse.Namespace, engine: Any, named: tuple[str, dict[str, Any]], top: float) -> None:
    """Score one kind of task with the engine, the plain loop, and the harness if it is installed."""
    from objective.request import ScoreRequest

    kind, task = named
    model, words = engine.forward.loaded.model, engine.forward.loaded.tokenizer

    def ours(given: dict[str, Any]) -> list[Any]:
        scored = dict(engine.score([ScoreRequest(*pair) for pair in given["pairs"]]))
        return [scored[place].nats for place in range(len(scored))]

    ours({"pairs": task["pairs"][:400]})
    before = engine.forward.tokens
    seconds, results = timed(ours, task, asked.rounds)
    tokens = (engine.forward.tokens - before) / asked.rounds
    share = 2 * sum(part.numel() for part in model.model.layers.parameters()) * tokens / seconds / top
    print(f"  {kind}: {len(task['pairs'])} options, ours {seconds:.2f} s, {tokens / seconds:,.0f} tokens/s computed")
    print(f"  {kind}: {tokens:,.0f} tokens, the layers' matrices at {share:.0%} of the peak", flush=True)
    others = {f"plain loop, batch {asked.batch}": plain_loop(model, words, asked.batch)}
    try:
        others[f"harness, batch {asked.batch}"] = their_side(model, asked.batch, tokenizer=words)
    except ImportError:
        print("  the harness is not installed here")
    for name, other in others.items():
        other({"pairs": task["pairs"][:128]})
        theirs, found = timed(other, task, 1)
        apart = differences({"ours": results, "other": found}, "other")
        print(f"  {kind}: {name} {theirs:.2f} s, ratio {theirs / seconds:.2f}, {apart}", flush=True)


def write_on_gpu(asked: argparse.Namespace, engine: Any) -> None:
    """Write texts with the engine and with `generate` of transformers."""
    from objective.request import GenerateRequest, Sampling

    model, words = engine.forward.loaded.model, engine.forward.loaded.tokenizer
    how = Sampling(max_tokens=asked.new, stop=tuple(STOP))
    texts = prompts(asked.prompts)
    asking = [GenerateRequest(text, how) for text in texts]
    list(engine.generate(asking[:8]))
    seconds, _ = timed(lambda _: list(engine.generate(asking)), {}, 1)
    rate = len(asking) * asked.new / seconds
    print(f"  writing: {len(asking)} texts of {asked.new} tokens, ours {seconds:.2f} s, {rate:,.0f} new tokens/s")
    words.padding_side = "left"

    def library(_: dict[str, Any]) -> list[Any]:
        for at in range(0, len(texts), asked.batch):
            given = words(texts[at : at + asked.batch], return_tensors="pt", padding=True).to(model.device)
            given.pop("token_type_ids", None)
            model.generate(**given, max_new_tokens=asked.new, do_sample=False, pad_token_id=0)
        return []

    theirs, _ = timed(library, {}, 1)
    print(f"  writing: generate of transformers, batch {asked.batch}, {theirs:.2f} s, ratio {theirs / seconds:.2f}")


def main() -> None:
    """Run one side, the comparison on a processor, or that on a GPU."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--harness", default="", help="Python of an environment with lm-eval")
    options.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options.add_argument("--shape", choices=tuple(SHAPES), default=None)
    options.add_argument("--questions", type=int, default=200)
    options.add_argument("--prompts", type=int, default=16)
    options.add_argument("--new", type=int, default=96, help="new tokens of each text at most")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--batches", default="1,8", help="the harness's; scoring takes the first only")
    options.add_argument("--batch", type=int, default=32, help="of the other side on a GPU")
    options.add_argument("--tokens", type=int, default=None, help="of one pass of ours on a GPU")
    options.add_argument("--only", default="", help="part of a task's name")
    options.add_argument("--serve", default="", help=argparse.SUPPRESS)
    options.add_argument("--dtype", default="float32", help=argparse.SUPPRESS)
    options.add_argument("--path", default="", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.serve:
        serve(asked.serve, asked.path, asked.batch, asked.dtype)
    elif asked.device == "cuda":
        asked.shape = asked.shape or "1b"
        on_gpu(asked)
    else:
        on_processor(asked)


if __name__ == "__main__":
    main()
