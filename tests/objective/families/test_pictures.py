"""Questions with pictures: own files and published layouts, drawn here; a picture is never lost or fetched."""

import base64
import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from objective.catalog import select_tasks
from objective.causes import CauseCode
from objective.evaluation.plan import EvaluationSettings, PromptContext, plan_task
from objective.images import make_image
from objective.prompting.prompts import PromptSettings, TranscriptTokenizer
from objective.prompting.shots import ShotSelection
from objective.task import Task, content_hash
from objective.tasks.own_files.rows import read_user_rows
from storage.errors import BadInput, BadRows
from tests.drawings import drawing, file, png

ONE, TWO = png(1), file(drawing(seed=2), "JPEG")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def own(folder: Path, rows: list[dict[str, Any]], name: str = "own.jsonl") -> Task:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as written:
        if name.endswith(".jsonl"):
            written.write("".join(f"{json.dumps(row)}\n" for row in rows))
        else:
            writer = csv.DictWriter(written, list(rows[0]), delimiter="\t" if name.endswith(".tsv") else ",")
            writer.writeheader()
            writer.writerows(rows)
    return read_user_rows(path, "gen")


def bytes_of(task: Task) -> list[list[bytes]]:
    return [[image.data for image in task.images_of(item)] for item in task.items]


CHOICE = {"question": "Which colour?", "A": "red", "B": "blue", "answer": "A"}


@pytest.mark.parametrize("name", ["own.jsonl", "own.csv", "own.tsv"])
def test_own_files_hold_paths_base64_and_data_urls(tmp_path: Path, name: str) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.png").write_bytes(ONE)
    cells = ["pictures/one.png", encoded(TWO), f"data:image/png;base64,{encoded(ONE)}", ""]
    task = own(tmp_path, [CHOICE | {"id": str(n), "image": cell} for n, cell in enumerate(cells)], name)
    assert bytes_of(task) == [[ONE], [TWO], [ONE], []]
    assert sorted(image.type for image in task.images.values()) == ["image/jpeg", "image/png"]


def test_several_pictures_come_in_the_order_of_their_columns(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(ONE)
    rows: list[dict[str, Any]] = [
        CHOICE | {"image_2": encoded(TWO), "image_1": "one.png"},
        CHOICE | {"images": ["one.png", encoded(TWO)]},
        CHOICE | {"images": json.dumps(["one.png"])},
        CHOICE | {"image": {"bytes": None, "path": "one.png"}},
    ]
    assert bytes_of(own(tmp_path, rows)) == [[ONE, TWO], [ONE, TWO], [ONE], [ONE]]


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("https://example.org/a.png", "never fetched"),
        ("../outside.png", "beside the file"),
        ("/etc/outside.png", "beside the file"),
        ("link.png", "leads elsewhere"),
        ("missing.png", "found none"),
        ("no base64 at all!", "base64"),
        (base64.b64encode(b"<svg onload=alert(1)>").decode(), "PNG, JPEG, WebP or GIF"),
        (7, "write a path or base64"),
    ],
)
def test_what_is_no_picture_is_named_with_its_line(tmp_path: Path, cell: object, sentence: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "outside.png").write_bytes(ONE)
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    with pytest.raises(BadRows) as caught:
        own(folder, [CHOICE, CHOICE | {"image": cell}])
    (bad,) = caught.value.rows
    assert "own.jsonl:2: " in bad and sentence in bad


def test_a_picture_that_no_endpoint_takes_is_refused() -> None:
    with pytest.raises(BadInput, match="at most 20,000,000 bytes"):
        make_image(ONE + bytes(20_000_000), where="a row")


def plan(task: Task, *, vision: bool = True, chat: bool = True, shots: int = 0, as_turns: bool = True) -> Any:
    prompts = PromptSettings(
        chat=chat, shots=ShotSelection("first", shots), shots_as="turns" if as_turns else "first_turn"
    )
    context = PromptContext(tokenizer=TranscriptTokenizer(), vision=vision)
    return plan_task(task, EvaluationSettings(prompts), context, revision="r")


@pytest.fixture
def pictured(tmp_path: Path) -> Task:
    rows = [
        CHOICE | {"id": "shown", "split": "dev", "image": encoded(TWO)},
        CHOICE | {"id": "first", "image": encoded(ONE)},
        CHOICE | {"id": "words"},
    ]
    return own(tmp_path, rows)


def test_a_model_without_vision_fails_on_pictures_and_is_asked_the_rest(pictured: Task) -> None:
    blind = plan(pictured, vision=False)
    assert [(item.key, cause.code) for item, cause in blind.rejected] == [("first", CauseCode.no_vision)]
    assert [planned.item.key for planned in blind.items] == ["words"]


