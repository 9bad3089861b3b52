"""`evenhand evaluate --model endpoint:NAME`: tasks at an OpenAI-compatible endpoint."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.commands.endpoint_options import EndpointOptions, PaceOptions
    from objective.catalog import TaskSelection
    from objective.request import Backend


@dataclass(frozen=True)
class AtEndpoint:
    """Where endpoint models answer, and how fast they may be asked."""

    endpoint: "EndpointOptions"
    pace: "PaceOptions"

    def revision(self, path: str) -> str:
        """What tells one model at one address from others; what stands behind a name is not known.

        Raises:
            BadInput: no address or no key.
        """
        from app.settings import read_endpoint
        from storage.values import canonical_json, digest

        address = read_endpoint(self.endpoint.base_url, self.endpoint.key_file)
        return digest(canonical_json({"endpoint": address.base_url, "model": path}))

    def backend(self, path: str) -> "Backend":
        """The backend of a model."""
        from app.commands.judge.jobs import make_endpoint
        from app.models.endpoint_backend import AT_ENDPOINT, EndpointBackend

        name = path.removeprefix(AT_ENDPOINT)
        return EndpointBackend(name, lambda: make_endpoint(self.endpoint), self.pace.limits, self.pace.price)


def is_at_endpoint(path: str) -> bool:
    """Whether a model's path names one at an endpoint."""
    return path.startswith("endpoint:")


def check_endpoint(paths: list[str], kind: str, selected: "TaskSelection") -> None:
    """Refuse what no endpoint can do, before anything is asked.

    Raises:
        BadInput: likelihoods after a chat, whose template the endpoint keeps to itself.
    """
    from storage.errors import BadInput

    if not any(is_at_endpoint(path) for path in paths):
        return
    likelihoods = sorted(task.name for task in selected.ready if task.mode == "ppl")
    if likelihoods and kind == "chat":
        raise BadInput(
            f"expected tasks that generate for a chat at an endpoint, got {likelihoods[0]} in mode ppl, and no "
            "endpoint gives log-probabilities of what a chat reads; use --mode gen or --kind base"
        )
