"""Images in the cells of rows: what is no path beside the file is a sentence with its place."""

from pathlib import Path

import pytest

from objective.tasks.image_cells import read_images
from storage.errors import BadInput


@pytest.mark.parametrize("cell", ["a\0b.png", "none.png", "x" * 290 + ".png"])
def test_a_path_to_no_file_is_named_with_its_row(cell: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"expected an image at .* in `image` of row 3, found none; check the path"):
        read_images({"image": cell}, tmp_path, where="row 3")
