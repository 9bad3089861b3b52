"""The JSON API of the Compare page: identify the rater, check the request, call `CompareService`, reply.

This is the hot path: plain Starlette routes, one worker thread per request, no validation models, no templates. The
voting rules are in `arena`.
"""

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.accounts.accounts import Accounts
from app.web.accounts.sessions import SignIns, cookie_of
from app.web.compare.endpoints import ApiCall, IdentifiedRequest, JsonEndpoints, json_reply, skip_of
from app.web.compare.protocol import CompareService, CompareState, Vote
from app.web.compare.requests import BadRequest, Fields
from app.web.language import language_of, set_language_cookie
from app.web.refusals import error_json
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import BadInput, Conflict, NotFound
from storage.values import FlagReason, Language, Role, VoteReason, Winner

_DONE = {"ok": True}
_VOTE_FIELDS = frozenset({"token", "choice", "seconds", "flag", "comment", "strength", "reasons"})


class VoteApi:
    """The endpoints under `/api`; each identifies the rater and serves only that rater's data."""

    def __init__(
        self,
        voting: CompareService,
        *,
        sign_ins: SignIns,
        accounts: Accounts,
        texts: Callable[[Language], Mapping[str, object]],
    ) -> None:
        """Serve votes.

        Args:
            voting: the voting service.
            sign_ins: finds the person of a cookie.
            accounts: stores the chosen language.
            texts: returns the Compare page's texts in a language.
        """
        self._voting = voting
        self._sign_ins = sign_ins
        self._endpoints = JsonEndpoints(sign_ins)
        self._accounts = accounts
        self._texts = texts

    def routes(self) -> list[Route]:
        """Return the routes for a mount at `/api`."""
        calls = {
            "/vote": ApiCall(
                _VOTE_FIELDS | {"showing", "hidden_seconds", "scores"}, self._vote, {BadInput: "bad_scores"}
            ),
            "/history": ApiCall(frozenset({"campaign"}), self._history, {NotFound: "unknown_campaign"}),
            "/open": ApiCall(frozenset({"token"}), self._open, {Conflict: "not_changeable"}),
            "/change": ApiCall(
                _VOTE_FIELDS | {"scores"}, self._change, {Conflict: "not_changeable", BadInput: "bad_scores"}
            ),
            "/source": ApiCall(frozenset({"token"}), self._source),
            "/shown": ApiCall(frozenset({"token"}), self._shown),
            "/compare": ApiCall(frozenset({"campaign"}), self._compare, {NotFound: "unknown_campaign"}),
            "/skip": ApiCall(frozenset({"token", "reason", "comment", "flag", "showing"}), self._skip),
            "/undo": ApiCall(frozenset(), self._undo, {Conflict: "nothing_to_undo"}),
            "/language": ApiCall(frozenset({"language"}), self._change_language),
        }
        routes = [self._endpoints.route(path, call) for path, call in calls.items()]
        routes.append(Route("/texts", self._show_texts, methods=["GET"]))
        return routes

    def _compare(self, call: IdentifiedRequest) -> object:
        person, campaign = call.person, call.fields.optional_number("campaign")
        return _with_person(self._voting.state(person.rater_id, campaign, person.language), person)

    def _shown(self, call: IdentifiedRequest) -> object:
        self._voting.shown(call.person.rater_id, call.fields.token())
        return _DONE

    def _vote(self, call: IdentifiedRequest) -> object:
        return self._voting.vote(call.person.rater_id, _vote_of(call.fields))

    def _history(self, call: IdentifiedRequest) -> object:
        return self._voting.history(call.person.rater_id, call.fields.number("campaign"))

    def _open(self, call: IdentifiedRequest) -> object:
        return self._voting.open_again(call.person.rater_id, call.fields.token())

    def _change(self, call: IdentifiedRequest) -> object:
        return {"changed": self._voting.change(call.person.rater_id, _vote_of(call.fields))}

    def _source(self, call: IdentifiedRequest) -> object:
        return self._voting.source(call.person.rater_id, call.fields.token())

    def _skip(self, call: IdentifiedRequest) -> object:
        return self._voting.skip(call.person.rater_id, skip_of(call.fields))

    def _undo(self, call: IdentifiedRequest) -> object:
        return _with_person(self._voting.undo(call.person.rater_id, call.person.language), call.person)

    def _change_language(self, call: IdentifiedRequest) -> object:
        language = call.fields.language()
        self._accounts.set_language(call.person.rater_id, language)
        response = json_reply(_DONE)
        set_language_cookie(response, call.request, language)
        return response

    async def _show_texts(self, request: Request) -> Response:
        return await run_in_threadpool(self._texts_for, request)

    def _texts_for(self, request: Request) -> Response:
        headers = request.scope["headers"]
        person = self._sign_ins.who(cookie_of(headers))
        if person is None:
            return error_json(401, "signed_out", language_of(headers))
        return json_reply(self._texts(person.language))


def _vote_of(fields: Fields) -> Vote:
    """Return a vote from the body of a request; a strength belongs to a better side only."""
    choice, strength = fields.word("choice", Winner), fields.strength()
    if strength is not None and choice not in (Winner.model_a, Winner.model_b):
        raise BadRequest("bad_field", "strength")
    return Vote(
        token=fields.token(),
        choice=choice,
        seconds=fields.seconds(),
        flag=fields.optional_word("flag", FlagReason),
        comment=fields.comment(),
        showing=fields.optional_token("showing"),
        hidden_seconds=fields.seconds("hidden_seconds"),
        strength=strength,
        reasons=fields.words("reasons", VoteReason),
        scores=fields.optional_scores(),
    )


def _with_person(state: CompareState, person: SignedInPerson) -> dict[str, object]:
    return {
        **vars(state),
        "example": state.campaign is not None and state.campaign.example,
        "language": person.language,
        "name": person.username,
        "admin": person.role is not Role.annotator,
    }
