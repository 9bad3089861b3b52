"""The models that `evenhand evaluate` asks: their names, revisions and backends, on this machine or at an endpoint."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.models.local_libraries import local_libraries
from app.models.references import EVALUATE, EndpointReference, LocalReference, read_reference
from app.wiring import load_tokenizer, make_endpoint_backend
from storage.errors import BadInput

if TYPE_CHECKING:
    from app.commands.evaluate.options import EngineOptions
    from app.commands.options.endpoint import EndpointOptions, PaceOptions
    from app.commands.options.local import LocalModelOptions
    from objective.catalog import TaskSelection
    from objective.engine.settings import ModelSettings
    from objective.evaluation.plan import EvaluationSettings, PromptContext
    from objective.evaluation.run import Evaluation
    from objective.request import Backend, FallibleBackend
    from storage.database.engine import Database

EvaluatedModel = EndpointReference | LocalReference


def read_models(texts: Sequence[str], name: str | None) -> dict[EvaluatedModel, str]:
    """The models to evaluate, each with its name in the table.

    Args:
        texts: the models as given to `--model`.
        name: name of a single model; None for the name of its folder, or its reference at an endpoint.

    Raises:
        typer.BadParameter: one name is given for several models.
        BadInput: two models have one name, or a model cannot answer tasks.
    """
    references = [read_reference(text, EVALUATE) for text in texts]
    if name is not None and len(references) > 1:
        raise typer.BadParameter("expected --name with one --model; several models are named after their folders")
    named = {model: name or _name(model) for model in references}
    if len(set(named.values())) < len(named):
        raise BadInput("expected models with names of their own, got two equal ones; evaluate them with --name each")
    return named


def _name(model: EvaluatedModel) -> str:
    return f"endpoint:{model.name}" if isinstance(model, EndpointReference) else Path(model.path).resolve().name


@dataclass(frozen=True)
class EvaluatedModels:
    """How the models of one command are reached.

    Attributes:
        local: options for loading local models.
        engine: options of the local engine.
        endpoint: options of the endpoint.
        pace: speed and budget of requests.
    """

    local: "LocalModelOptions"
    engine: "EngineOptions"
    endpoint: "EndpointOptions"
    pace: "PaceOptions"

    def check(self, model: EvaluatedModel, selected: "TaskSelection", settings: "EvaluationSettings") -> None:
        """Refuse tasks that no endpoint can answer, before anything is asked.

        Raises:
            BadInput: a task needs likelihoods after a chat, whose template the endpoint keeps to itself.
        """
        self.endpoint.requests.check_for(model)
        likelihoods = sorted(task.name for task in selected.ready if task.mode == "ppl")
        if isinstance(model, EndpointReference) and likelihoods and settings.prompts.chat:
            raise BadInput(
                f"expected tasks that generate for a chat at an endpoint, got {likelihoods[0]} in mode ppl, and no "
                "endpoint gives log-probabilities of a chat prompt; use --mode gen or --kind base"
            )
        if isinstance(model, LocalReference) and self.sees(model, selected):
            self._check_seeing(likelihoods)

    def _check_seeing(self, likelihoods: Sequence[str]) -> None:
        if likelihoods:
            raise BadInput(
                f"expected tasks that generate for a model that reads images, got {likelihoods[0]} in mode ppl; use "
                "--mode gen, or evaluate such tasks without those that have images"
            )
        if self.engine.copies > 1 or self.engine.ray:
            raise BadInput("expected one process for a model that reads images; leave out --num-gpus and --ray")
        ignored = {
            "--tokenizer-path": self.local.tokenizer_path,
            "--tokenizer-kwargs": self.local.tokenizer_kwargs,
            "--peft-path": self.local.peft_path,
            "--batch-size": self.engine.batch_size,
            "--continuous-batching": self.engine.continuous_batching,
        }
        given = [option for option, value in ignored.items() if value]
        if given:
            raise BadInput(
                "expected only options that apply to a model that reads images, which comes with its processor and "
                f"answers one chat at a time; leave out {' and '.join(given)}"
            )

    def sees(self, model: LocalReference, selected: "TaskSelection") -> bool:
        """Whether a model of this machine is asked with images: it reads them, and gets some or cannot do without.

        Raises:
            BadInput: the libraries of local models are not installed.
        """
        from objective.engine.loading.revision import may_read_images

        folder = _folder(model.path)
        if not may_read_images(folder):
            return False
        with local_libraries():
            from objective.engine.loading.vision import is_asked_with_images
        has_pictures = any(task.images for task in selected.ready)
        return is_asked_with_images(self.local.settings(str(folder)), has_pictures=has_pictures)

    def revision(self, model: EvaluatedModel) -> str:
        """Digest of what the outputs of a model depend on.

        Raises:
            BadInput: a folder lacks a file, the hub has no such model, or the endpoint has no address or key.
        """
        from app.models.endpoint_backend import endpoint_revision
        from objective.engine.loading.revision import check_folder, model_revision

        if isinstance(model, EndpointReference):
            requests = self.endpoint.requests
            fields = requests.fields | ({"temperature": None} if requests.no_temperature else {})
            return endpoint_revision(self.endpoint.address.base_url, model.name, fields)
        check_folder(model.path, self.local.tokenizer_path)
        others = (path for path in (self.local.tokenizer_path, self.local.peft_path) if path)
        return model_revision([_folder(model.path), *map(_folder, others)], self.local.how)

    def backend(
        self, database: "Database", model: EvaluatedModel, evaluation: "Evaluation", stack: ExitStack
    ) -> "tuple[Callable[[], FallibleBackend], PromptContext]":
        """A function that makes the model's backend, and what prompts depend on; the stack closes the backend.

        Raises:
            BadInput: a chat model's tokenizer cannot be loaded or has no chat template.
        """
        from objective.evaluation.plan import PromptContext
        from objective.prompting.prompts import TranscriptTokenizer

        if isinstance(model, EndpointReference):
            address, pace = self.endpoint.address, self.pace.for_model(model)
            return (
                lambda: make_endpoint_backend(
                    model, address, pace.limits, pace.price, self.endpoint.requests.applied, database
                ),
                PromptContext(tokenizer=TranscriptTokenizer(), vision=address.vision),
            )
        loading = self.local.settings(str(_folder(model.path)))
        context = self.local_context(model, evaluation.selection, evaluation.settings)
        if context.vision:
            return lambda: _seeing(loading), context
        return lambda: _opened(loading, self.engine, stack), context

    def local_context(
        self, model: LocalReference, selected: "TaskSelection", settings: "EvaluationSettings"
    ) -> "PromptContext":
        """What the prompts of a local model depend on; its tokenizer is loaded only if it is used.

        Raises:
            BadInput: a chat model's tokenizer cannot be loaded or has no chat template.
        """
        from objective.evaluation.plan import PromptContext
        from objective.prompting.prompts import TranscriptTokenizer

        if self.sees(model, selected):  # its processor makes the prompt of the turns
            return PromptContext(tokenizer=TranscriptTokenizer(), vision=True)
        loading = self.local.settings(str(_folder(model.path)))
        return _voice(loading, is_chat=settings.prompts.chat)


def _folder(path: str) -> Path:
    """The folder of a model; a model of the hub is downloaded, or found in the hub's cache."""
    folder = Path(path).expanduser()
    if folder.is_dir() or folder.is_absolute() or path.startswith((".", "~")) or path.count("/") != 1:
        return folder
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(path))
    except Exception as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise BadInput(
            f"expected a model folder or a model on the hub, but there is no folder {path!r}, and the hub gives none "
            f"({reason}); check the path"
        ) from error


