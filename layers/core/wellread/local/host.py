"""The laptop host: watches the folder and drives the handlers, until it is stopped."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import filelock
import watchfiles

from wellread import bootstrap
from wellread.adapters.embedded.sqlite_queue import QueueMessage, SqliteQueue
from wellread.bootstrap import embedded
from wellread.bootstrap.embedded import CHANGE_QUEUE, CHUNK_QUEUE
from wellread.domain.ingest.records import MAX_DELIVERIES, document_of_message
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidDataFolderError, TransientError, WellreadError
from wellread.local.lambda_runtime import (
    Handler,
    LocalContext,
    load_handler,
    sqs_event,
)
from wellread.local.private import make_private
from wellread.settings import Settings

logger = logging.getLogger(__name__)

LOCK_NAME = "host.lock"

_VISIBILITY_SECONDS = 900.0
_IDLE_SECONDS = 0.2
_RETRY_SECONDS = (1.0, 5.0, 20.0, 60.0)
_SCAN_SECONDS = 5.0
_SETTLING_SCAN_SECONDS = 0.5
_SWEEP_SECONDS = 900.0
_ANNOUNCED_TOGETHER = 100
_LEAST_FREE_BYTES = 20_000_000
_SAY_AGAIN_SECONDS = 600.0
_STOPPING_SECONDS = 10.0


class HostLock:
    """One host a data folder, enforced by a file lock that dies with its process."""

    def __init__(self, data: Path) -> None:
        """Nothing is locked yet."""
        self._data = data
        # `is_held` has the lock for a moment.
        self._lock = filelock.FileLock(data / LOCK_NAME, timeout=0.5)

    def __enter__(self) -> Self:
        """Lock the folder.

        Raises:
            InvalidDataFolderError: Another host has it, or the folder cannot be written.
        """
        try:
            self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
            make_private(self._data)
        except filelock.Timeout:
            raise InvalidDataFolderError(
                f"Another wellread is serving the data folder {str(self._data)!r}. Stop it first, "
                "or choose another folder with --data. (`wellread ask`, `status` and `documents` "
                "work beside it.)"
            ) from None
        except FileExistsError as error:
            raise _no_folder("data", self._data) from error
        except OSError as error:
            raise InvalidDataFolderError(
                f"The data folder {str(self._data)!r} cannot be written ({error.strerror}). "
                "Choose another with --data, or mend its permissions."
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the folder."""
        self._lock.release()

    @classmethod
    def is_held(cls, data: Path) -> bool:
        """Whether some host serves a data folder now."""
        if not (data / LOCK_NAME).exists():
            return False
        lock = filelock.FileLock(data / LOCK_NAME, timeout=0)
        try:
            lock.acquire()
        except (filelock.Timeout, OSError):
            return True
        lock.release()
        return False


