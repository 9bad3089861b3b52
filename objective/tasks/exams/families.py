"""The families of this folder, in the order of the list."""

from objective.task import Family
from objective.tasks.exams import ceval_zero_shot, gaokao_bench, gpqa, mmlu, mmlu_pro, safetybench

FAMILIES: tuple[Family, ...] = (
    mmlu.FAMILY,
    mmlu_pro.FAMILY,
    gpqa.FAMILY,
    ceval_zero_shot.FAMILY,
    gaokao_bench.FAMILY,
    safetybench.FAMILY,
)
"""One line for each file of a family in this folder and its subfolders."""
