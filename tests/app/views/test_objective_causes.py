"""Causes of failure: codes with numbers in the store, words in both languages, old sentences as they are."""

import pickle
from dataclasses import replace

import pytest

from app.views.objective_causes import cause_text
from app.views.objective_notes import english_note
from objective.causes import Cause, CauseCode, MissingData, TaskProblem, cause_of, read_cause
from objective.notes import Note, NoteCode


@pytest.mark.parametrize("code", CauseCode)
def test_every_cause_has_words_in_both_languages_and_comes_back_from_the_store(code: CauseCode) -> None:
    cause = Cause(code, text="as said") if code == CauseCode.message else Cause(code, 1200, 1000, 16, "名", "mode")
    assert read_cause(cause.stored()) == cause
    texts = [cause_text(cause.stored(), language) for language in ("en", "zh")]
    assert all(texts) and (texts[0] != texts[1]) == (code != CauseCode.message)
    assert all(cause_text(replace(cause, answer=0), language) for language in ("en", "zh"))


def test_numbers_of_a_cause_are_in_its_sentence() -> None:
    cause = Cause(CauseCode.prompt_too_long, count=1200, limit=1024, answer=16, name="q7")
    assert cause_text(cause, "en").startswith(
        "The prompt of item q7 has 1,200 tokens without any example and reserves 16 for the answer, and the model reads"
    )
    assert "1,024" in cause_text(cause, "zh") and "q7" in cause_text(cause, "zh")


@pytest.mark.parametrize("sentence", ["expected likelihoods, got none that are numbers", '{"code": "later"}', "{", ""])
def test_a_sentence_of_version_0_1_and_an_unknown_code_stay_as_they_are(sentence: str) -> None:
    assert cause_text(sentence, "en") == cause_text(sentence, "zh") == sentence


def test_a_cause_alone_is_the_note_of_a_task_without_predictions() -> None:
    stored = Cause(CauseCode.no_chat_template).stored()
    assert english_note(Note(NoteCode.failed), stored) == cause_text(stored, "en")
    assert english_note(Note(NoteCode.failed, count=1, total=4), stored) == f"1 of 4 failed: {cause_text(stored, 'en')}"


def test_the_cause_of_an_error_survives_the_way_between_processes() -> None:
    cause = Cause(CauseCode.request_too_long, count=9, limit=8)
    for error in (TaskProblem("expected less", cause), MissingData("expected more", cause)):
        came = pickle.loads(pickle.dumps(error))
        assert (type(came), str(came), cause_of(came)) == (type(error), str(error), cause)


def test_an_error_of_a_library_is_its_type_and_first_line() -> None:
    assert cause_of(RuntimeError("CUDA out of memory\nTried to")).text == "RuntimeError: CUDA out of memory"
    assert cause_of(MemoryError()).text == "MemoryError"