class LocalHost:
    """Watcher, workers and maintenance over one embedded stack."""

    def __init__(
        self, services: embedded.EmbeddedServices, *, say: Callable[[str], object] = logger.warning
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            services: What to drive.
            say: Takes sentences that the person who runs the host should read.
        """
        self._services = services
        self._adapters = services.adapters
        self._say = say
        self._stop = threading.Event()
        self._scan_now = threading.Event()
        self._work = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._said: dict[str, float] = {}
        self._sweep_at = 0.0

    def start(self) -> None:
        """Begin to watch and work.

        Raises:
            InvalidDataFolderError: The documents folder cannot be read.
            InvalidConfigurationError: The embedder cannot be used.
        """
        _check_readable(self._services.settings)
        # Loaded now, so that what is wrong with it is said now, and no asker waits for it.
        self._services.choice.wanted().embed_question("ready")
        bootstrap.install(self._services)
        for queue in self._adapters.queues.values():
            queue.release_all()
        self._run("watch", self._watch)
        self._run("scan", self._scan)
        chunk, embed = load_handler("chunk"), load_handler("embed")
        changes, chunks = (self._adapters.queues[name] for name in (CHANGE_QUEUE, CHUNK_QUEUE))
        for number in range(2):
            self._run(f"chunk-{number}", self._worker(changes, chunk, "chunk"))
        for number in range(embed_workers(self._services.settings)):
            self._run(f"embed-{number}", self._worker(chunks, embed, "embed"))
        self._run("maintain", self._maintain)

    def stop(self) -> None:
        """Stop; work in hand is finished or delivered again at the next start."""
        self._stop.set()
        self._scan_now.set()
        self._wake_workers()
        deadline = time.monotonic() + _STOPPING_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        self._services.close()
        if not any(thread.is_alive() for thread in self._threads):
            # A handler that still runs must not build services of its own.
            bootstrap.install(None)

    def drop(self, name: str, data: bytes) -> DocumentId:
        """Put a file into the documents folder, as somebody who copies it there would.

        Returns:
            Its document, which is received by then.

        Raises:
            DocumentError: It cannot be a document, and why.
            StorageFullError: The disk is full.
        """
        self._adapters.store.put(name, data)
        # The next scan announces it once more; a hint too many changes nothing.
        self._services.ingestion.receive(name)
        self._adapters.changes.put([name])
        self._wake_workers()
        return DocumentId(name)

    def scan(self) -> int:
        """Find what changed in the folder and enqueue it. Returns how many keys."""
        folder = self._adapters.store
        changes = folder.changes()
        for problem in folder.problems:
            self._say_once(f"{problem.path}: {problem.reason}")
        for start in range(0, len(changes), _ANNOUNCED_TOGETHER):
            some = changes[start : start + _ANNOUNCED_TOGETHER]
            # Outside of the transaction, because it reads files. What is shown as received and is
            # not enqueued, for the host died in between, is not announced: the next scan finds it.
            for change in some:
                self._services.ingestion.receive(change.key)
            with self._adapters.database.transaction():
                self._adapters.changes.put([change.key for change in some])
                folder.announce(some)
            self._wake_workers()
        return len(changes)

    def settling(self) -> bool:
        """Whether files are left for the next scan because they may still be written to."""
        return self._adapters.store.settling

    def idle(self) -> bool:
        """Whether all queues are empty."""
        return all(queue.depth() == 0 for queue in self._adapters.queues.values())

    def _wake_workers(self) -> None:
        with self._work:
            self._work.notify_all()

    def _run(self, name: str, loop: Callable[[], None]) -> None:
        def guarded() -> None:
            while not self._stop.is_set():
                try:
                    loop()
                except WellreadError as error:
                    self._say_once(str(error))
                    self._stop.wait(2.0)
                except Exception:
                    logger.exception("a thread of the host failed and starts again")
                    self._stop.wait(2.0)

        thread = threading.Thread(target=guarded, name=f"wellread-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _say_once(self, sentence: str) -> None:
        """Say it, unless it was said a short while ago."""
        now = time.monotonic()
        if now - self._said.get(sentence, -_SAY_AGAIN_SECONDS) >= _SAY_AGAIN_SECONDS:
            self._said[sentence] = now
            self._say(sentence)

    def _watch(self) -> None:
        """Turn the system's file notifications into an early scan."""
        root = embedded.documents_folder(self._services.settings)
        if not root.is_dir():
            self._stop.wait(2.0)
            return
        for _ in watchfiles.watch(
            root, stop_event=self._stop, debounce=200, step=50, raise_interrupt=False
        ):
            self._scan_now.set()

    def _scan(self) -> None:
        """Scan at once, at every notification, and every few seconds whatever they say."""
        wait = 0.0
        while not self._stop.is_set():
            notified = self._scan_now.wait(wait)
            if self._stop.is_set():
                return
            self._scan_now.clear()
            before = time.monotonic()
            root = embedded.documents_folder(self._services.settings)
            if not root.is_dir():
                # An unmounted disk looks the same: nothing is taken for deleted.
                self._say_once(
                    f"The documents folder {str(root)!r} is not there. Nothing was removed from "
                    "the index; it goes on once the folder is back."
                )
                wait = _SCAN_SECONDS
                continue
            found = self.scan()
            took = time.monotonic() - before
            # Half of the time at most, however often a large folder changes.
            self._stop.wait(took)
            if notified or found or self._adapters.store.settling:
                wait = max(_SETTLING_SCAN_SECONDS, took)
            else:
                wait = max(_SCAN_SECONDS, 10 * took)

    def _worker(self, queue: SqliteQueue, handler: Handler, name: str) -> Callable[[], None]:
        def loop() -> None:
            while not self._stop.is_set():
                if not self.deliver_next(queue, handler, name):
                    with self._work:
                        self._work.wait(_IDLE_SECONDS)

        return loop

    def deliver_next(self, queue: SqliteQueue, handler: Handler, name: str) -> bool:
        """Deliver one message to a function. Returns whether there was one."""
        messages = queue.receive(1, _VISIBILITY_SECONDS)
        for message in messages:
            self._deliver(queue, message, handler, name)
        return bool(messages)

    def _deliver(
        self, queue: SqliteQueue, message: QueueMessage, handler: Handler, name: str
    ) -> None:
        shown = message
        if message.receive_count >= MAX_DELIVERIES and self._outage():
            # Nothing works at present, so this delivery is not to be the one that ends it.
            shown = replace(message, receive_count=MAX_DELIVERIES - 1)
        result = handler(sqs_event(queue.name, [shown]), LocalContext(name))
        if not result["batchItemFailures"]:
            self._insist(lambda: queue.delete([message]))
        elif message.receive_count < MAX_DELIVERIES or self._outage():
            delay = _RETRY_SECONDS[min(message.receive_count, len(_RETRY_SECONDS)) - 1]
            self._insist(lambda: queue.release(message, delay))
        else:
            self._give_up(queue, message)

    def _give_up(self, queue: SqliteQueue, message: QueueMessage) -> None:
        """Say that a document failed, then bury its message.

        In this order: a host that dies in between delivers the message once more, and is done.
        """
        document = document_of_message(message.body)
        if document is None:
            logger.error("a message that failed names no document", extra={"queue": queue.name})
        ingestion = self._services.ingestion
        said = document is None or self._insist(lambda: ingestion.give_up(document))
        if said:
            self._insist(lambda: queue.bury(message))

    def _insist(self, write: Callable[[], object]) -> bool:
        """Write until it succeeds: a message left as taken would wait for its visibility to end.

        Returns:
            Whether it did; False where the host stops. The next start gives back what was taken.
        """
        while True:
            try:
                write()
            except TransientError as error:
                self._say_once(str(error))
                if self._stop.wait(1.0):
                    return False
            else:
                return True

    def _outage(self) -> bool:
        """Whether nothing works at present, which is no reason to give up on a document."""
        if not embedded.documents_folder(self._services.settings).is_dir():
            return True  # the scan says so
        if shutil.disk_usage(self._services.settings.data).free >= _LEAST_FREE_BYTES:
            return False
        self._say_once("The disk is full. Nothing was lost; free some space and it goes on.")
        return True

    def _maintain(self) -> None:
        """Move the index to another embedder where one is wanted; sweep; tell of odd access."""
        while not self._stop.is_set():
            if time.monotonic() >= self._sweep_at:
                self._sweep_at = time.monotonic() + _SWEEP_SECONDS
                self._services.sweeping.sweep()
                self._adapters.database.write_back()
            for warning in self._services.access_review.warnings():
                self._say_once(warning)
            if not self._services.reembedding.step():
                self._stop.wait(5.0)


def embed_workers(settings: Settings) -> int:
    """How many threads embed: all processors but one, so that questions find one free."""
    return settings.embed_workers or max(1, (os.cpu_count() or 2) - 1)


def missing_folder(root: Path) -> InvalidDataFolderError:
    """What to say of a documents folder that is not there and must not be made."""
    return InvalidDataFolderError(
        f"There is no folder {str(root)!r}. Name an existing folder with --documents, or make this "
        "one; if it is on a disk that is not connected, connect it."
    )


def _check_readable(settings: Settings) -> None:
    root = embedded.documents_folder(settings)
    try:
        if embedded.has_own_folder(settings):
            root.mkdir(parents=True, exist_ok=True)
        with os.scandir(root) as entries:
            next(entries, None)
    except FileNotFoundError as error:
        raise missing_folder(root) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise _no_folder("documents", root) from error
    except OSError as error:
        raise InvalidDataFolderError(
            f"The documents folder {str(root)!r} cannot be read ({error.strerror}). Mend its "
            "permissions, or choose another with --documents."
        ) from error


def _no_folder(kind: str, path: Path) -> InvalidDataFolderError:
    return InvalidDataFolderError(
        f"{str(path)!r} is a file, not a folder. Name the {kind} folder with --{kind}."
    )
