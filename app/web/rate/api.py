"""The JSON API of the Rate page, under `/api/rate`."""

from collections.abc import Callable, Mapping

from starlette.routing import Route

from app.web.accounts.sessions import SignIns
from app.web.compare.endpoints import ApiCall, IdentifiedRequest, JsonEndpoints, skip_of
from app.web.rate.protocol import PageAnswer, RateService, RateState
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import BadInput, Conflict, NotFound
from storage.values import FlagReason, Language, Role

_DONE = {"ok": True}


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
        calls = {
            "/state": ApiCall(frozenset({"campaign"}), self._state, {NotFound: "unknown_campaign"}),
            "/shown": ApiCall(frozenset({"token"}), self._shown, gone),
            "/answer": ApiCall(
                frozenset({"token", "scores", "seconds", "flag", "comment", "showing"}),
                self._answer,
                gone | {BadInput: "bad_scores"},
            ),
            "/skip": ApiCall(frozenset({"token", "reason", "comment", "flag", "showing"}), self._skip, gone),
            "/undo": ApiCall(frozenset(), self._undo, {Conflict: "no_scores_to_undo"}),
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
        answer = PageAnswer(
            token=call.fields.token(),
            scores=call.fields.scores(),
            seconds=call.fields.seconds(),
            flag=call.fields.optional_word("flag", FlagReason),
            comment=call.fields.comment(),
            showing=call.fields.optional_token("showing"),
        )
        return self._rating.answer(call.person.rater_id, answer)

    def _skip(self, call: IdentifiedRequest) -> object:
        return self._rating.skip(call.person.rater_id, skip_of(call.fields))

    def _undo(self, call: IdentifiedRequest) -> object:
        return _with_person(self._rating.undo(call.person.rater_id, call.person.language), call.person)

    def _show_texts(self, call: IdentifiedRequest) -> object:
        return self._texts(call.person.language)


def _with_person(state: RateState, person: SignedInPerson) -> dict[str, object]:
    return {**vars(state), "language": person.language, "admin": person.role is not Role.annotator}
