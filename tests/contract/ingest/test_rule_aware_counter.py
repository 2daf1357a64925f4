"""What every record counter does that looks at the prefix rules whenever it is asked."""

from __future__ import annotations

from wellread.domain.access.scope import both
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus

OPEN = '{"access": {}}'
HR_ONLY = '{"access": {"default": "nobody", "rules": [{"prefix": "hr/", "audience": ["hr"]}]}}'
A_WHILE = 60.0
HR, IT = frozenset({"hr"}), frozenset({"it"})


def record(document, sidecar=None, **fields):
    audiences = sidecar.audience or frozenset() if sidecar else frozenset({"everyone"})
    return DocumentRecord(
        document, DocumentStatus.INDEXED, "v1", audiences, 1.0, 1.0, sidecar=sidecar, **fields
    )


def counted(registry):
    return {tuple(sorted(names)): number for (_, names), number in registry.counts().items()}


def test_a_changed_rule_is_counted_without_any_record_being_written(rule_aware, clock):
    registry, write_rules = rule_aware
    for name in ("hr/pay.pdf", "hr/leave.pdf", "menu.pdf"):
        registry.put(record(name))
    write_rules(OPEN)
    assert counted(registry) == {("everyone",): 3}

    write_rules(HR_ONLY)
    clock.now += A_WHILE
    assert counted(registry) == {("hr",): 2, (): 1}


def test_a_sidecar_narrows_what_the_rules_give(rule_aware, clock):
    registry, write_rules = rule_aware
    registry.put(record("hr/a.pdf", SidecarMetadata(audience=frozenset({"it"}))))
    registry.put(record("hr/b.pdf", SidecarMetadata(error="It is not JSON.")))
    registry.put(record("hr/c.pdf", SidecarMetadata(title="Only a title")))
    write_rules(HR_ONLY)

    assert counted(registry) == {tuple(both(HR, IT)): 1, (): 1, ("hr",): 1}

    write_rules(HR_ONLY.replace('"access": {', '"access": {"sidecars": "decide", '))
    clock.now += A_WHILE
    assert counted(registry) == {("it",): 1, (): 1, ("hr",): 1}


def test_a_sidecar_that_goes_leaves_the_document_to_the_rules(rule_aware):
    registry, write_rules = rule_aware
    write_rules(HR_ONLY)
    written = registry.put(record("hr/a.pdf", SidecarMetadata(audience=frozenset({"it"}))))
    registry.put(record("hr/a.pdf", generation=written.generation))

    assert counted(registry) == {("hr",): 1}
