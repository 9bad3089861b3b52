"""WMT: news from and into English, in the years and languages that the harness asks."""

from collections.abc import Iterator
from pathlib import Path

from objective.task import Family, Mode, Task, Template
from objective.tasks.data_folder import DataFolder
from objective.tasks.language.rows import Row
from objective.tasks.language.translation.sentences import pair_lines, read_lines, translation_task
from objective.tasks.published_files import HubSource, open_published
from objective.tasks.published_prompts.prompts import fill, published_prompt

FOLDERS = ("wmt14", "wmt16", "wmt")
_SPLIT = "test"
_LANGUAGES = {"en": "English", "de": "German", "fr": "French", "ro": "Romanian"}
_PAIRS = {
    "wmt14-en-fr": "fr-en",
    "wmt14-fr-en": "fr-en",
    "wmt16-en-de": "de-en",
    "wmt16-de-en": "de-en",
    "wmt16-en-ro": "ro-en",
    "wmt16-ro-en": "ro-en",
}
"""Names of the pairs on the data hub, by task; a pair serves both directions."""


def _parallel_texts(data_dir: Path, year: str, source: str, target: str) -> DataFolder | None:
    """The folder with the two plain texts of a direction, as sacrebleu stores and prints them."""
    for folder in (data_dir / year, data_dir / "wmt", data_dir):
        found = DataFolder(folder)
        if all(found.has(f"{year}.{source}-{target}.{part}") for part in ("src", "ref")):
            return found
    return None


def _hub_pairs(rows: list[dict[str, object]], source: str, target: str, title: str) -> Iterator[tuple[str, str]]:
    for number, values in enumerate(rows):
        sentences = Row(values, str(number), title).part("translation")
        yield sentences.text(source), sentences.text(target)


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load the test set of one direction, such as `wmt16-de-en`.

    It is read from `wmt16.de-en.src` and `.ref` as sacrebleu writes them, or from the rows of a data hub.

    Raises:
        NotFound: the data folder has no file for this task.
        BadInput: a row lacks a sentence, or the two texts do not have the same lines.
    """
    year, source, target = name.split("-")
    words = {"source": _LANGUAGES[source], "target": _LANGUAGES[target], "sentence": "{question}"}
    template = Template(fill(published_prompt("lm_eval", "wmt").question, words))
    folder = _parallel_texts(data_dir, year, source, target)
    if folder is not None:
        texts = [read_lines(folder, f"{year}.{source}-{target}.{part}") for part in ("src", "ref")]
        pairs, digest = pair_lines(texts[0], texts[1], title=name), folder.digest
    else:
        pair = _PAIRS[name]
        data = open_published(
            data_dir,
            folders=(f"{year}/{pair}", pair, *FOLDERS),
            files={_SPLIT: (f"{year}.{pair}.test*", "test*")},
            title=name,
            hub=HubSource(f"wmt/{year}", pair),
        )
        pairs = list(_hub_pairs(data.rows(_SPLIT), source, target, name))
        digest = data.digest
    return translation_task(name, mode, pairs, template=template, language=target, source=digest)


FAMILY = Family(
    name="wmt",
    title="translation of news from and into English",
    source="https://www.statmt.org/wmt16",
    licence="for research",
    tasks=tuple(_PAIRS),
    load=load,
    modes=("gen",),
    folders=FOLDERS,
    languages=("en", "de", "fr", "ro"),
    abilities=("language",),
    splits="test; no examples",
    metric="sentence_chrf; bleu, chrf",
    verified="prompts: lm-eval 0.4.13 wmt14 and wmt16",
)
