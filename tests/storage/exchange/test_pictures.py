"""Pictures in files: every shape in which they come, and the same ones back after an export."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select

from storage.database.columns import table_of
from storage.database.engine import Database, open_database
from storage.database.media_table import Media
from storage.database.tables import Question, Response
from storage.errors import BadInput, BadRows
from storage.exchange.rows.picture_sources import FOLDER
from storage.media import pictures
from storage.media.pictures import clean_picture, digest_of
from storage.media.stored_pictures import erase_picture
from tests.drawings import drawing, file, png
from tests.storage.files import BATTLE, NOW, bring, counts, jsonl, take
from tests.stores import open_store

CAT, DOG = file(drawing("P", seed=1)), file(drawing(seed=2), "JPEG", quality=80)
CAT_DIGEST, DOG_DIGEST = clean_picture(CAT).sha256, clean_picture(DOG).sha256
QUESTION = {"source": "s", "key": "q1"}
ASK = {"type": "text", "text": "Who?"}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "store.db")
    yield opened
    opened.close()


def data_url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def image(digest: str, alt: str = "") -> dict[str, str]:
    return {"type": "image", "media": digest, "alt": alt}


def stored_turns(database: Database, table: Any = Question) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(select(table_of(table).c.turns).order_by(table_of(table).c.id)).scalars())


def n_pictures(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(select(func.count()).select_from(table_of(Media))).scalar_one())


PARTS: list[dict[str, Any]] = [
    {"type": "image", "path": "pets/cat.png"},
    {"type": "image", "path": "./pets/cat.png"},
    {"type": "image", "image": data_url(CAT)},
    {"type": "image", "image": data_url(CAT, "image/jpeg")},
    {"type": "image", "image": base64.b64encode(CAT).decode()},
    {"type": "image", "url": data_url(CAT)},
    {"type": "image", "image": {"bytes": base64.b64encode(CAT).decode(), "path": "elsewhere.png"}},
    {"type": "image", "image": {"bytes": None, "path": "pets/cat.png"}},
    {"type": "image_url", "image_url": {"url": data_url(CAT), "detail": "high"}},
    {"type": "image_url", "image_url": data_url(CAT)},
    {"type": "input_image", "image_url": data_url(CAT)},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": base64.b64encode(CAT).decode()}},
    {"type": "image", "text": None, "image": data_url(CAT), "mimeType": "image/png"},
]


@pytest.mark.parametrize("part", PARTS, ids=range(len(PARTS)))
def test_a_part_names_its_picture_in_many_ways(database: Database, tmp_path: Path, part: dict[str, Any]) -> None:
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "cat.png").write_bytes(CAT)
    rows = [{**QUESTION, "turns": [[{**part, "alt": "a cat"}, ASK], "And now?"]}]
    report = bring(database, "questions", jsonl(tmp_path / "q.jsonl", rows))
    assert (report.added, report.pictures) == (1, 1)
    assert stored_turns(database) == [[[image(CAT_DIGEST, "a cat"), ASK], [{"type": "text", "text": "And now?"}]]]


def test_equal_rows_are_duplicates_and_known_bytes_are_not_decoded(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**QUESTION, "key": f"q{n}", "turns": [[{"type": "image", "image": data_url(CAT)}, ASK]]} for n in range(3)]
    decoded: list[int] = []
    opened = pictures._opened

    def counted(data: bytes, most_pixels: int) -> Any:
        decoded.append(len(data))
        return opened(data, most_pixels)

    monkeypatch.setattr(pictures, "_opened", counted)
    path = jsonl(tmp_path / "q.jsonl", rows)
    first, second = bring(database, "questions", path), bring(database, "questions", path)
    assert ((first.added, first.pictures), (second.added, second.duplicates, second.pictures)) == ((3, 1), (0, 3, 0))
    assert len(decoded) == 1


def test_a_dry_run_and_a_refused_file_store_no_picture(database: Database, tmp_path: Path) -> None:
    before = counts(database)
    good = {**QUESTION, "turns": [[{"type": "image", "image": data_url(CAT)}, ASK]]}
    report = bring(database, "questions", jsonl(tmp_path / "q.jsonl", [good]), dry_run=True)
    assert (report.added, report.pictures) == (1, 1)
    bad = {**QUESTION, "key": "q2", "turns": [[{"type": "image", "image": data_url(b"GIF89a")}]]}
    with pytest.raises(BadRows) as refused:
        bring(database, "questions", jsonl(tmp_path / "bad.jsonl", [good, bad]))
    expected = "picture of a turn: expected a PNG, JPEG or WebP picture, got a GIF; convert it to one of these"
    assert refused.value.rows == (f"{tmp_path / 'bad.jsonl'}:2: {expected}",)
    assert (counts(database), n_pictures(database)) == (before, 0)


def test_good_rows_of_a_parquet_file_are_kept_and_bad_ones_reported_without_their_bytes(
    database: Database, tmp_path: Path
) -> None:
    table = pa.table(
        {
            "key": ["q1", "q2"],
            "turns": [["Who?"], ["Who?"]],
            "image": [{"bytes": CAT, "path": "cat.png"}, {"bytes": b"%PDF-1.7", "path": "cat.pdf"}],
        }
    )
    pq.write_table(table, tmp_path / "q.parquet")
    report = bring(database, "questions", tmp_path / "q.parquet", bad_rows=tmp_path / "bad.jsonl")
    assert (report.added, report.skipped, report.pictures, report.unused) == (1, 1, 1, ())
    (kept,) = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
    assert kept["row"] == {"key": "q2", "turns": ["Who?"], "image": {"bytes": None, "path": "cat.pdf"}}
    assert "got a PDF" in kept["reason"]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("Who?", {"image": CAT}, [image(CAT_DIGEST), ASK]),
        ("Who?", {"images": [CAT, DOG]}, [image(CAT_DIGEST), image(DOG_DIGEST), ASK]),
        ("Who?", {"image_1": CAT, "image_2": DOG, "image_3": None}, [image(CAT_DIGEST), image(DOG_DIGEST), ASK]),
        ("<image>\nWho?", {"image": CAT}, [image(CAT_DIGEST), ASK]),
        ("Who? <image 2> Or <image 1>", {"images": [CAT, DOG]}, [ASK, image(DOG_DIGEST), "Or", image(CAT_DIGEST)]),
        ("Who? <image 2>", {"images": [CAT, DOG]}, [image(CAT_DIGEST), ASK, image(DOG_DIGEST)]),
        ("Write <image> tags", {}, ["Write <image> tags"]),
        ("<image> and <image>", {"image": CAT}, [image(CAT_DIGEST), "<image> and <image>"]),
    ],
)
def test_columns_of_hugging_face_belong_to_the_first_turn(
    database: Database, tmp_path: Path, text: str, columns: dict[str, Any], expected: list[Any]
) -> None:
    def struct(value: Any) -> Any:
        return [struct(one) for one in value] if isinstance(value, list) else value and {"bytes": value, "path": None}

    cells = {name: [struct(value)] for name, value in columns.items() if value is not None}
    pq.write_table(pa.table({"question_id": ["q1"], "turns": [[text, "More"]], **cells}), tmp_path / "q.parquet")
    bring(database, "questions", tmp_path / "q.parquet")
    turn = [{"type": "text", "text": part} if isinstance(part, str) else part for part in expected]
    assert stored_turns(database) == [[turn, [{"type": "text", "text": "More"}]]]


def test_votes_of_a_vision_arena_bring_the_picture_of_their_question(database: Database, tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "A cat."}]
    row = {
        "question_id": "b1",
        "model_a": "Ann",
        "model_b": "Bob",
        "conversation_a": talk,
        "conversation_b": [talk[0], {"role": "assistant", "content": "A dog."}],
        "image": {"bytes": CAT, "path": None},
        "language": "English",
        "turn": 1,
        "anony": True,
        "winner": "model_a",
        "tstamp": 1_717_000_000,
        "judge": "arena_user_1",
    }
    parts = [{"type": "text", "text": "Who?", "image": None}, {"type": "image", "text": None, "image": data_url(DOG)}]
    newer = {
        "id": "b2",
        "model_a": "Ann",
        "model_b": "Bob",
        "winner": "tie",
        "evaluation_order": 1,
        "evaluation_session_id": "e1",
        "timestamp": "2025-07-01T00:00:00",
        "conversation_a": [{"role": "user", "content": parts}, talk[1]],
        "conversation_b": [{"role": "user", "content": parts}, talk[1]],
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "battle.parquet")
    report = bring(database, "preferences", tmp_path / "battle.parquet")
    assert (report.format, report.added, report.questions, report.responses) == ("LMArena battle", 1, 1, 2)
    report = bring(database, "preferences", jsonl(tmp_path / "newer.jsonl", [newer]))
    assert (report.format, report.pictures) == ("LMArena 140k", 1)
    assert stored_turns(database) == [[[image(CAT_DIGEST), ASK]], [[ASK, image(DOG_DIGEST)]]]
    assert take(database, "dpo", tmp_path / "dpo.jsonl").left_out == {"tie": 1, "pictures": 1}


def test_pictures_that_a_file_cannot_hold_are_counted_and_columns_without_texts_are_unused(
    database: Database, tmp_path: Path
) -> None:
    by_key = {"question": "q1", "source": "s", "model_a": "Ann", "model_b": "Bob", "winner": "tie", "rater": "r"}
    own, battle = ({**row, "image": data_url(CAT)} for row in ({**by_key, "rater_kind": "human"}, BATTLE))
    asked = {**QUESTION, "turns": [[{"type": "image", "image": data_url(CAT)}, ASK]]}
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [asked]))
    for name, vote in (("own", own), ("battle", battle)):
        assert bring(database, "preferences", jsonl(tmp_path / f"{name}.jsonl", [vote])).unused == ("image",)
    for name, kind in (("q.csv", "questions"), ("q2.jsonl", "questions")):
        left = take(database, kind, tmp_path / name).left_out
        assert left == ({"pictures": 1} if name == "q.csv" else {})


def test_a_marker_with_a_number_of_thousands_of_digits_names_no_picture(database: Database, tmp_path: Path) -> None:
    text = f"Who? <image {'9' * 5000}>"
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", [{**QUESTION, "turns": [text], "image": data_url(CAT)}]))
    assert stored_turns(database) == [[[image(CAT_DIGEST), {"type": "text", "text": text}]]]


def test_pictures_come_back_from_an_export_as_they_were(database_url: str, tmp_path: Path) -> None:
    database = open_database(database_url)
    rows: list[dict[str, Any]] = [
        {**QUESTION, "turns": [[{"type": "image", "image": data_url(CAT), "alt": "a cat"}, ASK], "And now?"]},
        {**QUESTION, "key": "q2", "turns": ["No picture"]},
    ]
    answers: list[dict[str, Any]] = [
        {
            "source": "s",
            "question": "q1",
            "model": "Ann",
            "turns": [[image(DOG_DIGEST, "a dog")], ["A cat."] * 0 or "A"],
        },
        {"source": "s", "question": "q2", "model": "Ann", "turns": [[{"type": "image", "image": data_url(DOG)}, ASK]]},
    ]
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", rows))
    bring(database, "responses", jsonl(tmp_path / "r.jsonl", list(reversed(answers))))
    before = (stored_turns(database), stored_turns(database, Response))
    for ending in ("jsonl", "jsonl.gz", "parquet"):
        folder = tmp_path / ending
        folder.mkdir()
        other = open_store(folder / "other.db")
        for kind in ("questions", "responses"):
            out = folder / f"{kind}.{ending}"
            assert take(database, kind, out).left_out == {}
            again = bring(database, kind, out)
            assert (again.added, again.duplicates, again.pictures) == (0, 2, 0), ending
            fresh = bring(other, kind, out)
            assert (fresh.added, fresh.pictures) == (2, 1), ending
            assert take(other, kind, folder / f"again.{kind}.{ending}").rows == 2
            if ending != "parquet":
                assert (folder / f"again.{kind}.{ending}").read_bytes() == out.read_bytes()
        assert (stored_turns(other), stored_turns(other, Response)) == before
        other.close()
        names = sorted(path.name for path in (folder / FOLDER).glob("*")) if ending != "parquet" else []
        assert names == ([] if ending == "parquet" else sorted([f"{CAT_DIGEST}.png", f"{DOG_DIGEST}.jpg"]))
    database.close()


def test_parquet_holds_the_struct_of_hugging_face(database: Database, tmp_path: Path) -> None:
    rows = [{**QUESTION, "turns": [[{"type": "image", "image": data_url(CAT), "alt": "a cat"}, ASK]]}]
    take(database, "questions", tmp_path / "text.parquet")
    assert "images" not in pq.read_table(tmp_path / "text.parquet").column_names
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", rows))
    take(database, "questions", tmp_path / "q.parquet")
    (row,) = pq.read_table(tmp_path / "q.parquet").to_pylist()
    assert row["turns"] == ["[image: a cat]\n\nWho?"]
    (struct,) = row["images"]
    assert (digest_of(struct["bytes"]), struct["path"]) == (CAT_DIGEST, f"{CAT_DIGEST}.png")
    take(database, "questions", tmp_path / "q.csv")
    assert "[image: a cat]" in (tmp_path / "q.csv").read_text()


def test_the_folder_of_an_export_is_checked(database: Database, tmp_path: Path) -> None:
    rows = [{**QUESTION, "turns": [[{"type": "image", "image": data_url(CAT)}, ASK]]}]
    bring(database, "questions", jsonl(tmp_path / "q.jsonl", rows))
    take(database, "questions", tmp_path / "out.jsonl")
    other = open_store(tmp_path / "other.db")
    kept = tmp_path / FOLDER / f"{CAT_DIGEST}.png"
    kept.write_bytes(png(9))
    with pytest.raises(BadRows) as refused:
        bring(other, "questions", tmp_path / "out.jsonl")
    assert "the file was changed, so export it again" in refused.value.rows[0]
    take(database, "questions", tmp_path / "out.jsonl", force=True)  # which mends the folder
    assert digest_of(kept.read_bytes()) == CAT_DIGEST
    kept.unlink()
    with pytest.raises(BadRows, match="bad row") as refused:
        bring(other, "questions", tmp_path / "out.jsonl")
    assert "in the store or in the folder 'media' beside the file, got none" in refused.value.rows[0]
    other.close()


def test_an_erased_picture_is_counted_and_not_brought_back(database: Database, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "q.jsonl", [{**QUESTION, "turns": [[{"type": "image", "image": data_url(CAT)}, ASK]]}])
    bring(database, "questions", path)
    with database.writing() as session:
        erase_picture(session, CAT_DIGEST, NOW)
    assert take(database, "questions", tmp_path / "out.jsonl").left_out == {"erased_picture": 1}
    assert not (tmp_path / FOLDER).exists()
    assert bring(database, "questions", path).duplicates == 1
    with database.reading() as session:
        assert session.execute(select(table_of(Media).c.data)).scalars().all() == [None]


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    bring(
        database,
        "questions",
        jsonl(tmp_path / "q.jsonl", [{**QUESTION, "turns": [[{"type": "image", "image": data_url(CAT)}, ASK]]}]),
    )
    (tmp_path / FOLDER).write_text("a file where a folder must be")
    with pytest.raises(BadInput, match="cannot be written"):
        take(database, "questions", tmp_path / "out.jsonl")
    assert not list(tmp_path.glob("*out.jsonl*"))
