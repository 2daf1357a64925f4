"""A model's file from where it is to this machine: checked by its hash, going on where it stopped.

A hub (https://huggingface.co/docs/hub) answers a request for a file with a redirect whose
`X-Linked-Etag` is the file's SHA-256 and whose `X-Linked-Size` is its length.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
import httpx

from wellread.adapters.llama.sources import Source
from wellread.domain.knowledge.errors import (
    ConflictError,
    InvalidConfigurationError,
    NotFoundError,
    PermanentError,
    StorageFullError,
    TransientError,
)

_MAGIC = b"GGUF"
_BLOCK_BYTES = 1024 * 1024
_SPARE_BYTES = 256 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_AGAIN = "Run the same command again: it goes on where it stopped."

Progress = Callable[[int, int | None], None]
"""Told how many bytes are here, of how many; None where nobody said."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here and holds what it should.

    Attributes:
        path: The file.
        sha256: Of it.
        size: In bytes.
        already: Whether it was here before.
    """

    path: Path
    sha256: str
    size: int
    already: bool = False


@dataclass(frozen=True, slots=True)
class _Expected:
    url: str
    sha256: str
    size: int | None


def fetch(
    source: Source, folder: Path, progress: Progress, *, client: httpx.Client | None = None
) -> Fetched:
    """Bring a model's file into a folder, whole and checked, or not at all.

    Args:
        source: The file.
        folder: Where to keep it, as NAME.gguf; made where it is missing.
        progress: Told how far it is.
        client: Asks; the default follows no redirect away from https.

    Raises:
        NotFoundError: There is no such file.
        PermanentError: It is not what it should be.
        ConflictError: It is being fetched already, or another file has its name.
        StorageFullError: There is no room for it.
        TransientError: It broke off.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{source.name}.gguf"
    lock = filelock.FileLock(folder / f".{source.name}.lock", timeout=0)
    try:
        with lock, client or _client() as asking:
            expected = _expected(asking, source)
            if target.exists():
                return _already(target, expected)
            part = folder / f".{source.name}-{expected.sha256[:16]}.part"
            _download(asking, expected, part, progress)
            size = part.stat().st_size
            part.replace(target)
            return Fetched(target, expected.sha256, size)
    except filelock.Timeout:
        raise ConflictError(
            f"The model {source.name} is being fetched already. Wait for that to end."
        ) from None
    except httpx.HTTPError as error:
        raise TransientError(
            f"The download broke off ({type(error).__name__}). {_AGAIN}"
        ) from error
    except OSError as error:
        raise _words_for(error, folder) from error


def _client() -> httpx.Client:
    return httpx.Client(timeout=httpx.Timeout(60.0, connect=15.0), follow_redirects=False)


@contextmanager
def _asked(client: httpx.Client, url: str, start: int = 0) -> Iterator[list[httpx.Response]]:
    """The answers on the way to a file, the last one with its bytes."""
    headers = {"Range": f"bytes={start}-"} if start else {}
    # What counts and what is hashed are the bytes as they are.
    headers["Accept-Encoding"] = "identity"
    passed: list[httpx.Response] = []
    address = httpx.URL(url)
    for _ in range(6):
        with contextlib.ExitStack() as open_until_then:
            request = client.build_request("GET", address, headers=headers)
            response = client.send(request, stream=True)
            open_until_then.callback(response.close)
            passed.append(response)
            if not response.is_redirect or response.next_request is None:
                yield passed
                return
            onward = response.next_request.url
        if address.scheme == "https" and onward.scheme != "https":
            raise PermanentError("The server leads away from https, so nothing was fetched.")
        address = onward
    raise PermanentError("The server leads from one address to the next without end.")


def _expected(client: httpx.Client, source: Source) -> _Expected:
    with _asked(client, source.url) as answers:
        _refuse_status(answers[-1], source)
        said, size = _said_of(answers)
    sha256 = source.sha256 or (said if source.hub else None)
    if sha256 is None:
        raise InvalidConfigurationError(
            "The hub does not say what this file has to hold. Give --sha256, from the page that "
            "names the file."
        )
    if source.hub and said is not None and said != sha256:
        raise PermanentError(
            f"The hub has another file than was vouched for: its SHA-256 is {said}, and {sha256} "
            "was expected. Nothing was fetched; find out which is right before you use it."
        )
    return _Expected(source.url, sha256, size)


