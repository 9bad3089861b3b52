"""The campaigns that a process serves, with the occupancy of their cells kept in memory.

Counting all ballots for each vote would cost more the longer a campaign runs. So each process counts once,
follows its own changes, and counts again after a while or when the database disagrees.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row

from arena.campaigns.pairing import POLICIES, Cells, Weights, drawn_gold, gold_cells, make_cells, places_of, shape_of
from arena.rating.counts import count_pairs
from arena.rating.next_pairs import pair_gains
from storage.campaigns import ballots
from storage.campaigns.ballots import BallotRow, Holders
from storage.campaigns.campaigns import campaign_row, showable_responses
from storage.campaigns.gold import gold_pairs
from storage.campaigns.progress_counts import outcome_counts
from storage.campaigns.rules import QualityRules, rules_in
from storage.ledger.battles import OUTCOME_CODES, Battles
from storage.values import BallotState, CampaignState

RECOUNT_AFTER = timedelta(seconds=30)
"""Time between two counts. In between, changes of other processes are noticed when a proposed pair is taken."""


class CampaignOccupancy:
    """The cells of one campaign, with the raters who hold or have answered them.

    It is only used inside a writing transaction that holds the ledger's lock, which keeps threads apart.
    """

    def __init__(self, connection: Connection, campaign: Row[Any], now: datetime) -> None:
        """Read the cells of a campaign and the ballots on them."""
        self.id = int(campaign.id)
        self.campaign = campaign
        self._rules_of: tuple[Row[Any] | None, QualityRules] = (None, QualityRules())
        self.recount(connection, now)

    def recount(self, connection: Connection, now: datetime) -> None:
        """Read cells and ballots again, because other processes may have changed them."""
        self.cells = make_cells(showable_responses(connection, self.id), shape_of(self.campaign))
        self.gold = drawn_gold(self.cells, gold_pairs(connection, self.id))
        self._places = np.zeros(0, np.int64)
        self._places_for: tuple[int, float] | None = None
        self.counted_at = now
        self.stale = False
        if self.campaign.policy == "informative":
            self.cells.worth = vote_worth(connection, self.id, self.cells)
        self._closed: dict[int, int] = {}
        for held in ballots.holdings(connection, self.id):
            is_closed = held.state in ballots.CLOSED
            if is_closed:
                self._closed[held.rater_id] = self._closed.get(held.rater_id, 0) + 1
            cell = self.cells.find(held.question_id, held.response_a_id, held.response_b_id)
            if cell is None:
                continue
            self.cells.mask(held.rater_id)[cell] = True
            is_held = held.state is BallotState.voted or (not is_closed and held.expires_at > now)
            if is_held and held.takes_place:
                self.cells.filled[cell] += 1

    @property
    def last_exclusion(self) -> int | None:
        """Ledger position of the newest exclusion or change of a model that the counts take into account."""
        position: int | None = self.campaign.last_exclusion
        return position

    @property
    def is_open(self) -> bool:
        """Whether ballots are handed out."""
        return bool(self.campaign.state == CampaignState.open)

    @property
    def rules(self) -> QualityRules:
        """The quality rules of the campaign."""
        row, found = self._rules_of
        if row is not self.campaign:
            found = rules_in(self.campaign)
            self._rules_of = self.campaign, found
        return found

    @property
    def places(self) -> NDArray[np.int64]:
        """Number of raters for each cell: none where the pair is a gold item."""
        wanted = (int(self.campaign.overlap), self.rules.overlap_share)
        if self._places_for != wanted:
            overlap, share = self._places_for = wanted
            self._places = places_of(self.cells, overlap=overlap, share=share, seed=self.campaign.seed)
            self._places[gold_cells(self.cells, self.gold)] = 0
        return self._places

    def n_places(self, row: Mapping[str, Any]) -> int:
        """Number of raters for the pair of a ballot; the overlap where the pair is no longer offered."""
        cell = self.cells.find(row["question_id"], row["response_a_id"], row["response_b_id"])
        return int(self.campaign.overlap) if cell is None else int(self.places[cell])

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Run one operation; if it fails, its changes are rolled back, so the next one counts again."""
        try:
            yield
        except BaseException:
            self.stale = True
            raise

    def draw(self, connection: Connection, rater_id: int) -> dict[str, Any] | None:
        """Columns of a new ballot for a rater, from the next seeded draw; None when nothing is left.

        The generator is seeded with the seed of the campaign, the rater and the number of the draw; it also decides
        which response is shown on the left.
        """
        generator = np.random.default_rng((self.campaign.seed, rater_id, self.next_number(connection, rater_id)))
        draw = self.cells.draw(
            rater_id,
            generator,
            overlap=self.places,
            policy=POLICIES[self.campaign.policy],
            uniform_share=self.campaign.uniform_share,
        )
        if draw is None:
            return None
        return self.ballot(
            rater_id,
            (
                int(self.cells.question[draw.cell]),
                int(self.cells.response_a[draw.cell]),
                int(self.cells.response_b[draw.cell]) or None,
            ),
            swapped=bool(self.cells.response_b[draw.cell]) and bool(generator.integers(2)),
            probability=draw.probability,
        )

    def next_number(self, connection: Connection, rater_id: int) -> int:
        """The running number of the next draw for a rater, from 1."""
        if rater_id not in self.cells.drawn:
            self.cells.drawn[rater_id] = ballots.n_drawn(connection, rater_id, self.id)
        self.cells.drawn[rater_id] += 1
        return self.cells.drawn[rater_id]

    def ballot(
        self, rater_id: int, pair: tuple[int, int, int | None], *, swapped: bool, probability: float
    ) -> dict[str, Any]:
        """Columns of a new ballot on a question and its responses, drawn by the policy of the campaign."""
        question, a, b = pair
        return {
            "campaign_id": self.id,
            "rater_id": rater_id,
            "question_id": question,
            "response_a_id": a,
            "response_b_id": b,
            "swapped": swapped,
            "probability": probability,
            "policy": self.campaign.policy,
            "policy_version": self.campaign.policy_version,
            "guidelines_version": self.campaign.guidelines_version,
            "occasion": 0,
            "undos": 0,
        }

    def beside(self, row: Mapping[str, Any]) -> list[int]:
        """The responses of a stored ballot that shows several to score, in an order by lot; none for other ballots."""
        together = self.cells.together.get(row["question_id"], [])
        generator = np.random.default_rng((self.campaign.seed, row["rater_id"], row["id"]))
        return [together[place] for place in generator.permutation(len(together))]

    def correct(self, rater_id: int, row: Mapping[str, Any], holders: Holders) -> None:
        """Correct the occupancy of a pair after a look into the database; `holders` are those from now on."""
        cell = self.cells.find(row["question_id"], row["response_a_id"], row["response_b_id"])
        if cell is not None:
            self.cells.mask(rater_id)[cell] = rater_id in holders.had
            self.cells.filled[cell] = len(holders.filling)

    def hold(self, rater_id: int, row: Mapping[str, Any]) -> None:
        """Count a ballot that was handed out."""
        if row["policy"] not in ballots.SPECIAL:
            self.cells.hold(rater_id, self.cells.find(row["question_id"], row["response_a_id"], row["response_b_id"]))

    def give_back(self, rater_id: int, row: BallotRow) -> None:
        """Free the place of a ballot that was withdrawn or ran out; the rater may get the pair again."""
        if row.policy not in ballots.SPECIAL:
            self.cells.release(rater_id, self._cell(row))

    def close(self, rater_id: int, row: BallotRow, *, skipped: bool) -> None:
        """Count an answered ballot, or a skipped one, which frees its place for another rater."""
        self._closed[rater_id] = self._closed.get(rater_id, 0) + 1
        if skipped and row.policy not in ballots.SPECIAL:
            self.cells.skip(self._cell(row))

    def reopen(self, rater_id: int, row: BallotRow) -> None:
        """Count a closed ballot as open again."""
        self._closed[rater_id] = self._closed.get(rater_id, 0) - 1
        if row.state == BallotState.skipped and row.policy not in ballots.SPECIAL:
            self.cells.skip(self._cell(row), back=True)

    def n_closed(self, rater_id: int) -> int:
        """Number of ballots that a rater has closed."""
        return self._closed.get(rater_id, 0)

    def n_left(self, rater_id: int) -> int:
        """Number of pairs that a rater could still get for a new vote."""
        return len(self.cells.open_to(rater_id, self.places))

    def model_of(self, connection: Connection, response_id: int) -> int:
        """Model of a response, even if the response is no longer offered."""
        known = self.cells.model_of.get(response_id)
        return known if known is not None else ballots.model_of(connection, response_id)

    def _cell(self, row: BallotRow) -> int | None:
        return self.cells.find(row.question_id, row.response_a_id, row.response_b_id)


