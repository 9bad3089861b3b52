"""A model that cannot be loaded gives one error before any long work."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.objective import local_models
from tests.objective.local_models import PlainModel, questions, save

torch = local_models.torch

from objective.engine.loading.model import load_model  # noqa: E402
from objective.engine.local import LocalModel  # noqa: E402
from objective.engine.settings import ModelSettings  # noqa: E402
from objective.request import ScoreRequest  # noqa: E402
from storage.errors import BadInput  # noqa: E402


@pytest.fixture(scope="module")
def llama(model_folder: Path) -> Path:
    return Path(save(model_folder, "Llama"))


@pytest.fixture
def copy(llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(llama, tmp_path / "model"))


def refused(match: str, path: Path | str, **how: object) -> None:
    with pytest.raises(BadInput, match=match) as caught:
        load_model(ModelSettings(str(path), **how))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_missing_or_incomplete_folder_is_named(copy: Path) -> None:
    refused("found none at", copy / "elsewhere")
    (copy / "tokenizer.json").rename(copy / "elsewhere.txt")
    refused("expected a tokenizer", copy)
    for weights in copy.glob("*.safetensors"):
        weights.unlink()
    refused("expected weights", copy)
    (copy / "config.json").unlink()
    refused("config.json", copy)


def test_an_unknown_hub_name_is_one_error() -> None:
    refused("cannot be read", "nobody/nothing")


def test_broken_weights_are_one_error(copy: Path) -> None:
    for weights in copy.glob("*.safetensors"):
        weights.write_bytes(b"broken")
    refused("cannot be read", copy)


def test_a_missing_gpu_is_rejected(llama: Path) -> None:
    refused("finds", llama, device="cuda:63")
    refused("expected a device", llama, device="gpu")


def test_code_from_a_checkpoint_runs_only_when_asked_for(copy: Path) -> None:
    """Even a configuration of its own cannot be read without it."""
    config = json.loads((copy / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "own.OwnConfig"}
    (copy / "config.json").write_text(json.dumps(config | {"model_type": "own"}))
    (copy / "own.py").write_text(
        "from transformers import LlamaConfig\nclass OwnConfig(LlamaConfig):\n    raise RuntimeError('it ran')\n"
    )
    refused("trust_remote_code", copy)
    refused("it ran", copy, model_kwargs={"trust_remote_code": True})


def requests() -> list[ScoreRequest]:
    return [ScoreRequest(context, option) for context, options in questions(3) for option in options]


def scores(path: str, **how: object) -> list[float]:
    model = LocalModel(ModelSettings(path, device="cpu", **how))  # type: ignore[arg-type]
    assert model.unshared_because is None
    found = dict(model.score(requests()))
    return [found[place].nats for place in range(len(found))]


@pytest.fixture(scope="module")
def adapter(llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter with random weights on all projections of the attention."""
    peft = pytest.importorskip("peft", reason="the extra adapters is not installed")
    torch.manual_seed(5)
    bare = local_models.transformers.AutoModelForCausalLM.from_pretrained(llama)
    names = ["q_proj", "k_proj", "v_proj", "o_proj"]
    made = peft.get_peft_model(bare, peft.LoraConfig(r=4, target_modules=names, init_lora_weights=False))
    folder = tmp_path_factory.mktemp("adapters") / "lora"
    made.save_pretrained(folder)
    return folder


def test_an_adapter_scores_as_with_the_library_that_made_it(llama: Path, adapter: Path) -> None:
    reference = PlainModel(str(llama))
    peft = pytest.importorskip("peft")
    reference.model = peft.PeftModel.from_pretrained(reference.model, adapter).eval()
    found = scores(str(llama), peft_path=str(adapter))
    expected = [reference.nats(request.context, request.continuation)[0] for request in requests()]
    assert found == pytest.approx(expected, abs=1e-3)
    assert found != pytest.approx(scores(str(llama)), abs=0.1)


def test_a_folder_without_an_adapter_is_rejected_before_the_model_is_read(copy: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft", reason="the extra adapters is not installed")
    for weights in copy.glob("*.safetensors"):
        weights.write_bytes(b"broken")
    refused("expected adapter_config.json", copy, peft_path=str(tmp_path))


FOUR_BITS = {"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}
EIGHT_BITS = {"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("how", [FOUR_BITS, EIGHT_BITS])
def test_quantised_weights_share_prefixes_and_score_near_their_model(llama: Path, how: dict[str, object]) -> None:
    """Random weights suffer more from 4 bits than trained ones; the order of most options stays."""
    pytest.importorskip("bitsandbytes", reason="the extra quantized is not installed")
    whole, less = scores(str(llama)), scores(str(llama), model_kwargs=how)
    assert 1e-4 < max(abs(one - other) for one, other in zip(whole, less, strict=True)) < 5
    assert np.corrcoef(whole, less)[0, 1] > 0.95


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_adapter_works_with_quantised_weights(llama: Path, adapter: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="the extra quantized is not installed")
    whole = scores(str(llama), peft_path=str(adapter))
    less = scores(str(llama), peft_path=str(adapter), model_kwargs=FOUR_BITS)
    assert np.corrcoef(whole, less)[0, 1] > 0.95
    assert less != pytest.approx(scores(str(llama), model_kwargs=FOUR_BITS), abs=0.1)


def test_a_maximum_length_below_two_is_rejected(llama: Path) -> None:
    refused("2 tokens or more", llama, max_length=1)


def test_settings_reach_the_libraries(llama: Path, copy: Path) -> None:
    shutil.move(copy / "tokenizer.json", copy.parent / "tokenizer.json")
    shutil.move(copy / "tokenizer_config.json", copy.parent / "tokenizer_config.json")
    loaded = load_model(
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
    plain = load_model(ModelSettings(str(llama), device="cpu"))
    assert (plain.model.dtype, plain.max_length, plain.tokenizer.pad_token) == (torch.float32, 256, None)
    assert plain.ends == {2}
