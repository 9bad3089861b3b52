"""The probe finds a model that knows the published order of options, and no other one; its p-value is exact."""

import itertools
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from objective.evaluation.option_orders import OrderProbe, has_exchangeable_options, probe_orders
from objective.task import Item, Task, Template
from storage.errors import BadInput
from tests.objective.fakes import ScriptedBackend

OPTIONS = ("bread", "a kite", "clay", "ashes of wood")
ITEMS = tuple(Item(str(n), f"What is thing {n}?", ("A",), OPTIONS) for n in range(24))
TASK = Task("t", "gen", ITEMS, {"": Template("{question}")}, source="made")
PUBLISHED = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCD", OPTIONS, strict=True))


def scattered(_: str, text: str) -> float:
    """A likelihood that has nothing to do with the order."""
    return -float(zlib.crc32(text.encode()) % 100_003)


def probed(knows: int, **changes: int) -> OrderProbe:
    """The probe of a model that learnt the published order of the first questions."""
    learnt = {f"{item.question}\n{PUBLISHED}" for item in ITEMS[:knows]}
    backend = ScriptedBackend(likelihood=lambda one, text: 1.0 if text in learnt else scattered(one, text))
    return probe_orders(TASK, backend, **{"orders": 8, "seed": 0, **changes})


def test_a_model_that_learnt_the_order_is_found_and_another_is_not() -> None:
    clean, contaminated = probed(0), probed(12)
    assert clean.items == contaminated.items == 24 and clean.expected == pytest.approx(3.0)
    assert clean.p_value > 0.1 and 0.3 < clean.mean_rank < 0.7
    assert contaminated.likeliest >= 12 and contaminated.p_value < 1e-4
    assert probed(24).p_value == pytest.approx(8.0**-24) and probed(24).mean_rank == 0.0


def test_p_values_are_right_where_the_orders_number_differently() -> None:
    """Three options have 6 orders, four have 8 of 24: the chance of both being likeliest is 1/48."""
    items = (Item("x", "Three?", ("A",), ("oak", "a fir tree", "elm")), ITEMS[0])
    task = Task("t", "gen", items, {"": Template("{question}")}, source="made")
    first = {
        f"{item.question}\n" + "\n".join(f"{a}. {b}" for a, b in zip("ABCD", item.options, strict=False))
        for item in items
    }
    backend = ScriptedBackend(likelihood=lambda one, text: 1.0 if text in first else scattered(one, text))
    found = probe_orders(task, backend, orders=8, seed=1)
    assert found.likeliest == 2 and found.p_value == pytest.approx(1 / 48)
    assert len(set(backend.asked)) == 6 + 8


@pytest.mark.parametrize(
    ("options", "is_exchangeable"),
    [
        (OPTIONS, True),
        (("3", "12", "7", "9"), True),
        (("3", "7", "9", "12"), False),
        (("12", "9", "7", "3"), False),
        (("elm", "fir", "oak", "yew"), False),
        (("kite", "clay", "bread", "all of the above"), False),
        (("甲方", "丙", "乙乙乙", "以上都对"), False),
        (("yes", "no"), False),
        (("same", "other", "same"), False),
    ],
)
def test_options_in_an_order_of_their_own_are_left_out(options: tuple[str, ...], is_exchangeable: bool) -> None:
    assert has_exchangeable_options(Item("1", "?", ("A",), options)) is is_exchangeable


def test_no_more_orders_are_drawn_than_there_are() -> None:
    item = Item("1", "?", ("A",), ("pear", "a fig", "nut", "lime juice", "elder", "oat"))
    task = Task("t", "gen", (item,), {"": Template("{question}")}, source="made")
    backend = ScriptedBackend(likelihood=scattered)
    assert probe_orders(task, backend, orders=721, seed=0).items == 1 and len(set(backend.asked)) == 720


def test_questions_with_images_are_left_out_and_counted() -> None:
    items = (*ITEMS, Item("seen", "What is this?", ("A",), OPTIONS, images=("digest",)))
    found = probe_orders(replace(TASK, items=items), ScriptedBackend(likelihood=scattered), orders=8, seed=0)
    assert (found.items, found.left_out) == (24, 1)


def test_a_task_without_such_items_is_refused() -> None:
    sorted_options = tuple(itertools.accumulate("abcd"))
    task = Task("t", "gen", (Item("1", "?", ("A",), sorted_options),), {"": Template("{question}")}, source="made")
    with pytest.raises(BadInput, match="in no particular order"):
        probe_orders(task, ScriptedBackend(), orders=8, seed=0)


def test_tasks_without_data_are_named_and_the_command_fails(tmp_path: Path, model_folder: Path) -> None:
    local_models = pytest.importorskip("tests.objective.local_models", reason="the extra local is not installed")
    model = local_models.save(model_folder, "Llama")
    names = ["--tasks", "evenhand-mini-language,arc-easy", "--data-dir", str(tmp_path), "--limit", "4"]
    done = CliRunner().invoke(app, ["probe", "--model", model, *names, "--device", "cpu"])
    assert done.exit_code == 1 and "arc-easy: " in done.stderr
    assert "evenhand-mini-language" in done.stdout + done.stderr and not isinstance(done.exception, BadInput)
