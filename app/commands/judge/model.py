"""The model behind a judge: asked at an endpoint, loaded here, replayed from a file, or a baseline's rule."""

from collections.abc import Mapping, Sequence

from app.models.references import BaselineReference, ModelReference, RecordedReference
from app.settings import EndpointAddress
from app.wiring import make_chat
from judging.canaries import canary_baseline
from judging.chat.model import ChatModel, Reply
from judging.prompts.prompt_file import JudgePrompt
from judging.run.judge import Judge, JudgeItem
from judging.run.replay import RecordingKey, baseline_model, read_recordings, recorded_model
from storage.database.engine import Database
from storage.errors import BadInput


class JudgeModel:
    """The model of a judge, made once there are items to judge."""

    def __init__(self, reference: ModelReference, address: EndpointAddress | None) -> None:
        """Read recorded replies; nothing is loaded or asked yet.

        Args:
            reference: reference to the model.
            address: the endpoint; needed for a model at an endpoint.

        Raises:
            BadInput: the file of recorded replies cannot be read.
        """
        self._reference, self._address = reference, address
        self._replies: Mapping[RecordingKey, Reply] = {}
        if isinstance(reference, RecordedReference):
            self._replies = read_recordings(reference.file)

    def opened(self, database: Database, judge: Judge, items: Sequence[JudgeItem]) -> ChatModel:
        """The model that judges these items, to be made and used in one event loop.

        Raises:
            BadInput: a local model cannot be loaded.
        """
        match self._reference:
            case RecordedReference():
                return recorded_model(database, judge, items, self._replies)
            case BaselineReference(rule):
                return baseline_model(database, judge, items, rule)
            case reference:
                return make_chat(reference, self._address, database)

    def opened_for_canaries(self, judge: Judge) -> ChatModel:
        """The model that judges planted responses.

        Raises:
            BadInput: a local model cannot be loaded.
        """
        match self._reference:
            case RecordedReference():
                raise RuntimeError("no reply to a planted response is recorded")
            case BaselineReference(rule):
                return canary_baseline(judge, rule)
            case reference:
                return make_chat(reference, self._address)


def check_kind(reference: ModelReference, prompts: Sequence[JudgePrompt]) -> None:
    """Refuse a baseline for anything but pairs.

    Raises:
        BadInput: a baseline is given, and the prompts do not ask for a comparison of two responses.
    """
    if isinstance(reference, BaselineReference) and prompts[0].kind != "pairwise":
        raise BadInput(
            f"expected pairs for {reference.label}, got prompts of the kind {prompts[0].kind}; "
            "use `evenhand judge pairwise`"
        )
