"""The Batch API of an endpoint: upload request files, start batches, and fetch their results.

Each step is saved before the next one, so that a killed run uploads and pays for no file twice. A batch that was
started without the answer having been saved is found again by its file.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from judging.batch_files.requests import URL, request_files
from judging.chat.endpoint import Endpoint
from storage.errors import BadInput

_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_STATE = "submitted.json"


@dataclass
class SubmittedFile:
    """A request file at the endpoint.

    Attributes:
        file: Id of the uploaded file, empty before.
        batch: Id of the batch, empty before.
        status: Status of the batch as last reported, empty before.
        fetched: Ids of the result files that were fetched.
    """

    file: str = ""
    batch: str = ""
    status: str = ""
    fetched: list[str] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        """Whether the batch has ended, in whichever way."""
        return self.status in _ENDED


class BatchService:
    """The batches of one folder at an endpoint; its state is a file in the folder."""

    def __init__(self, folder: Path) -> None:
        """Read the state.

        Raises:
            BadInput: The state cannot be read.
        """
        self._folder, self._path = folder, folder / _STATE
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}
            self.files = {str(name): SubmittedFile(**row) for name, row in rows.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            raise BadInput(f"expected the state of a batch in {str(self._path)!r}, got something else") from None

    @property
    def is_submitted(self) -> bool:
        """Whether a batch was started."""
        return any(one.batch for one in self.files.values())

    async def submit(self, endpoint: Endpoint, report: Callable[[str], None]) -> None:
        """Upload each request file and start its batch, unless that was done before.

        Raises:
            RequestError: The endpoint refused, or gave no reply.
            BadInput: The folder has no request files, or the endpoint sent no id.
        """
        paths = request_files(self._folder)
        if not paths:
            raise BadInput(f"expected request files in {str(self._folder)!r}, got none; write them with --batch")
        for path in paths:
            one = self.files.setdefault(path.name, SubmittedFile())
            if not one.file:
                form = aiohttp.FormData({"purpose": "batch"})
                form.add_field("file", path.read_bytes(), filename=path.name, content_type="application/jsonl")
                one.file = _id(await endpoint.fetch("POST", "files", form=form))
                self._save()
            elif not one.batch:
                one.batch = await self._started_before(endpoint, one.file)
            if not one.batch:
                body = {"input_file_id": one.file, "endpoint": URL, "completion_window": "24h"}
                one.batch = _id(await endpoint.fetch("POST", "batches", body=body))
            self._save()
            report(f"{path.name}: batch {one.batch}")

    async def fetch(self, endpoint: Endpoint) -> bool:
        """Ask for the state of each batch and fetch the results that are there; whether all batches have ended.

        Raises:
            RequestError: The endpoint refused, or gave no reply.
        """
        for name, one in self.files.items():
            if not one.batch:
                continue
            batch = orjson.loads(await endpoint.fetch("GET", f"batches/{one.batch}"))
            for kind in ("output", "error"):
                number = batch.get(f"{kind}_file_id")
                if number and number not in one.fetched:
                    content = await endpoint.fetch("GET", f"files/{number}/content")
                    (self._folder / name.replace("requests", kind)).write_bytes(content)
                    one.fetched.append(number)
            one.status = str(batch.get("status") or "")
            self._save()
        return all(one.has_ended for one in self.files.values() if one.batch)

    async def _started_before(self, endpoint: Endpoint, file: str) -> str:
        found = orjson.loads(await endpoint.fetch("GET", "batches"))
        return next((str(one["id"]) for one in found.get("data") or () if one.get("input_file_id") == file), "")

    def _save(self) -> None:
        rows: dict[str, Any] = {name: vars(one) for name, one in self.files.items()}
        path = self._path.with_suffix(".tmp")
        path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        path.replace(self._path)


def _id(content: bytes) -> str:
    try:
        return str(orjson.loads(content)["id"])
    except (ValueError, KeyError, TypeError):
        raise BadInput("expected an id from the endpoint, got something else; check that it has a Batch API") from None
