"""Walks the causal architectures of transformers in small sizes, through scoring and writing, against plain passes.

`python -m tests.objective.architectures [TYPE …]` prints one line a model type, the exceptions, and the sets of
`objective.engine.scoring.proven`. Texts are longer than every window and of unequal lengths; weights are random and
larger than at the start of a training, so that a token that is wrongly seen or hidden moves the scores by whole nats.
"""

import argparse
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.objective import local_models

torch, transformers = local_models.torch, local_models.transformers

import numpy as np  # noqa: E402
from transformers.models.auto.configuration_auto import CONFIG_MAPPING  # noqa: E402
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES  # noqa: E402

from objective.engine.loading.model import LoadedModel  # noqa: E402
from objective.engine.local import LocalModel  # noqa: E402
from objective.engine.passes.encoding import ModelInput, ScoringTarget  # noqa: E402
from objective.engine.passes.forward import Forward  # noqa: E402
from objective.engine.passes.memory import plan_budget  # noqa: E402
from objective.engine.passes.prefix_tree import plan_unshared  # noqa: E402
from objective.engine.scoring.likelihoods import LikelihoodScorer  # noqa: E402
from objective.engine.settings import RunSettings  # noqa: E402
from objective.request import GenerateRequest, Sampling, ScoreRequest  # noqa: E402

LENGTH = 1024
"""Number of tokens that the models read; their windows are a small part of it."""
MOST_PARAMETERS = 60_000_000
"""Number of weights above which a model was not made small by the settings below, and is left out."""
MOST_SECONDS = 20
"""Processor time for one type; recurrent layers without their compiled kernels may take minutes."""
CLOSE = 1e-3
"""Nats by which the score of a text may differ, in float32."""

_WORDS = dict.fromkeys(("vocab_size", "vocab_size_per_layer_input"), 600)
_TOKENS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "is_decoder": True}
_WIDTHS = {
    **dict.fromkeys(("hidden_size", "n_embd", "d_model", "dim", "embedding_size", "word_embed_proj_dim"), 64),
    **dict.fromkeys(("intermediate_size", "ffn_dim", "d_ff", "n_inner", "decoder_ffn_dim", "encoder_ffn_dim"), 96),
    **dict.fromkeys(("moe_intermediate_size", "shared_expert_intermediate_size"), 48),
}
_LAYERS = dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers"), 4)
_HEADS = dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads"), 4)
_LENGTHS = dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len"), LENGTH)
_PLAIN: dict[str, Any] = {**_WORDS, **_TOKENS, **_WIDTHS, **_LAYERS, **_HEADS, **_LENGTHS}
_WINDOWS: dict[str, Any] = {
    **dict.fromkeys(("sliding_window", "window_size", "attention_chunk_size"), 32),
    "keep_window_size": 16,
    "index_topk": 16,
    "attention_types": [[["global", "local"], 2]],
}
_EXPERTS: dict[str, Any] = {
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"), 4),
    **dict.fromkeys(("num_experts_per_tok", "num_experts_per_token", "moe_k", "top_k"), 2),
    **dict.fromkeys(("n_group", "topk_group", "n_shared_experts", "num_shared_experts"), 1),
}
_STATES: dict[str, Any] = {
    "linear_num_value_heads": 4,
    "linear_num_key_heads": 2,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
    "mamba_d_state": 16,
    "mamba_n_heads": 8,
    "mamba_d_head": 16,
    "state_size": 16,
    "hidden_size_per_layer_input": 16,
}
_LATENT: dict[str, Any] = {
    "q_lora_rank": 32,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 16,
    "qk_head_dim": 24,
    "v_head_dim": 16,
    "index_n_heads": 2,
    "index_head_dim": 16,
}
_TRIES: tuple[dict[str, Any], ...] = (
    {**_PLAIN, **_WINDOWS, **_EXPERTS, **_STATES, "num_key_value_heads": 2, "head_dim": 16, "rotary_dim": 8},
    {**_PLAIN, **_WINDOWS, **_EXPERTS, **_STATES, **_LATENT, "num_key_value_heads": 4},
    {**_PLAIN, **_WINDOWS, **_EXPERTS, "num_key_value_heads": 4},
    {**_PLAIN, "num_key_value_heads": 4},
)
"""Settings that make a model small, the richest first; each model takes those that its configuration knows."""


