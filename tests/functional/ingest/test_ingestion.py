"""Drop to searchable, through the real handlers, queues and parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.laptop import Laptop, WordEmbedder
from wellread.adapters.embedded.folder_versions import FolderVersions
from wellread.domain.access.scope import Operator, Scope
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.errors import (
    DocumentError,
    InvalidConfigurationError,
    NotFoundError,
    SupersededError,
    TransientError,
)

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"


def test_a_dropped_file_is_indexed_and_answers(laptop: Laptop) -> None:
    shown = laptop.drop("handbook/leave.md", LEAVE)

    assert shown.status is DocumentStatus.INDEXED
    assert shown.chunks == 1
    assert shown.searchable_since is not None
    reply = laptop.ask("How many days of leave are there?")
    assert [c.document for c in reply.citations] == ["handbook/leave.md"]
    assert "thirty days" in reply.citations[0].quote


def test_a_file_is_shown_as_received_before_anything_is_done_about_it(laptop: Laptop) -> None:
    laptop.write("a.md", LEAVE)
    laptop.scan()

    assert laptop.show("a.md").status is DocumentStatus.RECEIVED
    assert laptop.services.documents.progress(Operator()).waiting == 1


def test_a_changed_file_answers_with_its_newest_words_only(laptop: Laptop) -> None:
    laptop.drop("a.md", "# Leave\n\nThe leave is thirty days.\n")
    laptop.drop("a.md", "# Leave\n\nThe leave is twenty days.\n")

    quotes = [c.quote for c in laptop.ask("How long is the leave?").citations]
    assert quotes
    assert all("twenty" in quote for quote in quotes)


def test_the_old_words_answer_until_the_new_ones_are_complete(laptop: Laptop) -> None:
    laptop.drop("a.md", "# Leave\n\nThe leave is thirty days.\n")
    laptop.write("a.md", "# Leave\n\nThe leave is twenty days.\n")
    laptop.scan()
    laptop.chunk_next()

    assert "thirty" in laptop.ask("How long is the leave?").citations[0].quote
    laptop.work()
    assert "twenty" in laptop.ask("How long is the leave?").citations[0].quote


def test_a_changed_back_file_answers_again(laptop: Laptop) -> None:
    for words in ("thirty", "twenty", "thirty"):
        laptop.drop("a.md", f"# Leave\n\nThe leave is {words} days.\n")

    assert "thirty" in laptop.ask("How long is the leave?").citations[0].quote


def test_a_deleted_file_stops_answering_and_opening(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    citation = laptop.ask("How many days of leave?").citations[0]
    laptop.delete("a.md")
    laptop.scan()
    laptop.chunk_next()

    reply = laptop.ask("How many days of leave?")
    assert reply.declined
    assert reply.nearest == ()
    with pytest.raises(NotFoundError):
        laptop.services.documents.open(
            Scope.of("everyone"), citation.document, revision=citation.revision
        )


def test_a_renamed_file_answers_under_its_new_name_without_being_embedded_again(
    tmp_path: Path,
) -> None:
    embedder = WordEmbedder()
    laptop = Laptop(tmp_path / "data", load_embedder=lambda _: embedder)
    laptop.drop("old.md", LEAVE)
    embedded = embedder.embedded
    (laptop.root / "old.md").rename(laptop.root / "new.md")
    laptop.work()

    assert laptop.keys() == ["new.md"]
    assert embedder.embedded == embedded
    laptop.close()


def test_a_citation_opens_what_was_quoted_after_the_file_changed(laptop: Laptop) -> None:
    laptop.drop("a.md", "# Leave\n\nThe leave is thirty days.\n")
    citation = laptop.ask("How long is the leave?").citations[0]
    laptop.drop("a.md", "# Leave\n\nThe leave is twenty days.\n")

    opened = laptop.services.documents.open(
        Scope.of("everyone"),
        citation.document,
        revision=citation.revision,
        quote=citation.quote,
        at=citation.start,
    )
    assert opened.text[opened.start : opened.end] == citation.quote
    assert not opened.newest


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", "empty"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "unsupported"),
        ("broken.pdf", b"%PDF-1.7\nnothing more", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_cause_and_fix(
    laptop: Laptop, name: str, content: bytes, code: str
) -> None:
    laptop.write("good.md", LEAVE)
    shown = laptop.drop(name, content)

    assert shown.status is DocumentStatus.FAILED
    assert shown.code == code
    assert shown.reason
    assert shown.fix
    assert laptop.show("good.md").status is DocumentStatus.INDEXED


def test_a_file_that_became_unreadable_stops_answering(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    laptop.drop("a.md", b"")

    assert laptop.show("a.md").status is DocumentStatus.FAILED
    assert laptop.ask("How many days of leave?").declined


def test_what_is_not_a_document_is_left_alone(laptop: Laptop, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(LEAVE)
    for key in (".DS_Store", "~$plan.docx", "big.crdownload", ".hidden/a.md", "x.md~"):
        laptop.write(key, LEAVE)
    (laptop.root / "link.md").symlink_to(outside)
    laptop.work()

    assert laptop.keys() == []


def test_an_atomic_save_is_one_change(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    revision = laptop.show("a.md").revision
    laptop.write(".a.md.swp", LEAVE)
    (laptop.root / ".a.md.swp").replace(laptop.root / "a.md")
    laptop.work()

    assert laptop.show("a.md").revision == revision


def test_a_sidecar_gives_title_audience_and_link_whichever_comes_first(laptop: Laptop) -> None:
    sidecar = (
        '{"metadataAttributes": {"title": "Leave rules", "audience": ["hr"], '
        '"link": "https://intranet.example/leave"}}'
    )
    laptop.write("before.md.metadata.json", sidecar)
    laptop.write("before.md", LEAVE)
    laptop.drop("after.md", LEAVE)
    assert laptop.keys() == ["after.md"]

    laptop.drop("after.md", LEAVE)
    laptop.write("after.md.metadata.json", sidecar)
    laptop.work()

    assert laptop.keys() == []
    assert laptop.keys("everyone", "hr") == ["after.md", "before.md"]
    assert {laptop.show(key).title for key in ("after.md", "before.md")} == {"Leave rules"}


def test_a_changed_audience_needs_no_new_embedding(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    laptop = Laptop(tmp_path / "data", load_embedder=lambda _: embedder)
    laptop.drop("a.md", LEAVE)
    embedded, revision = embedder.embedded, laptop.show("a.md")
    laptop.write("a.md.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    laptop.work()

    assert embedder.embedded == embedded
    assert laptop.show("a.md").searchable_since == revision.searchable_since
    assert laptop.ask("How many days of leave?").declined
    assert not laptop.ask("How many days of leave?", "everyone", "hr").declined
    laptop.close()


def test_a_sidecar_that_goes_away_gives_the_document_back(laptop: Laptop) -> None:
    laptop.write("a.md.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    laptop.drop("a.md", LEAVE)
    laptop.delete("a.md.metadata.json")
    laptop.work()

    assert laptop.keys() == ["a.md"]


def test_a_sidecar_that_cannot_be_understood_hides_its_document(laptop: Laptop) -> None:
    laptop.write("a.md.metadata.json", "{broken")
    laptop.drop("a.md", LEAVE)

    assert laptop.keys() == []


def test_changed_rules_take_effect_at_once_both_ways(laptop: Laptop) -> None:
    laptop.drop("hr/pay.md", LEAVE)
    rules = laptop.settings.data / "access.json"
    question = "How many days of leave?"

    rules.write_text('{"access": {"rules": [{"prefix": "hr/", "audience": ["hr"]}]}}')
    assert laptop.ask(question).declined
    assert not laptop.ask(question, "hr").declined

    rules.write_text('{"access": {"rules": []}}   ')
    assert not laptop.ask(question).declined


def test_rules_that_cannot_be_understood_show_nothing_to_anybody(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    rules = laptop.settings.data / "access.json"
    rules.write_text("{broken")
    with pytest.raises(InvalidConfigurationError, match=r"access\.json"):
        laptop.ask("How many days of leave?")
    laptop.drop("b.md", LEAVE)

    rules.unlink()
    assert laptop.keys() == ["a.md", "b.md"]


def test_a_rule_that_lets_the_sidecar_decide_hides_until_there_is_one(laptop: Laptop) -> None:
    (laptop.settings.data / "access.json").write_text(
        '{"access": {"rules": [{"prefix": "board/", "audience": "sidecar"}]}}'
    )
    laptop.drop("board/minutes.md", LEAVE)
    assert laptop.keys() == []

    laptop.write(
        "board/minutes.md.metadata.json", '{"metadataAttributes": {"audience": "everyone"}}'
    )
    laptop.work()
    assert laptop.keys() == ["board/minutes.md"]


def test_a_retry_reads_a_failed_document_again(laptop: Laptop) -> None:
    laptop.drop("a.md", b"")
    laptop.services.documents.retry(Operator(), DocumentId("a.md"))
    laptop.work()
    assert laptop.show("a.md").status is DocumentStatus.FAILED

    laptop.drop("good.md", LEAVE)
    laptop.services.documents.retry(Operator(), DocumentId("good.md"))
    laptop.work()
    assert laptop.show("good.md").status is DocumentStatus.INDEXED
    assert len(laptop.ask("How many days of leave?").citations) == 1


def test_an_unexpected_error_is_tried_again_and_then_said(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(laptop.services.adapters.file_parser, "parse", explode)
    laptop.retry_at_once()
    shown = laptop.drop("a.md", LEAVE)

    assert shown.status is DocumentStatus.FAILED
    assert shown.code == "internal"
    assert "a bug" not in f"{shown.reason} {shown.fix}"


def test_a_batch_that_never_gets_embedded_is_said(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(WordEmbedder, "embed_documents", explode)
    laptop.retry_at_once()
    shown = laptop.drop("a.md", LEAVE)

    assert shown.code == "internal"
    assert laptop.chunk_queue.dead()


def test_the_documents_folder_going_away_deletes_nothing(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    laptop.root.rename(laptop.root.with_name("away"))
    with pytest.raises(Exception, match="not there"):
        laptop.host.scan()
    laptop.root.with_name("away").rename(laptop.root)
    laptop.work()

    assert laptop.keys() == ["a.md"]


def test_an_upload_is_received_before_drop_returns(laptop: Laptop) -> None:
    document = laptop.host.drop("new folder/leave.md", LEAVE.encode())
    assert laptop.show(document).status is DocumentStatus.RECEIVED
    laptop.work()
    assert laptop.show(document).status is DocumentStatus.INDEXED

    with pytest.raises(DocumentError):
        laptop.host.drop("../outside.md", LEAVE.encode())


def test_another_embedder_takes_over_when_every_chunk_has_its_vector(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "data", embedder="one")
    laptop.drop("a.md", LEAVE)
    laptop.drop("b.md", "# Travel\n\nTrains are paid for by the office.\n")
    laptop.close()

    laptop = Laptop(tmp_path / "data", embedder="two")
    choice = laptop.services.choice
    assert choice.changing()
    assert choice.active().model_version == "one-64"
    assert not laptop.ask("How many days of leave?").declined
    laptop.drop("c.md", "# Parking\n\nParking is free on Sundays.\n")

    while laptop.services.reembedding.step(limit=1):
        assert choice.active().model_version == "one-64"
    assert choice.active().model_version == "two-64"
    assert not choice.changing()
    assert laptop.ask("When is parking free?").citations[0].document == "c.md"
    laptop.close()


def test_sweeping_forgets_a_deleted_document_after_its_grace_time(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    laptop = Laptop(tmp_path / "data", clock=lambda: now)
    laptop.drop("a.md", LEAVE)
    revision = laptop.show("a.md").revision
    laptop.delete("a.md")
    laptop.work()
    laptop.services.sweeping.sweep()
    document = DocumentId("a.md")
    revisions = laptop.adapters.revisions
    assert revisions.get_text(document, RevisionId(revision or "")) is not None

    now += 2 * 86_400
    laptop.services.sweeping.sweep()
    assert revisions.get_text(document, RevisionId(revision or "")) is None
    assert laptop.keys() == []
    laptop.close()


def test_a_note_need_not_wait_for_the_book_before_it(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wellread.services.ingest.staging.BATCH_CHUNKS", 2)
    section = "# Part {}\n\n" + "Words that fill the section up nicely. " * 15
    laptop.write("book.md", "\n\n".join(section.format(n) for n in range(40)))
    laptop.scan()
    laptop.chunk_next()
    laptop.write("note.md", LEAVE)
    laptop.scan()
    laptop.chunk_next()
    laptop.embed_next()
    laptop.embed_next()

    assert laptop.show("note.md").status is DocumentStatus.INDEXED
    assert laptop.show("book.md").status is DocumentStatus.PROCESSING


def test_a_file_that_never_rests_ends_with_cause_and_fix(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keeps_growing(*_: object) -> bytes:
        raise SupersededError("it grew")

    laptop.retry_at_once()
    with monkeypatch.context() as while_growing:
        while_growing.setattr(laptop.adapters.store, "read", keeps_growing)
        shown = laptop.drop("log.txt", "a line\n")
    assert shown.code == "unreadable"
    assert "keeps changing" in (shown.reason or "")

    assert laptop.drop("log.txt", LEAVE).status is DocumentStatus.INDEXED


def test_an_empty_folder_on_another_disk_deletes_nothing(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.drop("a.md", LEAVE)
    laptop.delete("a.md")
    monkeypatch.setattr(FolderVersions, "disk", lambda _: "another disk")
    for look in (laptop.host.scan, laptop.keys):
        with pytest.raises(TransientError, match="another disk"):
            look()

    assert laptop.services.documents.registered().indexed == 1
