"""What the files of a local model say: its revision (a digest), its maximum length, and whether it may read images."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from storage.errors import BadInput
from storage.values import canonical_json, digest

_ENDINGS = {".json", ".safetensors", ".bin", ".model", ".txt", ".tiktoken", ".jinja", ".pt", ".pth"}
_CHUNK = 2**24
WEIGHTS = ("*.safetensors", "*.bin", "*.safetensors.index.json", "*.bin.index.json")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "*.tiktoken")
_PROCESSORS = ("processor_config.json", "preprocessor_config.json")
_LENGTHS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")


def model_revision(folders: Sequence[Path], how: Mapping[str, object]) -> str:
    """SHA-256 of the weights, configuration and tokenizer files in some folders, and of how they are loaded.

    Every byte is read, because a model that was trained further differs only in its weights.

    Args:
        folders: folders of the model and of a separate tokenizer or adapter; subfolders are ignored.
        how: arguments that affect the output, such as the precision.

    Raises:
        BadInput: a folder does not exist or contains no such files.
    """
    parts = []
    for folder in folders:
        if not folder.is_dir():
            raise BadInput(f"expected a model folder, found none at {str(folder)!r}; check the path")
        files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in _ENDINGS)
        if not files:
            raise BadInput(f"expected the files of a model in {str(folder)!r}, found none; is the download complete?")
        with ThreadPoolExecutor() as pool:
            parts.append([[path.name, found] for path, found in zip(files, pool.map(_digest, files), strict=True)])
    return digest(canonical_json({"files": parts, "how": dict(how)}))


def check_folder(path: str, tokenizer_path: str | None) -> None:
    """Check that a model folder is complete; hub names are left to the library.

    Raises:
        BadInput: there is no such folder, or it has no configuration, weights or tokenizer.
    """
    folder = Path(path)
    if not folder.is_dir():
        if folder.is_absolute() or path.startswith((".", "~")):
            raise BadInput(f"expected a model folder, found none at {path!r}; check the path")
        return
    if not (folder / "config.json").is_file():
        raise BadInput(f"expected config.json in the model folder {path!r}, found none; check the path")
    if not any(found for pattern in WEIGHTS for found in folder.glob(pattern)):
        raise BadInput(f"expected weights (*.safetensors or *.bin) in {path!r}, found none; is the download complete?")
    tokenizer = Path(tokenizer_path or path)
    if tokenizer.is_dir() and not any(found for pattern in TOKENIZERS for found in tokenizer.glob(pattern)):
        raise BadInput(f"expected a tokenizer in {str(tokenizer)!r}, found none; name its folder with --tokenizer-path")


def context_length(folder: Path) -> int | None:
    """Maximum number of tokens that a model reads, from its configuration; None if it does not say."""
    config = _configuration(folder)
    for part in (config.get("text_config"), config):
        if isinstance(part, dict):
            found = [part[name] for name in _LENGTHS if isinstance(part.get(name), int)]
            if found:
                return int(found[0])
    return None


def may_read_images(folder: Path) -> bool:
    """Whether the folder of a model has a processor of images, told without a library.

    Without one a model reads none; with one, `objective.engine.loading.vision.is_asked_with_images` decides.
    """
    return any((folder / name).is_file() for name in _PROCESSORS)


def _configuration(folder: Path) -> dict[str, Any]:
    """The configuration of a model; empty if it cannot be read."""
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()
