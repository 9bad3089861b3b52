"""A library of local models that is not installed is one sentence; every other error stays as it is."""

import importlib
import sys

import pytest

from app.models.local_libraries import local_libraries
from storage.errors import BadInput


def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    said = r"expected torch for a local model, found none; .*'evenhand\[local\]'"
    with pytest.raises(BadInput, match=said), local_libraries():
        importlib.import_module("torch")


def test_another_error_is_not_taken_for_a_missing_library() -> None:
    with pytest.raises(ValueError, match="broken"), local_libraries():
        raise ValueError("broken")