def _opened(settings: "ModelSettings", engine: "EngineOptions", stack: ExitStack) -> "Backend":
    """A backend, closed with the stack.

    Raises:
        BadInput: the model cannot be loaded, or the libraries that would load it are not installed.
    """
    with local_libraries():
        from objective.engine.backends import open_backend
        from objective.engine.loading.model import check_device

    if engine.num_gpus is not None and settings.device == "auto" and check_device("auto").type != "cuda":
        typer.echo(f"evenhand: --num-gpus {engine.num_gpus}: torch finds no GPU here; the CPU runs the model", err=True)
    return stack.enter_context(open_backend(settings, engine.settings, workers=engine.copies, on_ray=engine.ray))


def _seeing(settings: "ModelSettings") -> "FallibleBackend":
    """A backend for a model that reads images.

    Raises:
        BadInput: the model or its processor cannot be loaded, or the libraries that would load it are not installed.
    """
    with local_libraries():
        from objective.engine.vision import VisionModel

    return VisionModel(settings)


def _voice(settings: "ModelSettings", *, is_chat: bool) -> "PromptContext":
    """What prompts depend on in a model; its tokenizer is loaded only when it is used."""
    from objective.engine.loading.revision import context_length
    from objective.evaluation.plan import PromptContext
    from objective.prompting.prompts import check_chat_template

    tokenizer = cache(lambda: load_tokenizer(settings))
    if is_chat:
        check_chat_template(tokenizer())
    return PromptContext(
        tokenizer=tokenizer() if is_chat else None,
        count=lambda text: len(tokenizer().tokenize(text, add_special_tokens=True)),
        room=settings.max_length or context_length(Path(settings.path)),
    )
