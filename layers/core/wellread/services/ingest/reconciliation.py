"""Comparing bucket, registry and index, and having repaired what events missed.

`check` looks at some keys of the bucket, for a Distributed Map over all of them; `page` goes
through all three side by side in key order. Both only ask for repairs, through the queues that do
the work anyway, and may be run again at any point. Each leaves what it found as a piece of the
run, from which `report` makes the whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wellread.domain.ingest.reconcile_report import as_markdown
from wellread.domain.ingest.reconciliation import Difference, Observed, Patience, Tally, difference
from wellread.domain.ingest.records import ChangeHint, DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import (
    DocumentId,
    ObjectVersion,
    is_document_key,
    is_sidecar_key,
)
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.index import IndexedDocument, Inventoried
from wellread.ports.operations import Clock, ReportStore
from wellread.services.access.sidecars import read_sidecar
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.ingest.reconcile_page import Page, read_page, writes_of
from wellread.services.knowledge.registry_records import every_record

logger = logging.getLogger(__name__)

PAGE_DOCUMENTS = 500
"""Documents in a page: well within a function's time, whatever has to be looked at twice."""

REPORT_JSON, REPORT_TEXT = "report.json", "report.md"
_CHECK, _PAGE = "check-", "page-"

_HINTS = (
    Difference.MISSING,
    Difference.STALE,
    Difference.GHOST,
    Difference.SIDECAR,
    Difference.STUCK,
    Difference.INTERNAL,
)
_OUTDATED_A_PAGE = 100
"""So few of a page are read anew in a run that what is dropped meanwhile need not wait for long."""

_BUILDS = (Difference.CHUNKS_MISSING, Difference.CHUNKS_DOUBLED)


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """What a run came to.

    Attributes:
        tally: Of the pages.
        checked: Of the checks before them, if any.
        text: The report for a person, markdown.
        place: Where it is kept.
    """

    run: str
    tally: Tally
    checked: Tally
    text: str
    place: str


@dataclass(slots=True)
class _Repairs:
    """What to ask for once a part was compared."""

    hints: list[DocumentId] = field(default_factory=list)
    again: list[DocumentId] = field(default_factory=list)
    sweeps: list[DocumentId] = field(default_factory=list)
    outdated: list[DocumentId] = field(default_factory=list)


