"""Log-likelihoods of the engine equal plain forward passes of transformers."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from tests.objective import local_models
from tests.objective.local_models import LENGTH, load_once, load_plain, questions, save

torch = local_models.torch

from objective.engine.local import LocalModel  # noqa: E402
from objective.engine.scoring import likelihoods  # noqa: E402
from objective.engine.settings import ModelSettings, RunSettings  # noqa: E402
from objective.request import RollingRequest, ScoredContinuation, ScoreRequest  # noqa: E402
from storage.errors import BadInput  # noqa: E402

CLOSE = 1e-4


def pairs(number: int = 6, shots: int = 2) -> list[ScoreRequest]:
    return [ScoreRequest(context, option) for context, options in questions(number, shots) for option in options]


def letters(number: int = 6) -> list[ScoreRequest]:
    return [ScoreRequest(context, f" {letter}") for context, _ in questions(number) for letter in "ABCD"]


def scored(model: LocalModel, requests: list[ScoreRequest]) -> list[ScoredContinuation]:
    results = dict(model.score(requests))
    assert sorted(results) == list(range(len(requests)))
    return [results[place] for place in range(len(requests))]


def loaded(path: str, **how: Any) -> LocalModel:
    return LocalModel(ModelSettings(path, device="cpu"), RunSettings(**how))


@pytest.fixture(scope="module")
def llama(model_folder: Path) -> str:
    return save(model_folder, "Llama", adds_bos=True)


@pytest.fixture(scope="module")
def qwen(model_folder: Path) -> str:
    return save(model_folder, "Qwen2", tie_word_embeddings=True)


@pytest.fixture(scope="module", params=["llama", "qwen"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def check(path: str, requests: list[ScoreRequest], results: list[ScoredContinuation]) -> None:
    reference = load_plain(path)
    for request, result in zip(requests, results, strict=True):
        nats, tokens, greedy = reference.nats(request.context, request.continuation)
        assert result.nats == pytest.approx(nats, abs=CLOSE)
        assert (result.tokens, result.greedy, result.truncated) == (tokens, greedy, 0)
        assert result.bytes == len(request.continuation.encode())


def test_shared_prefixes_give_the_scores_of_a_plain_pass_per_option(path: str) -> None:
    model = load_once(path)
    assert model.unshared_because is None
    for requests in (pairs(), letters(), pairs(shots=0)):
        check(path, requests, scored(model, requests))


def test_results_do_not_depend_on_order_batch_or_sharing(path: str) -> None:
    requests = pairs() + letters()
    first = scored(load_once(path), requests)
    for other in (load_once(path, tokens=1), load_once(path, tokens=150), load_once(path, share=False)):
        assert [one.nats for one in scored(other, requests)] == pytest.approx([one.nats for one in first], abs=CLOSE)
    turned = scored(load_once(path), requests[::-1])[::-1]
    assert [one.nats for one in turned] == pytest.approx([one.nats for one in first], abs=CLOSE)
    assert [one.greedy for one in turned] == [one.greedy for one in first]


def test_each_shared_prefix_is_computed_once(llama: str) -> None:
    """4 shots, then 6 questions with 4 options: the sum of the tree's edges, not of its paths."""
    requests = pairs(shots=4)
    model = loaded(llama, check=False)
    tokenizer = model.forward.loaded.tokenizer
    wholes = [tokenizer(one.context + one.continuation)["input_ids"][:-1] for one in requests]
    edges = {tuple(whole[: end + 1]) for whole in wholes for end in range(len(whole))}
    scored(model, requests)
    assert len(edges) <= model.forward.tokens < 1.25 * len(edges)
    assert model.forward.tokens < sum(map(len, wholes)) / 6


def test_options_of_one_token_share_one_pass(llama: str) -> None:
    """Four options after one context are four predictions at one place."""
    model = loaded(llama, check=False)
    (context, _), *_ = questions(1)
    results = scored(model, [ScoreRequest(context, option) for option in (":", "(", "\n", ",")])
    assert [one.tokens for one in results] == [1, 1, 1, 1]
    assert model.forward.tokens == len(model.forward.loaded.tokenizer(context)["input_ids"])


