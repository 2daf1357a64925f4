"""`wellread freshness`: how long until a dropped file answers, and a deleted one no longer does."""

from __future__ import annotations

import json
import math
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import click

from wellread.bootstrap.embedded import EmbeddedServices, documents_folder
from wellread.domain.access.scope import EVERYONE, Operator, Scope
from wellread.domain.ask.questions import Asker, AskerId, Mode, Question
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError, NotFoundError, WellreadError
from wellread.local.deployed import DeployedApi, StackOutputs, deployed_client, told_in_words
from wellread.local.host import LocalHost
from wellread.local.lock import HostLock
from wellread.local.logs import log_to
from wellread.settings import Settings, load_settings

_PREFIX = "wellread-freshness"
_POLL_SECONDS = 0.1
_OVER_BUDGET_EXIT = 1


@dataclass(frozen=True, slots=True)
class Said:
    """What a reply comes down to here."""

    answer: str
    cited: frozenset[str]


class KnowledgeBase(Protocol):
    """Something that documents are dropped into and that answers."""

    def put(self, key: str, content: bytes) -> None:
        """Put a document into the folder or bucket."""

    def delete(self, key: str) -> None:
        """Delete a document from the folder or bucket."""

    def is_indexed(self, key: str) -> bool:
        """Whether it says that it has the document: cheaper than a question, and not counted."""

    def ask(self, question: str) -> Said | None:
        """Ask; None where it may be asked again in a moment."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One document that is dropped, asked about and deleted."""

    key: str
    name: str
    word: str

    @classmethod
    def new(cls) -> Probe:
        """A document unlike any other."""
        name = "Q" + secrets.token_hex(4)
        return cls(f"{_PREFIX}/{name}.md", name, secrets.token_hex(5))

    @property
    def content(self) -> bytes:
        """The document."""
        return (
            f"# The lighthouse {self.name}\n\n"
            f"The access word of the lighthouse {self.name} is {self.word}.\n"
        ).encode()

    @property
    def question(self) -> str:
        """What only this document answers."""
        return f"What is the access word of the lighthouse {self.name}?"

    def answered_by(self, said: Said | None) -> bool:
        """Whether a reply is this document's."""
        return said is not None and self.word in said.answer and self.key in said.cited


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds that something took, one a probe.

    Attributes:
        missed: Probes for which it had not happened when the time was over.
    """

    seconds: tuple[float, ...]
    missed: int

    def percentile(self, share: float) -> float | None:
        """The nearest-rank percentile; None where nothing was measured."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "probes": len(self.seconds) + self.missed,
            "missed": self.missed,
            "p50": self.percentile(0.5),
            "p95": self.percentile(0.95),
            "mean": statistics.fmean(self.seconds) if self.seconds else None,
        }


