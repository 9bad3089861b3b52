"""The JSON API of the page on which admins and reviewers try models, under `/api/try`, and its stream of events.

Models that are switched off can be tried by admins before they are switched on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.rendering.html import RenderedTurn, Renderer
from app.web.accounts.sessions import SignIns, includes
from app.web.compare.endpoints import ApiCall, IdentifiedRequest, JsonEndpoints
from app.web.compare.requests import BadRequest
from app.web.live.arena_engine import ArenaEngine
from app.web.live.event_stream import answer_with_stream, follow_to_end
from app.web.live.trial_run import TrialRun
from app.web.live.trial_talks import TrialAnswer, TrialTalk, TrialTalks
from arena.live.records import TooManyConversations
from storage.accounts.sign_ins import SignedInPerson
from storage.errors import BadInput, Conflict, NotAllowed, NotFound
from storage.values import Language, Role

_DONE = {"ok": True}
_CODES = {
    NotFound: "unknown_conversation",
    Conflict: "conversation_changed",
    BadInput: "bad_prompt",
    TooManyConversations: "too_many_prompts",
}


class TrialApi:
    """The endpoints of the page; each serves only the trial of the person who asks."""

    def __init__(
        self,
        engine: ArenaEngine,
        talks: TrialTalks,
        renderer: Renderer,
        *,
        sign_ins: SignIns,
        texts: Callable[[Language], Mapping[str, object]],
    ) -> None:
        """Serve trials.

        Args:
            engine: has the models.
            talks: the trials.
            renderer: renders prompts and answers.
            sign_ins: finds the person of a cookie.
            texts: returns the page's texts in a language.
        """
        self._engine, self._talks, self._renderer = engine, talks, renderer
        self._sign_ins, self._texts = sign_ins, texts
        self._endpoints = JsonEndpoints(sign_ins)
        self._runs: dict[str, tuple[TrialRun, asyncio.Task[None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def routes(self) -> list[Route]:
        """Return the routes for a mount at `/api`."""
        calls = {
            "/state": ApiCall(frozenset(), self._state),
            "/begin": ApiCall(frozenset({"model_a", "model_b", "prompt", "paced"}), self._begin, _CODES, waits=True),
            "/go-on": ApiCall(frozenset({"token", "prompt"}), self._go_on, _CODES, waits=True),
            "/again": ApiCall(frozenset({"token"}), self._again, _CODES),
            "/stop": ApiCall(frozenset({"token"}), self._stop, _CODES),
            "/leave": ApiCall(frozenset({"token"}), self._leave, _CODES),
            "/texts": ApiCall(frozenset(), lambda call: self._texts(call.person.language)),
        }
        routes = [self._endpoints.route(f"/try{path}", call) for path, call in calls.items()]
        return [*routes, Route("/try/stream", self._stream, methods=["GET"])]

    def _state(self, call: IdentifiedRequest) -> object:
        person, talk = _staff(call.person), self._talks.of(call.person.rater_id)
        told = None if talk is None else self._view(talk)
        return {"models": self._models(person), "conversation": told, "language": person.language}

    def _begin(self, call: IdentifiedRequest) -> object:
        person, fields, client = _staff(call.person), call.fields, call.request.client
        chosen = [fields.number("model_a"), fields.optional_number("model_b")]
        models = [one for one in chosen if one is not None]
        offered = {one["id"] for one in self._models(person)}
        if not set(models) <= offered:
            raise BadRequest("bad_field", "model_a" if models[0] not in offered else "model_b")
        self._engine.addresses.take("" if client is None else client.host)
        prompt = self._engine.passed(fields.text("prompt"), counts=False)
        former = self._talks.of(person.rater_id)
        talk = self._talks.begin(person.rater_id, models, prompt, is_paced=fields.truth("paced"))
        if former is not None:
            self._end_run(former.token)
        return self._view(talk)

    def _go_on(self, call: IdentifiedRequest) -> object:
        person, token = _staff(call.person), call.fields.token()
        self._talks.own(person.rater_id, token)
        prompt = self._engine.passed(call.fields.text("prompt"), counts=False)
        return self._view(self._talks.go_on(person.rater_id, token, prompt))

    def _again(self, call: IdentifiedRequest) -> object:
        return self._view(self._talks.again(_staff(call.person).rater_id, call.fields.token()))

    def _stop(self, call: IdentifiedRequest) -> object:
        self._end_run(self._talks.own(_staff(call.person).rater_id, call.fields.token()).token)
        return _DONE

    def _leave(self, call: IdentifiedRequest) -> object:
        token = call.fields.token()
        self._talks.end(_staff(call.person).rater_id, token)
        self._end_run(token)
        return _DONE

    def _models(self, person: SignedInPerson) -> list[dict[str, Any]]:
        off = self._engine.live.switched_off()
        lines = [
            {"id": one.model_id, "name": one.name, "on": one.model_id not in off} for one in self._engine.live.offers()
        ]
        return [line for line in lines if line["on"] or includes(person.role, Role.admin)]

    def _end_run(self, token: str) -> None:
        under_way = self._runs.get(token)
        if under_way is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(under_way[0].stop)

    def _view(self, talk: TrialTalk) -> dict[str, Any]:
        """A trial as its person sees it."""
        names = {one.model_id: one.name for one in self._engine.live.offers()}
        turns: list[dict[str, Any]] = []
        for turn, prompt in enumerate(talk.prompts):
            told: dict[str, Any] = {"prompt": self._renderer.render_turns([RenderedTurn(prompt, by="user")])}
            for side, answer in (talk.answers[turn] if turn < len(talk.answers) else {}).items():
                told[side] = self._renderer.render_turns([RenderedTurn(answer.text)])
                told[f"facts_{side}"] = _facts(answer)
            turns.append(told)
        return {
            "token": talk.token,
            "state": "writing" if talk.is_writing else "ready",
            "turns": turns,
            "models": list(talk.models),
            "names": [names[model] for model in talk.models],
            "paced": talk.is_paced,
            "may_go_on": talk.may_go_on,
        }

    async def _stream(self, request: Request) -> Response:
        """Follow the answers under way of the own trial."""
        return await answer_with_stream(request, self._sign_ins, self._events)

    async def _events(self, person: SignedInPerson, token: str) -> AsyncIterator[bytes]:
        talk = self._talks.own(_staff(person).rater_id, token)
        news = self._run_of(talk).follow() if talk.is_writing else None
        return follow_to_end(news, lambda: self._view(talk))

    def _run_of(self, talk: TrialTalk) -> TrialRun:
        """The answers under way of a trial, begun if nobody has."""
        under_way = self._runs.get(talk.token)
        if under_way is not None and not under_way[0].is_over:
            return under_way[0]
        self._loop = asyncio.get_running_loop()
        run = TrialRun(talk, self._engine.models(), self._engine.seconds)
        task = asyncio.create_task(run.run())
        self._runs[talk.token] = run, task
        task.add_done_callback(lambda _task: self._forget(talk.token, run))
        return run

    def _forget(self, token: str, run: TrialRun) -> None:
        if token in self._runs and self._runs[token][0] is run:
            del self._runs[token]


def _facts(answer: TrialAnswer) -> dict[str, Any]:
    """The numbers of an answer; None where one is unknown."""
    outcome = answer.outcome
    return {
        "cause": answer.cause,
        "first_seconds": None if outcome is None else outcome.first_seconds,
        "seconds": None if outcome is None else outcome.latency_seconds,
        "tokens": None if outcome is None else outcome.completion_tokens,
        "cost": None if outcome is None else outcome.cost,
    }


def _staff(person: SignedInPerson) -> SignedInPerson:
    """The person. Raises `NotAllowed` for one who only rates."""
    if not includes(person.role, Role.reviewer):
        raise NotAllowed("only administrators and reviewers try models by name; ask an administrator")
    return person
