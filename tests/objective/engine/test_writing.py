"""Generated texts equal `generate` of transformers, and do not depend on how the engine runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.objective import local_models
from tests.objective.local_models import load_once, load_plain, questions, save

torch = local_models.torch

from objective.engine.local import LocalModel  # noqa: E402
from objective.engine.settings import ModelSettings, RunSettings  # noqa: E402
from objective.engine.writing.token_sampling import next_tokens, random_for_text  # noqa: E402
from objective.request import GeneratedText, GenerateRequest, Sampling  # noqa: E402

DRAWN = Sampling(max_tokens=6, temperature=0.9, top_p=0.8, seed=5, samples=3)


@pytest.fixture(scope="module", params=[("Llama", True), ("Qwen2", False)])
def path(model_folder: Path, request: pytest.FixtureRequest) -> str:
    name, adds_bos = request.param
    return save(model_folder, name, adds_bos=adds_bos)


def written(path: str, requests: list[GenerateRequest], **how: Any) -> list[tuple[GeneratedText, ...]]:
    results = dict(load_once(path, **how).generate(requests))
    assert sorted(results) == list(range(len(requests)))
    return [results[place] for place in range(len(requests))]


def asked(sampling: Sampling, number: int = 4) -> list[GenerateRequest]:
    return [GenerateRequest(prompt, sampling) for prompt, _ in questions(number)]


def test_texts_at_temperature_0_equal_those_of_transformers(path: str) -> None:
    reference = load_plain(path)
    requests = [*asked(Sampling(max_tokens=12)), GenerateRequest("of", Sampling(max_tokens=5))]
    for request, (text,) in zip(requests, written(path, requests, rows=4), strict=True):
        assert text.text == reference.text(request.prompt, request.sampling.max_tokens)
        assert text.finish == ("length" if text.completion_tokens == request.sampling.max_tokens else "end")
        assert text.prompt_tokens == len(reference.tokenizer(request.prompt)["input_ids"])


def test_texts_end_at_the_first_stop_string_which_is_cut_off(path: str) -> None:
    requests = asked(Sampling(max_tokens=24))
    free = written(path, requests)
    for request, (text,) in zip(requests, free, strict=True):
        stop = text.text[5:7]
        (ended,) = written(path, [replace(request, sampling=Sampling(max_tokens=24, stop=("never so", stop)))])[0]
        assert ended.text == text.text[: text.text.index(stop)]
        assert ended.finish == "stop"
        assert ended.completion_tokens < text.completion_tokens


@pytest.mark.parametrize("how", [{"rows": 1}, {"rows": 64}, {"share": False}])
def test_sampled_texts_do_not_depend_on_their_batch(path: str, how: dict[str, Any]) -> None:
    requests = asked(DRAWN)
    expected = written(path, requests, rows=8)
    assert written(path, requests[::-1], **how)[::-1] == expected
    assert written(path, requests[2:3], **how) == expected[2:3]
    assert len({text.text for text in expected[0]}) == 3
    other = written(path, asked(replace(DRAWN, seed=6)), **how)
    assert other != expected


@pytest.mark.parametrize("how", [{"rows": 4}, {"share": False}, {"continuous": True}])
def test_reported_likeliest_tokens_equal_a_plain_pass(path: str, how: dict[str, Any]) -> None:
    """Three at each place and the token's own, in every way of writing; other texts beside them tell none."""
    told = [replace(one, sampling=Sampling(max_tokens=5, top_logprobs=3)) for one in asked(DRAWN, 3)]
    texts = written(path, [*told, *asked(Sampling(max_tokens=4), 2)], **how)
    assert all(one.tokens == () for (one,) in texts[3:])
    model = load_plain(path)
    for request, (text,) in zip(told, texts, strict=False):
        ids = model.tokenizer(request.prompt)["input_ids"]
        assert "".join(token.text for token in text.tokens) == text.text
        for token in text.tokens:
            with torch.no_grad():
                logs = torch.log_softmax(model.model(torch.tensor([ids])).logits[0, -1].double(), dim=0)
            best = logs.topk(3)
            expected = {
                model.tokenizer.decode([one]): nats
                for one, nats in zip(best.indices.tolist(), best.values.tolist(), strict=True)
            }
            assert token.top == pytest.approx(expected, abs=1e-4)
            ids.append(int(best.indices[0]))


def test_a_sampled_token_is_reported_with_the_likeliest_and_a_stop_string_is_not(path: str) -> None:
    drawn = replace(DRAWN, temperature=3.0, top_p=1.0, max_tokens=12, samples=1, top_logprobs=1)
    ((text,),) = written(path, asked(drawn, 1))
    assert {len(token.top) for token in text.tokens} <= {1, 2} and any(len(token.top) == 2 for token in text.tokens)
    assert all(token.text in token.top and max(token.top.values()) < 0 for token in text.tokens)
    whole = "".join(token.text for token in text.tokens)
    stop = whole[6:8]
    ((cut,),) = written(path, asked(replace(drawn, stop=(stop,)), 1))
    assert len(cut.tokens) < len(text.tokens)
    assert "".join(token.text for token in cut.tokens).startswith(cut.text)
    assert cut.text == whole[: whole.index(stop)]


