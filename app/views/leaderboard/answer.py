"""What a leaderboard says, in one line: which model is best, whether that is certain, and on what it rests."""

from dataclasses import dataclass

import numpy as np

from app.views.board import interval_level, left_out, name_some
from app.views.columns import BoardFacts, chance_text, first_probabilities_of
from app.views.sentences import joined, say
from arena.leaderboard.board import LeaderboardRow
from arena.leaderboard.ranking import Board
from storage.values import Language


@dataclass(frozen=True)
class BoardAnswer:
    """The answer of a leaderboard.

    Attributes:
        title: the best model, and whether that is certain.
        text: the reason, in one or two sentences.
        is_certain: whether no other model could hold the first rank.
    """

    title: str
    text: str
    is_certain: bool


@dataclass(frozen=True)
class BoardCount:
    """A number of rows behind a leaderboard.

    Attributes:
        label: what is counted.
        number: how many.
        text: further words, empty for none.
    """

    label: str
    number: int
    text: str = ""


def board_answer(board: Board, language: Language) -> BoardAnswer:
    """Return the answer for the largest group of comparable models."""
    rated = [row for row in board.rows if row.rating is not None and row.island == 0]
    best, by = rated[0], board.recipe.by
    level = f"{interval_level(board.ratings):.0%}"
    first = [row for row in rated if row.rank_low == 1]
    is_certain = len(first) == 1 and len(rated) > 1 and board.ratings.converged
    words: dict[str, object] = {
        "model": best.model,
        "n": len(rated),
        "level": level,
        "by": say(language, f"board_by_text_{_evidence(board)}"),
    }
    if len(rated) == 1:
        kind = "alone"
    elif best.rank_low is None:
        kind = "unknown"
    else:
        kind = "sure" if is_certain else "open"
    if kind in ("sure", "open"):
        words["chance"] = chance_text(first_probabilities_of(BoardFacts(board))[board.rows.index(best)])
        words["models"] = name_some([row.model for row in first], language)
    texts = [say(language, f"board_answer_{kind}_text", **words), *_cautions(board, best, language)]
    return BoardAnswer(say(language, f"board_answer_{kind}_{by}", **words), joined(texts, language), is_certain)


def _evidence(board: Board) -> str:
    """End of the key of the words for what the ratings rest on; judges are named only where they saved something."""
    if board.fusion is not None and not board.fusion.ceiling.is_claimed:
        return "fused_people"
    return board.recipe.by


def _cautions(board: Board, best: LeaderboardRow, language: Language) -> list[str]:
    """Sentences on what weakens the answer."""
    found = []
    if not board.ratings.converged:
        found.append(say(language, "board_note_unsettled"))
    if board.ratings.n_islands > 1:
        found.append(say(language, "board_answer_groups", n=board.ratings.n_islands))
    if best.provisional:
        found.append(say(language, "board_answer_provisional", n=best.battles))
    return found


def board_counts(board: Board, language: Language) -> tuple[BoardCount, ...]:
    """Return the numbers of votes, judgments or scores, raters, questions, and rows that were left out."""
    kind, scores, battles = board.selection.kind.value, board.evidence.scores, board.battles
    rater, question = (battles.rater, battles.question)
    counts = []
    if scores is not None:
        rater, question = (np.concatenate(both) for both in ((rater, scores.rater), (question, scores.question)))
        counts.append(BoardCount(say(language, "board_count_scores"), len(scores)))
    if len(battles) or scores is None:
        counts.insert(0, BoardCount(say(language, f"board_count_{kind}"), len(battles)))
    counts += [
        BoardCount(say(language, f"board_count_raters_{kind}"), len(np.unique(rater[rater >= 0]))),
        BoardCount(say(language, "board_count_questions"), len(np.unique(question[question >= 0]))),
    ]
    reasons = left_out(board.counts, language)
    text = ("；" if language == "zh" else "; ").join(reasons) or say(language, "board_left_out_none")
    unused = BoardCount(say(language, "board_left_out"), sum(board.counts.values()), text)
    return (*(count for count in counts if count.number), unused)