def test_spaces_at_the_end_of_a_context_belong_to_the_continuation(path: str) -> None:
    model = load_once(path)
    apart, together = scored(model, [ScoreRequest("What is it? ", "a loaf"), ScoreRequest("What is it?", " a loaf")])
    assert apart.nats == pytest.approx(together.nats, abs=CLOSE)
    assert apart.tokens == together.tokens


def test_an_empty_context_is_the_first_token_and_never_two_of_them(path: str) -> None:
    model, reference = load_once(path), load_plain(path)
    bare = reference.tokenizer("a loaf of bread", add_special_tokens=False)["input_ids"]
    expected = reference.of_tokens([1, *bare], 1)[0]
    requests = [ScoreRequest("", "a loaf of bread"), ScoreRequest("<s>", "a loaf of bread"), ScoreRequest("  ", "x")]
    results = scored(model, requests)
    assert [one.nats for one in results[:2]] == pytest.approx([expected, expected], abs=CLOSE)
    assert results[0].tokens == len(bare)


def test_a_long_input_is_rejected_before_any_work_or_cut_on_the_left(llama: str) -> None:
    long, short = ScoreRequest("word " * 400, "of bread"), ScoreRequest("a loaf", " of bread")
    model = load_once(llama)
    before = model.forward.calls
    with pytest.raises(BadInput, match="at most 256 tokens"):
        next(model.score([short, long]))
    assert model.forward.calls == before
    cut = scored(load_once(llama, too_long="cut"), [short, long])
    reference = load_plain(llama)
    whole = reference.tokenizer(long.context + long.continuation)["input_ids"]
    start = len(reference.tokenizer(long.context.rstrip())["input_ids"])
    kept = whole[-(LENGTH + 1) :]
    assert cut[1].truncated == len(whole) - 1 - LENGTH
    assert cut[1].nats == pytest.approx(reference.of_tokens(kept, len(kept) - (len(whole) - start))[0], abs=CLOSE)
    assert cut[0].truncated == 0


def test_a_continuation_without_tokens_is_an_error(llama: str) -> None:
    with pytest.raises(BadInput, match="adds tokens"):
        next(load_once(llama).score([ScoreRequest("a loaf", "")]))


def test_out_of_memory_halves_the_batch_and_changes_nothing(llama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = pairs(8)
    expected = scored(load_once(llama), requests)
    model = loaded(llama)
    plain = model.forward.logits
    seen: list[int] = []

    def small(ids: Any, keep: Any, arguments: Any = None) -> Any:
        if ids.numel() > 260:
            raise torch.OutOfMemoryError
        seen.append(ids.numel())
        return plain(ids, keep, arguments)

    monkeypatch.setattr(model.forward, "logits", small)
    results = scored(model, requests)
    assert [one.nats for one in results] == pytest.approx([one.nats for one in expected], abs=CLOSE)
    assert len(seen) > 1


def test_a_halved_budget_grows_again() -> None:
    from objective.engine.passes.memory import PASSES_BEFORE_GROWTH, MemoryBudget

    budget = MemoryBudget(1000, 100, 5000)
    budget.halve()
    budget.halve()
    assert (budget.tokens, budget.places, budget.cached) == (250, 25, 1250)
    for _ in range(3 * PASSES_BEFORE_GROWTH):
        budget.settle()
    assert (budget.tokens, budget.places, budget.cached) == (1000, 100, 5000)


WINDOWED = {"sliding_window": 16}
BLOOM = {"n_layer": 2, "n_head": 4, "hidden_size": 48}


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("Mistral", WINDOWED, "sliding attention"),
        ("Gemma2", WINDOWED | {"head_dim": 12}, "sliding attention"),
        ("Llama", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}}, "rotary"),
        ("Bloom", BLOOM, "ALiBi|does not accept"),
    ],
)
def test_models_that_cannot_share_fall_back_and_give_the_reason(
    model_folder: Path, caplog: pytest.LogCaptureFixture, name: str, changes: dict[str, Any], reason: str
) -> None:
    path = save(model_folder, name, **changes)
    with caplog.at_level(logging.WARNING, logger="objective.engine.local"):
        model = loaded(path)
    assert model.unshared_because is not None
    assert model.unshared_because in caplog.text
    assert re.search(reason, model.unshared_because)
    requests = pairs(2)
    check(path, requests, scored(model, requests))


