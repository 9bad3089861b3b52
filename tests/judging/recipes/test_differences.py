"""The table of differences is what its script finds in the public data, and quotes no texts."""

from pathlib import Path

from tests.judging.recipes import differences


def test_the_table_of_differences_is_up_to_date(shared_data: Path) -> None:
    """If this fails, run `python -m tests.judging.recipes.differences` and read what has changed."""
    found = differences.report(shared_data / "subjective")
    assert differences.TABLE.read_text(encoding="utf-8") == found


def test_the_only_recorded_verdicts_that_the_rules_do_not_reproduce_were_set_by_hand() -> None:
    lines = differences.TABLE.read_text(encoding="utf-8").splitlines()
    heads = [line for line in lines if line.startswith("| recipe | replies | recorded")]
    start = lines.index(heads[0])
    counts = {
        cells[0]: int(cells[4]) for cells in ([cell.strip() for cell in line.strip("|").split("|")]
                                              for line in lines[start + 2 : start + 11])
    }  # fmt: skip
    assert {name: count for name, count in counts.items() if count} == {"llm-zoo": 8, "vicuna-bench": 27}
    assert len(counts) == 9
