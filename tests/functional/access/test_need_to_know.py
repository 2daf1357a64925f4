"""Nobody sees, counts or hears of a document that is not for them: at any moment of its life."""

from __future__ import annotations

import contextlib
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop, QuotingGenerator, RepeatingModel, asker
from tests.schedules.bucket import KEYS, QUESTION, Seen, some_text
from tests.schedules.interruptions import Killed, Switch
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.access.rules import AccessRules, PrefixRule
from wellread.domain.access.scope import Scope
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.ports.ingest import DocumentStore
from wellread.services.access.sidecars import read_sidecar
from wellread.services.ask.drafting import Generators

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"
FOR_HR = '{"metadataAttributes": {"audience": "hr"}}'


def test_a_document_with_a_sidecar_is_out_of_sight_before_it_is_read(laptop: Laptop) -> None:
    laptop.write("layoffs.md.metadata.json", FOR_HR)
    laptop.write("layoffs.md", LEAVE)
    laptop.scan()

    assert laptop.keys() == []
    assert laptop.services.documents.progress(asker("everyone").scope).total == 0
    assert laptop.keys("hr") == []
    assert laptop.keys("everyone", "hr") == ["layoffs.md"]


def test_a_sidecar_takes_effect_though_many_messages_are_before_its_own(laptop: Laptop) -> None:
    laptop.drop("pay.md", LEAVE)
    laptop.write("before.md", LEAVE)
    laptop.scan()
    laptop.write("pay.md.metadata.json", FOR_HR)
    laptop.scan()

    assert laptop.keys() == ["before.md"]
    assert laptop.ask("How many days of leave?").declined
    with pytest.raises(NotFoundError):
        laptop.services.documents.open(Scope.of("everyone"), DocumentId("pay.md"))


