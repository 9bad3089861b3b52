"""Refusals: what an endpoint says instead of a reply, in the shapes that endpoints use, and what follows from it.

Shapes: `{"error": {"message", "type", "param", "code"}}` (OpenAI, Azure, OpenRouter, which nests the provider's own
words as JSON in `metadata.raw`, and Anthropic's compatible endpoint), `{"object": "error", "message", "code"}` (vLLM,
SGLang), `{"error": "words"}` (Ollama), `{"detail": "words"}` or a list with `loc` and `msg` (FastAPI), and
`{"message"}` or `{"msg"}` alone. They come with an error status, or with status 200.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from judging.chat.model import RequestCause, RequestError

_LONGEST_WORDS = 300
_LONGEST_SEARCHED = 100_000
_DEEPEST = 6
_WORDS = ("message", "msg", "detail", "error_msg", "status_msg", "raw", "error", "errors", "reason", "reasons")
_CODES = ("code", "type", "param", "status", "error_code", "error_type", "status_code", "loc")

_NO_CREDIT_CODES = re.compile(
    r"\b(insufficient_(user_)?(quota|balance|credits?|funds)|billing_\w+|payment_required|arrearage|1113)\b"
)
_NO_CREDIT = re.compile(
    r"insufficient[_ ](quota|balance|credits?|funds)|credit balance is too low|out of credits?\b|add more credits"
    r"|exceeded your current quota|余额不足|欠费"
)
_BAD_KEY = re.compile(r"\b(invalid_api_key|authentication_error|api_key_invalid)\b|api key not valid|invalid api key")
_NO_MODEL = re.compile(
    r"\b(model_not_found|deploymentnotfound|model_not_exist)\b|model not exist|not a valid model id"
    r"|model\b.{0,120}\bdoes not exist"
)
_FILTER = re.compile(
    r"\b(content_filter|content_policy_violation|data_inspection_failed|flagged|moderation)\b"
    r"|content management policy"
)
_RATE = re.compile(r"\b(rate_limit\w*|resource_exhausted|throttling\w*|too_many_requests)\b|rate limit")
_INVALID = re.compile(r"\b(invalid_request\w*|bad_request\w*|badrequesterror|invalid_parameter\w*|unsupported_\w+)\b")
_NO_VISION = re.compile(
    r"image_url is only supported by certain models|not a multi-?modal model|\bat most 0 images?\b"
    r"|(vision|multi-?modal|images?)( inputs?)?( is| are)?( currently)? not (supported|enabled)"
    r"|missing data required for image input|vision model not found|no endpoints found that support image"
    r"|\b(not|cannot|can't|doesn't|don't|unable to) (support|accept|process|handle|read)(ing)? "
    r"(any )?(image|vision|visual|multi-?modal)|unknown variant `image_url`|content'? ?:? ?(value )?must be a string"
    r"|input should be a valid string|取值范围 ?\['text'\]|不支持(图片|图像|视觉|多模态)"
)
"""Words in which OpenAI and Azure, vLLM, llama.cpp, Ollama, LM Studio, OpenRouter, DeepSeek, Groq and GLM refuse a
message with an image for a model that reads text only; an image that is too large, or one too many, is another matter.
"""
_IMAGE_DATA = re.compile(r"data:image/[\w.+-]+;base64,[\w+/=-]*|[A-Za-z0-9+/_-]{160,}={0,2}")
_MASKED_KEY = re.compile(r"[\w-]*\*{3,}[\w*-]*")
"""A key with stars in its middle, as OpenAI's endpoint quotes it."""
_MAY_BE_ANSWERED = frozenset({408, 500, 502, 504, *range(520, 529)})
"""Statuses after which the endpoint may have generated, and charge for, a reply that never arrived."""


@dataclass(frozen=True)
class Refusal:
    """What an endpoint said instead of a reply.

    Attributes:
        status: HTTP status, or the code in the body of a reply with status 200; 0 when there is none.
        words: Its message, as people read it.
        codes: All codes, types and names of parameters of the body, in lower case, separated by spaces.
        in_reply: Whether it came with status 200.
        usage: The reported numbers of prompt and reply tokens; None where the endpoint reports none.
    """

    status: int
    words: str
    codes: str = ""
    in_reply: bool = False
    usage: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """Words and codes in lower case, to search in."""
        return f"{self.words} {self.codes}".lower()


def read_refusal(status: int, content: bytes) -> Refusal:
    """The refusal in the body of a reply with an error status."""
    try:
        body = orjson.loads(content)
    except ValueError:
        return Refusal(status, _one_line(content.decode("utf-8", "replace")))
    return _make_refusal(status, body)


def find_refusal(found: object) -> Refusal | None:
    """The refusal in the body of a reply with status 200; None if the body is a completion.

    An error counts also beside a choice, as some providers send it.
    """
    if isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, dict):
        return None
    error = found.get("error")
    choices = found.get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
    if not error and first is not None:
        error = first.get("error")
    if not error and choices is None and (found.get("object") == "error" or found.get("detail") or _is_message(found)):
        error = found
    if not error:
        return None
    made = _make_refusal(0, {"error": error})
    usage = found.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    tokens = tuple(counts.get(name) for name in ("prompt_tokens", "completion_tokens"))
    known = (tokens[0], tokens[1]) if isinstance(tokens[0], int) and isinstance(tokens[1], int) else None
    return Refusal(_status_of(error), made.words, made.codes, in_reply=True, usage=known)


def _is_message(found: dict[str, Any]) -> bool:
    return any(isinstance(found.get(name), str) for name in ("message", "msg")) and "usage" not in found


