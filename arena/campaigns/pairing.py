"""The next ballot of a rater: a random draw among the cells that are still open to this rater.

A cell is a question with an unordered pair of responses to vote on, or with one response or all responses to score.
Cells that lack more votes are more likely, and a
uniform share is mixed in so that every open cell has a known positive probability. That probability is stored
with the ballot, because a later fit needs it to correct for uneven sampling.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from arena.campaigns.scoring import ScoringCampaign
from storage.campaigns.gold import GoldPair
from storage.values import CampaignKind, RatingLayout

MINIMUM_UNIFORM_SHARE = 0.1

CellShape = Literal["pair", "response", "question"]
"""What a ballot shows: two responses to vote on, one response to score, or all responses to a question to score."""
Weights = NDArray[np.float64]
Counts = NDArray[np.int64]
Policy = Callable[[Counts, Counts, Weights | None], Weights]
"""From free places per cell, votes on the pair of models of each cell, and what a vote on it is worth (None if
unknown), to weights (0 or more, one positive)."""


class Draw(NamedTuple):
    """A cell and the probability with which it was drawn among those open to the rater."""

    cell: int
    probability: float


def uniform(places: Counts, pair_votes: Counts, worth: Weights | None = None) -> Weights:
    """The same weight for every open cell."""
    return np.ones(len(places))


def deficit(places: Counts, pair_votes: Counts, worth: Weights | None = None) -> Weights:
    """More weight for cells with more free places and for pairs of models with fewer votes.

    The weight is `places × (most − votes + 1)`, where `most` is the largest number of votes on any open pair of
    models; it grows linearly in both factors and is never 0.
    """
    missing: Weights = (places * (pair_votes.max() - pair_votes + 1)).astype(np.float64)
    return missing


def informative(places: Counts, pair_votes: Counts, worth: Weights | None = None) -> Weights:
    """More weight for pairs of models whose next vote tells more about the ratings, see `arena.rating.next_pairs`.

    Where that is unknown, as for responses to score, the weights are those of `deficit`.
    """
    return deficit(places, pair_votes) if worth is None else worth


@dataclass
class Cells:
    """The cells of a campaign and their occupancy; mutable, guarded by the lock of the owner.

    Attributes:
        question: (n_cells,) question ids.
        response_a: (n_cells,) the smaller response id of the pair.
        response_b: (n_cells,) the larger one; 0 where responses are scored.
        pair: (n_cells,) code of the pair of models, or of the model, whose cells shall get equal numbers of answers.
        filled: (n_cells,) number of raters who hold or have answered a cell.
        model_of: model id by response id.
        models: the two model ids of each code of a pair, the smaller one first; the same id twice for single responses.
        worth: weight of a vote on each pair, by its code; None if unknown.
        index: cell by question, smaller and larger response id.
        seen: mask (n_cells,) of the cells that a rater has or had, by rater id.
        drawn: number of ballots ever drawn for a rater, by rater id.
        together: responses that are scored side by side, by question id; empty otherwise.
    """

    question: Counts
    response_a: Counts
    response_b: Counts
    pair: Counts
    model_of: dict[int, int]
    filled: Counts
    models: list[tuple[int, int]] = field(default_factory=list)
    worth: Weights | None = None
    index: dict[tuple[int, int, int], int] = field(default_factory=dict)
    seen: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    drawn: dict[int, int] = field(default_factory=dict)
    together: dict[int, list[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of cells."""
        return len(self.question)

    def find(self, question_id: int, response_a_id: int, response_b_id: int | None) -> int | None:
        """The cell of a ballot, None when its responses are no longer offered."""
        return self.index.get((question_id, response_a_id, response_b_id or 0))

    def hold(self, rater_id: int, cell: int | None) -> None:
        """Record that a rater got a cell."""
        if cell is not None and not self.mask(rater_id)[cell]:
            self.mask(rater_id)[cell] = True
            self.filled[cell] += 1

    def release(self, rater_id: int, cell: int | None) -> None:
        """Record that a rater gave a cell back without an answer, and may get it again."""
        if cell is not None and self.mask(rater_id)[cell]:
            self.mask(rater_id)[cell] = False
            self.filled[cell] = max(self.filled[cell] - 1, 0)  # an expired ballot may have been subtracted before

    def skip(self, cell: int | None, *, back: bool = False) -> None:
        """Free the place of a cell that its rater skipped and never gets again; `back` undoes that."""
        if cell is not None:
            self.filled[cell] += 1 if back else -1

    def mask(self, rater_id: int) -> NDArray[np.bool_]:
        """The cells that a rater has or had, (n_cells,)."""
        mask = self.seen.get(rater_id)
        if mask is None:
            mask = self.seen[rater_id] = np.zeros(len(self), dtype=np.bool_)
        return mask

    def open_to(self, rater_id: int, overlap: int | Counts) -> Counts:
        """Indices of the cells that a rater may still get; `overlap` is one number, or one of each cell."""
        return np.flatnonzero((self.filled < overlap) & ~self.mask(rater_id))

    def draw(
        self,
        rater_id: int,
        generator: np.random.Generator,
        *,
        overlap: int | Counts,
        policy: Policy,
        uniform_share: float,
    ) -> Draw | None:
        """A random open cell, or None when nothing is left for this rater.

        The probability of an open cell is `(1 − u) × weight / Σ weights + u / n_open`, with u the uniform share.

        Raises:
            ValueError: the uniform share is below `MINIMUM_UNIFORM_SHARE` or above 1.
        """
        if not MINIMUM_UNIFORM_SHARE <= uniform_share <= 1:
            raise ValueError(f"expected a uniform share of {MINIMUM_UNIFORM_SHARE} to 1, got {uniform_share!r}")
        cells = self.open_to(rater_id, overlap)
        if len(cells) == 0:
            return None
        places = np.broadcast_to(overlap, len(self))[cells] - self.filled[cells]
        votes = np.bincount(self.pair, weights=self.filled)[self.pair[cells]].astype(np.int64)
        weights = policy(places, votes, self._worth_of(cells))
        probabilities = (1 - uniform_share) * weights / weights.sum() + uniform_share / len(cells)
        rising = np.cumsum(probabilities)
        drawn = min(int(np.searchsorted(rising, generator.random() * rising[-1], side="right")), len(cells) - 1)
        return Draw(int(cells[drawn]), float(min(probabilities[drawn], 1.0)))

    def _worth_of(self, cells: Counts) -> Weights | None:
        """The weight of each of these cells: that of its pair, split over the cells of the pair among them."""
        if self.worth is None:
            return None
        pairs = self.pair[cells]
        weights: Weights = self.worth[pairs] / np.bincount(pairs, minlength=len(self.worth))[pairs]
        return weights


