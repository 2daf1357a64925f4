"""A tuned model in memory, and what may be asked of it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    StoppingCriteria,
    StoppingCriteriaList,
    TextIteratorStreamer,
)

from training.failures import TrainingError

_MOST_TOKENS = 2048
_USUAL_TOKENS = 512
_MOST_MESSAGES = 200
_MOST_WAITING = 8
_ANSWER_SECONDS = 55.0
"""SageMaker ends an invocation after 60 s."""

_ROLES = ("system", "user", "assistant")


class RequestError(Exception):
    """A request that cannot be answered as it stands.

    Attributes:
        status: Of the HTTP response.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        """Say what is wrong with it."""
        super().__init__(message)
        self.status = status


class BusyError(Exception):
    """Too many are waiting for an answer already."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that can be answered.

    Attributes:
        prompt: The messages as tokens, in the model's own template.
        max_tokens: Of the answer.
        temperature: 0 for the likeliest word each time.
        stream: Whether pieces are wanted as they come.
    """

    prompt: list[int]
    max_tokens: int
    temperature: float
    stream: bool


class Model:
    """A model that answers one after another.

    Attributes:
        name: Of its folder.
        context: Tokens that prompt and answer may have together.
        finish_reason: Of the last answer: "stop", or "length" where it was cut off.
        spoken_tokens: Of the last answer.
    """

    def __init__(self, name: str, model: Any, tokenizer: Any) -> None:
        """Take over a model that is loaded."""
        self.name = name
        self.tokenizer = tokenizer
        self.context = int(getattr(model.config, "max_position_embeddings", 4096))
        self.finish_reason = "stop"
        self.spoken_tokens = 0
        self._model = model
        self._lock = threading.Lock()
        self._waiting = threading.Semaphore(_MOST_WAITING)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until nobody else is answered.

        Raises:
            BusyError: Too many wait already.
        """
        if not self._waiting.acquire(blocking=False):
            raise BusyError("Too many questions are waiting. Ask again in a few seconds.")
        try:
            with self._lock:
                yield
        finally:
            self._waiting.release()

    def speak(self, wish: Wish) -> Generator[str, None, None]:
        """The answer, piece by piece; closing the iterator ends the work at the next word."""
        streamer = TextIteratorStreamer(
            self.tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=_ANSWER_SECONDS
        )
        brake = _Brake(time.monotonic() + _ANSWER_SECONDS)
        worker = threading.Thread(target=self._generate, args=(wish, streamer, brake), daemon=True)
        worker.start()
        try:
            yield from (piece for piece in streamer if piece)
            worker.join()
            if brake.failure is not None:
                raise brake.failure
        finally:
            brake.pulled = True
            worker.join()

    def _generate(self, wish: Wish, streamer: Any, brake: _Brake) -> None:
        prompt = torch.tensor([wish.prompt], device=self._model.device)
        try:
            with torch.inference_mode():
                tokens = self._model.generate(
                    input_ids=prompt,
                    attention_mask=torch.ones_like(prompt),
                    max_new_tokens=wish.max_tokens,
                    do_sample=wish.temperature > 0,
                    **({"temperature": wish.temperature} if wish.temperature > 0 else {}),
                    pad_token_id=self.tokenizer.pad_token_id or self.tokenizer.eos_token_id,
                    streamer=streamer,
                    stopping_criteria=StoppingCriteriaList([brake]),
                )
            self.spoken_tokens = int(tokens.shape[1] - prompt.shape[1])
            cut = brake.pulled or self.spoken_tokens >= wish.max_tokens
            self.finish_reason = "length" if cut else "stop"
        except Exception as error:
            brake.failure = error
            streamer.end()


class _Brake(StoppingCriteria):  # type: ignore[misc, unused-ignore]
    """Ends an answer that nobody waits for any more."""

    def __init__(self, deadline: float) -> None:
        self.pulled = False
        self.failure: Exception | None = None
        self._deadline = deadline

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Whether each of the answers ends here."""
        del scores
        if time.monotonic() > self._deadline:
            self.pulled = True
        return torch.full((input_ids.shape[0],), self.pulled, device=input_ids.device)


def load_model(folder: Path, base: Path | None) -> Model:
    """The model of a training's output: whole weights, else an adapter on its base.

    Args:
        folder: With `merged/`, or whole weights itself, or `adapter/`.
        base: Where only the adapter is there: a folder with the base's weights.

    Raises:
        TrainingError: It holds none of these.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    source: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    whole = next((f for f in (folder / "merged", folder) if (f / "config.json").exists()), None)
    if whole is None and base is None:
        raise TrainingError(
            f"{folder} holds no whole weights. Train with merged=true, or name the base with "
            "--base for the adapter alone."
        )
    weights = whole or base
    model = AutoModelForCausalLM.from_pretrained(
        weights, dtype=dtype, use_safetensors=True, **source
    )
    tokenizer = AutoTokenizer.from_pretrained(whole or folder / "adapter", **source)
    if whole is None:
        from peft import PeftModel  # noqa: PLC0415 - whole weights need no adapter

        model = PeftModel.from_pretrained(model, folder / "adapter").merge_and_unload()
    return Model(folder.resolve().name, model.to(device).eval(), tokenizer)


def wish_from(body: bytes, model: Model) -> Wish:
    """What a request asks for.

    Raises:
        RequestError: It is not one, or is longer than the model reads.
    """
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError("The request is no JSON.") from None
    if not isinstance(values, dict):
        raise RequestError("The request is no JSON object.")
    messages = values.get("messages")
    if not _are_messages(messages):
        raise RequestError(
            "`messages` has to be a list of 1 to 200 objects with a role (system, user or "
            "assistant) and a content that is text."
        )
    try:
        prompt = model.tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=True, return_dict=False
        )
    except (TemplateError, ValueError):
        raise RequestError("The model takes no messages with these roles in this order.") from None
    max_tokens = _number(values, "max_tokens", _USUAL_TOKENS, 1, _MOST_TOKENS)
    if len(prompt) + max_tokens > model.context:
        raise RequestError(
            f"The messages have {len(prompt)} tokens and the answer may have {max_tokens}; the "
            f"model reads {model.context} together."
        )
    return Wish(
        prompt=list(prompt),
        max_tokens=int(max_tokens),
        temperature=_number(values, "temperature", 1.0, 0, 2),
        stream=values.get("stream") is True,
    )


def _are_messages(messages: Any) -> bool:
    return (
        isinstance(messages, list)
        and 0 < len(messages) <= _MOST_MESSAGES
        and all(
            isinstance(each, dict)
            and each.get("role") in _ROLES
            and isinstance(each.get("content"), str)
            for each in messages
        )
    )


def _number(values: dict[str, Any], name: str, usual: float, low: float, high: float) -> float:
    given = values.get(name)
    if given is None:
        return usual
    if isinstance(given, bool) or not isinstance(given, int | float) or not low <= given <= high:
        raise RequestError(f"`{name}` has to be a number from {low:g} to {high:g}.")
    return given
