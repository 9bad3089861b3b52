"""Images in requests: digests everywhere but on the wire, and a model that reads none fails by name."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse

from judging.chat.batch import IMAGE_TOKENS, Price, estimate_prompt_tokens
from judging.chat.endpoint import Endpoint, EndpointAccess
from judging.chat.model import ChatRequest, ChatSettings, RequestCause, RequestError
from judging.chat.wire.images import ImageData, ImageEncoder
from judging.chat.wire.streaming import ReplyPiece
from judging.prompts.prompt_file import Message
from storage.values import Part
from tests.drawings import png
from tests.judging.chat_server import ChatServer, chat_server, completion

ONE, TWO = "1" * 64, "2" * 64
PICTURES = {ONE: ImageData("image/png", png(1)), TWO: ImageData("image/jpeg", b"\xff\xd8\xff-a-photo")}


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def request(*media: str, alt: str = "", detail: str | None = None, text: str = "What is it?") -> ChatRequest:
    shown: list[Part] = [{"type": "image", "media": one, "alt": alt} for one in media]
    message: Message = {"role": "user", "content": [{"type": "text", "text": text}, *shown]}
    return ChatRequest("tiny", [message], ChatSettings(body={} if detail is None else {"image_detail": detail}))


def endpoint(server: ChatServer, *, sees: bool = True) -> Endpoint:
    access = EndpointAccess(server.url, "k", timeout_seconds=5.0)
    return Endpoint(access, seconds=time.monotonic, pictures=PICTURES.get if sees else None)


def ask(server: ChatServer, asked: ChatRequest, *, sees: bool = True) -> str:
    async def once() -> str:
        client = endpoint(server, sees=sees)
        try:
            return (await client.ask(asked)).text
        finally:
            await client.close()

    return asyncio.run(once())


def failure(server: ChatServer, asked: ChatRequest, *, sees: bool = True) -> RequestError:
    with pytest.raises(RequestError) as caught:
        ask(server, asked, sees=sees)
    return caught.value


def test_requests_of_text_keep_the_digests_of_stored_replies() -> None:
    messages: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hé?"}]
    stored = "8ded56e0c5842d9439b8dd2576b50da0d2cf371c2f3749cef8d37acb21a5166c"
    assert ChatRequest("tiny", messages, ChatSettings(seed=3), 1).digest == stored


def test_a_digest_depends_on_the_image_and_its_detail_but_not_on_its_description() -> None:
    plain = request(ONE).digest
    assert plain == request(ONE, alt="a red square").digest
    others = [request(TWO), request(ONE, ONE), request(ONE, detail="low"), request()]
    assert len({plain, *(one.digest for one in others)}) == 5


def test_images_are_data_urls_on_the_wire_and_nowhere_else(server: ChatServer) -> None:
    server.shape = lambda _body: JSONResponse(completion("a square"))
    asked = request(ONE, TWO, alt="secret description", detail="high")
    assert ask(server, asked) == "a square"
    body = server.bodies[-1]
    assert "image_detail" not in body and "secret description" not in json.dumps(body)
    text, one, two = body["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is it?"}
    assert [part["image_url"]["detail"] for part in (one, two)] == ["high", "high"]
    kind, data = one["image_url"]["url"].split(";base64,")
    assert (kind, base64.b64decode(data)) == ("data:image/png", PICTURES[ONE].data)
    assert two["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert "base64" not in repr(asked) and PICTURES[ONE].data not in repr(asked).encode()


def test_a_plain_detail_is_not_sent_and_neither_is_one_for_text(server: ChatServer) -> None:
    server.shape = lambda _body: JSONResponse(completion("fine"))
    ask(server, request(ONE))
    assert set(server.bodies[-1]["messages"][0]["content"][1]["image_url"]) == {"url"}
    ask(server, ChatRequest("tiny", [{"role": "user", "content": "?"}], ChatSettings(body={"image_detail": "low"})))
    assert "image_detail" not in server.bodies[-1] and server.bodies[-1]["messages"][0]["content"] == "?"


def test_a_model_without_vision_is_not_asked_and_neither_is_one_whose_image_is_gone(server: ChatServer) -> None:
    before = len(server.bodies)
    blind = failure(server, request(ONE), sees=False)
    assert (blind.cause, blind.is_transient) == (RequestCause.no_vision, False)
    gone = failure(server, request("3" * 64))
    assert (gone.cause, gone.is_transient, gone.may_cost) == (RequestCause.image_missing, False, False)
    assert "333333333333" in str(gone) and len(server.bodies) == before


REFUSALS = {
    "OpenAI": (400, {"error": {"message": "Invalid content type. image_url is only supported by certain models.",
                               "type": "invalid_request_error", "param": "messages.[1].content.[1].type"}}),
    "vLLM": (400, {"object": "error", "message": "facebook/opt-125m is not a multimodal model None", "code": 400}),
    "vLLM, images off": (400, {"error": {"message": "At most 0 image(s) may be provided in one prompt. "
                                                    "(parameter=image)", "code": 400}}),
    "llama.cpp": (500, {"error": {"code": 500, "type": "server_error", "message": "image input is not supported - hint:"
                                  " if this is unexpected, you may need to provide the mmproj"}}),
    "llama.cpp, older": (500, {"code": 500, "message": "image input is not supported by this server",
                               "type": "server_error"}),
    "Ollama": (500, {"error": "Failed to create new sequence: failed to process inputs: this model is missing data "
                              "required for image input"}),
    "LM Studio": (400, {"error": "Model does not support images. Please use a model that does."}),
    "OpenRouter": (404, {"error": {"message": "No endpoints found that support image input", "code": 404}}),
    "DeepSeek": (400, {"error": {"message": "Failed to deserialize the JSON body into the target type: messages[0]: "
                                            "unknown variant `image_url`, expected `text` at line 1 column 99"}}),
    "Groq": (400, {"error": {"message": "messages[0].content must be a string", "type": "invalid_request_error"}}),
    "GLM": (400, {"error": {"code": "1210", "message": "messages.content.type 参数非法，取值范围 ['text']"}}),
    "FastAPI": (422, {"detail": [{"loc": ["body", "messages", 0, "content"],
                                  "msg": "Input should be a valid string"}]}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_of_images_is_no_vision_and_is_asked_once(server: ChatServer, name: str) -> None:
    status, body = REFUSALS[name]
    server.shape = lambda _body: JSONResponse(body, status_code=status)
    before = len(server.bodies)
    found = failure(server, request(ONE))
    assert (found.cause, found.is_transient, found.is_lesson, found.may_cost) == ("no_vision", False, False, False)
    assert len(server.bodies) == before + 1
    text_only = failure(server, ChatRequest("tiny", [{"role": "user", "content": "?"}]))
    assert text_only.cause is not RequestCause.no_vision, "only a request with images can be refused for them"


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("At most 4 image(s) may be provided in one prompt.", "rejected"),
        ("Invalid image data: could not decode", "rejected"),
        ("The image is too large: images of more than 20 MB are not accepted", "rejected"),
        ("Unsupported parameter: 'max_tokens'; use 'max_completion_tokens'", "rejected"),
    ],
)
def test_a_refusal_of_one_image_is_another_matter(server: ChatServer, words: str, cause: str) -> None:
    server.shape = lambda _body: JSONResponse({"error": {"message": words}}, status_code=400)
    assert failure(server, request(ONE)).cause == cause


def test_an_error_that_repeats_the_request_shows_no_image_data(server: ChatServer) -> None:
    def repeat(body: dict[str, Any]) -> JSONResponse:
        return JSONResponse({"detail": [{"msg": f"cannot read {json.dumps(body)}"}]}, status_code=422)

    server.shape = repeat
    said = str(failure(server, request(ONE, text="Look.")))
    assert "[image]" in said and "base64" not in said
    encoded = base64.b64encode(PICTURES[ONE].data).decode()
    server.shape = lambda _body: JSONResponse({"error": f"illegal image {encoded}"}, status_code=400)
    assert encoded[:40] not in str(failure(server, request(ONE)))


def test_a_stream_holds_images_and_knows_the_refusal(server: ChatServer) -> None:
    async def pieces() -> list[ReplyPiece]:
        client = endpoint(server)
        try:
            return [piece async for piece in client.stream(request(ONE))]
        finally:
            await client.close()

    server.shape = lambda _body: JSONResponse(completion("a square"))
    assert "".join(piece.text for piece in asyncio.run(pieces())) == "a square"
    assert server.bodies[-1]["messages"][0]["content"][1]["type"] == "image_url"
    server.shape = lambda _body: JSONResponse({"error": "this model does not support image input"}, status_code=400)
    with pytest.raises(RequestError) as caught:
        asyncio.run(pieces())
    assert caught.value.cause is RequestCause.no_vision


def test_an_image_costs_what_the_formula_says_less_in_low_detail_or_what_the_user_says() -> None:
    plain = estimate_prompt_tokens(request())
    assert estimate_prompt_tokens(request(ONE, TWO)) - plain == 2 * IMAGE_TOKENS == 2 * (85 + 8 * 170)
    assert estimate_prompt_tokens(request(ONE, detail="low")) - plain == 85
    price = Price(1e6, 0.0, image_tokens=7)
    assert price.max_cost(request(ONE)) - price.max_cost(request()) == 7


def test_encoded_images_are_kept_within_their_limit() -> None:
    read: list[str] = []

    def source(media: str) -> ImageData:
        read.append(media)
        return ImageData("image/png", b"x" * 300)

    encoder = ImageEncoder(source, most_cached=1_000)

    async def bodies() -> None:
        for media in (ONE, TWO, ONE, "3" * 64, ONE):
            await encoder.body(request(media))

    asyncio.run(bodies())
    assert read == [ONE, TWO, "3" * 64, ONE], "two of 424 characters fit"
