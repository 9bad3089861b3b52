"""The questions of a planned campaign that have something to answer, or a random sample of them."""

from collections.abc import Collection, Mapping

import numpy as np
from sqlmodel import Session

from arena.campaigns.pairing import CellShape
from storage.campaigns.question_choice import QuestionChoice
from storage.campaigns.tallies import answers_per_question


def cells_per_question(
    session: Session, models: Collection[int], choice: QuestionChoice, shape: CellShape
) -> dict[int, int]:
    """The number of pairs of responses, of responses, or of questions to answer, by question; zeros are left out."""
    answers = answers_per_question(session, models, choice)
    cells = {question: _n_cells(number, shape) for question, number in answers.items()}
    return {question: number for question, number in cells.items() if number}


def sample_questions(cells: Mapping[int, int], number: int, *, seed: int) -> list[int]:
    """Draw questions with something to answer, in the order in which they were stored.

    The same seed gives the same questions, and a larger number includes those of a smaller one. All questions are
    drawn where there are fewer than asked for.
    """
    questions = np.array(sorted(cells), dtype=np.int64)
    drawn = np.random.default_rng(seed).permutation(len(questions))[:number]
    return [int(question) for question in np.sort(questions[drawn])]


def _n_cells(answers: int, shape: CellShape) -> int:
    if shape == "pair":
        return answers * (answers - 1) // 2
    return min(answers, 1) if shape == "question" else answers
