"""What events missed is found by comparing bucket, registry and index, and repaired."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from functions.reconcile import app
from tests.unit.services.ingest.workshop import Workshop
from wellread.domain.access.scope import both
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.local.lambda_runtime import LocalContext

LEAVE = "Everyone has thirty days of leave a year.\n"
FORTY = "Everyone has forty days of leave a year.\n"
DAY = 86_400.0


@pytest.fixture
def settled(workshop: Workshop) -> Workshop:
    """Three documents, indexed long ago."""
    workshop.index.lags = False
    for key in ("a.txt", "b/c.txt", "d.txt"):
        workshop.drop(key, LEAVE)
    workshop.work()
    workshop.clock.now += 3600.0
    return workshop


def reconciled(workshop: Workshop, run: str = "run") -> dict[str, int]:
    """Differences by kind; then the repairs are made."""
    counts = workshop.reconciliation.run(run).tally.counts
    workshop.work()
    return counts


def forget_messages(workshop: Workshop) -> None:
    workshop.changes.delete(workshop.changes.receive(1000, 60))
    workshop.chunks.delete(workshop.chunks.receive(1000, 60))


def test_where_all_is_well_nothing_differs(settled: Workshop) -> None:
    report = settled.reconciliation.run("run")

    assert report.tally.counts == {}
    assert report.tally.compared == 3
    assert "no differences" in report.text
    assert settled.changes.depth() == 0


@pytest.mark.parametrize(
    ("lost", "kind"),
    [
        (lambda w: w.write("new.txt", LEAVE), "missing"),
        (lambda w: w.write("a.txt", FORTY), "stale"),
        (lambda w: (w.root / "a.txt").unlink(), "ghost"),
        (
            lambda w: w.write("a.txt.metadata.json", '{"metadataAttributes": {"audience": "hr"}}'),
            "sidecar",
        ),
        (lambda w: w.index.rows.pop(), "chunks_missing"),
        (lambda w: w.index.rows.append(w.index.rows[0]), "chunks_doubled"),
        (
            lambda w: w.index.add(
                [replace(w.index.rows[0].chunk, build="gone", write="gone.0.x")], None
            ),
            "leftovers",
        ),
        (
            lambda w: w.index.add(
                [replace(w.index.rows[0].chunk, document=DocumentId("unknown.txt"))], None
            ),
            "orphaned",
        ),
    ],
)
def test_what_no_event_told_is_found_and_repaired(settled: Workshop, lost, kind: str) -> None:
    lost(settled)

    assert reconciled(settled) == {kind: 1}
    settled.clock.now += 3600.0
    assert reconciled(settled, "again") == {}
    registered = [record.document for record in settled.registry.list()]
    in_bucket = [
        version.document
        for version in settled.ports.store.list()
        if not version.document.endswith(".metadata.json")
    ]
    assert registered == in_bucket
    assert sorted({row.chunk.document for row in settled.index.rows}) == in_bucket


def test_a_sidecar_whose_event_was_lost_takes_effect(settled: Workshop) -> None:
    settled.write("d.txt.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    reconciled(settled)
    assert settled.record("d.txt").audiences == both(frozenset({"everyone"}), frozenset({"hr"}))

    (settled.root / "d.txt.metadata.json").unlink()
    reconciled(settled)
    assert settled.record("d.txt").audiences == {"everyone"}


def test_a_document_without_an_end_is_taken_up_again_after_an_hour(settled: Workshop) -> None:
    settled.drop("new.txt", LEAVE)
    settled.chunk_next()
    forget_messages(settled)
    assert reconciled(settled, "early") == {}

    settled.clock.now += 3600.0
    assert reconciled(settled) == {"stuck": 1}
    assert settled.record("new.txt").status is DocumentStatus.INDEXED


def test_a_document_that_never_ends_is_ended(settled: Workshop) -> None:
    settled.drop("new.txt", LEAVE)
    settled.chunk_next()
    forget_messages(settled)
    settled.clock.now += 4 * DAY

    assert reconciled(settled) == {"given_up": 1}
    assert settled.receipts.told[-1].code == "internal"


def test_a_document_being_worked_on_is_no_difference(settled: Workshop) -> None:
    settled.drop("a.txt", FORTY)
    settled.chunk_next()
    settled.index.lags = True
    settled.embed_next()

    assert settled.reconciliation.run("run").tally.counts == {}


def test_pages_of_any_size_find_the_same(settled: Workshop) -> None:
    settled.write("b/new.txt", LEAVE)
    settled.write("z.txt", LEAVE)
    settled.write("b/c.txt.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    (settled.root / "a.txt").unlink()
    settled.index.rows.pop()
    found = []
    for limit in (1, 2, 500):
        run = f"run{limit}"
        after: str | None = ""
        steps = 0
        while after is not None:
            after = settled.reconciliation.page(after, run=run, limit=limit)
            steps += 1
            assert steps < 50
        found.append(settled.reconciliation.report(run).tally.found)

    assert found[0] == found[1] == found[2]
    assert found[0] == {
        "chunks_missing": ["d.txt"],
        "ghost": ["a.txt"],
        "missing": ["b/new.txt", "z.txt"],
        "sidecar": ["b/c.txt"],
    }


def test_checking_keys_asks_for_what_they_miss(settled: Workshop) -> None:
    settled.write("new.txt", LEAVE)
    settled.write("a.txt", FORTY)
    settled.write("d.txt.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    keys = ["a.txt", "b/c.txt", "d.txt", "d.txt.metadata.json", "new.txt", ".DS_Store"]
    tally = settled.reconciliation.check(keys, run="run")

    assert tally.compared == 4
    assert tally.found == {"stale": ["a.txt"], "sidecar": ["d.txt"], "missing": ["new.txt"]}
    settled.work()
    report = settled.reconciliation.run("run")
    assert report.tally.counts == {}
    assert report.checked.differences == 3
    assert "3 of 4 differed" in report.text


def test_the_same_page_twice_is_counted_once(settled: Workshop) -> None:
    settled.write("new.txt", LEAVE)
    settled.reconciliation.page("", run="run")
    settled.reconciliation.page("", run="run")

    assert settled.reconciliation.report("run").tally.counts == {"missing": 1}


def test_an_object_that_may_not_be_looked_at_is_no_difference_once_it_failed(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = settled.ports.store.current

    def refuses(key: str):
        if key == "a.txt":
            raise DocumentError(FailureCode.UNREADABLE)
        return current(key)

    monkeypatch.setattr(settled.ports.store, "current", refuses)
    settled.reconciliation.check(["a.txt"], run="first")
    settled.work()

    assert settled.record("a.txt").status is DocumentStatus.FAILED
    assert reconciled(settled) == {}


def test_a_deleted_document_leaves_nothing_after_its_grace_time(settled: Workshop) -> None:
    settled.delete("a.txt")
    settled.work()
    assert settled.reconciliation.run("early").tally.forgotten == 0

    settled.clock.now += 2 * DAY
    assert settled.reconciliation.run("run").tally.forgotten == 1
    settled.work()
    assert settled.registry.get(DocumentId("a.txt")) is None


def test_the_report_says_what_a_person_must_do(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encrypted(*_: object) -> None:
        raise DocumentError(FailureCode.ENCRYPTED)

    monkeypatch.setattr(settled.parser, "parse", encrypted)
    settled.drop("locked `x`.pdf", LEAVE)
    settled.work()
    report = settled.reconciliation.run("run")

    assert "**encrypted**: 1 failed. The file is protected by a password." in report.text
    assert "- `locked 'x'.pdf`" in report.text
    kept = json.loads(settled.reports.get("run", "report.json") or "")
    assert kept["failures"] == {"encrypted": 1}
    assert kept["statuses"] == {"indexed": 3, "failed": 1}


def test_a_record_that_the_listing_does_not_show_yet_is_not_missing(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = settled.registry.list

    def lagging(**options: object):
        return [record for record in everything(**options) if record.document != "a.txt"]

    monkeypatch.setattr(settled.ports.registry, "list", lagging)

    assert reconciled(settled) == {}


def test_what_changes_while_a_page_is_read_is_no_difference(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settled.index.inventory()
    settled.drop("a.txt", FORTY)
    settled.work()
    settled.clock.now += 3600.0
    monkeypatch.setattr(settled.index, "inventory", lambda **_: before)

    assert reconciled(settled) == {}


def test_the_report_says_that_the_check_before_it_broke_off(settled: Workshop) -> None:
    report = settled.reconciliation.report("run", broken="States.ExceedToleratedFailureThreshold")

    assert "broke off (States.ExceedToleratedFailureThreshold)" in report.text


@pytest.mark.parametrize("seconds_a_page", [1, 50, 80, 89, 119, 150])
def test_a_step_ends_before_its_function_does_however_slow_the_pages(
    monkeypatch: pytest.MonkeyPatch, seconds_a_page: int
) -> None:
    class Step(LocalContext):
        """A page takes so long of the time that is left."""

        left = 240_000
        pages = 0

        @property
        def reconciliation(self) -> Step:
            return self

        def page(self, after: str, *, run: str) -> str:
            Step.left -= 1000 * seconds_a_page
            Step.pages += 1
            return f"{after}a"

        def get_remaining_time_in_millis(self) -> int:
            return self.left

    step = Step("reconcile")
    monkeypatch.setattr(app, "get_services", lambda: step)
    answer = app.lambda_handler({"page": {"after": ""}, "run": "run"}, step)

    assert step.left > 0
    assert answer == {"run": "run", "next": "a" * step.pages}