def test_a_window_as_long_as_the_context_shares(model_folder: Path) -> None:
    path = save(model_folder, "Mistral", sliding_window=LENGTH)
    model = loaded(path)
    assert model.unshared_because is None
    check(path, pairs(2), scored(model, pairs(2)))


def test_the_initial_check_detects_a_model_that_ignores_masks(llama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from objective.engine.passes.forward import Forward

    plain = Forward.logits

    def blind(self: Forward, ids: Any, keep: Any, arguments: Any = None) -> Any:
        given = dict(arguments or {})
        if given.get("mask") is not None:
            given["mask"] = torch.zeros_like(given["mask"])
        return plain(self, ids, keep, given)

    monkeypatch.setattr(Forward, "logits", blind)
    reason = loaded(llama).unshared_because
    assert reason is not None
    assert "differs by" in reason


def test_grouped_attention_is_used_only_if_the_layers_support_it(model_folder: Path) -> None:
    """Llama has two query heads for each pair of keys; Mistral's layers also name their window."""
    plain = loaded(save(model_folder, "Llama"))
    windowed = loaded(save(model_folder, "Mistral", sliding_window=LENGTH))
    alone = loaded(save(model_folder, "Llama", num_key_value_heads=4))
    assert [model.forward.layout.heads_per_key for model in (plain, windowed, alone)] == [2, 1, 1]
    assert [model.unshared_because for model in (plain, windowed, alone)] == [None, None, None]


def test_a_softmax_in_pieces_is_the_softmax(llama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = scored(load_once(llama), pairs(2))
    monkeypatch.setattr(likelihoods, "MAX_SOFTMAX_CELLS", 1)
    assert [one.nats for one in scored(loaded(llama), pairs(2))] == pytest.approx(
        [one.nats for one in expected], abs=CLOSE
    )


def test_rolling_windows_score_each_token_once_with_the_fullest_context(model_folder: Path) -> None:
    """Windows of four: 1-4 after the first token, 5-8 after token 4 …, the last ones after as many as fit."""
    path = save(model_folder, "Llama", max_position_embeddings=4)
    model, reference = loaded(path, check=False), load_plain(path)
    text = "a loaf of rye bread"
    tokens = reference.tokenizer(text)["input_ids"]
    assert len(tokens) > 8 and len(tokens) % 4
    expected = reference.of_tokens([1, *tokens[:4]], 1)[0]
    for end in range(8, len(tokens) + 4, 4):
        last = min(end, len(tokens))
        count = last - (end - 4)
        expected += reference.of_tokens(tokens[last - 5 : last], 5 - count)[0]
    (result,) = (one for _, one in model.rolling([RollingRequest(text)]))
    assert result.nats == pytest.approx(expected, abs=CLOSE)
    assert (result.tokens, result.bytes) == (len(tokens), len(text))


def test_a_text_in_one_window_is_scored_after_one_first_token(path: str) -> None:
    model, reference = load_once(path), load_plain(path)
    bare = reference.tokenizer("a loaf of bread\n", add_special_tokens=False)["input_ids"]
    results = dict(model.rolling([RollingRequest("a loaf of bread\n"), RollingRequest("")]))
    assert results[0].nats == pytest.approx(reference.of_tokens([1, *bare], 1)[0], abs=CLOSE)
    assert (results[0].tokens, results[1].tokens, results[1].nats) == (len(bare), 0, 0)


def test_tokens_include_special_tokens(llama: str) -> None:
    assert load_once(llama).tokens("<s>of")[0] == "<s>"
    assert load_once(llama).tokens("of")[:1] == ["<s>"]
    assert load_once(llama).tokens("<s>of").count("<s>") == 1