class Reconciliation:
    """Makes registry and index equal the bucket again."""

    def __init__(
        self,
        ports: IngestionPorts,
        reports: ReportStore,
        *,
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        """Compare what these ports hold.

        Args:
            ports: What ingest works on.
            reports: Where pieces and reports go.
            clock: The time.
            patience: How long things may take.
        """
        self._ports = ports
        self._reports = reports
        self._clock = clock
        self._patience = patience or Patience()

    def run(self, run: str) -> ReconcileReport:
        """A whole run, page by page: for a knowledge base of a laptop's size."""
        after: str | None = ""
        while after is not None:
            after = self.page(after, run=run)
        return self.report(run)

    def check(self, keys: Sequence[str], *, run: str) -> Tally:
        """Compare some of the bucket's keys, documents' or sidecars', with the registry.

        The index is left to the pages, which come to every document of it too: what it lacks is
        built again whenever somebody asks, so two that ask would have it built twice.

        Raises:
            TransientError: Try again; nothing is lost.
        """
        sidecars = {ChangeHint(key).document for key in keys if is_sidecar_key(key)}
        documents = sorted(
            document
            for document in {ChangeHint(key).document for key in keys}
            if is_document_key(document)
        )
        records = self._ports.registry.get_many(documents)
        tally = Tally()
        repairs = _Repairs()
        for document in documents:
            record = records.get(document)
            version, refused = self._current(document)
            seen = Observed(
                document,
                version,
                record,
                writes=None,
                sidecar_differs=document in sidecars and self._sidecar_differs(document, record),
                refused=refused,
            )
            self._compare(seen, tally, repairs)
        self._finish(tally, repairs, run, _CHECK, "\n".join(keys))
        return tally

    def take_up_stuck(self, *, run: str) -> Tally:
        """Have the documents taken up that should have come to an end: few, so every hour.

        Nothing but the registry is looked at: whoever takes one up sees what is to be done.

        Raises:
            TransientError: Try again; nothing is lost.
        """
        tally = Tally()
        repairs = _Repairs()
        for status in (DocumentStatus.RECEIVED, DocumentStatus.PROCESSING):
            for record in every_record(self._ports.registry, status=status):
                found = self._unended(record)
                if found is None:
                    continue
                tally.compared += 1
                tally.saw(record)
                tally.differs(found, record.document)
                self._repair(found, record.document, repairs)
                if tally.compared % PAGE_DOCUMENTS == 0:
                    # However many there are, whoever dies over them has asked for these.
                    self._ask_for(repairs)
                    repairs = _Repairs()
        self._ask_for(repairs)
        self._keep(tally, run, _CHECK, "stuck")
        return tally

    def take_up_outdated(self, after: str, *, limit: int = 16) -> str | None:
        """Have some documents read anew that another recipe built: for a laptop with time to spare.

        Args:
            after: Where the last ones ended; empty at the beginning.
            limit: At most so many.

        Returns:
            Where these ended, None at the end of all.
        """
        found: list[DocumentId] = []
        for record in every_record(self._ports.registry, after=after):
            if record.is_outdated(str(self._ports.recipe)):
                found.append(record.document)
            if len(found) == limit:
                break
        self._ports.changes.put(found)
        return found[-1] if len(found) == limit else None

    def page(self, after: str, *, run: str, limit: int = PAGE_DOCUMENTS) -> str | None:
        """Compare what bucket, registry and index hold after a key.

        Args:
            after: Where the last page ended; empty at the beginning.
            run: The run that the page is part of.
            limit: At most so many documents of each.

        Returns:
            Where this page ended, None at the end of all.

        Raises:
            TransientError: Try again; nothing is lost.
        """
        here = read_page(self._ports, after, limit)
        tally = Tally()
        repairs = _Repairs()
        for document in here.documents():
            self._compare(self._observe(document, here), tally, repairs)
        for record in here.records.values():
            if self._patience.is_forgettable(record, self._clock()):
                tally.forgotten += 1
                repairs.sweeps.append(record.document)
        self._finish(tally, repairs, run, _PAGE, after)
        return here.horizon

    def report(self, run: str, *, broken: str = "") -> ReconcileReport:
        """Add the pieces of a run up, and keep its report.

        Args:
            run: Which.
            broken: What ended the checks before the pages, if anything did.
        """
        names = self._reports.names(run)
        checked, compared = (
            Tally.sum_of(
                json.loads(text)
                for name in names
                if name.startswith(kind) and (text := self._reports.get(run, name))
            )
            for kind in (_CHECK, _PAGE)
        )
        text = as_markdown(compared, checked, run=run, finished_at=self._clock(), broken=broken)
        whole = {"run": run, **compared.as_json(), "checked": checked.as_json()}
        self._reports.put(run, REPORT_JSON, json.dumps(whole, indent=1))
        place = self._reports.put(run, REPORT_TEXT, text)
        logger.info(
            "reconciled",
            extra={"compared": compared.compared, "differences": compared.differences},
        )
        self._ports.meter.add(Metric.RECONCILE_DIFFERENCES, compared.differences)
        return ReconcileReport(run, compared, checked, text, place)

    def _observe(self, document: DocumentId, here: Page) -> Observed:
        record = here.records.get(document)
        told = record is not None and not record.deleted and record.sidecar is not None
        return Observed(
            document,
            version=here.versions.get(document),
            record=record,
            writes=writes_of(document, here.indexed),
            sidecar_differs=(told or here.may_have_sidecar(document))
            and self._sidecar_differs(document, record),
            recipe=str(self._ports.recipe),
        )

    def _compare(self, seen: Observed, tally: Tally, repairs: _Repairs) -> None:
        """Count a document, and what is to be done about it."""
        tally.compared += 1
        now = self._clock()
        found = difference(seen, now, self._patience)
        if found not in (None, Difference.MISSING, Difference.OUTDATED):
            # The three were not read at one moment: only what still differs, differs.
            looked = self._look(seen)
            found = difference(looked, now, self._patience) if looked else None
            seen = looked or seen
        if seen.record is not None:
            tally.saw(seen.record)
        if found is not None:
            tally.differs(found, seen.document)
            self._repair(found, seen.document, repairs)

    def _look(self, seen: Observed) -> Observed | None:
        """The same document once more; None where it is being changed at this moment."""
        document = seen.document
        before = self._ports.registry.get(document)
        inventory = None if seen.writes is None else self._inventory_of([document])
        version, refused = self._current(document)
        differs = seen.sidecar_differs and self._sidecar_differs(document, before)
        record = self._ports.registry.get(document)
        if (before.generation if before else 0) != (record.generation if record else 0):
            return None
        writes = writes_of(document, inventory)
        return Observed(document, version, record, writes, differs, refused, seen.recipe)

    def _current(self, document: DocumentId) -> tuple[ObjectVersion | None, FailureCode | None]:
        """What the bucket holds, or why it would not say."""
        try:
            return self._ports.store.current(document), None
        except DocumentError as error:
            return None, error.code

    def _sidecar_differs(self, document: DocumentId, record: DocumentRecord | None) -> bool:
        if record is None or record.deleted:
            return False
        return read_sidecar(self._ports.store, document) != record.sidecar

    def _inventory_of(
        self, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, IndexedDocument] | None:
        index = self._ports.index
        return index.inventory_of(documents) if isinstance(index, Inventoried) else None

    def _repair(self, found: Difference, document: DocumentId, repairs: _Repairs) -> None:
        if found in _BUILDS:
            repairs.again.append(document)
        elif found in _HINTS:
            repairs.hints.append(document)
        elif found is Difference.OUTDATED:
            repairs.outdated.append(document)
        else:
            repairs.sweeps.append(document)

    def _unended(self, record: DocumentRecord) -> Difference | None:
        now = self._clock()
        if self._patience.is_hopeless(record, now):
            return Difference.GIVEN_UP
        return Difference.STUCK if self._patience.is_taken_up(record, now) else None

    def _finish(self, tally: Tally, repairs: _Repairs, run: str, kind: str, part: str) -> None:
        """Ask for the repairs, then keep what was found."""
        self._ask_for(repairs)
        self._keep(tally, run, kind, part)

    def _ask_for(self, repairs: _Repairs) -> None:
        changes = self._ports.changes
        if hints := [*repairs.hints, *repairs.outdated[:_OUTDATED_A_PAGE]]:
            changes.put(hints)
        if repairs.again:
            changes.put(repairs.again, again=True)
        if repairs.sweeps:
            changes.sweep(list(dict.fromkeys(repairs.sweeps)), delay_seconds=0.0)

    def _keep(self, tally: Tally, run: str, kind: str, part: str) -> None:
        # The same part once more, after a time-out say, takes the piece's place.
        digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()
        self._reports.put(run, f"{kind}{digest[:32]}.json", json.dumps(tally.as_json()))
