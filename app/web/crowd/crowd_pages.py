"""The pages behind a campaign's crowd link: consent, the comprehension check with two tries, and the way to the pairs.

Rendered on the server without scripts, like the sign-in pages. A person is known by the platform's id in the address
(`?PROLIFIC_PID=…`) and comes back to the same account with the same address.
"""

from collections.abc import Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.rendering.guidelines import guidelines_html
from app.rendering.html import Renderer
from app.web import wording
from app.web.accounts.accounts import Accounts
from app.web.accounts.sessions import SignIns, cookie_of, set_session_cookie
from app.web.language import as_language, language_of, set_language_cookie
from app.web.templates import message_page, page
from storage.accounts.crowd import (
    MOST_TRIES,
    CrowdEntry,
    CrowdTerms,
    add_crowd_entry,
    completion_of,
    count_try,
    crowd_entry,
    open_crowd_link,
    pass_check,
    person_digest,
)
from storage.campaigns.campaigns import campaign_row, guidelines
from storage.database.engine import Database
from storage.errors import NotFound
from storage.values import Language

LONGEST_ID = 200
_MOST_FIELDS = 40


class CrowdPages:
    """The routes of crowd links over one store."""

    def __init__(self, database: Database, *, accounts: Accounts, sign_ins: SignIns) -> None:
        """Serve pages.

        Args:
            database: the store.
            accounts: makes the accounts of people who join.
            sign_ins: opens sessions.
        """
        self._database = database
        self._accounts = accounts
        self._sign_ins = sign_ins
        self._renderer = Renderer()

    def routes(self) -> list[Route]:
        """Return the routes; they come before the mount of `/api`."""
        return [
            Route("/join/{token}", self._join, methods=["GET", "POST"]),
            Route("/api/completion", self._complete, methods=["POST"]),
        ]

    async def _join(self, request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(self._answer, request, None)
        async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
            return await run_in_threadpool(self._answer, request, form)

    def _answer(self, request: Request, form: FormData | None) -> Response:
        token = request.path_params["token"]
        try:
            with self._database.reading() as session:
                campaign, terms = open_crowd_link(session, token)
        except NotFound:
            return _message(language_of(request.scope["headers"]), "error_dead_crowd", status=404)
        language = as_language(terms.language) or "en"
        person = request.query_params.get(terms.parameter, "").strip()
        if not person or len(person) > LONGEST_ID or not person.isprintable():
            return _message(language, "error_no_crowd_id", status=400, parameter=terms.parameter)
        known = person_digest(token, person)
        if form is not None and form.get("step") == "decline":
            return self._decline(campaign, known, language)
        given = [] if form is None or form.get("step") != "check" else _given(form, terms)
        if form is not None and all(given):
            self._act(form, terms, campaign, known, given)
        with self._database.reading() as session:
            entry = crowd_entry(session, campaign, known)
        if entry is not None and entry.has_passed:
            return self._enter(request, campaign, person, known, language)
        return self._page(campaign, terms, entry, language, given=[] if all(given) else given)

    def _decline(self, campaign: int, known: str, language: Language) -> Response:
        """Say what declining means: somebody who already works may have answers, which stay."""
        with self._database.reading() as session:
            entry = crowd_entry(session, campaign, known)
        has_begun = entry is not None and entry.has_passed
        return _message(language, "declined_later" if has_begun else "declined", status=200)

    def _act(self, form: FormData, terms: CrowdTerms, campaign: int, known: str, given: Sequence[str]) -> None:
        """Note the consent, or check the answers that were given to all questions."""
        now, step = self._accounts.now(), form.get("step")
        with self._database.writing() as session:
            entry = crowd_entry(session, campaign, known)
            if step == "consent" and entry is None:
                add_crowd_entry(session, campaign, known, now=now)
                if not terms.questions:
                    pass_check(session, campaign, known, now=now)
            elif step == "check" and entry is not None and entry.tries < MOST_TRIES and not entry.has_passed:
                if list(given) == [str(one.right) for one in terms.questions]:
                    pass_check(session, campaign, known, now=now)
                else:
                    count_try(session, campaign, known)

    def _enter(self, request: Request, campaign: int, person: str, known: str, language: Language) -> Response:
        """Sign the person in and go to the pairs."""
        rater_id = self._accounts.crowd_account(campaign, known, person, language=language)
        token = self._sign_ins.open(rater_id, replaces=cookie_of(request.scope["headers"]))
        response = RedirectResponse("/", 303)
        set_session_cookie(response, request, token)
        set_language_cookie(response, request, language)
        return response

    async def _complete(self, request: Request) -> Response:
        return await run_in_threadpool(self._completion, request)

    def _completion(self, request: Request) -> Response:
        """Answer the code and the return address to somebody who is done, and nothing to everybody else."""
        person = self._sign_ins.who(cookie_of(request.scope["headers"]))
        if person is None:
            return JSONResponse({}, 401)
        with self._database.reading() as session:
            found = completion_of(session, person.rater_id)
        if found is None or not any(found):
            return JSONResponse({})
        say = wording.TEXTS[person.language]
        code, address = found
        texts = {"label": say["completion_code"], "back": say["completion_back"]}
        return JSONResponse({"code": code, "url": address, **texts})

    def _guidelines(self, campaign: int) -> str:
        with self._database.reading() as session:
            return guidelines(session, campaign, campaign_row(session, campaign).guidelines_version)

    def _page(
        self, campaign: int, terms: CrowdTerms, entry: CrowdEntry | None, language: Language, *, given: Sequence[str]
    ) -> Response:
        """Return the page of the step that a person has come to.

        Args:
            campaign: the campaign.
            terms: what people of the platform agree to and are asked.
            entry: what the person has done so far; None for nothing.
            language: language of the page.
            given: answers that were sent with some missing, which is no try; none to begin without answers.
        """
        if entry is None:
            consent = guidelines_html(self._renderer, terms.consent, language) if terms.consent else ""
            return page("consent.html", language, consent=consent)
        if entry.tries >= MOST_TRIES:
            return _message(language, "error_check_failed", status=403)
        left = MOST_TRIES - entry.tries
        rules = guidelines_html(self._renderer, self._guidelines(campaign), language)
        again = wording.text(language, "check_again", n=left) if entry.tries else None
        return page(
            "check.html",
            language,
            questions=terms.questions,
            given=given,
            problem=wording.text(language, "check_missing", n=left) if given else again,
            is_again=again is not None,
            lead=wording.text(language, "check_lead", n=left),
            guidelines=rules,
        )


def _given(form: FormData, terms: CrowdTerms) -> list[str]:
    """Return the answers to the check, "" for a question without one."""
    return [str(form.get(f"q{place}", "")) for place in range(len(terms.questions))]


def _message(language: Language, key: str, *, status: int, **values: Any) -> Response:  # noqa: ANN401  texts' blanks
    return message_page(wording.text(language, key, **values), language, status=status, has_start=False)
