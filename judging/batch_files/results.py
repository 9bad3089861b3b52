"""Output and error files of the Batch API, in any order and number, as a model that answers from them.

A line holds `custom_id`, and `response` with `status_code` and `body`, or `error` with `code` and `message`. What may
be answered another time (an expired batch, a rate limit, a fault of the server) stays open; any other refusal is a
failure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from judging.batch_files.requests import request_files
from judging.chat.batch import LeftOpen
from judging.chat.model import SHARED_CAUSES, ChatRequest, Reply, RequestError
from judging.chat.wire.refusals import find_refusal, read_refusal, refusal_error
from judging.chat.wire.replies import WrongShape, cut_at, read_completion
from judging.run.plan import JudgePlan
from storage.errors import BadInput

_SOURCE = "the batch"


class BatchResults:
    """A model that answers from the results of a batch.

    Attributes:
        results: Reply or failure by the digest of the request.
        unfinished: Number of requests whose result says that they may be answered another time.
        used: Digests of the requests that were answered from here.
        refused_again: Digests of requests that stay open, because the batch refused them and all their items had
            failed before: nothing new is known of them.
    """

    def __init__(self, results: Mapping[str, Reply | RequestError], plan: JudgePlan | None = None) -> None:
        """Answer from these results.

        Args:
            results: Reply or failure by the digest of the request.
            plan: What is judged, also where it is renewed meanwhile; None if no item failed before.
        """
        self.results, self._plan = results, plan
        self.unfinished = sum(isinstance(one, RequestError) and _may_pass(one) for one in results.values())
        self.used: set[str] = set()
        self.refused_again: set[str] = set()

    async def ask(self, request: ChatRequest) -> Reply:
        """The reply to one request.

        Raises:
            RequestError: The endpoint refused the request for good.
            LeftOpen: There is no result, one that says to try another time, or a refusal that is known.
        """
        result = self.results.get(request.digest)
        if result is None or (isinstance(result, RequestError) and _may_pass(result)):
            raise LeftOpen
        self.used.add(request.digest)
        if not isinstance(result, RequestError):
            return cut_at(result, request.settings.stop)
        if self._failed_before(request.digest):
            self.refused_again.add(request.digest)
            raise LeftOpen
        raise result

    @property
    def items_refused_again(self) -> int:
        """Number of items with a request in `refused_again`."""
        return len({number for digest in self.refused_again for number in self._items(digest)})

    def _failed_before(self, request: str) -> bool:
        """Whether all items of a request failed before, so that another row would say nothing new."""
        items = self._items(request)
        return bool(items) and self._plan is not None and all(number in self._plan.failed_before for number in items)

    def _items(self, request: str) -> list[int]:
        owners = [] if self._plan is None else self._plan.owners.get(bytes.fromhex(request), [])
        return [number for number, _ in owners]


def read_results(
    folder: Path, plan: JudgePlan | None = None, *, dialect: Mapping[str, Any] | None = None
) -> BatchResults:
    """The results in all JSONL files of a folder but the request files; a reply wins over a failure.

    Args:
        folder: The folder.
        plan: What is judged.
        dialect: The dialect in which the requests were written, as stored with each reply.

    Raises:
        BadInput: A file cannot be read, or a line has another form.
    """
    found: dict[str, Reply | RequestError] = {}
    requests = set(request_files(folder))
    for path in sorted(folder.glob("*.jsonl")):
        if path in requests:
            continue
        for key, result in _read_file(path):
            if not isinstance(found.get(key), Reply):
                found[key] = replace(result, dialect=dialect) if dialect and isinstance(result, Reply) else result
    return BatchResults(found, plan)


def _read_file(path: Path) -> Iterator[tuple[str, Reply | RequestError]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
                yield str(row["custom_id"]), _read_result(row)
            except (ValueError, KeyError, TypeError, AttributeError):
                form = '{"custom_id": …, "response": {"status_code": …, "body": …}, "error": …}'
                raise BadInput(f"{path.name}:{number}: expected {form}, got another line; check the file") from None


def _read_result(row: Mapping[str, Any]) -> Reply | RequestError:
    response = row.get("response") or {}
    status, body = int(response.get("status_code") or 0), response.get("body")
    model = str(body.get("model") or "") if isinstance(body, dict) else ""
    if row.get("error") or status != 200:
        said = body if status and body is not None else {"error": row.get("error") or {"message": "no response"}}
        return refusal_error(read_refusal(status, orjson.dumps(said)), url=_SOURCE, model=model)
    refusal = find_refusal(body)
    if refusal is not None:
        return refusal_error(refusal, url=_SOURCE, model=model)
    try:
        return read_completion(body, url=_SOURCE, latency=None)
    except RequestError as error:
        return error
    except WrongShape as error:
        raise ValueError(str(error)) from None


def _may_pass(error: RequestError) -> bool:
    return error.is_transient or error.cause in SHARED_CAUSES