def _said_of(answers: list[httpx.Response]) -> tuple[str | None, int | None]:
    """The hash and the size of a file, as far as the answers tell."""
    sha256: str | None = None
    size: int | None = None
    for answer in answers:
        etag = answer.headers.get("X-Linked-Etag", "").removeprefix("W/").strip('"').lower()
        if _SHA256.fullmatch(etag):
            sha256 = etag
        length = answer.headers.get("X-Linked-Size", "")
        if length.isdecimal():
            size = int(length)
    length = answers[-1].headers.get("Content-Length", "")
    return sha256, size if size is not None else int(length) if length.isdecimal() else None


def _refuse_status(answer: httpx.Response, source: Source) -> None:
    status = answer.status_code
    if status in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        return
    if status in (401, 403, 404):
        raise NotFoundError(
            f"There is no such file, or not for everybody ({status}): {source.url}. Check the "
            "name; what needs a sign-in can be downloaded by hand and named by its path."
        )
    raise TransientError(f"The server refuses for now ({status}). Try again in a minute.")


def _already(target: Path, expected: _Expected) -> Fetched:
    sha256 = digest_of(target)
    if sha256 != expected.sha256:
        raise ConflictError(
            f"{str(target)!r} is another file of that name. Delete it, or move it away, and run "
            "the same command again."
        )
    return Fetched(target, sha256, target.stat().st_size, already=True)


def _download(client: httpx.Client, expected: _Expected, part: Path, progress: Progress) -> None:
    done = part.stat().st_size if part.exists() else 0
    _refuse_without_room(part.parent, expected, done)
    digest = hashlib.sha256()
    if done:
        _hash_into(digest, part)
    if done == 0 or done != expected.size:
        with _asked(client, expected.url, done) as answers:
            answer = answers[-1]
            if not _goes_on(answer, done):
                digest, done = hashlib.sha256(), 0
            _receive(answer, part, digest, done, expected, progress)
    if digest.hexdigest() != expected.sha256:
        part.unlink(missing_ok=True)
        raise PermanentError(
            f"What came is not the file that was expected: its SHA-256 is {digest.hexdigest()}, "
            f"not {expected.sha256}. It was deleted. Run the same command again; if it goes on, "
            "do not use the file."
        )


def _goes_on(answer: httpx.Response, done: int) -> bool:
    """Whether the answer begins where the last one stopped."""
    if answer.status_code == httpx.codes.OK:
        return False
    said = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status_code == httpx.codes.PARTIAL_CONTENT and said and int(said[1]) == done:
        return True
    raise TransientError(
        f"The server refuses for now ({answer.status_code}). Try again in a minute."
    )


def _receive(
    answer: httpx.Response,
    part: Path,
    digest: hashlib._Hash,
    done: int,
    expected: _Expected,
    progress: Progress,
) -> None:
    with part.open("ab" if done else "wb") as file:
        for block in answer.iter_bytes(_BLOCK_BYTES):
            if not done and not block.startswith(_MAGIC):
                part.unlink(missing_ok=True)
                raise PermanentError(
                    "What is there is no GGUF file, so nothing was fetched. Name a file that ends "
                    "in .gguf."
                )
            file.write(block)
            digest.update(block)
            done += len(block)
            if expected.size is not None and done > expected.size:
                break
            progress(done, expected.size)
    if expected.size is not None and done < expected.size:
        raise TransientError(f"The download broke off at {done} of {expected.size} bytes. {_AGAIN}")


def _refuse_without_room(folder: Path, expected: _Expected, done: int) -> None:
    needed = (expected.size or 0) - done + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageFullError(
            f"The file needs {_megabytes(needed)} MB of free disk in {str(folder)!r}, which has "
            f"{_megabytes(free)} MB. Make room, or name another folder with WELLREAD_BASE_MODELS."
        )


def _words_for(error: OSError, folder: Path) -> TransientError | PermanentError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFullError(f"The disk of {str(folder)!r} is full. Make room. {_AGAIN}")
    return InvalidConfigurationError(
        f"{str(folder)!r} cannot be written ({error.strerror}). Name another folder with "
        "WELLREAD_BASE_MODELS."
    )


def digest_of(path: Path) -> str:
    """A file's SHA-256."""
    digest = hashlib.sha256()
    _hash_into(digest, path)
    return digest.hexdigest()


def _hash_into(digest: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)


def _megabytes(size: int) -> int:
    return -(-size // 1_000_000)
