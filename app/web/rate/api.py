"""The JSON API of the Rate page, under `/api/rate`."""

from collections.abc import Callable, Mapping

from starlette.routing import Route

from app.web.accounts.sessions import SignIns
from app.web.compare.endpoints import ApiCall, IdentifiedRequest, JsonEndpoints, skip_of
from app.web.compare.requests import Fields
from app.web.rate.protocol import PageAnswer, RateService, RateState
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import BadInput, Conflict, NotFound
from storage.values import FlagReason, Language, Role

_DONE = {"ok": True}
_SCORE_FIELDS = frozenset({"token", "scores", "seconds", "flag", "comment"})


class RateApi:
    """The endpoints of the Rate page; each identifies the rater and serves only that rater's data."""

    def __init__(
        self, rating: RateService, *, sign_ins: SignIns, texts: Callable[[Language], Mapping[str, object]]
    ) -> None:
        """Serve scores.

        Args:
            rating: the rating service.
            sign_ins: finds the person of a cookie.
            texts: returns the Rate page's texts in a language.
        """
        self._rating = rating
        self._endpoints = JsonEndpoints(sign_ins)
        self._texts = texts

    def routes(self) -> list[Route]:
        """Return the routes for a mount at `/api`."""
        gone = {NotFound: "unknown_responses", Conflict: "responses_gone"}
        fixed = gone | {Conflict: "scores_not_changeable"}
        calls = {
            "/state": ApiCall(frozenset({"campaign"}), self._state, {NotFound: "unknown_campaign"}),
            "/shown": ApiCall(frozenset({"token"}), self._shown, gone),
            "/answer": ApiCall(_SCORE_FIELDS | {"showing"}, self._answer, gone | {BadInput: "bad_scores"}),
            "/skip": ApiCall(frozenset({"token", "reason", "comment", "flag", "showing"}), self._skip, gone),
            "/undo": ApiCall(frozenset(), self._undo, {Conflict: "no_scores_to_undo"}),
            "/history": ApiCall(frozenset({"campaign"}), self._history, {NotFound: "unknown_campaign"}),
            "/open": ApiCall(frozenset({"token"}), self._open, fixed),
            "/change": ApiCall(_SCORE_FIELDS, self._change, fixed | {BadInput: "bad_scores"}),
            "/source": ApiCall(frozenset({"token"}), self._source, gone),
            "/texts": ApiCall(frozenset(), self._show_texts),
        }
        return [self._endpoints.route(f"/rate{path}", call) for path, call in calls.items()]

    def _state(self, call: IdentifiedRequest) -> object:
        person, campaign = call.person, call.fields.optional_number("campaign")
        return _with_person(self._rating.state(person.rater_id, campaign, person.language), person)

    def _shown(self, call: IdentifiedRequest) -> object:
        self._rating.shown(call.person.rater_id, call.fields.token())
        return _DONE

    def _answer(self, call: IdentifiedRequest) -> object:
        return self._rating.answer(call.person.rater_id, _answer_of(call.fields))

    def _skip(self, call: IdentifiedRequest) -> object:
        return self._rating.skip(call.person.rater_id, skip_of(call.fields))

    def _undo(self, call: IdentifiedRequest) -> object:
        return _with_person(self._rating.undo(call.person.rater_id, call.person.language), call.person)

    def _history(self, call: IdentifiedRequest) -> object:
        return self._rating.history(call.person.rater_id, call.fields.number("campaign"))

    def _open(self, call: IdentifiedRequest) -> object:
        return self._rating.open_again(call.person.rater_id, call.fields.token())

    def _change(self, call: IdentifiedRequest) -> object:
        return {"changed": self._rating.change(call.person.rater_id, _answer_of(call.fields))}

    def _source(self, call: IdentifiedRequest) -> object:
        return self._rating.source(call.person.rater_id, call.fields.token())

    def _show_texts(self, call: IdentifiedRequest) -> object:
        return self._texts(call.person.language)


def _answer_of(fields: Fields) -> PageAnswer:
    return PageAnswer(
        token=fields.token(),
        scores=fields.scores(),
        seconds=fields.seconds(),
        flag=fields.optional_word("flag", FlagReason),
        comment=fields.comment(),
        showing=fields.optional_token("showing"),
    )


def _with_person(state: RateState, person: SignedInPerson) -> dict[str, object]:
    return {**vars(state), "language": person.language, "admin": person.role is not Role.annotator}
