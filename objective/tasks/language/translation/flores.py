"""FLORES-200: sentences from English into other languages and back, asked in the words of OpenCompass.

OpenCompass asks the first 100 sentences of `devtest` (`--limit 100`) after the eight nearest examples of `dev`; here
the first examples of `dev` are shown where `--shots` asks for them.
"""

from dataclasses import replace
from pathlib import Path

from objective.task import Family, Item, Mode, Task, TaskGroup, Template
from objective.tasks.data_folder import DataFolder, find_folder
from objective.tasks.language.translation.sentences import pair_lines, read_lines, translation_task
from objective.tasks.published_prompts.prompts import fill, published_prompt

FOLDERS = ("flores200_dataset/devtest", "flores/devtest", "flores200", "flores", "flores_first100")
_NAMES = {
    "eng_Latn": "English",
    "zho_Hans": "Chinese (Simpl)",
    "zho_Hant": "Chinese (Trad)",
    "arb_Arab": "Arabic",
    "deu_Latn": "German",
    "fra_Latn": "French",
    "hin_Deva": "Hindi",
    "ind_Latn": "Indonesian",
    "ita_Latn": "Italian",
    "jpn_Jpan": "Japanese",
    "kor_Hang": "Korean",
    "por_Latn": "Portuguese",
    "rus_Cyrl": "Russian",
    "spa_Latn": "Spanish",
    "swh_Latn": "Swahili",
    "tha_Thai": "Thai",
    "tur_Latn": "Turkish",
    "vie_Latn": "Vietnamese",
}
"""Names of the languages in the prompt, by the code of their files."""

_ENGLISH = "eng_Latn"
_OTHERS = tuple(code for code in _NAMES if code != _ENGLISH)
_FROM = tuple(f"flores-{_ENGLISH}-{code}" for code in _OTHERS)
_INTO = tuple(f"flores-{code}-{_ENGLISH}" for code in _OTHERS)


def _pairs(folder: DataFolder, split: str, source: str, target: str) -> list[tuple[str, str]]:
    first, second = (read_lines(folder, f"{code}.{split}") for code in (source, target))
    return pair_lines(first, second, title=f"FLORES {source} and {target}")


def _examples(folder: DataFolder, source: str, target: str) -> tuple[Item, ...]:
    """The sentences of `dev`, in the folder of the authors beside that of `devtest`, or in the same."""
    for path in (folder.path.parent / "dev", folder.path):
        dev = DataFolder(path)
        if dev.has(f"{source}.dev") and dev.has(f"{target}.dev"):
            pairs = _pairs(dev, "dev", source, target)
            made = translation_task("", "gen", pairs, template=Template(""), language=target, source="")
            return tuple(replace(item, key=f"example-{item.key}") for item in made.items)
    return ()


def load(name: str, data_dir: Path, mode: Mode) -> Task:
    """Load one direction, such as `flores-eng_Latn-zho_Hans`.

    Raises:
        NotFound: the data folder has no file for one of the languages.
        BadInput: the files of the two languages do not have the same lines.
    """
    _, source, target = name.split("-")
    folder = find_folder(data_dir, FOLDERS, needs=f"{source}.devtest", title=name)
    pairs = _pairs(folder, "devtest", source, target)
    words = {"source": _NAMES[source], "target": _NAMES[target], "sentence": "{question}"}
    template = Template(fill(published_prompt("opencompass", "flores").question, words), join="\n", between="\n")
    task = translation_task(name, mode, pairs, template=template, language=target, source=folder.digest)
    return replace(task, pool=_examples(folder, source, target))


FAMILY = Family(
    name="flores",
    title="translation from English into 17 languages and back",
    source="https://github.com/openlanguagedata/flores",
    licence="CC BY-SA 4.0",
    tasks=_FROM + _INTO,
    load=load,
    modes=("gen",),
    groups=(TaskGroup("flores-from-english", _FROM), TaskGroup("flores-into-english", _INTO)),
    folders=FOLDERS,
    languages=("en", "zh", "ar", "de", "es", "fr", "hi", "id", "it", "ja", "ko", "pt", "ru", "sw", "th", "tr", "vi"),
    abilities=("language",),
    splits="devtest; examples from dev",
    metric="sentence_chrf; bleu, chrf",
    verified="prompt: OpenCompass flores_gen_806ede, without its choice of examples",
    data_checked="first 100 sentences of devtest in six languages",
)