def test_a_sidecar_that_comes_while_another_worker_looks_at_the_document_counts(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.drop("pay.md", LEAVE)
    ingestion = laptop.services.ingestion
    raced = False

    def slow(store: DocumentStore, document: DocumentId) -> SidecarMetadata | None:
        nonlocal raced
        found = read_sidecar(store, document)
        if not raced:
            raced = True
            laptop.write("pay.md.metadata.json", FOR_HR)
            ingestion.receive("pay.md.metadata.json")
        return found

    monkeypatch.setattr("wellread.services.ingest.ingestion.read_sidecar", slow)
    ingestion.receive("pay.md")

    assert laptop.keys() == []


def test_a_sidecar_that_is_a_link_out_of_the_folder_hides_its_document(
    laptop: Laptop, tmp_path: Path
) -> None:
    shared = tmp_path / "for-hr.json"
    shared.write_text(FOR_HR)
    (laptop.root / "pay.md.metadata.json").symlink_to(shared)
    laptop.drop("pay.md", LEAVE)

    assert laptop.keys() == []


def test_a_rule_means_its_folder_however_the_accent_is_written() -> None:
    rules = AccessRules((PrefixRule("caf\u00e9/", frozenset({"hr"})),))

    assert rules.audiences(DocumentId("cafe\u0301/pay.md"), None) == frozenset({"hr"})
    assert rules.audiences(DocumentId("caf\u00e9/pay.md"), None) == frozenset({"hr"})


def test_a_document_made_active_while_the_rules_are_broken_is_found_once_they_are_mended(
    laptop: Laptop,
) -> None:
    laptop.write("a.md", LEAVE)
    laptop.scan()
    laptop.chunk_next()
    rules = laptop.settings.data / "access.json"
    rules.write_text("{broken")
    laptop.embed_next()
    rules.write_text('{"access": {}}')

    assert not laptop.ask("How many days of leave?").declined
    assert laptop.services.documents.progress(asker("everyone").scope).indexed == 1


def test_rules_changed_while_a_document_is_registered_are_counted_once_it_is_indexed(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = laptop.services.access
    audiences = access.audiences
    rules = laptop.settings.data / "access.json"

    def before_the_rules_changed(
        document: DocumentId, sidecar: SidecarMetadata | None
    ) -> frozenset[str]:
        found = audiences(document, sidecar)
        if not rules.exists():
            rules.write_text('{"access": {"default": "nobody"}}')
            laptop.keys()
        return found

    monkeypatch.setattr(access, "audiences", before_the_rules_changed)
    laptop.drop("a.md", LEAVE)

    assert laptop.services.documents.progress(asker("everyone").scope).total == 0


def test_the_index_learns_of_an_audience_though_the_host_died_before_it_was_told(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.write("pay.md.metadata.json", FOR_HR)
    laptop.drop("pay.md", LEAVE)
    laptop.delete("pay.md.metadata.json")
    index = laptop.adapters.index
    with monkeypatch.context() as dying:
        dying.setattr(index, "update_access", lambda *_, **__: None)
        laptop.work()
    assert laptop.ask("How many days of leave?").declined
    laptop.services.sweeping.sweep()

    assert not laptop.ask("How many days of leave?").declined


def test_two_that_tell_the_index_of_an_audience_at_once_leave_the_newer_one(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.drop("pay.md", LEAVE)
    index = laptop.adapters.index
    update_access = index.update_access
    overtaken = False

    def slow(
        document: DocumentId, audiences: frozenset[str], *, own: frozenset[str] | None
    ) -> None:
        nonlocal overtaken
        if not overtaken:
            overtaken = True
            laptop.delete("pay.md.metadata.json")
            laptop.services.ingestion.receive("pay.md.metadata.json")
        update_access(document, audiences, own=own)

    monkeypatch.setattr(index, "update_access", slow)
    laptop.write("pay.md.metadata.json", FOR_HR)
    laptop.services.ingestion.receive("pay.md.metadata.json")

    assert overtaken
    assert laptop.keys() == ["pay.md"]
    assert not laptop.ask("How many days of leave?").declined


@pytest.mark.parametrize("how", ["restricted", "deleted"])
def test_what_a_thread_said_of_a_document_goes_no_further_once_it_is_gone(
    tmp_path: Path, how: str
) -> None:
    model = RepeatingModel()
    laptop = Laptop(
        tmp_path / "data", generators=Generators(quoting=QuotingGenerator(), model=model)
    )
    laptop.drop("leave.md", "# Leave\n\nThe leave is decided on by Zacharias Quill alone.\n")
    first = laptop.ask("Who decides on the leave?")
    assert "Quill" in first.text
    assert "Quill" in laptop.ask("Who was it?", mode=Mode.BASE, thread=first.thread).text

    if how == "restricted":
        laptop.write("leave.md.metadata.json", FOR_HR)
    else:
        laptop.delete("leave.md")
    laptop.work()
    for mode in (Mode.BASE, Mode.RAG):
        later = laptop.ask("What does he say about it?", mode=mode, thread=first.thread)
        assert "Quill" not in later.text
    assert model.prompts[-1].turns == ()
    assert "Quill" not in laptop.adapters.threads.turns(first.thread)[-1].standalone
    laptop.close()


def test_turns_about_what_may_be_seen_still_count_beside_one_that_may_not(tmp_path: Path) -> None:
    model = RepeatingModel()
    laptop = Laptop(
        tmp_path / "data", generators=Generators(quoting=QuotingGenerator(), model=model)
    )
    laptop.drop("pay.md", "# Pay\n\nThe pay is raised in spring every year.\n")
    thread = laptop.ask("When is the pay raised every year?").thread
    laptop.write("pay.md.metadata.json", FOR_HR)
    laptop.drop("leave.md", LEAVE)
    second = laptop.ask("How many days of leave does everyone have?", thread=thread)
    third = laptop.ask("And for part-timers?", thread=thread)

    assert (second.turn, third.turn) == (2, 3)
    assert [turn.number for turn in model.prompts[-1].turns] == [2]
    assert "leave" in model.prompts[-1].standalone
    laptop.close()


def test_a_greeting_whose_offers_went_takes_no_follow_up_with_it(tmp_path: Path) -> None:
    model = RepeatingModel()
    laptop = Laptop(
        tmp_path / "data", generators=Generators(quoting=QuotingGenerator(), model=model)
    )
    laptop.drop("pay.md", "# Pay\n\nThe pay is raised in spring every year.\n")
    laptop.drop("leave.md", LEAVE)
    thread = laptop.ask("Hello").thread
    laptop.ask("How many days of leave does everyone have?", thread=thread)
    laptop.ask("And for part-timers?", thread=thread)
    laptop.delete("pay.md")
    laptop.ask("Why?", mode=Mode.BASE, thread=thread)

    assert [turn.number for turn in model.prompts[-1].turns] == [2, 3]
    laptop.close()


def test_two_questions_of_one_thread_at_once_are_two_turns(tmp_path: Path) -> None:
    both = threading.Barrier(2)

    class Meeting(QuotingGenerator):
        def generate(self, prompt: Prompt) -> Iterator[str]:
            if prompt.turns:
                both.wait(10)
            yield from super().generate(prompt)

    laptop = Laptop(tmp_path / "data", generators=Generators(quoting=Meeting()))
    laptop.drop("leave.md", LEAVE)
    thread = laptop.ask("How many days of leave?").thread
    turns: list[int] = []
    asking = [
        threading.Thread(
            target=lambda: turns.append(laptop.ask("How much leave a year?", thread=thread).turn)
        )
        for _ in range(2)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()

    assert sorted(turns) == [2, 3]
    assert len(laptop.adapters.threads.turns(thread)) == 3
    laptop.close()


def interrupt_transactions(monkeypatch: pytest.MonkeyPatch, switch: Switch) -> None:
    transaction = SqliteDatabase.transaction

    @contextlib.contextmanager
    def mortal(database: SqliteDatabase) -> Iterator[object]:
        switch.call()
        with transaction(database) as connection:
            yield connection

    monkeypatch.setattr(SqliteDatabase, "transaction", mortal)


def visible(laptop: Laptop) -> dict[str, set[int]]:
    """For each document that everyone's search shows, the versions that its passages are of."""
    texts: dict[str, list[str]] = {}
    for passage in laptop.services.retrieval.retrieve(QUESTION, Scope.of("everyone"), 1000):
        texts.setdefault(passage.document, []).append(passage.chunk.text)
    return {document: Seen.of(found).versions for document, found in texts.items()}


@pytest.mark.parametrize("seed", range(12))
def test_no_schedule_with_kills_shows_what_a_sidecar_that_was_seen_restricts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr("wellread.services.ingest.staging.BATCH_CHUNKS", 2)
    switch = Switch()
    interrupt_transactions(monkeypatch, switch)
    laptop = Laptop(tmp_path / "data")
    files: dict[str, int] = {}
    for_hr: dict[str, bool] = {}
    hidden: set[str] = set()
    for number in range(40):
        switch.countdown = dice.choice((None, dice.randint(0, 12)))
        key = dice.choice(KEYS)
        try:
            match dice.choice(("change", "sidecar", "scan", "scan", "chunk", "embed", "sweep")):
                case "change":
                    laptop.write(key, some_text(dice, number))
                    files[key] = number
                case "sidecar":
                    for_hr[key] = dice.choice((True, False))
                    hidden.discard(key)
                    audience = "hr" if for_hr[key] else "everyone"
                    said = {"audience": audience, "title": f"T{number}"}
                    sidecar = json.dumps({"metadataAttributes": said})
                    laptop.write(f"{key}.metadata.json", sidecar)
                case "scan":
                    laptop.scan()
                    hidden = {key for key in files if for_hr.get(key)}
                case "chunk":
                    laptop.chunk_next()
                case "embed":
                    laptop.embed_next()
                case "sweep":
                    laptop.services.sweeping.sweep()
        except Killed:
            switch.countdown = None
            laptop.close()
            laptop = Laptop(tmp_path / "data")
            laptop.change_queue.release_all()
            laptop.chunk_queue.release_all()
        switch.countdown = None
        shown = laptop.keys()
        assert not hidden & {*shown, *visible(laptop)}
        assert laptop.services.documents.progress(Scope.of("everyone")).total == len(shown)
    laptop.work()

    assert visible(laptop) == {k: {n} for k, n in files.items() if not for_hr.get(k)}
    assert set(laptop.keys("everyone", "hr")) == set(files)
    laptop.close()
