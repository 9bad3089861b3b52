"""Worker processes and Ray actors give the same results as one process, even if a worker is killed."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.objective import local_models
from tests.objective.local_models import load_once, questions, save

torch = local_models.torch

from objective.engine.backends import open_backend  # noqa: E402
from objective.engine.settings import ModelSettings, RunSettings  # noqa: E402
from objective.engine.workers.processes import WorkerProcesses, _run_worker  # noqa: E402
from objective.engine.workers.ray_actors import RayActors  # noqa: E402
from objective.engine.workers.work_items import split_requests  # noqa: E402
from objective.engine.workers.worker import ModelWorker, assign_devices  # noqa: E402
from objective.request import GenerateRequest, RollingRequest, Sampling, ScoredContinuation, ScoreRequest  # noqa: E402
from storage.errors import BadInput  # noqa: E402

pytestmark = pytest.mark.timeout(300)  # each process loads torch, which takes its time on a busy machine
RUN = RunSettings(threads=1)


@pytest.fixture(scope="module")
def path(model_folder: Path) -> str:
    return save(model_folder, "Llama")


@pytest.fixture(scope="module")
def crew(path: str) -> Iterator[WorkerProcesses]:
    made = WorkerProcesses(ModelSettings(path, device="cpu"), RUN, 2)
    yield made
    made.close()


def requests() -> list[ScoreRequest]:
    return [
        ScoreRequest(context, option, group=str(number % 3))
        for number, (context, options) in enumerate(questions(12))
        for option in options
    ]


def check(results: dict[int, ScoredContinuation], path: str) -> None:
    expected = dict(load_once(path, threads=1).score(requests()))
    assert results.keys() == expected.keys()
    for place, one in expected.items():
        assert results[place].nats == pytest.approx(one.nats, abs=1e-4)
        assert (results[place].tokens, results[place].greedy) == (one.tokens, one.greedy)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=60), st.integers(1, 4))
def test_items_contain_each_request_once_and_never_split_a_context(asked: list[tuple[int, int]], workers: int) -> None:
    made = [ScoreRequest(f"context {context}", "x", group=str(group)) for context, group in asked]
    cut = split_requests(made, workers)
    assert sorted(place for item in cut for place in item.places) == list(range(len(made)))
    homes: dict[tuple[str, str], int] = {}
    for number, item in enumerate(cut):
        assert len({request.group for request in item.requests if isinstance(request, ScoreRequest)}) == 1
        for place, request in zip(item.places, item.requests, strict=True):
            assert request == made[place]
            assert homes.setdefault((made[place].group, made[place].context), number) == number


def test_a_group_within_a_workers_share_stays_whole() -> None:
    made = [ScoreRequest(f"{group} {number}", "x", group=group) for group in "abcd" for number in range(10)]
    assert sorted(len(item.places) for item in split_requests(made, 2)) == [10, 10, 10, 10]


def test_more_workers_than_gpus_are_rejected() -> None:
    assert assign_devices("cpu", 3) == ["cpu"] * 3
    with pytest.raises(BadInput, match="GPU for each"):
        assign_devices("cuda", 99)
    with pytest.raises(BadInput, match="one GPU is one worker"):
        assign_devices("cuda:0", 2)


def test_a_killed_process_is_replaced_and_nothing_is_lost(
    crew: WorkerProcesses, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = crew.process_ids
    results: dict[int, ScoredContinuation] = {}
    for place, one in crew.score(requests()):
        assert place not in results
        if not results:
            os.kill(crew.process_ids[0], signal.SIGKILL)
        results[place] = one
    check(results, path)
    assert "exit code -9" in caplog.text
    assert crew.process_ids[0] != before[0]
    assert crew.process_ids[1] == before[1]


def test_processes_generate_and_score_texts_as_one_process_does(crew: WorkerProcesses, path: str) -> None:
    drawn = Sampling(max_tokens=4, temperature=1.0, samples=2)
    asked = [GenerateRequest(prompt, drawn) for prompt, _ in questions(4)]
    texts = [RollingRequest(prompt) for prompt, _ in questions(3)]
    alone = load_once(path, threads=1)
    assert dict(crew.generate(asked)) == dict(alone.generate(asked))
    expected = dict(alone.rolling(texts))
    assert crew.tokens("a loaf") == alone.tokens("a loaf")
    rolled = dict(crew.rolling(texts))
    assert [rolled[place].nats for place in range(3)] == pytest.approx(
        [expected[place].nats for place in range(3)], abs=1e-4
    )


def test_an_invalid_request_raises_in_the_driver_and_the_workers_continue(crew: WorkerProcesses) -> None:
    with pytest.raises(BadInput, match="at most 256 tokens"):
        list(crew.score([ScoreRequest("word " * 600, "x")]))
    with contextlib.closing(
        cast("Generator[tuple[int, ScoredContinuation], None, None]", crew.score(requests()))
    ) as half:
        next(half)
    assert len(dict(crew.score(requests()[:8]))) == 8


def test_invalid_requests_in_two_items_at_once_fail_alone(crew: WorkerProcesses) -> None:
    """Each bad request fails the call that it belongs to, once, and its worker goes on with the next item."""
    good = [GenerateRequest(prompt, Sampling(max_tokens=2), group="good") for prompt, _ in questions(6)]
    bad = [GenerateRequest("word " * 600, Sampling(max_tokens=2), group=name) for name in ("one", "other")]
    before = crew.process_ids
    for _ in range(2):
        with pytest.raises(BadInput, match="at most 254 tokens"):
            list(crew.generate([*good, *bad]))
    for _ in range(2):
        assert len(dict(crew.generate(good))) == len(good)
    assert crew.process_ids == before


def test_a_worker_answers_each_kind_of_request_as_the_model_does(path: str) -> None:
    """In this process: what the others run is the same class."""
    worker = ModelWorker(ModelSettings(path, device="cpu"), RUN, 2)
    alone = load_once(path, threads=1)
    texts = [RollingRequest(prompt) for prompt, _ in questions(2)]
    asked = [GenerateRequest(prompt, Sampling(max_tokens=3)) for prompt, _ in questions(2)]
    assert worker.process_id() == os.getpid()
    assert worker.answer_all("tokens", ["a loaf", ""]) == [(0, alone.tokens("a loaf")), (1, alone.tokens(""))]
    assert dict(worker.answer_all("generate", asked)) == dict(alone.generate(asked))
    assert dict(worker.answer_all("rolling", texts)) == dict(alone.rolling(texts))
    check(dict(worker.answer_all("score", requests())), path)


def spoken(path: str, *asked: tuple[str, list[Any]]) -> list[tuple[str, Any]]:
    """What a worker sends for items, until nobody asks it any more."""
    ours, theirs = multiprocessing.Pipe()
    for item in asked:
        ours.send(item)
    thread = threading.Thread(target=_run_worker, args=(theirs, ModelSettings(path, device="cpu"), RUN, 1))
    thread.start()
    heard: list[tuple[str, Any]] = []
    while sum(message != "results" for message, _ in heard) <= len(asked):  # it first says whether it is ready
        heard.append(ours.recv())
    ours.close()
    thread.join()
    theirs.close()
    return heard


def test_a_worker_says_how_each_item_ended(path: str) -> None:
    heard = spoken(path, ("tokens", [RollingRequest("a")]), ("score", [ScoreRequest("word " * 600, "x")]))
    assert [message for message, _ in heard] == ["ready", "results", "done", "refused"]
    assert isinstance(heard[-1][1], BadInput)


def test_a_worker_that_cannot_go_on_says_why(path: str, tmp_path: Path) -> None:
    ((message, error),) = spoken(str(tmp_path / "none"))
    assert (message, type(error)) == ("failed", BadInput)
    *_, (message, error) = spoken(path, ("dance", []))
    assert message == "failed"
    assert str(error) == "a worker failed: KeyError: 'dance'"


def test_a_model_that_cannot_be_loaded_raises_in_the_driver(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="found none at"):
        WorkerProcesses(ModelSettings(str(tmp_path / "none"), device="cpu"), RUN, 1)


def test_ray_repeats_the_item_of_a_killed_actor(path: str) -> None:
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    with open_backend(ModelSettings(path, device="cpu"), RUN, workers=1, on_ray=True) as crew:
        assert isinstance(crew, RayActors)
        (before,) = crew.process_ids
        results: dict[int, ScoredContinuation] = {}
        for place, one in crew.score(requests()):
            assert place not in results
            if not results:
                os.kill(before, signal.SIGKILL)
            results[place] = one
        check(results, path)
        assert crew.process_ids != [before]
        with pytest.raises(BadInput, match="at most 256 tokens"):
            list(crew.score([ScoreRequest("word " * 600, "x")]))
        with pytest.raises(BadInput, match="expected 4096 CPUs for as many workers"):
            RayActors(ModelSettings(path, device="cpu"), RUN, 4096)
        assert crew.process_ids, "a cluster that was there before stays"


def test_ray_is_asked_for_where_it_is_not_installed(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadInput, match=r"install evenhand\[cluster\] or drop --ray"):
        RayActors(ModelSettings(path, device="cpu"), RUN, 1)