@click.command()
@click.option("--probes", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--together", is_flag=True, help="Drop all probes at once instead of in turn.")
@click.option(
    "--wait",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="Seconds after which a probe counts as missed.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0),
    help="Exit with 1 where a 95th percentile is above so many seconds, or a probe is missed.",
)
@click.option("--stack", help="Measure this deployed CloudFormation stack.")
@click.option("--bucket", help="Measure a deployed bucket. [default: WELLREAD_BUCKET]")
@click.option("--api", help="Its API's URL. [default: WELLREAD_API_URL]")
@click.option(
    "--authorization",
    help="The API's Authorization header; without one requests are signed. "
    "[default: WELLREAD_API_AUTHORIZATION]",
)
@click.option("--data", type=click.Path(path_type=Path), help="Measure this data folder's host.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def freshness(
    probes: int,
    together: bool,
    wait: float,
    budget: float | None,
    stack: str | None,
    bucket: str | None,
    api: str | None,
    authorization: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Measure put → answerable and delete → unsearchable.

    Without options, on a host of its own in a temporary folder; with --data on the folder of a
    running host; with --stack (or --bucket and --api) on a deployed stack.
    """
    settings = load_settings(data=data)
    with ExitStack() as closing:
        if stack or bucket or api or (data is None and settings.bucket and settings.api_url):
            place = _deployed(settings, stack, bucket, api, authorization)
        else:
            place = closing.enter_context(_on_this_machine(settings, own=data is None))
        put, deleted = measure(place, probes, together=together, wait_seconds=wait)
    if as_json:
        click.echo(json.dumps({"put": put.as_json(), "delete": deleted.as_json()}, indent=2))
    else:
        click.echo(_line("put → answerable", put))
        click.echo(_line("delete → unsearchable", deleted))
    late = any(
        each.missed or (budget is not None and (each.percentile(0.95) or 0.0) > budget)
        for each in (put, deleted)
    )
    if late and (budget is not None or put.missed or deleted.missed):
        sys.exit(_OVER_BUDGET_EXIT)


def measure(
    place: KnowledgeBase,
    probes: int,
    *,
    together: bool,
    wait_seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Delays, Delays]:
    """Drop, ask, delete, ask.

    Returns:
        How long each took until it showed: the drops, then the deletions.
    """
    every = [Probe.new() for _ in range(probes)]
    groups = [every] if together else [[probe] for probe in every]
    dropped: list[Delays] = []
    deleted: list[Delays] = []

    def until(group: Sequence[Probe], begin: Callable[[Probe], None], *, answered: bool) -> Delays:
        begun: dict[Probe, float] = {}
        took: dict[Probe, float] = {}
        for probe in group:
            begun[probe] = clock()
            begin(probe)
        while waiting := [
            probe for probe in group if probe not in took and clock() - begun[probe] < wait_seconds
        ]:
            for probe in waiting:
                if place.is_indexed(probe.key) is not answered:
                    continue
                said = place.ask(probe.question)
                if said is not None and probe.answered_by(said) is answered:
                    took[probe] = clock() - begun[probe]
            sleep(_POLL_SECONDS)
        return Delays(tuple(took.values()), len(group) - len(took))

    for group in groups:
        try:
            dropped.append(
                until(group, lambda probe: place.put(probe.key, probe.content), answered=True)
            )
        finally:
            deleted.append(until(group, lambda probe: place.delete(probe.key), answered=False))
    return _joined(dropped), _joined(deleted)


def _joined(parts: Sequence[Delays]) -> Delays:
    return Delays(
        tuple(seconds for part in parts for seconds in part.seconds),
        sum(part.missed for part in parts),
    )


def _line(what: str, delays: Delays) -> str:
    p50, p95 = delays.percentile(0.5), delays.percentile(0.95)
    figures = "nothing measured" if p50 is None else f"p50 {p50:.2f} s, p95 {p95:.2f} s"
    missed = f", {delays.missed} missed" if delays.missed else ""
    return f"{what}: {figures} ({len(delays.seconds)} probes{missed})"


class _DeployedKnowledgeBase:
    """A bucket and an API."""

    def __init__(self, s3: Any, bucket: str, api: DeployedApi) -> None:
        self._s3, self._bucket, self._api = s3, bucket, api

    def put(self, key: str, content: bytes) -> None:
        with told_in_words("bucket", self._bucket, "WELLREAD_BUCKET"):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)

    def delete(self, key: str) -> None:
        with told_in_words("bucket", self._bucket, "WELLREAD_BUCKET"):
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def is_indexed(self, key: str) -> bool:
        return self._api.status(key) == DocumentStatus.INDEXED

    def ask(self, question: str) -> Said | None:
        reply: Mapping[str, Any] | None = self._api.ask(question)
        if reply is None:
            return None
        return Said(reply["answer"], frozenset(c["document"] for c in reply["citations"]))


def _deployed(
    settings: Settings,
    stack: str | None,
    bucket: str | None,
    api: str | None,
    authorization: str | None,
) -> KnowledgeBase:
    outputs = StackOutputs.of(stack) if stack else None
    bucket = bucket or (outputs and outputs.bucket) or settings.bucket
    api = api or (outputs and outputs.api_url) or settings.api_url
    if not bucket or not api:
        raise InvalidConfigurationError(
            "A deployed stack is measured by its bucket and its API: name --stack, or --bucket and "
            "--api (or WELLREAD_BUCKET and WELLREAD_API_URL)."
        )
    header = authorization
    if header is None and settings.api_authorization is not None:
        header = settings.api_authorization.get_secret_value()
    return _DeployedKnowledgeBase(deployed_client("s3"), bucket, DeployedApi(api, header))


class _LocalKnowledgeBase:
    """A documents folder, and the services beside its host."""

    def __init__(self, settings: Settings) -> None:
        self._root = documents_folder(settings)
        self._services = EmbeddedServices(settings)
        self._asker = Asker(AskerId("freshness"), Scope.of(EVERYONE))

    def close(self) -> None:
        self._services.close()

    def put(self, key: str, content: bytes) -> None:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def delete(self, key: str) -> None:
        (self._root / key).unlink()

    def is_indexed(self, key: str) -> bool:
        try:
            shown = self._services.documents.show(Operator(), DocumentId(key))
        except NotFoundError:
            return False
        return shown.status is DocumentStatus.INDEXED

    def ask(self, question: str) -> Said | None:
        try:
            reply = self._services.answering.answer(Question(question, self._asker, Mode.RAG))
        except WellreadError:
            return None
        return Said(reply.text, frozenset(str(c.document) for c in reply.citations))


@contextmanager
def _on_this_machine(settings: Settings, *, own: bool) -> Iterator[KnowledgeBase]:
    with ExitStack() as closing:
        if own:
            folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="wellread-")))
            settings = settings.model_copy(
                update={"data": folder, "documents": folder / "documents"}
            )
            documents_folder(settings).mkdir()
            log_to(settings.data)
            host = LocalHost(EmbeddedServices(settings))
            closing.callback(host.stop)
            host.start()
        elif not HostLock.is_held(settings.data):
            raise InvalidConfigurationError(
                f"Nothing serves the data folder {str(settings.data)!r}: start `wellread serve` "
                "first, or leave --data out to measure in a temporary folder."
            )
        log_to(settings.data)
        place = _LocalKnowledgeBase(settings)
        closing.callback(place.close)
        yield place
