"""Splits requests into items of work that keep shared prefixes together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from objective.request import GenerateRequest, RollingRequest, ScoreRequest

Request = ScoreRequest | RollingRequest | GenerateRequest

PIECES_PER_WORKER = 2
"""A group is split only if it holds more than a worker's share divided by this, so that no worker waits long."""


@dataclass(frozen=True)
class WorkItem:
    """Requests that one worker answers.

    Attributes:
        places: position of each request among all requests.
        requests: the requests, all of one kind.
    """

    places: tuple[int, ...]
    requests: tuple[Request, ...]


def split_requests(requests: Sequence[Request], workers: int) -> list[WorkItem]:
    """Split requests into whole groups, the longest first.

    A group without a name, or with more than a worker's share, is split between contexts.

    Args:
        requests: requests of one kind.
        workers: number of workers that share them.
    """
    groups: dict[str, list[int]] = {}
    for place, request in enumerate(requests):
        groups.setdefault("" if isinstance(request, RollingRequest) else request.group, []).append(place)
    limit = max(1, -(-len(requests) // (PIECES_PER_WORKER * workers)))
    pieces: list[list[int]] = []
    for places in groups.values():
        if len(places) <= limit:
            pieces.append(places)
        else:
            ordered = sorted(places, key=lambda place: (_shared_text(requests[place]), place))
            pieces += _split_group(ordered, requests, limit)
    pieces.sort(key=lambda places: -sum(len(_shared_text(requests[place])) for place in places))
    return [WorkItem(tuple(places), tuple(requests[place] for place in places)) for places in pieces]


def _shared_text(request: Request) -> str:
    if isinstance(request, ScoreRequest):
        return request.context
    return request.prompt if isinstance(request, GenerateRequest) else request.text


def _split_group(places: list[int], requests: Sequence[Request], limit: int) -> Iterator[list[int]]:
    piece: list[int] = []
    for place in places:
        if len(piece) >= limit and _shared_text(requests[place]) != _shared_text(requests[piece[-1]]):
            yield piece
            piece = []
        piece.append(place)
    yield piece
