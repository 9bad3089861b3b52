"""Where the data of CLUE and FewCLUE lies, as their authors and OpenCompass lay it out."""

from objective.tasks.language.choices import ChoiceData

FOLDERS = ("clue", "CLUE", "FewCLUE", "fewclue")
LICENCE = "terms of CLUE, for research"


def fewclue_data(name: str, title: str) -> ChoiceData:
    """Where the data of a FewCLUE task lies: it is asked on the public test set, with examples from `dev`."""
    return ChoiceData(
        prompt=name,
        title=title,
        folders=FOLDERS,
        files=(f"{name}/test_public", f"{name}_test_public"),
        examples=(f"{name}/dev_few_all", f"{name}_dev_few_all"),
        split="test",
        continued=False,
    )