@dataclass(frozen=True)
class Walked:
    """What one model type did.

    Attributes:
        kind: model type.
        unbuilt: why no small model of this type could be made or run; None if one was.
        obstacle: why its configuration rules sharing out; None if it does not.
        parts: greatest difference in nats, or the error, by way of computing: `shared`, `grouped`, `batched`, `single`.
        wrong: what the engine with all its checks got wrong; empty if nothing.
        because: why the engine did not share, and why it computed texts one by one.
        unwritten: why its texts could not be compared, because `generate` of the library fails; None if they were.
    """

    kind: str
    unbuilt: str | None = None
    obstacle: str | None = None
    parts: Mapping[str, float | str] = ()  # type: ignore[assignment]
    wrong: tuple[str, ...] = ()
    because: tuple[str | None, str | None] = (None, None)
    unwritten: str | None = None

    def is_right(self, way: str) -> bool:
        """Whether this way of computing gives the scores of plain passes."""
        found = dict(self.parts).get(way)
        return isinstance(found, float) and found <= CLOSE


def kinds() -> list[str]:
    """The model types that continue text, in alphabetical order."""
    return sorted(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


def build(kind: str, **changes: Any) -> Any:
    """A small model of a type with large random weights, always the same.

    Raises:
        Exception: whatever the library raises for its last settings, or MemoryError if the model is not small.
    """
    problem: Exception = ValueError("its scores are not finite")
    for settings in _TRIES:
        try:
            model = _built(kind, settings | changes)
            with torch.inference_mode():
                logits = model(torch.arange(5, 60)[None], use_cache=False).logits
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001
            problem = error
        else:
            if logits.isfinite().all():
                return model
    raise problem


def _built(kind: str, settings: Mapping[str, Any]) -> Any:
    config_class = CONFIG_MAPPING[kind]
    known = {*config_class().to_dict(), *getattr(config_class, "attribute_map", {})}
    config = config_class(**{name: value for name, value in settings.items() if name in known})
    with torch.device("meta"):
        size = sum(one.numel() for one in transformers.AutoModelForCausalLM.from_config(config).parameters())
    if size > MOST_PARAMETERS:
        raise MemoryError(f"it has {size:,} weights")
    torch.manual_seed(3)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() >= 2 and weights.is_floating_point():
                weights.normal_(0, 0.5 if "embed" in name or "wte" in name else 0.12)
    return model


def texts() -> list[ModelInput]:
    """Three questions after common examples, of 115, 135 and 260 tokens, each with four endings."""
    draw = np.random.default_rng(5)
    begin, made = draw.integers(5, 300, 100), list[ModelInput]()
    for length in (15, 35, 160):
        question = draw.integers(5, 300, length)
        for size in (4, 7, 7, 12):
            whole = np.concatenate([begin, question, draw.integers(5, 300, size)]).astype(np.int32)
            made.append(ModelInput(whole[:-1], [ScoringTarget(len(made), len(whole) - 1 - size, whole[-size:])]))
    return made


def plain_nats(model: Any, item: ModelInput) -> float:
    """The score of a text by one pass of its own."""
    with torch.inference_mode():
        logits = model(torch.from_numpy(item.tokens.astype("int64"))[None], use_cache=False).logits[0].double()
    target = item.targets[0]
    logs = torch.log_softmax(logits, -1)[target.start : target.start + len(target.tokens)]
    return float(logs[torch.arange(len(target.tokens)), torch.from_numpy(target.tokens.astype("int64"))].sum())


def loaded(model: Any) -> LoadedModel:
    """A model with the tokenizer of the tests."""
    return LoadedModel(model, local_models.tokenizer(adds_bos=True), torch.device("cpu"), LENGTH)


def walk(kind: str) -> Walked:
    """Build one model type, and compare every way of computing and the engine with plain passes."""
    try:
        model = build(kind)
        items = texts()
        expected = [plain_nats(model, item) for item in items]
    except TimeoutError:
        raise
    except Exception as error:  # noqa: BLE001  a library of 200 architectures raises anything
        return Walked(kind, unbuilt=f"{type(error).__name__}: {str(error).splitlines()[0][:90] if str(error) else ''}")
    parts = {way: _difference(model, way, items, expected) for way in ("shared", "grouped", "batched", "single")}
    try:
        engine = LocalModel(loaded(model))
    except Exception as error:  # noqa: BLE001
        return Walked(kind, parts=parts, wrong=(f"it cannot be opened: {type(error).__name__}: {error}"[:160],))
    expected_texts = written_by_library(engine, model)
    unwritten = expected_texts if isinstance(expected_texts, str) else None
    wrong = _tried(lambda: wrong_scores(engine, model))
    if not isinstance(expected_texts, str):
        wrong += _tried(lambda: wrong_texts(engine, expected_texts))
    sharing = engine.sharing
    return Walked(
        kind,
        obstacle=sharing.unshared_because,
        parts=parts,
        wrong=tuple(wrong),
        because=(sharing.unshared_because, sharing.unbatched_because),
        unwritten=unwritten,
    )


def _tried(compare: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(compare())
    except TimeoutError:
        raise
    except Exception as error:  # noqa: BLE001
        return [f"it fails: {type(error).__name__}: {str(error)[:80]}"]


def _difference(model: Any, way: str, items: list[ModelInput], expected: list[float]) -> float | str:
    forward = Forward(loaded(model))
    scorer = LikelihoodScorer(
        forward, plan_budget(forward.loaded, RunSettings(tokens=4096)), share=True, batch=way != "single"
    )
    try:
        if way == "grouped":
            forward.use_grouped_attention()
        found = scorer.score(items) if way in ("shared", "grouped") else scorer.run(plan_unshared(items))
        return max(abs(one.nats - expected[one.request]) for one in found)
    except TimeoutError:
        raise
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {str(error)[:60]}"
    finally:
        forward.use_library_attention()


def requests() -> list[ScoreRequest]:
    """Questions of two few-shot prompts with four options each: about 60 and 200 tokens."""
    return [
        ScoreRequest(context, option)
        for shots in (1, 6)
        for context, options in local_models.questions(1, shots)
        for option in options
    ]


def wrong_scores(engine: LocalModel, model: Any) -> Iterator[str]:
    """What the engine scores otherwise than plain passes do."""
    asked = requests()
    for number, one in engine.score(asked):
        tokenizer = engine.forward.loaded.tokenizer
        whole = tokenizer(asked[number].context + asked[number].continuation)["input_ids"]
        start = len(tokenizer(asked[number].context)["input_ids"])
        item = np.array(whole, np.int32)
        nats = plain_nats(model, ModelInput(item[:-1], [ScoringTarget(0, start - 1, item[start:])]))
        if not abs(one.nats - nats) <= CLOSE:
            yield f"score of {number} by {one.nats - nats:.3g} nats"


def prompts() -> list[str]:
    """A short and a longer prompt."""
    return [local_models.questions(1, shots)[0][0] for shots in (0, 3)]


def written_by_library(engine: LocalModel, model: Any) -> list[str] | str:
    """What `generate` of transformers writes after each of the prompts, or why it fails."""
    texts, tokenizer = [], engine.forward.loaded.tokenizer
    try:
        for prompt in prompts():
            ids = tokenizer(prompt, return_tensors="pt").input_ids
            with torch.inference_mode():
                out = model.generate(ids, max_new_tokens=20, do_sample=False, pad_token_id=0)
            texts.append(str(tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)))
    except TimeoutError:
        raise
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {str(error)[:80]}"
    return texts


def wrong_texts(engine: LocalModel, expected: list[str]) -> Iterator[str]:
    """What the engine writes otherwise than the library does."""
    asked = [GenerateRequest(prompt, Sampling(max_tokens=20)) for prompt in prompts()]
    for number, (text,) in engine.generate(asked):
        if text.text != expected[number]:
            yield f"text {number}: {text.text[:20]!r} for {expected[number][:20]!r}"


def _bounded(kind: str) -> Walked:
    """`walk`, given up after a time."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"not done after {MOST_SECONDS} seconds of processor time")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        return walk(kind)
    except TimeoutError as error:
        return Walked(kind, unbuilt=str(error))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> None:
    """Walk the named model types, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="TYPE")
    chosen = parser.parse_args().kinds or kinds()
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    transformers.utils.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    walked = []
    for kind in chosen:
        one = _bounded(kind)
        walked.append(one)
        print(f"{kind:<26} {one.unbuilt or dict(one.parts)} {one.obstacle or ''} {one.wrong or ''}", flush=True)
    built = [one for one in walked if one.unbuilt is None]
    print(f"\n{len(built)} of {len(walked)} types were built; wrong after all checks: ", end="")
    print([one.kind for one in built if one.wrong])
    print("texts not compared, because the library cannot write them:", [one.kind for one in built if one.unwritten])
    for way in ("shared", "batched", "single"):
        print(f"{way}:", sorted(one.kind for one in built if one.is_right(way)))
        print(f"not {way}:", sorted(one.kind for one in built if not one.is_right(way)))


if __name__ == "__main__":
    main()
