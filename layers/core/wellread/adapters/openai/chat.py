"""Answers from any server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp, ..."""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import httpx

from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    ModelLateError,
    ModelUnavailableError,
)
from wellread.wire.streamed_completions import UnusableAnswerError, read_pieces, spoken

_CONNECT_SECONDS = 5.0
_MAX_BYTES = 4 * 1024 * 1024
_ANOTHER_MODEL = (
    "Look into the server's log; if it goes on, choose another model with WELLREAD_MODEL"
)


class OpenAICompatibleChat:
    """A `Chat` behind an OpenAI-compatible URL.

    Args:
        base_url: With or without `/v1` and a slash at the end.
        model: The model's name as the server knows it.
        api_key: Sent as a bearer token where given.
        first_token_seconds: How long the model may take to begin; it may have to be loaded first.
        idle_seconds: How long it may pause amid the answer.
        total_seconds: How long the whole answer may take, however steadily it drips.
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
        first_token_seconds: float = 20.0,
        idle_seconds: float = 15.0,
        total_seconds: float = 60.0,
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
        self._first_token_seconds = first_token_seconds
        self._idle_seconds = idle_seconds
        self._total_seconds = total_seconds
        self._new_client = new_client or self._default_client

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Pieces of the reply to chat messages as they come.

        Raises:
            ModelUnavailableError: There is no whole reply, for whatever reason.
        """
        payload = {
            "model": self._model,
            "messages": messages,
            "stream": True,
            "temperature": 0,
        }
        waiting = _Waiting(self._first_token_seconds, self._idle_seconds, self._total_seconds)
        with contextlib.ExitStack() as stack:
            try:
                response = _Response(self._new_client(), waiting)
                stack.callback(response.stop)
                chunks = response.chunks(self._url, self._headers, payload)
                yield from spoken(waiting.told_of(read_pieces(chunks)))
            except httpx.TimeoutException as exc:
                raise ModelLateError(self._failed(self._words_for(exc, waiting))) from exc
            except _FAILURES as exc:
                raise ModelUnavailableError(self._failed(self._words_for(exc, waiting))) from exc

    def _words_for(self, exc: Exception, waiting: _Waiting) -> str:
        match exc:
            case UnusableAnswerError():
                return f"{exc}. {_ANOTHER_MODEL}"
            case _StatusError():
                return _words_for_status(exc.status, self._model)
            case httpx.TimeoutException() if waiting.began:
                return (
                    f"it took longer than {self._idle_seconds:g} s for the next words, or than "
                    f"{self._total_seconds:g} s for the answer. Choose a smaller model, or raise "
                    "WELLREAD_MODEL_SECONDS"
                )
            case httpx.TimeoutException():
                return (
                    f"it did not begin within {self._first_token_seconds:g} s; it may be loading. "
                    "Try again in a minute, choose a smaller model, or raise "
                    "WELLREAD_MODEL_FIRST_TOKEN_SECONDS"
                )
            case _:
                return (
                    f"it cannot be reached or broke off ({type(exc).__name__}). Check that it is "
                    "running and that WELLREAD_MODEL_URL is right"
                )

    def _failed(self, words: str) -> str:
        return f"The model {self._model} at {self._server} did not answer: {words}."

    def _default_client(self) -> httpx.Client:
        seconds = max(self._first_token_seconds, self._idle_seconds)
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


class _Waiting:
    """How long there is still to wait.

    The client's own timeouts start anew with every byte, so they alone would let a server that
    drips hold up an answer for ever.
    """

    def __init__(self, first_token: float, idle: float, total: float) -> None:
        self.began = False
        self._idle = idle
        now = time.monotonic()
        self._end = now + total
        self._next = now + first_token

    def told_of(self, pieces: Iterator[str]) -> Iterator[str]:
        """The same pieces; each is a reason to wait on."""
        for piece in pieces:
            self.began = True
            yield piece
            # After the yield: how long a reader takes is not the server's fault.
            self._next = time.monotonic() + self._idle

    def left(self) -> float:
        """Seconds until there is no more waiting.

        Raises:
            httpx.ReadTimeout: There are none.
        """
        left = min(self._next, self._end) - time.monotonic()
        if left <= 0:
            raise httpx.ReadTimeout("no time left")
        return left


class _Response:
    """A response that a thread of its own reads, so that waiting for it can end at any time."""

    def __init__(self, client: httpx.Client, waiting: _Waiting) -> None:
        self._client = client
        self._waiting = waiting
        self._stopped = threading.Event()
        self._items: queue.SimpleQueue[bytes | Exception | None] = queue.SimpleQueue()

    def chunks(self, url: httpx.URL, headers: dict[str, str], body: object) -> Iterator[bytes]:
        """Send the request; the bytes of the response as they come."""
        thread = threading.Thread(
            target=self._read, args=(url, headers, body), name="wellread-model", daemon=True
        )
        thread.start()
        while True:
            try:
                item = self._items.get(timeout=self._waiting.left())
            except queue.Empty:
                continue  # the next look at the time ends it
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    def stop(self) -> None:
        """Give the response up, also amid a read."""
        self._stopped.set()
        with contextlib.suppress(Exception):  # the thread may be closing the same connection
            self._client.close()

    def _read(self, url: httpx.URL, headers: dict[str, str], body: object) -> None:
        size = 0
        try:
            with self._client.stream("POST", url, json=body, headers=headers) as response:
                if response.status_code != httpx.codes.OK:
                    raise _StatusError(response.status_code)
                for chunk in response.iter_bytes():
                    size += len(chunk)
                    if size > _MAX_BYTES:
                        raise UnusableAnswerError("it sends more than an answer can be")
                    if self._stopped.is_set():
                        return
                    self._items.put(chunk)
            self._items.put(None)
        except Exception as exc:  # raised again where it is waited for
            self._items.put(exc)


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