def test_a_finished_text_is_replaced_by_the_next(path: str) -> None:
    """Nine texts of 1 to 9 tokens in two rows: no pass is made for a text that has ended."""
    requests = [replace(one, sampling=Sampling(max_tokens=number + 1)) for number, one in enumerate(asked(DRAWN, 9))]
    model = LocalModel(ModelSettings(path, device="cpu"), RunSettings(rows=2, check=False))
    before = model.forward.calls
    results = dict(model.generate(requests))
    assert [results[number][0].completion_tokens for number in range(9)] == list(range(1, 10))
    # One pass for the prefix, at most nine for prompts; the 36 further tokens fill two rows but at the end.
    assert model.forward.calls - before <= 2 + 9 + 36 / 2 + 9
    assert [results[number] for number in range(9)] == written(path, requests, rows=1)


@pytest.mark.parametrize(("how", "all_tokens"), [({"rows": 2}, 1 + 2 + 12), ({"share": False}, 5 + 12)])
def test_a_text_that_nobody_wants_ends_at_its_next_token(path: str, how: dict[str, Any], all_tokens: int) -> None:
    """One is given up once the model has computed five tokens, one of them of a prefix if it is shared."""
    given_up, never_begun, stays = asked(Sampling(max_tokens=12), 3)
    computed: list[int] = []
    requests = [
        replace(given_up, is_wanted=lambda: sum(computed) < 5),
        replace(never_begun, is_wanted=lambda: False),
        stays,
    ]
    model = load_once(path, **how)
    count = model.forward.loaded.model.get_output_embeddings().register_forward_hook(
        lambda _module, _given, logits: computed.append(logits.shape[:-1].numel())
    )
    try:
        results = dict(model.generate(requests))
    finally:
        count.remove()
    assert results == {2: written(path, [stays])[0]} and results[2][0].completion_tokens == 12
    assert sum(computed) == all_tokens, "none for the text that was never begun"


def test_running_out_of_memory_restarts_with_fewer_rows(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = asked(DRAWN)
    expected = written(path, requests)
    model = LocalModel(ModelSettings(path, device="cpu"), RunSettings(rows=8))
    plain = model.forward.logits

    def small(ids: Any, keep: Any, arguments: Any = None) -> Any:
        if ids.shape[0] > 3:
            raise torch.OutOfMemoryError
        return plain(ids, keep, arguments)

    monkeypatch.setattr(model.forward, "logits", small)
    results = dict(model.generate(requests))
    assert [results[place] for place in range(len(requests))] == expected


@pytest.mark.parametrize(
    ("name", "changes"), [("Mistral", {"sliding_window": 16}), ("Bloom", {"n_layer": 2, "n_head": 4})]
)
def test_models_that_cannot_share_write_the_same_as_the_library(
    model_folder: Path, name: str, changes: dict[str, Any]
) -> None:
    path = save(model_folder, name, **changes)
    reference = load_plain(path)
    requests = asked(Sampling(max_tokens=6), 2)
    for request, (text,) in zip(requests, written(path, requests), strict=True):
        assert text.text == reference.text(request.prompt, 6)


def test_sampling_follows_the_probabilities_within_top_p() -> None:
    """Odds of 0.5, 0.3, 0.2: with top_p 0.75 the third never comes, the others in a ratio of 5 to 3."""
    logits = torch.log(torch.tensor([[0.2, 0.5, 0.3]])).repeat(4000, 1)
    sampling = Sampling(temperature=1.0, top_p=0.75)
    drawn = next_tokens(logits, [(sampling, random_for_text(sampling, sample, b"prompt")) for sample in range(4000)])
    counts = [drawn.count(token) for token in range(3)]
    assert counts[0] == 0
    assert counts[1] / 4000 == pytest.approx(5 / 8, abs=0.03)
    warm = Sampling(temperature=2.0)
    drawn = next_tokens(logits, [(warm, random_for_text(warm, sample, b"prompt")) for sample in range(4000)])
    roots = [odds**0.5 for odds in (0.2, 0.5, 0.3)]
    assert [drawn.count(token) / 4000 for token in range(3)] == pytest.approx(
        [root / sum(roots) for root in roots], abs=0.03
    )
    assert next_tokens(logits[:2], [(Sampling(), random_for_text(Sampling(), 0, b""))] * 2) == [1, 1]


def test_continuous_batching_writes_the_same_texts_with_the_same_ends(path: str) -> None:
    requests = asked(Sampling(max_tokens=8), 2) + asked(Sampling(max_tokens=5, stop=(" ",)), 2)
    assert written(path, requests, continuous=True) == written(path, requests)
    drawn = asked(Sampling(max_tokens=6, temperature=1.0), 1)
    assert written(path, drawn, continuous=True) == written(path, drawn), "chance stays with our own batches"