def make_cells(responses: Sequence[tuple[int, int, int]], shape: CellShape = "pair") -> Cells:
    """Every pair of responses to the same question, every single response, or all responses to each question.

    Args:
        responses: `(question, model, response)` ids, one response per question and model.
        shape: what a ballot shows.
    """
    by_question: dict[int, list[tuple[int, int]]] = {}
    for question, model, response in responses:
        by_question.setdefault(question, []).append((response, model))
    codes: dict[tuple[int, int], int] = {}
    rows: list[tuple[int, int, int, int]] = []
    for question, answers in by_question.items():
        ordered = sorted(answers)
        if shape == "question":
            rows.append((question, ordered[0][0], 0, 0))
            continue
        for i, (first, model) in enumerate(ordered):
            if shape == "response":
                rows.append((question, first, 0, codes.setdefault((model, 0), len(codes))))
                continue
            for second, other in ordered[i + 1 :]:
                code = codes.setdefault((min(model, other), max(model, other)), len(codes))
                rows.append((question, first, second, code))
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
    together = {question: sorted(response for response, _ in answers) for question, answers in by_question.items()}
    return Cells(
        question=table[:, 0],
        response_a=table[:, 1],
        response_b=table[:, 2],
        pair=table[:, 3],
        model_of={response: model for _, model, response in responses},
        filled=np.zeros(len(rows), dtype=np.int64),
        models=[(one, other) if shape == "pair" else (one, one) for one, other in codes],
        index={(question, first, second): cell for cell, (question, first, second, _) in enumerate(rows)},
        together=together if shape == "question" else {},
    )


def shape_of(campaign: ScoringCampaign) -> CellShape:
    """What a ballot of a campaign shows."""
    if campaign.kind != CampaignKind.satisfaction:
        return "pair"
    return "question" if campaign.layout == RatingLayout.side_by_side else "response"


def places_of(cells: Cells, *, overlap: int, share: float, seed: int) -> Counts:
    """The number of raters that each cell shall have: the overlap for a random share of the cells, one for the others.

    Which cells get the overlap depends on their ids and the seed alone, so it stays the same when responses arrive
    later, and a larger share adds cells without taking one away.

    Args:
        cells: the cells.
        overlap: number of raters, 1 or more.
        share: share of the cells that get it, 0 to 1.
        seed: seed of the campaign.
    """
    if share >= 1 or overlap == 1:
        return np.full(len(cells), overlap, dtype=np.int64)
    mixed = np.full(len(cells), seed % 2**64, dtype=np.uint64)
    for column in (cells.question, cells.response_a, cells.response_b):
        mixed = _mix(mixed ^ column.astype(np.uint64))
    return np.where(mixed.astype(np.float64) < share * 2.0**64, overlap, 1).astype(np.int64)


def gold_cells(cells: Cells, items: Sequence[GoldPair]) -> list[int]:
    """The cells that are gold items, which ordinary draws leave out."""
    found = [cells.find(*one.pair) for one in drawn_gold(cells, items)]
    return [cell for cell in found if cell is not None]


def drawn_gold(cells: Cells, items: Sequence[GoldPair]) -> list[GoldPair]:
    """The gold items as ballots show them, one for each ballot.

    Where responses are scored side by side, an item on any of them is a ballot on its question. Several items on one
    ballot (dimensions of a score) are drawn once, as onboarding if one of them is.
    """
    found: dict[tuple[int, int, int | None], GoldPair] = {}
    for one in items:
        together = cells.together.get(one.question_id, [])
        item = replace(one, response_a_id=together[0]) if one.response_a_id in together else one
        if item.pair not in found or item.onboarding:
            found[item.pair] = item
    return list(found.values())


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): spreads neighbouring numbers over all 64 bits."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


POLICIES: dict[str, Policy] = {"deficit": deficit, "informative": informative, "uniform": uniform}
"""Every policy that a campaign can name; `policy_version` on the campaign tells later changes apart."""