def test_pictures_stand_in_the_turn_of_their_question(pictured: Task) -> None:
    first, words = plan(pictured, shots=1).items
    assert [[image.data for image in turn.images] for turn in first.prompt.turns] == [[TWO], [], [ONE]]
    assert [[image.data for image in turn.images] for turn in words.prompt.turns] == [[TWO], [], []]
    assert first.prompt.text.count("[image]") == 2
    (one_turn,) = plan(pictured, shots=1, as_turns=False).items[0].prompt.turns
    assert [image.data for image in one_turn.images] == [TWO, ONE]
    plain = plan(pictured, chat=False, shots=1).items[0].prompt
    assert plain.turns == () and [image.data for image in plain.images] == [TWO, ONE]


def test_outputs_and_contents_are_known_by_the_picture(tmp_path: Path) -> None:
    def digests(image: bytes | None) -> tuple[str, str]:
        task = own(tmp_path, [CHOICE | ({} if image is None else {"image": encoded(image)})])
        task = replace(task, source="")
        return plan(task).items[0].digest, content_hash(task, {})

    found = [digests(image) for image in (None, ONE, TWO)]
    assert len({one for one, _ in found}) == len({two for _, two in found}) == 3


def test_mode_ppl_takes_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text(json.dumps(CHOICE | {"image": encoded(ONE)}))
    with pytest.raises(BadInput, match="use --mode gen"):
        read_user_rows(tmp_path / "own.jsonl", "ppl")


def mmbench(folder: Path, rows: list[dict[str, Any]], name: str = "MMBench_DEV_EN.tsv") -> Any:
    columns = "index question hint A B C D answer category image source l2-category comment split".split()
    (folder / "mmbench").mkdir(parents=True, exist_ok=True)
    with (folder / "mmbench" / name).open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, columns, delimiter="\t", restval="")
        writer.writeheader()
        writer.writerows(rows)
    task = "mmbench-en" if "EN" in name else "mmbench-cn"
    return select_tasks([task], data_dir=folder).tasks[0]


SQUARE = {"index": 5, "question": "What is drawn?", "A": "a square", "B": "a circle", "answer": "B",
          "category": "object_localization", "l2-category": "finegrained_perception", "split": "dev"}  # fmt: skip


def test_mmbench_is_read_from_its_layout(tmp_path: Path) -> None:
    task = mmbench(
        tmp_path,
        [
            SQUARE | {"image": encoded(ONE)},
            SQUARE | {"index": 6, "image": "5", "hint": "Look at the corner.", "C": "a dot", "D": "nothing"},
            SQUARE | {"index": 1_000_005, "image": "5", "A": "a circle", "B": "a square", "answer": "A"},
        ],
    )
    first, second = task.items
    assert (first.key, first.options, first.gold) == ("5", ("a square", "a circle"), ("B",))
    assert (first.subject, first.images, task.mode) == ("object_localization", second.images, "gen")
    assert second.question == "Hint: Look at the corner.\nQuestion: What is drawn?" and len(second.options) == 4
    assert bytes_of(task) == [[ONE], [ONE]]
    circular = EvaluationSettings(circular=True).limited(task)
    assert [len(circular.images_of(item)) for item in circular.items] == [1] * 6
    chinese = mmbench(tmp_path, [SQUARE | {"image": encoded(TWO), "hint": "看"}], "MMBench_DEV_CN.tsv")
    assert chinese.items[0].question.startswith("提示：看") and bytes_of(chinese) == [[TWO]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"image": ""}, "expected an image in row 5 of MMBench"),
        ({"image": "9"}, "MMBench"),
        ({"answer": ""}, "expected an answer among A, B in row 5"),
        ({"index": "x"}, "expected a whole number as index"),
    ],
)
def test_mmbench_names_what_does_not_fit(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        mmbench(tmp_path, [SQUARE | {"image": encoded(ONE)} | change])


def mmmu(folder: Path, rows: list[dict[str, Any]]) -> Any:
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    (folder / "mmmu" / "Music").mkdir(parents=True)
    written = folder / "mmmu" / "Music" / "validation-00000-of-00001.parquet"
    parquet.write_table(arrow.Table.from_pylist(rows), written)
    return select_tasks(["mmmu-Music"], data_dir=folder).tasks[0]


NOTES = {"id": "validation_Music_1", "question": "Which interval is <image 1>?", "options": "['third', 'fifth']",
         "answer": "B", "question_type": "multiple-choice", "image_1": {"bytes": ONE, "path": "1.png"},
         "image_2": None}  # fmt: skip
OPEN = NOTES | {"id": "validation_Music_2", "question_type": "open", "options": "[]", "answer": "['7', 'seven']",
                "image_2": {"bytes": TWO, "path": None}}  # fmt: skip


def test_mmmu_is_read_from_its_layout(tmp_path: Path) -> None:
    task = mmmu(tmp_path, [NOTES, OPEN])
    choice, free = task.items
    assert (choice.options, choice.gold, choice.form) == (("third", "fifth"), ("B",), "choice")
    assert (free.options, free.gold, free.kind) == ((), ("7", "seven"), "exact")
    assert bytes_of(task) == [[ONE], [ONE, TWO]]


def test_mmmu_without_its_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected an image in row validation_Music_1 of MMMU"):
        mmmu(tmp_path, [NOTES | {"image_1": None}])
