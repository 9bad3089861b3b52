"""The example is made by a process of its own, which hands over its logins or says why there are none."""

from multiprocessing import Pipe
from pathlib import Path

import pytest

from app.commands.example import DemoInWork, making_demo
from storage.errors import StoreError


def test_why_the_file_cannot_be_made_is_told_here(tmp_path: Path) -> None:
    with (
        making_demo(tmp_path / "nowhere" / "example.db", readable_passwords=True) as in_work,
        pytest.raises(StoreError, match="nowhere"),
    ):
        in_work.wait_for_store()


def test_a_process_that_ends_without_an_answer_is_one_sentence() -> None:
    answers, sending = Pipe(duplex=False)
    sending.close()
    with pytest.raises(StoreError, match="the process that creates it ended"):
        DemoInWork(answers).wait_for_logins()
