"""What the Leaderboard page shows: one JSON object per choice of filters, fitted on request; nothing is stored."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.ui.choices import ALL
from app.ui.leaderboard.filters import BoardFilters, FilterOffer, make_offer
from app.ui.visitor import AdminServices
from app.views.board import left_out
from app.views.columns import BoardFacts, ModelCost, board_records, shown_columns
from app.views.leaderboard.costs import model_costs
from app.views.leaderboard.page_object import board_object, history_object, slices_object
from app.views.leaderboard.score_tables import scores_object
from app.views.sentences import say, sentences
from arena.fused.sources import FusionRefused
from arena.leaderboard.evidence_reading import slice_masks
from arena.leaderboard.history import rating_history
from arena.leaderboard.live import LiveBoards
from arena.leaderboard.ranking import Board, NothingToRank, method_named, missed_people
from arena.leaderboard.score_summary import summary_of
from arena.leaderboard.slices import rank_slices
from storage.errors import BadInput
from storage.questions.response_costs import newest_response
from storage.values import Language, RaterKind

LOOKS_EVERY = 5
"""Seconds between the page's checks of the ledger's last position, the only query while nothing changes."""
POINTS = 12
"""Number of fits in a rating history."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a text that a spreadsheet would run."""


class LeaderboardSource:
    """Leaderboards for the page; votes read once are cached. Thread-safe."""

    def __init__(self, services: AdminServices) -> None:
        """Serve a store; nothing is read yet."""
        self._database = services.database
        self._clock = services.clock
        self._boards = LiveBoards(services.database)
        self._read_costs: tuple[int, Mapping[str, ModelCost]] | None = None

    def board(self, wanted: Mapping[str, str], language: Language, seen: int | None = None) -> dict[str, Any] | None:
        """Return the page for these filters; None if the ledger still ends at position `seen`.

        Args:
            wanted: filter values by name; unknown names and values that this store does not have are ignored.
            language: language of all texts.
            seen: ledger position of the page on screen.
        """
        position = self._boards.position()
        if seen == position:
            return None
        offer, kept = self._filters(wanted, language)
        page: dict[str, Any] = {
            "position": position,
            "as_of": say(language, "board_as_of", time=f"{self._clock():%H:%M:%S}", seconds=LOOKS_EVERY),
            "date": f"{self._clock():%Y-%m-%d}",
            "every": LOOKS_EVERY,
            "language": language,
            "filters": offer.controls(kept, language),
            "query": urlencode(kept.changed()),
            "banners": _banners(kept, offer, language),
            "texts": {key: text for key, text in sentences(language).items() if key.startswith("board_ui_")},
            "board": None,
            "nothing": None,
        }
        try:
            board = self._rank(kept)
            shown = board_object(board, language, self._costs())
            page["board"] = shown | {"scores": self._scores(board, language)}
        except BadInput as error:
            page["nothing"] = _nothing(error, kept, offer, language)
        return page

    def closer(self, wanted: Mapping[str, str], language: Language) -> dict[str, Any]:
        """Return the rating history and the ranks by category for these filters; None where there are no votes."""
        _, kept = self._filters(wanted, language)
        try:
            board = self._rank(kept)
        except BadInput:
            return {"history": None, "slices": None}
        if not board.has_parts:
            return {"history": None, "slices": None}
        method, settings = method_named(board.ratings.method).rate, replace(board.recipe.settings, style=())
        history = rating_history(board.battles, method, settings, points=POINTS)
        with self._database.reading() as session:
            masks = slice_masks(session, board.battles, ("category",))
        try:
            slices = slices_object(rank_slices(board.battles, masks, method, settings), language)
        except BadInput:  # too little for this method in one of them
            slices = None
        return {"history": history_object(history, board, language), "slices": slices}

    def file(self, wanted: Mapping[str, str]) -> str:
        """Return the leaderboard as a CSV file with the columns of `evenhand rank --csv`.

        Names that a spreadsheet would take for a formula get an apostrophe in front.

        Raises:
            BadInput: there is nothing to rank.
        """
        _, kept = self._filters(wanted, "en")
        facts = BoardFacts(self._rank(kept), costs=self._costs())
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [column.key for column in shown_columns(facts, "csv")])
        writer.writeheader()
        for record in board_records(facts, "csv"):
            writer.writerow({key: _guarded(value) for key, value in record.items()})
        return text.getvalue()

    def now(self) -> datetime:
        """Return the present time in UTC, for the name of a file."""
        return self._clock()

    def _costs(self) -> Mapping[str, ModelCost] | None:
        """The mean costs of responses, read again once there are more responses; None without any."""
        with self._database.reading() as session:
            newest = newest_response(session)
            if self._read_costs is None or self._read_costs[0] != newest:
                self._read_costs = newest, model_costs(session)
        return self._read_costs[1] or None

    def _scores(self, board: Board, language: Language) -> dict[str, Any] | None:
        """Return the scores behind a leaderboard of scores; None for one of votes or judgments."""
        with self._database.reading() as session:
            found = summary_of(session, board, by_category=True)
        return None if found is None else scores_object(found, language)

    def _filters(self, wanted: Mapping[str, str], language: Language) -> tuple[FilterOffer, BoardFilters]:
        offer = make_offer(self._database, wanted.get("by", ""), language)
        return offer, offer.keep(wanted)

    def _rank(self, kept: BoardFilters) -> Board:
        selection = kept.selection(self._clock())
        board = self._boards.rank(selection, method=kept.method, settings=kept.settings(), fusion=kept.fusion())
        return replace(board, missed=missed_people(self._database, board))


def _nothing(error: BadInput, kept: BoardFilters, offer: FilterOffer, language: Language) -> dict[str, Any]:
    """Return the state without a leaderboard: why, and what was left out."""
    if isinstance(error, FusionRefused) and not offer.is_empty:  # an empty store has the same text for all evidence
        return {
            "title": say(language, "fused_refused"),
            "text": say(language, f"fused_refused_{error.reason}", **error.numbers),
            "left_out": [],
            "is_filtered": bool(kept.changed().keys() - {"by"}),
        }
    counts = error.counts if isinstance(error, NothingToRank) else {}
    unused = sum(counts.values())
    if not isinstance(error, NothingToRank | FusionRefused):
        title, text = "board_impossible", "board_impossible_adjust" if kept.adjust != ALL else "board_impossible_method"
    elif offer.is_empty:
        title, text = "board_empty_title", "board_empty_human_first"
    elif unused:
        title, text = "board_empty_title", "board_empty_left_out"
    else:
        title, text = "board_empty_title", f"board_empty_{kept.by}"
    return {
        "title": say(language, title),
        "text": say(language, text, n=unused) if unused else say(language, text),
        "left_out": list(left_out(counts, language)),
        "is_filtered": bool({**kept.changed(), "by": ""}.keys() - {"by"}),
    }


def _banners(kept: BoardFilters, offer: FilterOffer, language: Language) -> list[dict[str, str]]:
    """Return the warnings above the leaderboard."""
    shown = [one for one in offer.campaigns if kept.campaign in (ALL, str(one.id))]
    banners = []
    if kept.by == RaterKind.judge:
        banners.append({"kind": "alert", "title": "board_judges", "text": "board_judges_text"})
    if any(one.example for one in shown):
        banners.append({"kind": "", "title": "admin_example", "text": "admin_example_text"})
    return [{**one, "title": say(language, one["title"]), "text": say(language, one["text"])} for one in banners]


def _guarded(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