class ServedCampaigns:
    """The campaigns of one process, each counted when first needed."""

    def __init__(self, recount_after: timedelta) -> None:
        """Start with none; recount each campaign after this time."""
        self._recount_after = recount_after
        self._served: dict[int, CampaignOccupancy] = {}

    def occupancy_of(self, connection: Connection, campaign_id: int, now: datetime) -> CampaignOccupancy:
        """Recent occupancy of a campaign, with the present settings of the campaign.

        Raises:
            NotFound: there is no such campaign.
        """
        campaign = campaign_row(connection, campaign_id)
        occupancy = self._served.get(campaign_id)
        if occupancy is None:
            occupancy = self._served[campaign_id] = CampaignOccupancy(connection, campaign, now)
        is_old = occupancy.stale or now - occupancy.counted_at > self._recount_after
        if is_old or occupancy.last_exclusion != campaign.last_exclusion:
            occupancy.recount(connection, now)
        occupancy.campaign = campaign
        return occupancy


def vote_worth(connection: Connection, campaign_id: int, cells: Cells) -> Weights | None:
    """What one more vote on each pair of models is worth, by code of the pair, after the votes of the campaign so far.

    None where responses are scored instead of compared.
    """
    place = {model: code for code, model in enumerate(sorted({model for pair in cells.models for model in pair}))}
    if not cells.models or any(one == other for one, other in cells.models):
        return None
    votes = [one for one in outcome_counts(connection, campaign_id) if one.model_a in place and one.model_b in place]
    battles = Battles.of_codes(
        tuple(map(str, place)),
        np.array([place[one.model_a] for one in votes], np.int32),
        np.array([place[one.model_b] for one in votes], np.int32),
        np.array([OUTCOME_CODES[one.winner.value] for one in votes], np.int8),
    )
    counts = count_pairs(battles, np.array([one.votes for one in votes], np.float64))
    weights = pair_gains(counts).matrix()
    return np.array([weights[place[one], place[other]] for one, other in cells.models])
