"""The campaigns that a process serves, with the occupancy of their cells kept in memory.

Counting all ballots for each vote would cost more the longer a campaign runs. So each process counts once,
follows its own changes, and counts again after a while or when the database disagrees.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row

from arena.campaigns.pairing import POLICIES, make_cells
from storage.campaigns import ballots
from storage.campaigns.ballots import BallotRow, Holders
from storage.campaigns.campaigns import campaign_row, showable_responses
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
        self.recount(connection, now)

    def recount(self, connection: Connection, now: datetime) -> None:
        """Read cells and ballots again, because other processes may have changed them."""
        self.cells = make_cells(showable_responses(connection, self.id))
        self.counted_at = now
        self.stale = False
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
            if is_held and not held.is_excluded:
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
    def overlap(self) -> int:
        """Number of raters for each pair."""
        return int(self.campaign.overlap)

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
        if rater_id not in self.cells.drawn:
            self.cells.drawn[rater_id] = ballots.n_drawn(connection, rater_id, self.id)
        self.cells.drawn[rater_id] += 1
        generator = np.random.default_rng((self.campaign.seed, rater_id, self.cells.drawn[rater_id]))
        draw = self.cells.draw(
            rater_id,
            generator,
            overlap=self.overlap,
            policy=POLICIES[self.campaign.policy],
            uniform_share=self.campaign.uniform_share,
        )
        if draw is None:
            return None
        return {
            "campaign_id": self.id,
            "rater_id": rater_id,
            "question_id": int(self.cells.question[draw.cell]),
            "response_a_id": int(self.cells.response_a[draw.cell]),
            "response_b_id": int(self.cells.response_b[draw.cell]),
            "swapped": bool(generator.integers(2)),
            "probability": draw.probability,
            "policy": self.campaign.policy,
            "policy_version": self.campaign.policy_version,
            "guidelines_version": self.campaign.guidelines_version,
            "occasion": 0,
            "undos": 0,
        }

    def correct(self, rater_id: int, row: Mapping[str, Any], holders: Holders) -> None:
        """Correct the occupancy of a pair after a look into the database; `holders` are those from now on."""
        cell = self.cells.find(row["question_id"], row["response_a_id"], row["response_b_id"])
        if cell is not None:
            self.cells.mask(rater_id)[cell] = rater_id in holders.had
            self.cells.filled[cell] = len(holders.filling)

    def hold(self, rater_id: int, row: Mapping[str, Any]) -> None:
        """Count a ballot that was handed out."""
        self.cells.hold(rater_id, self.cells.find(row["question_id"], row["response_a_id"], row["response_b_id"]))

    def give_back(self, rater_id: int, row: BallotRow) -> None:
        """Free the place of a ballot that was withdrawn or ran out; the rater may get the pair again."""
        self.cells.release(rater_id, self._cell(row))

    def close(self, rater_id: int, row: BallotRow, *, skipped: bool) -> None:
        """Count an answered ballot, or a skipped one, which frees its place for another rater."""
        self._closed[rater_id] = self._closed.get(rater_id, 0) + 1
        if skipped:
            self.cells.skip(self._cell(row))

    def reopen(self, rater_id: int, row: BallotRow) -> None:
        """Count a closed ballot as open again."""
        self._closed[rater_id] = self._closed.get(rater_id, 0) - 1
        if row.state == BallotState.skipped:
            self.cells.skip(self._cell(row), back=True)

    def progress(self, rater_id: int, *, n_open: int) -> tuple[int, int]:
        """Number of ballots that a rater has closed, and that number plus the ballots this rater could still get."""
        done = self._closed.get(rater_id, 0)
        return done, done + n_open + len(self.cells.open_to(rater_id, self.overlap))

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
