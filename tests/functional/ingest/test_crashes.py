"""A host that dies, stops, stalls or loses its disk leaves no document behind."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.laptop import Laptop, WordEmbedder
from wellread import bootstrap
from wellread.adapters.embedded import folder_documents, folder_files
from wellread.domain.access.scope import Operator
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError
from wellread.local.host import LocalHost
from wellread.local.logs import log_to
from wellread.local.queue_work import queue_work

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"


class Killed(BaseException):
    """Not an Exception, so that no handler can take it for an error: the process is gone."""


def die(*_: object, **__: object) -> None:
    raise Killed


def restart(laptop: Laptop) -> None:
    laptop.change_queue.release_all()
    laptop.chunk_queue.release_all()


def test_a_document_whose_last_delivery_the_host_died_over_comes_to_an_end(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("a bug")

    laptop.retry_at_once()
    laptop.write("a.md", LEAVE)
    laptop.scan()
    laptop.chunk_next()
    with monkeypatch.context() as broken:
        broken.setattr(WordEmbedder, "embed_documents", explode)
        for _ in range(4):
            laptop.embed_next()
        broken.setattr(laptop.services.ingestion.__class__, "give_up", die)
        with contextlib.suppress(Killed):
            laptop.embed_next()
    restart(laptop)
    laptop.work()

    assert laptop.show("a.md").status in (DocumentStatus.INDEXED, DocumentStatus.FAILED)


def test_a_disk_that_is_unplugged_for_long_fails_no_document(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.retry_at_once()
    laptop.drop("old.md", LEAVE)
    laptop.write("old.md", "# Leave\n\nEveryone has forty days of leave a year.\n")
    laptop.write("new.md", "# Pay\n\nThe pay is raised every spring.\n")
    laptop.scan()
    away = laptop.root.with_name("away")
    laptop.root.rename(away)
    for _ in range(12):
        laptop.chunk_next()
    with pytest.raises(TransientError, match="not there"):
        laptop.ask("How many days of leave?")  # nobody can say what of it is still to be shown
    away.rename(laptop.root)
    laptop.work()

    assert [laptop.show(key).status for key in ("new.md", "old.md")] == ["indexed", "indexed"]


def test_a_disk_that_goes_while_a_file_is_read_for_the_last_time_fails_no_document(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = laptop.root.with_name("unplugged")

    def away(*_: object) -> None:
        if laptop.root.exists():
            laptop.root.rename(elsewhere)
        raise TransientError("The documents folder is not there.")

    laptop.retry_at_once()
    laptop.write("a.md", LEAVE)
    laptop.scan()
    with monkeypatch.context() as unplugged:
        unplugged.setattr(laptop.adapters.store, "read", away)
        for _ in range(7):
            laptop.chunk_next()
    elsewhere.rename(laptop.root)
    laptop.work()

    assert laptop.show("a.md").status is DocumentStatus.INDEXED


def test_a_message_that_names_no_document_is_buried(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.retry_at_once()
    laptop.chunk_queue.send(["{}"])
    while laptop.embed_next():
        pass

    assert laptop.host.idle()
    assert len(laptop.chunk_queue.dead()) == 1


def test_giving_up_on_a_deleted_document_does_not_bring_it_back(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    laptop.delete("a.md")
    laptop.work()
    laptop.services.ingestion.give_up("a.md")

    assert laptop.keys() == []


def test_giving_up_leaves_no_chunks_behind(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    laptop.services.documents.retry(Operator(), DocumentId("a.md"))
    laptop.chunk_next()
    laptop.services.ingestion.give_up("a.md")

    assert laptop.adapters.index.stats().chunks == 0
    assert staged(laptop) == 0


def staged(laptop: Laptop) -> int:
    with laptop.adapters.database.snapshot() as connection:
        return int(connection.execute("SELECT count(*) FROM staged_batch").fetchone()[0])


def test_a_host_that_dies_right_after_a_build_became_active_leaves_no_staged_text(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.write("a.md", LEAVE)
    laptop.scan()
    laptop.chunk_next()
    with monkeypatch.context() as dying:
        dying.setattr(laptop.services.access, "publish", die)
        with contextlib.suppress(Killed):
            laptop.embed_next()
    assert laptop.show("a.md").status is DocumentStatus.INDEXED
    restart(laptop)
    laptop.work()

    assert staged(laptop) == 0


def test_a_document_that_comes_back_while_its_tombstone_is_cleared_is_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.0
    laptop = Laptop(tmp_path / "data", clock=lambda: now)
    laptop.drop("a.md", LEAVE)
    laptop.drop("b.md", LEAVE)
    for key in ("a.md", "b.md"):
        laptop.delete(key)
    laptop.work()
    now += 2 * 86_400
    revisions = laptop.adapters.revisions
    drop = revisions.drop
    returned = False

    def slow(document: DocumentId, **options: object) -> None:
        nonlocal returned
        if not returned:
            returned = True
            for key in ("a.md", "b.md"):  # one that is being cleared, one that is next
                laptop.write(key, "# Leave\n\nEveryone has forty days of leave a year.\n")
            laptop.scan()
            laptop.chunk_next()
            laptop.chunk_next()
        drop(document, **options)

    with monkeypatch.context() as racing:
        racing.setattr(revisions, "drop", slow)
        laptop.services.sweeping.sweep()
    laptop.work()

    assert returned
    assert [laptop.show(key).status for key in ("a.md", "b.md")] == ["indexed", "indexed"]
    assert "forty" in laptop.ask("How many days of leave?").text
    laptop.close()


def test_a_build_whose_staged_batch_is_gone_is_built_again(laptop: Laptop) -> None:
    laptop.write("a.md", LEAVE)
    laptop.scan()
    laptop.chunk_next()
    laptop.adapters.revisions.drop(DocumentId("a.md"))
    laptop.work()

    assert laptop.show("a.md").status is DocumentStatus.INDEXED


def test_no_file_is_read_while_the_data_file_is_held_for_writing(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint = folder_documents.hash_of
    held: list[bool] = []

    def watched(*arguments: object) -> object:
        held.append(laptop.adapters.database.connection().in_transaction)
        return fingerprint(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(folder_documents, "hash_of", watched)
    laptop.drop("a.md", LEAVE)

    assert held
    assert not any(held)


def test_a_host_that_dies_between_receiving_and_enqueueing_enqueues_at_the_next_start(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.write("a.md", LEAVE)
    with monkeypatch.context() as dying:
        dying.setattr(laptop.adapters.changes.__class__, "put", die)
        with pytest.raises(Killed):
            laptop.scan()
    assert laptop.show("a.md").status is DocumentStatus.RECEIVED
    laptop.work()

    assert laptop.show("a.md").status is DocumentStatus.INDEXED


def test_a_clock_that_is_put_back_delays_nothing_that_waits(tmp_path: Path) -> None:
    now = 1_900_000_000.0
    laptop = Laptop(tmp_path / "data", clock=lambda: now)
    laptop.write("a.md", LEAVE)
    laptop.scan()
    now -= 3 * 365 * 86_400
    laptop.work()

    assert laptop.show("a.md").status is DocumentStatus.INDEXED
    laptop.close()


def test_a_retry_delay_from_before_the_clock_was_put_back_ends_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_900_000_000.0
    laptop = Laptop(tmp_path / "data", clock=lambda: now)
    laptop.write("a.md", LEAVE)
    laptop.scan()
    with monkeypatch.context() as away:
        away.setattr(laptop.adapters.store, "read", _away)
        laptop.chunk_next()
    now -= 3 * 365 * 86_400
    restart(laptop)
    laptop.work()

    assert laptop.show("a.md").status is DocumentStatus.INDEXED
    laptop.close()


def _away(*_: object) -> bytes:
    raise TransientError("The documents folder is not there.")


def test_content_that_changed_under_unchanged_stamps_is_read_in_the_end(laptop: Laptop) -> None:
    laptop.write("a.md", LEAVE)
    laptop.scan()
    changed = LEAVE.replace("thirty", "twenty")
    laptop.write("a.md", changed)
    found = (laptop.root / "a.md").stat()
    with laptop.adapters.database.transaction() as connection:
        connection.execute(
            "UPDATE folder_object SET settled = 1, stat = ?", (folder_documents.marks_of(found),)
        )
    laptop.work()

    assert laptop.show("a.md").status is DocumentStatus.INDEXED
    assert "twenty" in laptop.ask("How many days of leave?").text


def test_a_title_that_changes_while_the_document_is_read_is_the_one_that_is_indexed(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def titled(title: str) -> str:
        return json.dumps({"metadataAttributes": {"title": title}})

    laptop.write("a.md.metadata.json", titled("Old title"))
    laptop.write("a.md", LEAVE)
    laptop.scan()
    parser = laptop.adapters.file_parser
    parse = parser.parse

    def slow(name: str, data: bytes) -> object:
        parsed = parse(name, data)
        with monkeypatch.context() as once:
            once.setattr(parser, "parse", parse)
            laptop.write("a.md.metadata.json", titled("New title"))
            laptop.work()
        return parsed

    with monkeypatch.context() as racing:
        racing.setattr(parser, "parse", slow)
        laptop.chunk_next()
    laptop.work()

    assert laptop.show("a.md").title == "New title"
    assert laptop.ask("How many days of leave?").citations[0].title == "New title"


def test_a_file_in_the_place_of_a_folder_and_the_reverse_are_a_change_each(laptop: Laptop) -> None:
    laptop.drop("plan/a.md", LEAVE)
    laptop.delete("plan/a.md")
    (laptop.root / "plan").rmdir()
    laptop.drop("plan", LEAVE)
    assert laptop.keys() == ["plan"]

    laptop.delete("plan")
    laptop.drop("plan/a.md", LEAVE)
    assert laptop.keys() == ["plan/a.md"]


def test_a_rename_in_case_only_leaves_one_document_where_the_disk_forgives_case(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = folder_documents.opened

    def forgiving(root: Path, key: str) -> contextlib.AbstractContextManager[int | None]:
        names = {entry.name.casefold(): entry.name for entry in root.iterdir()}
        return opened(root, names.get(key.casefold(), key))

    monkeypatch.setattr(folder_files, "FORGIVES_CASE", True)
    monkeypatch.setattr(folder_documents, "opened", forgiving)
    laptop.drop("plan.md", LEAVE)
    (laptop.root / "plan.md").rename(laptop.root / "Plan.md")
    laptop.work()

    assert laptop.keys() == ["Plan.md"]


def test_chunks_still_being_built_do_not_crowd_out_what_is_searchable(laptop: Laptop) -> None:
    laptop.drop("holidays.md", "# Holidays\n\nWhoever works here gets thirty days off.\n")
    section = "# Days off {0}\n\nHow many days off are there a year? " + "Days off a year. " * 50
    laptop.write("book.md", "\n\n".join(section.format(n) for n in range(97)))
    laptop.scan()
    laptop.chunk_next()
    laptop.embed_next()
    laptop.embed_next()

    assert laptop.show("book.md").status is DocumentStatus.PROCESSING
    reply = laptop.ask("How many days off are there a year?")
    assert [citation.document for citation in reply.citations] == ["holidays.md"]


def test_a_question_asked_while_the_embedder_changes_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = Laptop(tmp_path / "data", embedder="one")
    laptop.drop("a.md", LEAVE)
    laptop.close()
    laptop = Laptop(tmp_path / "data", embedder="two")
    embed_question = WordEmbedder.embed_question
    asked: list[str] = []

    def slow(embedder: WordEmbedder, text: str) -> tuple[float, ...]:
        made = embed_question(embedder, text)
        asked.append(embedder.model_version)
        while laptop.services.choice.changing():
            laptop.services.reembedding.step()
        return made

    monkeypatch.setattr(WordEmbedder, "embed_question", slow)

    assert not laptop.ask("How many days of leave?").declined
    assert asked[0] == "one-64"
    assert set(asked[1:]) == {"two-64"}
    laptop.close()


def test_going_over_to_another_embedder_waits_for_chunks_added_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = Laptop(tmp_path / "data", embedder="one")
    laptop.drop("a.md", LEAVE)
    laptop.close()
    laptop = Laptop(tmp_path / "data", embedder="two")
    index = laptop.adapters.index
    lacking = index.lacking

    def overtaken(model_version: str, limit: int) -> object:
        found = lacking(model_version, limit)
        if not found:
            monkeypatch.setattr(index, "lacking", lacking)
            laptop.drop("b.md", "# Pay\n\nThe pay is raised every spring.\n")
        return found

    monkeypatch.setattr(index, "lacking", overtaken)
    for _ in range(6):
        laptop.services.reembedding.step()

    assert laptop.services.choice.active().model_version == "two-64"
    assert not laptop.services.choice.changing()
    laptop.close()


def test_chunks_added_while_the_embedder_was_away_get_their_vectors_when_it_is_back(
    tmp_path: Path,
) -> None:
    def only_two(setting: str) -> WordEmbedder:
        if setting != "two":
            raise InvalidConfigurationError("The embedder's folder is not there.")
        return WordEmbedder(setting)

    laptop = Laptop(tmp_path / "data", embedder="one")
    laptop.drop("a.md", LEAVE)
    laptop.close()
    laptop = Laptop(tmp_path / "data", embedder="two", load_embedder=only_two)
    laptop.drop("b.md", "# Pay\n\nThe pay is raised every spring.\n")
    laptop.close()
    laptop = Laptop(tmp_path / "data", embedder="one")
    index = laptop.adapters.index
    assert len(index.lacking("one-64", 10)) == 1
    while laptop.services.reembedding.step():
        pass

    assert index.lacking("one-64", 10) == []
    laptop.close()


def test_a_stopping_host_does_not_have_its_last_handlers_build_services_of_their_own(
    laptop: Laptop,
) -> None:
    go_on, began, stopped = (threading.Event() for _ in range(3))
    seen: list[object] = []

    def handler(*_: object) -> dict[str, list[object]]:
        began.set()
        stopped.wait(10)
        seen.append(bootstrap.get_services())
        go_on.set()
        return {"batchItemFailures": []}

    chunk, _ = queue_work(laptop.services)
    host = LocalHost(
        laptop.services, work=[replace(chunk, handler=handler, workers=1)], stopping_seconds=0.1
    )
    laptop.write("a.md", LEAVE)
    host.start()
    assert began.wait(10)
    host.stop()
    stopped.set()
    assert go_on.wait(10)

    assert seen == [laptop.services]


def test_a_log_that_cannot_be_written_costs_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wellread.log").mkdir()
    log_to(tmp_path)
    logging.getLogger("wellread").warning("something happened")

    assert capsys.readouterr().err == ""
