"""The JSON API of the live page under `/api/live`, and its stream of events.

The stream is that of `event_stream`.
"""

from collections.abc import AsyncIterator, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web.accounts.sessions import SignIns
from app.web.compare.endpoints import ApiCall, IdentifiedRequest, JsonEndpoints
from app.web.compare.requests import BadRequest
from app.web.live.arena_engine import ArenaEngine
from app.web.live.event_stream import answer_with_stream, follow_to_end
from app.web.live.views import LiveViews
from arena.live.pictures import LivePictures
from arena.live.records import LiveVote, TooFewModelsSee, TooManyConversations, WrongPictures
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import BadInput, Conflict, NotFound
from storage.values import ABILITIES, FlagReason, Language, Role, VoteReason, Winner

_DONE = {"ok": True}
_GONE = {
    NotFound: "unknown_conversation",
    Conflict: "conversation_changed",
    WrongPictures: "wrong_pictures",
    TooFewModelsSee: "too_few_see",
    BadInput: "bad_prompt",
}


class LiveApi:
    """The endpoints of the live page; each identifies the rater and serves only that rater's conversations."""

    def __init__(
        self,
        engine: ArenaEngine,
        views: LiveViews,
        pictures: LivePictures,
        *,
        sign_ins: SignIns,
        texts: Callable[[Language], Mapping[str, object]],
    ) -> None:
        """Serve conversations.

        Args:
            engine: writes answers.
            views: renders conversations.
            pictures: forgets the images that a rater took out of a prompt.
            sign_ins: finds the person of a cookie.
            texts: returns the page's texts in a language.
        """
        self._engine, self._views, self._sign_ins, self._texts = engine, views, sign_ins, texts
        self._live, self._pictures = engine.live, pictures
        self._endpoints = JsonEndpoints(sign_ins)

    def routes(self) -> list[Route]:
        """Return the routes for a mount at `/api`."""
        begun = {NotFound: "unknown_campaign", BadInput: "cannot_begin", TooManyConversations: "too_many_conversations"}
        vote = frozenset({"token", "choice", "seconds", "hidden_seconds", "flag", "comment", "strength", "reasons"})
        calls = {
            "/state": ApiCall(frozenset({"campaign"}), self._state, {NotFound: "unknown_campaign"}),
            "/begin": ApiCall(
                frozenset({"campaign", "prompt", "publishable", "pictures", "descriptions", "category"}),
                self._begin,
                _GONE | begun,
                waits=True,
            ),
            "/go-on": ApiCall(
                frozenset({"token", "prompt", "pictures", "descriptions"}), self._go_on, _GONE, waits=True
            ),
            "/again": ApiCall(frozenset({"token"}), self._again, _GONE),
            "/stop": ApiCall(frozenset({"token"}), self._stop, _GONE),
            "/leave": ApiCall(frozenset({"token"}), self._leave, _GONE),
            "/vote": ApiCall(vote, self._vote, _GONE),
            "/consent": ApiCall(frozenset({"token", "publishable"}), self._consent, _GONE),
            "/forget-picture": ApiCall(frozenset({"picture"}), self._forget_picture),
            "/texts": ApiCall(frozenset(), self._show_texts),
        }
        routes = [self._endpoints.route(f"/live{path}", call) for path, call in calls.items()]
        return [*routes, Route("/live/stream", self._stream, methods=["GET"])]

    def _state(self, call: IdentifiedRequest) -> object:
        person = call.person
        state = self._views.state(person.rater_id, call.fields.optional_number("campaign"), person.language)
        example = state["campaign"] is not None and state["campaign"]["example"]
        return state | {"example": example, "language": person.language, "admin": person.role is not Role.annotator}

    def _begin(self, call: IdentifiedRequest) -> object:
        fields, client = call.fields, call.request.client
        self._engine.addresses.take("" if client is None else client.host)
        prompt, category = fields.text("prompt"), fields.optional_choice("category", ABILITIES)
        pictures = fields.pictures()
        talk = self._live.begin(
            call.person.rater_id,
            fields.number("campaign"),
            self._engine.passed(prompt, beside=pictures.values()),
            publishable=fields.truth("publishable"),
            pictures=pictures,
            category=category,
        )
        return self._views.conversation(self._engine.expect(talk))

    def _go_on(self, call: IdentifiedRequest) -> object:
        rater, token, prompt = call.person.rater_id, call.fields.token(), call.fields.text("prompt")
        self._live.conversation(rater, token)  # whose it is, before anything is asked about the prompt
        pictures = call.fields.pictures()
        passed = self._engine.passed(prompt, beside=pictures.values())
        talk = self._live.go_on(rater, token, passed, pictures=pictures)
        return self._views.conversation(self._engine.expect(talk))

    def _again(self, call: IdentifiedRequest) -> object:
        talk = self._live.again(call.person.rater_id, call.fields.token())
        return self._views.conversation(self._engine.expect(talk))

    def _stop(self, call: IdentifiedRequest) -> object:
        self._engine.stop(self._live.conversation(call.person.rater_id, call.fields.token()).token)
        return _DONE

    def _leave(self, call: IdentifiedRequest) -> object:
        token = call.fields.token()
        self._live.leave(call.person.rater_id, token)
        self._engine.stop(token)
        self._engine.forget(token)
        return _DONE

    def _vote(self, call: IdentifiedRequest) -> object:
        fields = call.fields
        choice, strength = fields.word("choice", Winner), fields.strength()
        if strength is not None and choice not in (Winner.model_a, Winner.model_b):
            raise BadRequest("bad_field", "strength")
        vote = LiveVote(
            winner=choice,
            seconds=fields.seconds(),
            hidden_seconds=fields.seconds("hidden_seconds"),
            flag=fields.optional_word("flag", FlagReason),
            comment=fields.comment(),
            strength=strength,
            reasons=fields.words("reasons", VoteReason),
        )
        return self._views.conversation(self._live.vote(call.person.rater_id, fields.token(), vote))

    def _consent(self, call: IdentifiedRequest) -> object:
        self._live.consent(call.person.rater_id, call.fields.token(), publishable=call.fields.truth("publishable"))
        return _DONE

    def _forget_picture(self, call: IdentifiedRequest) -> object:
        self._pictures.forget(call.person.rater_id, call.fields.token("picture"))
        return _DONE

    def _show_texts(self, call: IdentifiedRequest) -> object:
        return self._texts(call.person.language)

    async def _stream(self, request: Request) -> Response:
        """Follow the pair under way of an own conversation."""
        return await answer_with_stream(request, self._sign_ins, self._events)

    async def _events(self, person: SignedInPerson, token: str) -> AsyncIterator[bytes]:
        talk = await run_in_threadpool(self._live.conversation, person.rater_id, token)
        run = self._engine.run_of(talk)

        def settled() -> object:
            return self._views.conversation(self._live.conversation(talk.rater_id, talk.token))

        return follow_to_end(None if run is None else run.follow(), settled)
