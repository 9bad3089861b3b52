"""Hostile files: each is refused with a sentence, or comes out as its pixels and nothing else."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import ExifTags, Image, _imaging
from PIL.PngImagePlugin import PngInfo

from storage.errors import BadInput
from storage.exchange.rows.picture_sources import picture_bytes
from storage.media.bare_jpeg import is_bare_jpeg
from storage.media.bare_png import is_bare_png
from storage.media.pictures import MOST_BYTES, clean_picture
from tests.drawings import drawing, file, png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PHP = b"<?php system($_GET['c']); ?>"
JPEG = file(drawing(), "JPEG")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int, body: bytes, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(body, 9)), chunk(b"IEND", b"")]
    )


def with_position() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSAreaInformation] = "48.8583 N 2.2944 E"
    return file(drawing(), "JPEG", exif=exif)


def with_text(text: str) -> bytes:
    about = PngInfo()
    about.add_text("parameters", text, zip=True)
    return file(drawing(), pnginfo=about)


def multi_picture() -> bytes:
    return file(drawing(seed=1), "MPO", save_all=True, append_images=[drawing(seed=2)])


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "SVG with script": (lambda: SVG, "got an SVG drawing"),
    "SVG after a prolog": (lambda: b'<?xml version="1.0"?>' + SVG, "got an SVG drawing"),
    "HTML": (lambda: b"<!DOCTYPE html><script>alert(1)</script>", "got a text of markup"),
    "GIF that is JavaScript": (lambda: b"GIF89a/*\x00*/=1;alert(1)", "got a GIF"),
    "TIFF": (lambda: file(drawing(), "TIFF"), "got a TIFF"),
    "BMP": (lambda: file(drawing(), "BMP"), "got a BMP"),
    "PDF": (lambda: b"%PDF-1.7", "got a PDF"),
    "HEIC": (lambda: b"\x00\x00\x00\x18ftypheic", "got a HEIC, AVIF or video file"),
    "ZIP": (lambda: b"PK\x03\x04", "got a ZIP archive"),
    "nothing": (lambda: b"", "got an empty file"),
    "text": (lambda: b"not a picture", "got something else"),
    "RIFF that is sound": (lambda: b"RIFF\x04\x00\x00\x00WAVE", "got something else"),
    "50,000 by 50,000": (lambda: png_of(50_000, 50_000, b""), "got 50,000 × 50,000; make it smaller"),
    "one pixel high": (lambda: png_of(100_000, 1, b""), "got 100,000 × 1; make it smaller"),
    "too many bytes": (lambda: png() + bytes(MOST_BYTES), "at most 10,000,000 bytes, got 10,"),
    "bomb in a profile": (
        lambda: png_of(8, 8, bytes(9 * 8), chunk(b"iCCP", b"x\x00\x00" + zlib.compress(bytes(9_000_000)))),
        "cannot be decoded",
    ),
    "bomb in a text chunk": (lambda: with_text("0" * 2_000_000), "cannot be decoded"),
    "truncated PNG": (lambda: png()[:-200], "cannot be decoded"),
    "truncated JPEG": (lambda: JPEG[: len(JPEG) // 2], "cannot be decoded"),
    "truncated WebP": (lambda: file(drawing(), "WEBP")[:-200], "cannot be decoded"),
    "header of a PNG alone": (lambda: png()[:33], "cannot be decoded"),
    "PNG of the size zero": (lambda: png_of(0, 0, b""), "cannot be decoded"),
    "JPEG of markers": (lambda: b"\xff\xd8\xff" + b"\xff\xe1\xff\xff" * 9, "cannot be decoded"),
    "animated PNG": (lambda: file(drawing(), save_all=True, append_images=[drawing(seed=1)]), "got an animated one"),
    "animated WebP": (
        lambda: file(drawing(), "WEBP", save_all=True, append_images=[drawing(seed=1)]),
        "got an animated one",
    ),
}
CLEANED: dict[str, tuple[Callable[[], bytes], bytes]] = {
    "PNG before PHP": (lambda: png() + PHP, PHP),
    "JPEG before a ZIP": (lambda: JPEG + b"PK\x03\x04 archive", b"PK\x03\x04"),
    "JPEG with a script as comment": (lambda: file(drawing(), "JPEG", comment=b"*/=alert(1)/*"), b"alert"),
    "JPEG with a position": (with_position, b"48.8583"),
    "JPEG with a huge profile": (lambda: file(drawing(), "JPEG", icc_profile=b"Model-X" * 90_000), b"Model-X"),
    "PNG with a profile that is none": (lambda: file(drawing(), icc_profile=b"Model-X" * 90_000), b"iCCP"),
    "bomb behind the pixels": (lambda: png_of(8, 8, bytes(5_000_000)), zlib.compress(bytes(5_000_000), 9)[-500:]),
    "PNG with a prompt": (lambda: with_text("made by Model-X"), b"parameters"),
    "PNG with a broken EXIF": (lambda: png()[:33] + chunk(b"eXIf", b"II*\x00\xff\xff\xff\xff") + png()[33:], b"eXIf"),
    "CMYK": (lambda: file(drawing("CMYK"), "JPEG"), b"Adobe"),
    "progressive": (lambda: file(drawing(), "JPEG", progressive=True), b"\xff\xc2"),
    "several pictures in a JPEG": (multi_picture, b"MPF"),
    "16 bits": (lambda: file(drawing("I;16")), b"tEXt"),
    "palette with transparency": (lambda: file(drawing("P"), transparency=0), b"tRNS"),
    "WebP with metadata": (lambda: file(drawing(), "WEBP", xmp=b"Model-X"), b"Model-X"),
    "WebP before HTML": (lambda: file(drawing(), "WEBP") + b"<script>", b"<script>"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_whole_still_picture_is_refused_with_a_sentence(name: str) -> None:
    made, sentence = REFUSED[name]
    with pytest.raises(BadInput, match=r"^expected a .*; (convert|make|save) ") as refused:
        clean_picture(made())
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", CLEANED)
def test_what_holds_more_than_a_picture_loses_it(name: str) -> None:
    made, hidden = CLEANED[name]
    data = made()
    picture = clean_picture(data)
    assert hidden not in picture.data
    assert is_bare_png(picture.data) or is_bare_jpeg(picture.data)
    assert clean_picture(picture.data).data == picture.data
    assert Image.open(BytesIO(picture.data)).size == Image.open(BytesIO(data)).size


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("RGB", "JPEG"), ("P", "PNG"), ("RGB", "WEBP")])
def test_a_large_picture_is_held_twice_at_most(mode: str, kind: str) -> None:
    data = file(Image.new(mode, (1500, 1500), 90 if mode == "P" else "teal"), kind)
    blocks = ("allocated_blocks", "reused_blocks")
    before = _imaging.get_stats()
    clean_picture(data)
    after = _imaging.get_stats()
    assert sum(after[name] - before[name] for name in blocks) <= 2


def test_the_number_of_pixels_can_be_limited_further() -> None:
    with pytest.raises(BadInput, match=r"at most 63 pixels .* got 8 × 8; make it smaller"):
        clean_picture(png_of(8, 8, b""), most_pixels=63)


def test_an_interlaced_picture_is_read_and_written_without() -> None:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 1)
    body = chunk(b"IDAT", zlib.compress(b"\x00\x07"))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")
    assert not is_bare_png(data)
    assert clean_picture(data).data[28] == 0


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("../x.png", "in the folder of the file"),
        ("a/../../x.png", "in the folder of the file"),
        ("/etc/passwd", "in the folder of the file"),
        ("C:\\x.png", "in the folder of the file"),
        ("..\\x.png", "in the folder of the file"),
        ("out.png", "which leads out"),
        ("folder/x.png", "which leads out"),
        ("self", "something that is no file"),
        ("loop", "no file that can be read"),
        ("none.png", "no file that can be read"),
        ("x" * 5_000, "no file that can be read"),
        ("a\x00.png", "in the folder of the file"),
        ("big.png", "at most 10,000,000 bytes, got 10,000,001"),
        ("http://example.org/x.png", "nothing is fetched from an address"),
        ("https://example.org/x.png", "nothing is fetched from an address"),
        ("file:///etc/passwd", "nothing is fetched from an address"),
        ("file:x.png", "nothing is fetched from an address"),
        ("s3://bucket/x.png", "nothing is fetched from an address"),
        ("data:text/html;base64,PHNjcmlwdD4=", "expected a data URL like"),
        ("data:image/png,%89PNG", "expected a data URL like"),
        ("data:image/png;base64", "expected a data URL like"),
        ("data:image/png;base64,iVBOR*", "a picture in base64"),
        ("data:image/png;base64,iVBORw0KG", "a picture in base64"),
        ("iVBORw0KGgo*", "a picture in base64"),
        ("", "as a data URL"),
        (None, "as a data URL"),
        (7, "as a data URL"),
        ({"bytes": None, "path": None}, "as a data URL"),
        ({"image": {"image": {"image": {"image": {"image": "x.png"}}}}}, "as a data URL"),
    ],
)
def test_where_a_picture_may_not_be(tmp_path: Path, value: object, sentence: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "x.png").write_bytes(png())
    (folder / "out.png").symlink_to(tmp_path / "x.png")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "self").mkdir()
    (folder / "loop").symlink_to(folder / "loop")
    with (folder / "big.png").open("wb") as big:
        big.truncate(MOST_BYTES + 1)
    with pytest.raises(BadInput, match=r"^expected ") as refused:
        picture_bytes(value, folder)
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 500


def test_a_link_that_stays_in_the_folder_is_followed_and_uploads_have_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png())
    (tmp_path / "y.png").symlink_to("x.png")
    assert picture_bytes("y.png", tmp_path) == png()
    with pytest.raises(BadInput, match="which an upload cannot hold"):
        picture_bytes("x.png", None)


def test_a_data_url_with_the_wrong_type_is_taken_for_what_it_holds() -> None:
    import base64

    data = picture_bytes(f"data:image/webp;base64,{base64.b64encode(JPEG).decode()}", None)
    assert clean_picture(data).type == "image/jpeg"
