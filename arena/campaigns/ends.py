"""Why a rater has no pair to vote on: one cause for each page that ends the work or interrupts it."""

from enum import StrEnum

from storage.values import CampaignState


class EndCause(StrEnum):
    """Why no ballot is handed out to a rater; the pages have a text for each cause.

    Attributes:
        finished: the rater has answered or skipped every ballot of the campaign.
        waiting: other raters hold all ballots that are left; one may become free again.
        paused: the campaign is paused.
        closed: the campaign is closed.
        removed: the rater was removed from the campaign, or excluded from all of them.
        unassigned: the rater was never invited to a campaign of this kind.
        cap_reached: the rater has given as many votes as the campaign takes from one person.
        deadline_passed: the deadline of the campaign is over.
        quality_paused: a quality rule of the campaign has paused this rater.
    """

    finished = "finished"
    waiting = "waiting"
    paused = "paused"
    closed = "closed"
    removed = "removed"
    unassigned = "unassigned"
    cap_reached = "cap_reached"
    deadline_passed = "deadline_passed"
    quality_paused = "quality_paused"

    @property
    def may_pass(self) -> bool:
        """Whether looking again later can help, so that the page offers "Check again"."""
        return self not in (EndCause.finished, EndCause.closed, EndCause.cap_reached, EndCause.deadline_passed)

    @classmethod
    def of_state(cls, state: CampaignState) -> "EndCause":
        """The cause that a campaign in this state has for every rater who would still get ballots.

        Raises:
            ValueError: the campaign is open, so its state is no cause.
        """
        return cls({CampaignState.paused: "paused", CampaignState.closed: "closed"}.get(state, ""))
