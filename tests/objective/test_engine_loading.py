"""What is said, in one sentence and before long work, when a model cannot be loaded."""

import shutil
from pathlib import Path

import pytest

from tests.objective import local_models
from tests.objective.local_models import save

torch = local_models.torch

from objective.engine.loading import load  # noqa: E402
from objective.engine.settings import ModelSettings  # noqa: E402
from storage.errors import BadInput  # noqa: E402


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(save(tmp_path_factory.mktemp("models"), "Llama"))


@pytest.fixture
def copy(llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(llama, tmp_path / "model"))


def refused(match: str, path: Path | str, **how: object) -> None:
    with pytest.raises(BadInput, match=match) as caught:
        load(ModelSettings(str(path), **how))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_or_lacks_a_part_is_named(copy: Path) -> None:
    refused("found none at", copy / "elsewhere")
    (copy / "tokenizer.json").rename(copy / "elsewhere.txt")
    refused("expected a tokenizer", copy)
    for weights in copy.glob("*.safetensors"):
        weights.unlink()
    refused("expected weights", copy)
    (copy / "config.json").unlink()
    refused("config.json", copy)


def test_a_name_that_no_hub_is_asked_for_is_a_sentence_too() -> None:
    refused("cannot be read", "nobody/nothing")


def test_broken_weights_are_a_sentence(copy: Path) -> None:
    for weights in copy.glob("*.safetensors"):
        weights.write_bytes(b"broken")
    refused("cannot be read", copy)


def test_a_gpu_that_is_not_there_is_refused(llama: Path) -> None:
    refused("finds", llama, device="cuda:63")
    refused("expected a device", llama, device="gpu")


def test_code_from_a_checkpoint_is_never_run(llama: Path) -> None:
    refused("trust_remote_code", llama, model_kwargs={"trust_remote_code": True})


def test_a_length_must_be_one(llama: Path) -> None:
    refused("2 tokens or more", llama, max_length=1)


def test_settings_reach_the_libraries(llama: Path, copy: Path) -> None:
    shutil.move(copy / "tokenizer.json", copy.parent / "tokenizer.json")
    shutil.move(copy / "tokenizer_config.json", copy.parent / "tokenizer_config.json")
    loaded = load(
        ModelSettings(
            str(copy),
            device="cpu",
            dtype="bfloat16",
            attention="eager",
            max_length=77,
            tokenizer_path=str(copy.parent),
            tokenizer_kwargs={"bos_token": "</s>"},
            model_kwargs={"use_cache": False},
        )
    )
    assert loaded.model.dtype == torch.bfloat16
    assert loaded.model.config._attn_implementation == "eager"
    assert (loaded.max_length, loaded.tokenizer.bos_token, loaded.model.config.use_cache) == (77, "</s>", False)
    plain = load(ModelSettings(str(llama), device="cpu"))
    assert (plain.model.dtype, plain.max_length, plain.tokenizer.pad_token) == (torch.float32, 256, None)
    assert plain.ends == {2}
