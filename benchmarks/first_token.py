"""First words: how long a model on this machine reads a prompt before it begins to answer."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil

from benchmarks.measuring import median
from benchmarks.options import Options, Table
from wellread.adapters.llama.process import ModelProcess
from wellread.adapters.llama.requantise import faster
from wellread.adapters.openai.chat import OpenAICompatibleChat
from wellread.bootstrap.local_models import PACKAGED, model_file
from wellread.settings import load_settings

PROMPT_TOKENS = 1_500
_LOADING_SECONDS = 300.0
_MIB = 1024 * 1024


def run_first_token(options: Options) -> list[Table]:
    """The packaged model as it comes and in its faster form, or the one that WELLREAD_MODEL names.

    Raises:
        RuntimeError: The model cannot be loaded.
    """
    settings = load_settings()
    path, name = model_file(settings.model or PACKAGED, settings)
    files = {name: path}
    if (settings.model or PACKAGED) == PACKAGED:
        files = {f"{name}, Q4_1": path, f"{name}, Q8_0": faster(path, options.folder / "models")}
    load = os.getloadavg()[0]
    table = Table(
        f"A prompt of {PROMPT_TOKENS:,} tokens, each time another one",
        (
            "model",
            "loaded, s",
            "first token, s",
            "longest, s",
            "CPU s until then",
            "then tokens/s",
            "memory, MB",
        ),
        note=f"Medians of {options.rounds} rounds; load before: {load:.1f}.",
    )
    for shown, file in files.items():
        table.rows.append((shown, *_measured(ModelProcess(file), name, options.rounds)))
    return [table]


def _measured(process: ModelProcess, name: str, rounds: int) -> Iterator[float]:
    began = time.monotonic()
    try:
        if not process.ready.wait(_LOADING_SECONDS) or process.problem or process.pid is None:
            raise RuntimeError(f"the model cannot be loaded: {process.problem}")
        loaded = time.monotonic() - began
        chat = OpenAICompatibleChat(process.address, name, api_key=process.key, read_seconds=120)
        held = psutil.Process(process.pid)
        runs = [_asked(chat, held, _prompt(process, seed)) for seed in range(rounds)]
        memory = held.memory_info().rss
    finally:
        process.end()
    firsts, cpu, speeds = zip(*runs, strict=True)
    return iter((loaded, median(firsts), max(firsts), median(cpu), median(speeds), memory / _MIB))


def _asked(
    chat: OpenAICompatibleChat, held: psutil.Process, text: str
) -> tuple[float, float, float]:
    """Seconds to the first token, the processor's seconds until then, tokens a second after it."""
    before, began = sum(held.cpu_times()[:2]), time.monotonic()
    pieces = chat.speak([{"role": "user", "content": text}])
    next(pieces)
    first, cpu = time.monotonic(), sum(held.cpu_times()[:2]) - before
    more = sum(1 for _ in pieces)
    return first - began, cpu, more / max(time.monotonic() - first, 1e-6)


def _prompt(process: ModelProcess, seed: int) -> str:
    """Sentences of so many tokens, by the model's own count."""
    chance = random.Random(seed)
    goods = ("paper", "chairs", "lamps", "cables", "books", "pens", "desks", "screens")
    text = "Which of these was the dearest?\n"
    while _tokens(process, text) < PROMPT_TOKENS:
        text += "".join(
            f"On day {chance.randint(1, 365)} the office bought {chance.choice(goods)} for "
            f"{chance.randint(10, 990)} euros.\n"
            for _ in range(8)
        )
    return text


def _tokens(process: ModelProcess, text: str) -> int:
    answer: Any = httpx.post(
        f"{process.address}/tokenize",
        json={"content": text},
        headers={"Authorization": f"Bearer {process.key}"},
        timeout=30.0,
        trust_env=False,
    ).json()
    return len(answer["tokens"])
