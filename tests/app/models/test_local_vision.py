"""Local models and images: one that reads them answers about them, one that reads text only fails by name."""

import asyncio
import json
import shutil
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app import wiring
from app.models.local_vision import LocalVisionChat
from app.wiring import make_local_chat
from judging.chat.model import ChatRequest, ChatSettings, Reply, RequestCause, RequestError
from judging.chat.wire.images import ImageData
from judging.prompts.prompt_file import Message
from objective.engine.settings import ModelSettings
from objective.images import ItemImage
from objective.request import FailedRequest, GeneratedText, GenerateRequest, Sampling
from storage.errors import BadInput
from storage.values import Part
from tests.app.commands.coloured import coloured
from tests.app.models.chat_models import chat_model
from tests.app.models.vision_models import vision_model
from tests.pictures import stored
from tests.stores import open_store

pytest.importorskip("torch", reason="the extra local is not installed")

RED, BLUE, GONE = "1" * 64, "2" * 64, "3" * 64
PICTURES = {RED: ImageData("image/png", coloured("red")), BLUE: ImageData("image/png", coloured("blue"))}


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vision_model(tmp_path_factory.mktemp("models"))


def request(*media: str, text: str = "Which colour?", max_tokens: int = 12, logprobs: int = 0) -> ChatRequest:
    shown: list[Part] = [{"type": "image", "media": one, "alt": ""} for one in media]
    asked: Message = {"role": "user", "content": [*shown, {"type": "text", "text": text}] if media else text}
    messages: list[Message] = [{"role": "system", "content": "Look."}, asked]
    return ChatRequest("tiny", messages, ChatSettings(max_tokens=max_tokens, top_logprobs=logprobs))


def ask(path: Path, *requests: ChatRequest) -> Sequence[Reply | BaseException]:
    async def all_of_them() -> Sequence[Reply | BaseException]:
        model = make_local_chat(str(path), PICTURES.get)
        try:
            return await asyncio.gather(*(model.ask(one) for one in requests), return_exceptions=True)
        finally:
            await model.close()

    return asyncio.run(all_of_them())


def test_a_local_model_that_reads_images_answers_about_them(seeing: Path) -> None:
    asked = [request(RED), request(BLUE), request(RED, BLUE), request(), request(RED, logprobs=5), request(RED)]
    replies = ask(seeing, *asked)
    texts, tokens = [], []
    for reply in replies:
        assert isinstance(reply, Reply), reply
        texts.append(reply.text)
        tokens.append(reply.prompt_tokens or 0)
    assert texts[0] != texts[1] and texts[0] == texts[4] == texts[5], "the image decides, and nothing else"
    assert [tokens[0] - tokens[3], tokens[2] - tokens[3]] == [4, 8], "four tokens for each image"
    last = replies[4]
    assert isinstance(last, Reply) and len(last.tokens[0].top) > 1 and last.tokens[0].text in last.tokens[0].top


