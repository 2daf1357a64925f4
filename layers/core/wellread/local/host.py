"""The laptop host: watches the folder and drives the handlers, until it is stopped."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import watchfiles

from wellread import bootstrap
from wellread.adapters.embedded.sqlite_queue import QueueMessage
from wellread.bootstrap import embedded
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import TransientError, WellreadError
from wellread.local.lambda_runtime import LocalContext, sqs_event
from wellread.local.lock import check_readable
from wellread.local.queue_work import QueueWork, queue_work

logger = logging.getLogger(__name__)

_VISIBILITY_SECONDS = 900.0
_IDLE_SECONDS = 0.2
_SCAN_SECONDS = 5.0
_SETTLING_SCAN_SECONDS = 0.5
_SWEEP_SECONDS = 900.0
_ANNOUNCED_TOGETHER = 100
_LEAST_FREE_BYTES = 20_000_000
_SAY_AGAIN_SECONDS = 600.0
_STOPPING_SECONDS = 10.0


class LocalHost:
    """Watcher, workers and maintenance over the services on one machine."""

    def __init__(
        self,
        services: embedded.EmbeddedServices,
        *,
        say: Callable[[str], object] = logger.warning,
        work: Sequence[QueueWork] | None = None,
        stopping_seconds: float = _STOPPING_SECONDS,
        idle_seconds: float = _IDLE_SECONDS,
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            services: What to drive.
            say: Takes sentences that the person who runs the host should read.
            work: The queues to work off; all of them where not given.
            stopping_seconds: How long `stop` waits for work in hand.
            idle_seconds: How soon what another process enqueued, or what was postponed, is seen.
        """
        self._services = services
        self._adapters = services.adapters
        self._say = say
        self._queues = {each.function: each for each in work or queue_work(services)}
        self._stopping_seconds = stopping_seconds
        self._idle_seconds = idle_seconds
        self._stop = threading.Event()
        self._scan_now = threading.Event()
        self._work = threading.Condition()
        self._woken = 0
        self._threads: list[threading.Thread] = []
        self._said: dict[str, float] = {}
        self._sweep_at = 0.0
        self._outdated_after: str | None = ""
        for each in self._queues.values():
            each.queue.sent = self._wake_workers

    def start(self) -> None:
        """Begin to watch and work.

        Raises:
            InvalidDataFolderError: The documents folder cannot be read.
            InvalidConfigurationError: The embedder cannot be used.
        """
        check_readable(self._services.settings)
        # Loaded now, so that what is wrong with it is said now, and no asker waits for it.
        self._services.choice.wanted().embed_question("ready")
        bootstrap.install(self._services)
        for work in self._queues.values():
            work.queue.release_all()
        self._adapters.ledger.release_all()
        self._run("watch", self._watch)
        self._run("scan", self._scan)
        for work in self._queues.values():
            for number in range(work.workers):
                self._run(f"{work.function}-{number}", self._worker(work.function))
        self._run("maintain", self._maintain)

    def stop(self) -> None:
        """Stop; work in hand is finished or delivered again at the next start."""
        self._stop.set()
        self._scan_now.set()
        self._wake_workers()
        deadline = time.monotonic() + self._stopping_seconds
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
        return all(work.queue.depth() == 0 for work in self._queues.values())

    def _wake_workers(self) -> None:
        with self._work:
            self._woken += 1
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

    def _worker(self, function: str) -> Callable[[], None]:
        def loop() -> None:
            woken = self._woken
            while not self._stop.is_set():
                if not self.deliver_next(function):
                    self._idle(woken)
                woken = self._woken

        return loop

    def _idle(self, woken: int) -> None:
        """Wait for a while, unless workers were woken since, or are."""
        with self._work:
            self._work.wait_for(lambda: self._woken != woken, self._idle_seconds)

    def deliver_next(self, function: str) -> bool:
        """Deliver what is next in a function's queue to it. Returns whether there was anything."""
        work = self._queues[function]
        messages = work.queue.receive(
            work.batch, _VISIBILITY_SECONDS, window_seconds=work.window_seconds
        )
        if messages:
            self._deliver(work, messages)
        return bool(messages)

    def _deliver(self, work: QueueWork, messages: Sequence[QueueMessage]) -> None:
        shown = [
            # Nothing works at present, so this delivery is not to be the one that ends it.
            replace(message, receive_count=work.policy.max_deliveries - 1)
            if self._is_last(work, message) and self._spares(work)
            else message
            for message in messages
        ]
        result = work.handler(sqs_event(work.queue.name, shown), LocalContext(work.function))
        failed = {failure["itemIdentifier"] for failure in result["batchItemFailures"]}
        done = [message for message in messages if message.id not in failed]
        if done:
            self._insist(lambda: work.queue.delete(done))
        for message in messages:
            if message.id in failed:
                self._go_on_with(work, message)

    def _go_on_with(self, work: QueueWork, message: QueueMessage) -> None:
        """Deliver a message again that failed, or give it up."""
        queue, pauses = work.queue, work.policy.delivered_again_seconds
        delay = pauses[min(message.receive_count, len(pauses)) - 1]
        postponed = self._adapters.redelivery.postponed(queue.name, message.receipt)
        if work.awaited:
            # What the function said; of ingest's it has a stack in mind.
            delay = max(delay, postponed)
        if not self._is_last(work, message) or self._spares(work):
            self._insist(lambda: queue.release(message, delay))
        elif work.awaited:
            self._tell_in_vain(work, message, delay)
        # In this order: a host that dies in between delivers the message once more, and is done.
        elif self._insist(lambda: work.give_up(message.body)):
            self._insist(lambda: queue.bury(message))

    def _tell_in_vain(self, work: QueueWork, message: QueueMessage, delay: float) -> None:
        """Give up a message that somebody waits for; the worker does not wait until it can."""
        try:
            work.give_up(message.body)
        except TransientError as error:
            later = max(delay, error.retry_after)
            self._insist(lambda: work.queue.release(message, later))
        else:
            self._insist(lambda: work.queue.delete([message]))

    def _is_last(self, work: QueueWork, message: QueueMessage) -> bool:
        return work.policy.is_last(message.receive_count)

    def _spares(self, work: QueueWork) -> bool:
        """Whether an outage is a reason not to give up on a message."""
        return not work.awaited and self._outage()

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
        """Go over to another embedder or recipe where one is wanted; sweep; tell of odd access."""
        while not self._stop.is_set():
            if time.monotonic() >= self._sweep_at:
                self._sweep_at = time.monotonic() + _SWEEP_SECONDS
                self._services.sweeping.sweep()
                self._adapters.ledger.sweep()
                self._adapters.held.sweep()
                self._adapters.database.write_back()
            for warning in self._services.access_review.warnings():
                self._say_once(warning)
            if self._outdated_after is not None and self.idle():
                reconciliation = self._services.reconciliation
                self._outdated_after = reconciliation.take_up_outdated(self._outdated_after)
                self._wake_workers()
            if not self._services.reembedding.step():
                self._stop.wait(5.0)
