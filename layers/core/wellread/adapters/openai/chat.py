"""Answers from any server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp, ..."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import httpx

from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    ModelLateError,
    ModelUnavailableError,
)
from wellread.wire.streamed_completions import UnusableAnswerError, read_pieces, spoken

_CONNECT_SECONDS = 5.0
_MAX_BYTES = 4 * 1024 * 1024
_LATE = (
    "it was silent for too long; it may be loading. Try again in a minute, choose a smaller model, "
    "or raise WELLREAD_MODEL_FIRST_TOKEN_SECONDS"
)
_ANOTHER_MODEL = (
    "Look into the server's log; if it goes on, choose another model with WELLREAD_MODEL"
)


class OpenAICompatibleChat:
    """A `Chat` behind an OpenAI-compatible URL.

    Args:
        base_url: With or without `/v1` and a slash at the end.
        model: The model's name as the server knows it.
        api_key: Sent as a bearer token where given.
        read_seconds: How long to wait for the next byte; the model may have to be loaded first.
        new_client: Makes the HTTP client for one answer; the default uses the proxies of the
            environment, except to reach this machine.

    Raises:
        InvalidConfigurationError: The URL is none.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        read_seconds: float = 20.0,
        new_client: Callable[[], httpx.Client] | None = None,
    ) -> None:
        """Remember whom to ask; nothing is sent yet."""
        self._url = _completions_url(base_url)
        # Not the whole URL: it may hold a password or a key.
        self._server = f"{self._url.scheme}://{self._url.netloc.decode('ascii')}"
        self._model = model
        self._headers = {"Accept": "text/event-stream, application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {_usable_key(api_key)}"
        self._read_seconds = read_seconds
        self._new_client = new_client or self._default_client

    @property
    def name(self) -> str:
        return self._model

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Pieces of the reply to chat messages as they come; it can be stopped amid a wait.

        Raises:
            ModelUnavailableError: There is no whole reply, for whatever reason.
        """
        return _Reply(partial(self._pieces, messages))

    def _pieces(
        self, messages: Sequence[Mapping[str, str]], began: Callable[[httpx.Client], None]
    ) -> Iterator[str]:
        payload = {
            "model": self._model,
            "messages": messages,
            "stream": True,
            "temperature": 0,
        }
        try:
            with self._new_client() as client:
                began(client)
                request = client.stream("POST", self._url, json=payload, headers=self._headers)
                with request as response:
                    yield from spoken(read_pieces(_chunks(response)))
        except httpx.TimeoutException as exc:
            raise ModelLateError(self._failed(_LATE)) from exc
        except _FAILURES as exc:
            raise ModelUnavailableError(self._failed(self._words_for(exc))) from exc

    def _words_for(self, exc: Exception) -> str:
        match exc:
            case UnusableAnswerError():
                return f"{exc}. {_ANOTHER_MODEL}"
            case _StatusError():
                return _words_for_status(exc.status, self._model)
            case _:
                return (
                    f"it cannot be reached or broke off ({type(exc).__name__}). Check that it is "
                    "running and that WELLREAD_MODEL_URL is right"
                )

    def _failed(self, words: str) -> str:
        return f"The model {self._model} at {self._server} did not answer: {words}."

    def _default_client(self) -> httpx.Client:
        seconds = self._read_seconds
        return httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds)),
            trust_env=not _is_this_machine(self._url.host),
        )


class _StatusError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


# Beside what the client raises for a request: what it raises for the environment's proxy settings
# (ValueError, ImportError), and when it is closed amid a read (RuntimeError, OSError).
_FAILURES = (
    UnusableAnswerError,
    _StatusError,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    ImportError,
    OSError,
    RuntimeError,
    ValueError,
)


class _Reply:
    """A reply's pieces, which `stop` ends from any thread, also amid a read."""

    def __init__(self, begin: Callable[[Callable[[httpx.Client], None]], Iterator[str]]) -> None:
        self._clients: list[httpx.Client] = []
        self._pieces = begin(self._clients.append)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._pieces)

    def stop(self) -> None:
        for client in self._clients:
            with contextlib.suppress(Exception):  # another thread may be closing the connection
                client.close()


def _chunks(response: httpx.Response) -> Iterator[bytes]:
    if response.status_code != httpx.codes.OK:
        raise _StatusError(response.status_code)
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > _MAX_BYTES:
            raise UnusableAnswerError("it sends more than an answer can be")
        yield chunk


def _completions_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidConfigurationError(
            "WELLREAD_MODEL_URL is not an http or https URL. Set it to an OpenAI-compatible "
            "server, for example http://127.0.0.1:11434/v1."
        )
    path = url.path.rstrip("/").removesuffix("/chat/completions")
    if not re.search(r"/v\d\w*(/|$)", path):
        path += "/v1"
    return url.copy_with(path=f"{path}/chat/completions")


def _usable_key(api_key: str) -> str:
    key = api_key.strip()
    if not key.isascii() or not key.isprintable():
        raise InvalidConfigurationError(
            "WELLREAD_MODEL_KEY has characters that no key has. Copy it again."
        )
    return key


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _words_for_status(status: int, model: str) -> str:
    words = {
        400: "it refused the request (400); perhaps the model's context is too short for the "
        "passages. Lower WELLREAD_PASSAGES, or choose a model with a longer context",
        401: "it wants another key (401). Set WELLREAD_MODEL_KEY",
        403: "it does not allow this (403). Check WELLREAD_MODEL_KEY and what it permits",
        404: f"it knows no such model, or the address is wrong (404). Check WELLREAD_MODEL_URL "
        f'and WELLREAD_MODEL; with Ollama, fetch the model: ollama pull "{model}"',
        413: "the passages are too long for it (413). Lower WELLREAD_PASSAGES",
        429: "it is busy or its quota is used up (429). Try again in a minute",
    }
    if status in words:
        return words[status]
    kind = "failed" if status >= httpx.codes.INTERNAL_SERVER_ERROR else "refused the request"
    return f"it {kind} ({status}). Look into its log and check WELLREAD_MODEL_URL"
