"""Names of the files of SuperGLUE tasks, as their authors and data hubs lay them out."""

from collections.abc import Callable, Iterable

from objective.tasks.language.choices import ChoiceData
from objective.tasks.language.rows import Row
from objective.tasks.published_files import HubSource

FOLDERS = ("superglue", "SuperGLUE", "super_glue")
TRUTH = ("false", "true")
"""Labels of yes-or-no tasks, in the order in which a data hub numbers them."""

LICENCE = "terms of each task; SuperGLUE for research"


def superglue_data(folder: str, *, hub: str = "", expand: Callable[[Row], Iterable[Row]] | None = None) -> ChoiceData:
    """Where the data of a SuperGLUE task lies.

    Args:
        folder: name of the task's folder in the authors' archive, such as `BoolQ`.
        hub: name of the configuration on a data hub; by default the folder's in lower case.
        expand: makes several rows of one.
    """
    small = folder.lower()
    on_hub = hub or small
    return ChoiceData(
        prompt=small,
        title=folder,
        folders=FOLDERS,
        files=(f"{folder}/val", f"{folder}_val", f"{on_hub}/validation*"),
        examples=(f"{folder}/train", f"{folder}_train", f"{on_hub}/train*"),
        hub=HubSource("aps/super_glue", on_hub),
        expand=expand,
    )