def test_what_cannot_be_asked_fails_by_name(seeing: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    gone, long = ask(seeing, request(GONE), request(RED, max_tokens=100_000))
    assert isinstance(gone, RequestError) and gone.cause is RequestCause.image_missing
    assert isinstance(long, RequestError) and long.cause is RequestCause.rejected and "lower --max-tokens" in str(long)
    blind, fine = ask(chat_model(tmp_path_factory.mktemp("models")), request(RED), request())
    assert isinstance(blind, RequestError) and blind.cause is RequestCause.no_vision
    assert isinstance(fine, Reply)


def test_an_image_that_cannot_be_read_fails_alone(seeing: Path) -> None:
    """One is cut short, one is no image, and one chat has a mark of an image without an image."""
    from objective.engine.vision import VisionModel

    def about(*images: bytes, prompt: str = "Which colour?") -> GenerateRequest:
        shown = tuple(ItemImage("", "image/png", data) for data in images)
        return GenerateRequest(prompt, Sampling(max_tokens=2), images=shown)

    red = coloured("red")
    asked = [about(red[:-30]), about(b"no image"), about(red, prompt="<image>"), about(red)]
    cut, none, unmatched, fine = (found for _, found in VisionModel(ModelSettings(str(seeing))).generate(asked))
    for failed, words in ((cut, "can be decoded"), (none, "save it again as PNG"), (unmatched, "processor takes")):
        assert isinstance(failed, FailedRequest) and isinstance(failed.error, BadInput)
        assert words in str(failed.error)
    assert not isinstance(fine, FailedRequest) and fine[0].completion_tokens


@pytest.mark.parametrize("given", [{"tokenizer_path": "other"}, {"tokenizer_kwargs": {"a": 1}}, {"peft_path": "other"}])
def test_what_a_processor_would_not_take_is_refused(seeing: Path, given: dict[str, Any]) -> None:
    from objective.engine.loading.vision import load_vision_model

    with pytest.raises(BadInput, match="for a model that reads images, got"):
        load_vision_model(ModelSettings(str(seeing), **given))


def test_a_processor_without_a_chat_template_is_refused(seeing: Path, tmp_path: Path) -> None:
    from objective.engine.loading.vision import load_vision_model

    folder = tmp_path / "silent"
    shutil.copytree(seeing, folder, ignore=shutil.ignore_patterns("chat_template*"))
    for file in folder.glob("*_config.json"):
        file.write_text(json.dumps({**json.loads(file.read_text()), "chat_template": None}))
    with pytest.raises(BadInput, match=r"expected a processor with a chat template at .*silent"):
        load_vision_model(ModelSettings(str(folder)))


def test_settings_reach_the_model_that_reads_images(seeing: Path) -> None:
    from objective.engine.loading.vision import load_vision_model

    loaded = load_vision_model(ModelSettings(str(seeing), attention="eager", model_kwargs={"device_map": "cpu"}))
    assert loaded.model.config._attn_implementation == "eager"
    assert loaded.device.type == "cpu" and not loaded.model.training


def test_a_configuration_that_cannot_be_read_is_left_to_the_loader_of_the_model(seeing: Path, tmp_path: Path) -> None:
    from objective.engine.loading.vision import is_asked_with_images

    shutil.copy(seeing / "processor_config.json", tmp_path)
    (tmp_path / "config.json").write_text("{")
    assert not is_asked_with_images(ModelSettings(str(tmp_path)), has_pictures=True)


def test_the_look_at_files_never_hides_a_model_that_reads_images(seeing: Path, tmp_path: Path) -> None:
    """A configuration that leaves its part for images to the defaults has one, which only the library knows."""
    from objective.engine.loading.revision import may_read_images
    from objective.engine.loading.vision import is_asked_with_images

    shutil.copy(seeing / "processor_config.json", tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llava"}')
    assert is_asked_with_images(ModelSettings(str(tmp_path)), has_pictures=True)
    assert may_read_images(tmp_path) and may_read_images(seeing)


def test_a_model_is_asked_with_images_only_where_there_are_some_and_a_processor(seeing: Path, tmp_path: Path) -> None:
    """A fine-tune for text that kept the configuration of images, or a store without any, is asked as text."""
    from transformers import Gemma3Config

    from objective.engine.loading.vision import is_asked_with_images

    whole, bare = tmp_path / "whole", tmp_path / "bare"
    for folder in (whole, bare):
        Gemma3Config().save_pretrained(folder)
    shutil.copy(seeing / "processor_config.json", whole)
    asked = {
        (folder.name, has): is_asked_with_images(ModelSettings(str(folder)), has_pictures=has)
        for folder in (seeing, whole, bare)
        for has in (True, False)
    }
    both = {(seeing.name, True): True, (seeing.name, False): True}  # LLaVA has no class for text alone
    assert asked == both | {
        ("whole", True): True,
        ("whole", False): False,
        ("bare", True): False,
        ("bare", False): False,
    }


def test_a_store_without_an_image_has_none_to_ask_about(tmp_path: Path) -> None:
    database = open_store(tmp_path / "evenhand.db")
    before = wiring._pictures_if_any(database)
    with database.writing() as session:
        stored(session, 10)
    assert before is wiring._pictures_if_any(None) is None
    assert wiring._pictures_if_any(database) is not None
    database.close()


def test_a_stopped_answer_ends_at_its_next_token_and_frees_the_turn(seeing: Path) -> None:
    """Counted in the model: the third pass waits until the reader has stopped, and none comes after it."""
    from objective.engine.loading.vision import load_vision_model
    from objective.engine.writing.about_images import write_about_images

    loaded = load_vision_model(ModelSettings(str(seeing)))
    third, stopped = threading.Event(), threading.Event()
    passes: list[int] = []

    def count(*_pass: object) -> None:
        passes.append(1)
        if len(passes) == 3:
            third.set()
            assert stopped.wait(60)

    loaded.model.register_forward_hook(count)

    async def stop_the_first() -> tuple[int, Reply, list[str]]:
        chat = LocalVisionChat(partial(write_about_images, loaded), PICTURES.get, seconds=lambda: 0.0)
        pieces: list[str] = []
        first = asyncio.create_task(chat.ask(request(RED, max_tokens=400)))
        await asyncio.to_thread(third.wait, 60)
        first.cancel()
        await asyncio.wait([first])
        second = asyncio.create_task(chat.ask(request(RED, max_tokens=12), listener=pieces.append))
        stopped.set()
        reply = await second
        await chat.close()
        return len(passes) - (reply.completion_tokens or 0), reply, pieces

    of_first, reply, pieces = asyncio.run(stop_the_first())
    assert of_first == 3
    assert reply.completion_tokens == 12, "the model would have written on"
    assert len(pieces) > 3 and all(reply.text.startswith(piece) for piece in pieces)


def test_who_is_cancelled_holds_the_turn_until_the_model_has_ended() -> None:
    """A model may be in the midst of a token: the next reply is not begun beside one that is still written."""
    began, may_end = threading.Event(), threading.Event()
    ends: list[bool] = []

    def write(*_chat: object, **_told: object) -> GeneratedText:
        ends.append(may_end.is_set())
        began.set()
        assert may_end.wait(60)
        return GeneratedText("Red.", "end", 1, 1)

    async def cancelled(asked: "asyncio.Task[Reply]") -> bool:
        asked.cancel()
        await asyncio.wait([asked])
        return asked.cancelled()

    async def ask_three() -> Reply:
        chat = LocalVisionChat(write, PICTURES.get, seconds=lambda: 0.0)
        first, second, third = (asyncio.create_task(chat.ask(request())) for _ in range(3))
        await asyncio.to_thread(began.wait, 60)
        assert await cancelled(first) and await cancelled(second)
        await asyncio.wait([third], timeout=0)
        may_end.set()
        reply = await third
        await chat.close()
        return reply

    assert asyncio.run(ask_three()).text == "Red."
    assert ends == [False, True], "the second was never begun, the third only once the first had ended"
