"""Effective audiences: rules and sidecars, applied to registry and index."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

from wellread.domain.access.rules import AccessRules
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.access import AccessRulesSource
from wellread.ports.index import PassageIndex, RuleAware
from wellread.ports.ingest import DocumentRegistry
from wellread.services.knowledge.registry_records import every_record, write

logger = logging.getLogger(__name__)


class Access:
    """Who may read what, now.

    The registry's and the index's audiences are what the rules said when they were last applied;
    whoever shows anything asks `audiences_of`, which is always of this moment.
    """

    def __init__(
        self, source: AccessRulesSource, registry: DocumentRegistry, index: PassageIndex
    ) -> None:
        self._source = source
        self._registry = registry
        self._index = index
        self._applied: AccessRules | None = None
        self._lock = threading.Lock()

    def audiences(self, document: DocumentId, sidecar: SidecarMetadata | None) -> frozenset[str]:
        """Who may read a document with this sidecar, by the rules of this moment.

        While the rules cannot be understood that is nobody; ingest goes on meanwhile.
        """
        try:
            return self._source.load().audiences(document, sidecar)
        except InvalidConfigurationError as error:
            logger.error("access rules are broken: nothing is shown", extra={"why": str(error)})
            self._applied = None
            return frozenset()

    def audiences_of(self, record: DocumentRecord) -> frozenset[str]:
        """Who may read a document, by the rules of this moment."""
        return self.audiences(record.document, record.sidecar)

    def refresh(self) -> int:
        """Bring registry and index up to changed rules.

        Called before anything is counted or searched, so that a widened rule takes effect as
        promptly as a tightened one.

        Returns:
            How many documents changed hands.

        Raises:
            InvalidConfigurationError: The rules cannot be understood; nothing may be shown.
        """
        try:
            rules = self._source.load()
        except InvalidConfigurationError:
            self._applied = None
            raise
        if rules == self._applied or self._is_looked_at():
            return 0
        with self._lock:
            rules = self._source.load()  # whoever had the lock may have applied newer ones
            if rules == self._applied:
                return 0
            changed = sum(self._apply(record, rules) for record in every_record(self._registry))
            self._applied = rules
        if changed:
            logger.info("access rules applied", extra={"documents": changed})
        return changed

    def _is_looked_at(self) -> bool:
        """Whether the index looks at the rules itself, so that nothing is to be applied."""
        return isinstance(self._index, RuleAware) and self._index.looks_at(self._source)

    def publish(self, document: DocumentId) -> None:
        """Make the index's pre-filter say what the registry says.

        Writes of the two are not one, so the registry is looked at again after the index was
        written: of several that publish at once, the last one leaves what the registry says.
        """
        published: tuple[frozenset[str], frozenset[str] | None] | None = None
        while (record := self._registry.get(document)) and _readers(record) != published:
            published = _readers(record)
            self._index.update_access(document, record.audiences, own=record.own_audiences)

    def _apply(self, record: DocumentRecord, rules: AccessRules) -> bool:
        if rules.audiences(record.document, record.sidecar) == record.audiences:
            return False

        def step(current: DocumentRecord | None) -> DocumentRecord | None:
            if current is None or current.deleted:
                return None
            return replace(current, audiences=rules.audiences(current.document, current.sidecar))

        write(self._registry, record.document, step)
        self.publish(record.document)
        return True


def _readers(record: DocumentRecord) -> tuple[frozenset[str], frozenset[str] | None]:
    return record.audiences, record.own_audiences
