"""What was deleted or restricted is gone from every way out at once, though nobody was told of it.

On AWS its event is late or lost; on one machine the host was stopped meanwhile, and `wellread ask`
works without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from tests.laptop import Laptop, QuotingGenerator, RepeatingModel, asker
from tests.schedules.aws_world import AwsWorld
from tests.schedules.cloud import Cloud, cloud
from wellread.bootstrap import Services
from wellread.domain.access.scope import Operator
from wellread.domain.ask.answers import Citation, Feedback, Reply, Verdict
from wellread.domain.ask.questions import Mode, Question
from wellread.domain.ingest.records import DocumentStatus, IndexingProgress
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError, TransientError
from wellread.local.page.shelf import counts_of
from wellread.services.ask.drafting import Generators

SECRET = DocumentId("quill/quill-plan.md")
SECRET_TEXT = """# Quill plan

What the quill office spends on parchment, and why.

## Quill parchment

The quill office may spend 4711 crowns on parchment. Quill parchment is bought in spring.
"""
OPEN = DocumentId("leave.md")
OPEN_TEXT = "# Leave\n\nEveryone has thirty days of leave a year.\n"
TRACES = ("quill", "4711", "parchment")
HIDDEN = '{"metadataAttributes": {"audience": "hr"}}'
RULES = '{"access": {"rules": [{"prefix": "quill/", "audience": ["hr"]}]}}'
QUESTIONS = (
    "How much may the office spend?",
    "How many crowns may be spent in spring?",
    "What is bought in spring?",
    "Summarise the plan",
    "What is in the plan?",
    "plan",
    "Hello",
    "What can I ask?",
    "Thanks",
)
EVERYONE = asker("everyone")


@dataclass
class KnowledgeBase:
    """Two documents, one of which can be made to go without anybody being told.

    Attributes:
        services: Of somebody who asks.
        go: Makes a document go in one of the ways.
        ask_again: Services that start after it went.
    """

    services: Services
    go: Callable[[str], None]
    ask_again: Callable[[], Services]


SIDECARS = {
    "a sidecar": (f"{SECRET}.metadata.json", HIDDEN),
    "a broken sidecar": (f"{SECRET}.metadata.json", "{"),
    "what seems a sidecar": (f"{SECRET}.Metadata.JSON", HIDDEN),
}
WAYS = ("deleted", *SIDECARS, "a rule", "moved under a rule")


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[Cloud]:
    with cloud(seed=0) as made:
        yield made


@pytest.fixture
def aws(aws_cloud: Cloud) -> Iterator[KnowledgeBase]:
    world = AwsWorld(aws_cloud)
    world.write_rules('{"access": {"rules": [{"prefix": "hr/", "audience": ["hr"]}]}}')
    world.put(SECRET, SECRET_TEXT.encode())
    world.put(OPEN, OPEN_TEXT.encode())
    world.settle()

    def go(how: str) -> None:
        if how == "a rule":
            world.write_rules(RULES)
        elif how in SIDECARS:
            key, said = SIDECARS[how]
            world.put(key, said.encode())
        else:
            world.delete(SECRET)
            if how == "moved under a rule":
                world.put(f"hr/{SECRET}", SECRET_TEXT.encode())

    yield KnowledgeBase(world.reader, go, lambda: world.reader)
    world.close()


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[KnowledgeBase]:
    def start() -> Laptop:
        speaking = Generators(quoting=QuotingGenerator(), model=RepeatingModel())
        machine = Laptop(tmp_path / "data", generators=speaking)
        machines.append(machine)
        return machine

    machines: list[Laptop] = []
    laptop = start()
    rules = tmp_path / "data" / "access.json"
    rules.write_text('{"access": {"rules": [{"prefix": "hr/", "audience": ["hr"]}]}}')
    laptop.write(SECRET, SECRET_TEXT)
    laptop.write(OPEN, OPEN_TEXT)
    laptop.work()

    def go(how: str) -> None:
        laptop.close()
        if how == "a rule":
            rules.write_text(RULES)
        elif how in SIDECARS:
            laptop.write(*SIDECARS[how])
        else:
            laptop.delete(SECRET)
            if how == "moved under a rule":
                laptop.write(f"hr/{SECRET}", SECRET_TEXT)

    yield KnowledgeBase(laptop.services, go, lambda: start().services)
    for each in machines:
        each.close()


@pytest.fixture(params=[pytest.param("aws", marks=pytest.mark.slow), "stopped"])
def base(request: pytest.FixtureRequest) -> KnowledgeBase:
    found: KnowledgeBase = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("how", WAYS)
def test_nothing_shows_a_trace_of_what_went_while_nobody_was_told(
    base: KnowledgeBase, how: str
) -> None:
    before = ask(base.services, "How much may the office spend on parchment?")
    citation = next(each for each in before.citations if each.document == SECRET)
    base.services.feedback.give(EVERYONE, Feedback(before.thread, 1, Verdict.UP))
    assert traces(islice(everything_shown(base.services, before), 12)) == set(TRACES)
    assert counts(base.services) == (2, 0, 0)

    base.go(how)
    services = base.ask_again()

    assert traces(everything_shown(services, before)) == set()
    assert counts(services) == (1, 0, 0)
    for refused in (
        lambda: services.documents.show(EVERYONE.scope, SECRET),
        lambda: services.documents.open(EVERYONE.scope, SECRET),
        lambda: open_at(services, citation),
        lambda: services.documents.retry(EVERYONE.scope, SECRET),
    ):
        with pytest.raises(NotFoundError):
            refused()
    assert services.documents.open(EVERYONE.scope, OPEN).text.startswith("# Leave")


def test_operators_are_shown_what_was_restricted_but_not_what_was_deleted(
    base: KnowledgeBase,
) -> None:
    base.go("deleted")
    documents = base.ask_again().documents

    assert [each.document for each in documents.list(Operator()).documents] == [OPEN]
    assert documents.progress(Operator()).total == 1
    with pytest.raises(NotFoundError):
        documents.show(Operator(), SECRET)


def test_what_still_waits_to_be_read_is_not_told_of_once_it_is_gone(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "data")
    laptop.drop(OPEN, OPEN_TEXT)
    laptop.write(SECRET, SECRET_TEXT)
    laptop.scan()
    assert "still being indexed" in laptop.ask("How many days of leave?").text

    laptop.delete(SECRET)
    assert "still being indexed" not in laptop.ask("How many days of leave?").text
    assert laptop.services.documents.progress(EVERYONE.scope).waiting == 0
    laptop.close()


def test_with_its_only_document_gone_a_knowledge_base_has_none(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "data")
    laptop.drop(SECRET, SECRET_TEXT)
    laptop.write("readme.md.metadata.json", HIDDEN)  # a folder that is not empty
    laptop.delete(SECRET)

    for question in ("What is bought?", "Hello"):
        assert "no documents" in laptop.ask(question).text
    laptop.close()


def test_a_list_can_be_limited_to_names_and_goes_on_after_the_last_one_shown(
    tmp_path: Path,
) -> None:
    laptop = Laptop(tmp_path / "data")
    for number in range(5):
        laptop.write(f"Plans/{number}.md", OPEN_TEXT)
        laptop.write(f"other/{number}.md", OPEN_TEXT)
    laptop.work()
    laptop.delete("Plans/1.md")
    shown, after = [], ""
    while True:
        page = laptop.services.documents.list(EVERYONE.scope, name="plaNS", after=after, limit=2)
        shown += [each.document for each in page.documents]
        if page.next is None:
            break
        assert page.next == shown[-1]
        after = page.next

    assert shown == ["Plans/0.md", "Plans/2.md", "Plans/3.md", "Plans/4.md"]
    laptop.close()


def test_nobody_but_an_operator_is_told_how_many_there_are_beyond_those_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wellread.services.ingest.documents.COUNTED", 3)
    laptop = Laptop(tmp_path / "data")
    for number in range(5):
        laptop.write(f"{number}.md", OPEN_TEXT)
    laptop.work()
    laptop.write("new.md", OPEN_TEXT)
    laptop.scan()
    progress = laptop.services.documents.progress

    assert progress(EVERYONE.scope) == IndexingProgress(3, 1, 0, more=True)
    assert counts_of(progress(EVERYONE.scope)) == "at least 3 indexed · at least 1 to go"
    assert progress(Operator()) == IndexingProgress(5, 1, 0)
    assert counts_of(progress(Operator())) == "5 of 6 indexed · 1 to go"
    laptop.delete("0.md")
    laptop.delete("1.md")
    assert progress(EVERYONE.scope) == IndexingProgress(3, 1, 0)
    laptop.close()


def test_where_the_folder_is_not_there_nobody_is_answered_from_it(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "data")
    laptop.drop(OPEN, OPEN_TEXT)
    laptop.delete(OPEN)
    laptop.root.rmdir()

    for look in (
        lambda: laptop.ask("How many days of leave?"),
        laptop.keys,
        lambda: laptop.services.documents.progress(EVERYONE.scope),
    ):
        with pytest.raises(TransientError, match="not there"):
            look()
    laptop.close()


def everything_shown(services: Services, before: Reply) -> Iterator[object]:
    """All that somebody is shown who looks and asks everywhere."""
    documents, scope = services.documents, EVERYONE.scope
    for status in (None, *DocumentStatus):
        yield documents.list(scope, status=status)
        yield documents.list(scope, status=status, limit=1)
    yield documents.sample(scope, 12)
    for question in QUESTIONS:
        yield ask(services, question).outcome
    for mode in (Mode.RAG, Mode.BASE):
        yield ask(services, "How much is it?", thread=before, mode=mode).outcome
        yield ask(services, "And when?", thread=before, mode=mode).outcome
    yield services.retrieval.retrieve("parchment crowns plan", scope, 10)


def ask(
    services: Services, text: str, *, thread: Reply | None = None, mode: Mode = Mode.RAG
) -> Reply:
    return services.answering.answer(
        Question(text, EVERYONE, mode, thread.thread if thread else None)
    )


def traces(shown: Iterator[object]) -> set[str]:
    seen = " ".join(map(repr, shown)).casefold()
    return {trace for trace in TRACES if trace in seen}


def counts(services: Services) -> tuple[int, int, int]:
    found = services.documents.progress(EVERYONE.scope)
    return found.indexed, found.waiting, found.failed


def open_at(services: Services, citation: Citation) -> object:
    return services.documents.open(
        EVERYONE.scope, citation.document, revision=citation.revision, quote=citation.quote
    )