def _make_refusal(status: int, body: Any) -> Refusal:  # noqa: ANN401  any JSON
    words = list(dict.fromkeys(_one_line(one) for one in _texts(body, _WORDS, 0) if one.strip()))
    codes = " ".join(_texts(body, _CODES, 0)).lower()
    said = ": ".join(words) or _one_line(orjson.dumps(body).decode())
    return Refusal(status, said[:_LONGEST_WORDS], codes)


def _texts(body: Any, names: tuple[str, ...], depth: int) -> Iterator[str]:  # noqa: ANN401  any JSON
    """The texts and numbers under these names, however deep, also within JSON that is written as a text."""
    if depth > _DEEPEST:
        return
    if isinstance(body, list):
        for one in body:
            yield from _texts(one, names, depth + 1)
        return
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        inner = _inner_json(value) if isinstance(value, str) else value
        if isinstance(inner, dict | list):
            if name == "loc" and name in names:
                yield " ".join(map(str, inner))
            elif name in _WORDS and isinstance(inner, list) and names is _WORDS:
                yield from (one for one in inner if isinstance(one, str))
            yield from _texts(inner, names, depth + 1)
        elif name in names and isinstance(value, str | int) and not isinstance(value, bool):
            yield str(value)


def _inner_json(text: str) -> Any:  # noqa: ANN401  any JSON, or the text itself
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def _status_of(error: Any) -> int:  # noqa: ANN401  any JSON
    """The HTTP status that a code in a body stands for; 0 without one."""
    if not isinstance(error, dict):
        return 0
    for name in ("code", "status", "status_code"):
        code = error.get(name)
        if isinstance(code, str) and code.isdigit():
            code = int(code)
        if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600:
            return code
    inner = error.get("error")
    return _status_of(inner) if inner is not None else 0


def _one_line(text: str) -> str:
    """The beginning of a text on one line, without the data of images that an endpoint repeats."""
    return " ".join(_IMAGE_DATA.sub("[image]", text[:_LONGEST_SEARCHED])[: 2 * _LONGEST_WORDS].split())


def refuses_images(refusal: Refusal) -> bool:
    """Whether a refusal of a request with images says that the model reads none."""
    return bool(_NO_VISION.search(refusal.text))


def refusal_error(
    refusal: Refusal, *, url: str, model: str, retry_after: float | None = None, has_images: bool = False
) -> RequestError:
    """The error that a refusal is: its cause says whether it may pass, and whether every later request shares it.

    Args:
        refusal: What the endpoint said.
        url: Address of the endpoint, for the message.
        model: Model name, for the message.
        retry_after: Seconds that the endpoint asked to wait, None if it did not say.
        has_images: Whether the request held images.
    """
    cause = find_refusal_cause(refusal, may_pass=retry_after is not None)
    if has_images and refuses_images(refusal):
        cause = RequestCause.no_vision
    words = _MASKED_KEY.sub("[key]", refusal.words)
    said = f"{refusal.status or 'an error'} ({words})" if words else str(refusal.status or "an error")
    messages = {
        RequestCause.rate_limited: f"expected {url} to accept the request, got {said}; lower --concurrency or set "
        "--rpm",
        RequestCause.server_error: f"expected a reply from {url}, got {said}; try again later",
        RequestCause.unauthorised: f"expected a key that {url} accepts, got {said}; check the key",
        RequestCause.no_credit: f"expected {url} to have credit left, got {said}; add credit, then run the same "
        "command again",
        RequestCause.unknown_model: f"expected a model named {model!r} at {url}, got {said}; check the name and the "
        "address",
        RequestCause.filtered: f"expected {url} to accept the text, got {said}; its content filter refused it",
        RequestCause.no_vision: f"expected a model that reads images, got {model!r} at {url}, which refuses them: "
        f"{said}; choose another model, or questions without images",
        RequestCause.rejected: f"expected {url} to accept the request, got {said}; check the settings of the request",
    }
    status = refusal.status
    may_cost = cause is RequestCause.server_error and (refusal.in_reply or status in _MAY_BE_ANSWERED)
    return RequestError(
        cause,
        messages[cause],
        retry_after=retry_after,
        may_cost=may_cost or refusal.usage is not None,
        usage=refusal.usage,
    )


def find_refusal_cause(refusal: Refusal, *, may_pass: bool = False) -> RequestCause:
    """The cause of a failure from the status, the codes and the words.

    Args:
        refusal: What the endpoint said.
        may_pass: Whether the endpoint asked to try again, which a lack of credit that passes does too.
    """
    status, text = refusal.status, refusal.text
    unclear = status in (0, 400)
    found = {
        RequestCause.no_credit: status == 402 or ((status < 500 or refusal.in_reply) and _lacks_credit(refusal)),
        RequestCause.rate_limited: status == 429 or (not status and _RATE.search(text)),
        RequestCause.filtered: status in (0, 400, 403, 404, 422, 451) and _FILTER.search(text),
        RequestCause.unauthorised: status in (401, 403) or (unclear and _BAD_KEY.search(text)),
        RequestCause.unknown_model: status == 404 or (unclear and _NO_MODEL.search(text)),
        RequestCause.server_error: status in (408, 409, 425)
        or status >= 500
        or (not status and not _INVALID.search(text)),
    }
    cause = next((cause for cause, holds in found.items() if holds), RequestCause.rejected)
    return RequestCause.rate_limited if may_pass and status == 402 else cause


def _lacks_credit(refusal: Refusal) -> bool:
    """Whether a refusal is about money; the same words of Google's endpoint may mean the requests of a minute."""
    if "resource_exhausted" in refusal.codes:
        return False
    return bool(_NO_CREDIT_CODES.search(refusal.codes) or _NO_CREDIT.search(refusal.words.lower()))
