"""Whatever the architecture, the engine gives the scores and texts of plain passes, beyond every window."""

import os
from typing import Any

import pytest

from tests.objective import local_models
from tests.objective.architectures import build, kinds, loaded, walk, written_by_library, wrong_scores, wrong_texts

torch = local_models.torch

from objective.engine.local import LocalModel  # noqa: E402
from objective.engine.scoring import proven  # noqa: E402
from objective.engine.settings import RunSettings  # noqa: E402

FAMILIES = (
    "llama",
    "gpt_neo",
    "doge",
    "gemma2",
    "llama4_text",
    "gpt_neox",
    "bloom",
    "qwen3_moe",
    "deepseek_v2",
)
EVERY = "EVENHAND_ARCHITECTURES"
"""Set it for all architectures of the installed transformers; that takes about half an hour."""
LONG_ROPE = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0] * 8,
    "long_factor": [1.0 + number for number in range(8)],
    "original_max_position_embeddings": 128,
}


@pytest.mark.parametrize("kind", kinds() if os.environ.get(EVERY) else FAMILIES)
def test_scores_and_texts_equal_plain_passes(kind: str) -> None:
    found = walk(kind)
    if found.unbuilt is not None:
        assert kind not in FAMILIES, found.unbuilt
        pytest.skip(found.unbuilt)
    assert kind not in FAMILIES or found.unwritten is None, "texts of these families are compared too"
    assert not found.wrong
    if found.obstacle is None and proven.shares_prefixes(kind):
        assert found.is_right("shared")
    if proven.runs_in_batches(kind):
        assert found.is_right("batched")
    assert found.is_right("single")


def test_windows_that_begin_beyond_the_first_question_are_noticed_at_the_lengths_of_the_run() -> None:
    """GPT-Neo's window is not named in a setting that the engine knows; a short run shares, a longer one does not."""
    engine = LocalModel(loaded(build("gpt_neo", window_size=128)))
    assert engine.unshared_because is None
    short = torch.arange(5, 45).numpy().astype("int32")
    engine.sharing.prepare([short], 40)
    assert engine.unshared_because is None
    engine.sharing.prepare([short.repeat(10)], 400)
    assert "differs by" in str(engine.unshared_because)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("phi3", {"rope_scaling": LONG_ROPE, "sliding_window": None}),
        ("llama4_text", {"floor_scale": 16, "attn_temperature_tuning": True}),
    ],
)
def test_settings_that_depend_on_length_are_right_too(kind: str, changes: dict[str, Any]) -> None:
    model = build(kind, **changes)
    engine = LocalModel(loaded(model))
    expected = written_by_library(engine, model)
    assert isinstance(expected, list), expected
    assert [*wrong_scores(engine, model), *wrong_texts(engine, expected)] == []


def test_an_architecture_that_was_not_compared_is_not_trusted_at_16_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding hides errors there, as of GPT-Neo by 0.4 nats."""
    monkeypatch.setattr(proven, "SHARES_PREFIXES", frozenset())
    monkeypatch.setattr(proven, "RUNS_IN_BATCHES", frozenset())
    engine = LocalModel(loaded(build("llama").to(torch.bfloat16)), RunSettings())
    engine.sharing.prepare([torch.arange(5, 45).numpy().astype("int32")], 40)
    assert "was not compared beforehand" in str(engine.unshared_because)
