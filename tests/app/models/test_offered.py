"""The file of models on offer: what it may say, and a sentence for everything else."""

from pathlib import Path

import pytest

from app.models.offered import read_offered
from app.models.references import LocalReference
from storage.errors import BadInput

GOOD = """
[wren-2b]
base_url = "http://127.0.0.1:8000/v1"
model = "wren"
weight = 2
price_in = 0.5
body = { reasoning_effort = "low" }

[finch-7b]
model = "hf:models/finch"
temperature = 0
"""


def read(tmp_path: Path, text: str, **variables: str) -> list[object]:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    return list(read_offered(path, variables))


def test_a_file_with_a_served_and_a_local_model(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(GOOD, encoding="utf-8")
    served, local = read_offered(path, {})
    assert (served.name, served.reference.label, served.weight, served.price.prompt) == ("wren-2b", "wren", 2.0, 0.5)
    assert served.stored_settings["reasoning_effort"] == "low"
    assert isinstance(local.reference, LocalReference)
    assert local.settings.temperature == 0.0


def test_a_key_comes_from_its_variable_and_shows_nowhere(tmp_path: Path) -> None:
    text = GOOD.replace('model = "wren"', 'model = "wren"\nkey_variable = "WREN_KEY"')
    found = read(tmp_path, text, WREN_KEY="canary-4711")
    assert "canary-4711" not in repr(found)
    with pytest.raises(BadInput, match="WREN_KEY"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least two models"),
        ("[a]\nbase_url = 1\n[b]\n", "expected a text for base_url"),
        (GOOD.replace("weight", "wieght"), "got 'wieght'"),
        (GOOD.replace("weight = 2", "weight = 0"), "more than 0 for weight"),
        (GOOD.replace("weight = 2", "weight = nan"), "more than 0 for weight"),
        (GOOD.replace("weight = 2", "weight = true"), "a number for weight"),
        (GOOD.replace("http://127.0.0.1:8000/v1", "https://models.example/v1"), "expected a key for models.example"),
        (GOOD.replace("http://127.0.0.1:8000/v1", "ftp://x"), "expected base_url"),
        (GOOD.replace('base_url = "http://127.0.0.1:8000/v1"\n', ""), "expected base_url"),
        (GOOD.replace('"hf:models/finch"', '"recorded:x"'), "to write responses"),
        (GOOD + "body = { temperature = 0.2 }\n", "expected no body for a model of this machine"),
        ("[a\n", "expected TOML"),
        ("a = 1\nb = 2\n", "expected a table"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_offered(tmp_path / "none.toml", {})
