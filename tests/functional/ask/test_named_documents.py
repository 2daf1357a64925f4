"""Questions that name their document get the passage that answers, within what one may see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop, QuotingGenerator, WordEmbedder
from wellread.domain.access.scope import Scope
from wellread.domain.ask.prompting import DECLINE, Prompt
from wellread.domain.knowledge.documents import DocumentId
from wellread.ports.index import PassageHits, PassageQuery
from wellread.services.ask import reading
from wellread.services.ask.drafting import Generators

ALL = Scope.of("everyone")
CLAUSES = (
    "The tenant keeps the quay free of ice and of nets.",
    "The tenant insures the cranes against storm and fire.",
    "Disputes are settled under the law of Norland.",
    "Either side may end the lease with ninety days of notice.",
    "The rent rises each January by the index of prices.",
)
FOR_HR = '{"metadataAttributes": {"audience": "hr"}}'


def lease(tenant: str) -> str:
    front = f"This Lease Agreement is made between Okonda Holding and {tenant} Shipping. "
    filler = f"{tenant} Shipping and Okonda Holding keep to this Lease Agreement in all. "
    sections = [f"{clause} {filler * 7}" for clause in CLAUSES]
    return "\n\n".join([front * 8, *sections])


@pytest.fixture
def leases(laptop: Laptop) -> Laptop:
    for tenant in ("Velmar", "Brimley", "Tosk"):
        laptop.write(f"{tenant.lower()}.txt", lease(tenant))
    laptop.work()
    return laptop


def texts(laptop: Laptop, question: str, scope: Scope = ALL, **more: object) -> list[str]:
    found = laptop.services.retrieval.retrieve(question, scope, 8, **more)  # type: ignore[arg-type]
    return [f"{each.document}: {each.chunk.text[:60]}" for each in found]


QUESTION = "Under the Lease Agreement between Okonda Holding and Brimley Shipping, whose law is it?"


def test_the_clause_comes_first_though_the_first_page_has_more_of_the_words(
    leases: Laptop,
) -> None:
    first, second, *_ = texts(leases, QUESTION)

    assert first.startswith("brimley.txt: Disputes are settled under the law")
    assert second.startswith("brimley.txt: This Lease Agreement is made")


def test_a_question_that_names_no_document_is_searched_for_once(
    leases: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    embed = WordEmbedder.embed_question

    def noted(self: WordEmbedder, text: str) -> tuple[float, ...]:
        asked.append(text)
        return embed(self, text)

    monkeypatch.setattr(WordEmbedder, "embed_question", noted)

    texts(leases, "Whose law settles disputes?")
    assert asked == ["Whose law settles disputes?"]
    asked.clear()
    texts(leases, QUESTION)
    assert asked == [QUESTION, "Under the between and , whose law is it?"]


def test_a_named_document_out_of_scope_stays_out_of_sight(leases: Laptop) -> None:
    leases.write("brimley.txt.metadata.json", FOR_HR)
    leases.scan()

    assert not [text for text in texts(leases, QUESTION) if text.startswith("brimley")]
    assert texts(leases, QUESTION, Scope.of("hr", "everyone"))[0].startswith("brimley.txt: Disp")


def test_a_document_that_is_replaced_between_the_searches_is_never_seen_in_part(
    leases: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = leases.adapters.index.search
    replaced = False

    def slow(query: PassageQuery, scope: Scope) -> PassageHits:
        nonlocal replaced
        if query.documents and not replaced:
            replaced = True
            leases.drop("brimley.txt", lease("Brimley").replace("Norland", "Sudland"))
        return search(query, scope)

    monkeypatch.setattr(leases.adapters.index, "search", slow)

    found = leases.services.retrieval.retrieve(QUESTION, ALL, 50)
    revisions = {each.revision for each in found if each.document == "brimley.txt"}
    assert len(revisions) == 1
    assert "Sudland" in " ".join(each.chunk.text for each in found)
    assert len({(each.document, each.chunk.ordinal) for each in found}) == len(found)


def test_a_follow_up_is_searched_for_in_both_wordings(leases: Laptop) -> None:
    found = texts(leases, "And whose law is it?", also=QUESTION)

    assert found[0].startswith("brimley.txt: Disputes are settled under the law")


def test_documents_of_the_thread_come_first_where_others_fit_as_well(leases: Laptop) -> None:
    question = "How many days of notice end the lease?"

    for document in ("tosk.txt", "velmar.txt", "brimley.txt"):
        found = texts(leases, question, preferred=frozenset({DocumentId(document)}))
        assert found[0].startswith(f"{document}: Either side may end")


class DecliningModel:
    """Says a sentence of its sources that holds some words, else that there is no answer."""

    name = "declining"

    def __init__(self, words: str) -> None:
        self.words = words
        self.prompts: list[Prompt] = []

    def generate(self, prompt: Prompt) -> Iterator[str]:
        self.prompts.append(prompt)
        for number, passage in enumerate(prompt.passages, start=1):
            for sentence in passage.chunk.text.split(". "):
                if self.words in sentence:
                    yield f"{sentence.strip().rstrip('.')} [{number}]."
                    return
        yield DECLINE


LATE = "Anchors of bronze are lent for a crown a night."


@pytest.fixture
def declining(tmp_path: Path) -> Iterator[tuple[Laptop, DecliningModel]]:
    model = DecliningModel("bronze")
    laptop = Laptop(
        tmp_path / "data",
        generators=Generators(quoting=QuotingGenerator(), model=model),
        passages=1,
    )
    for tenant in ("Velmar", "Brimley"):
        laptop.write(f"{tenant.lower()}.txt", f"{lease(tenant)}\n\n{'Nets dry. ' * 80}\n\n{LATE}")
    laptop.work()
    yield laptop, model
    laptop.close()


def test_a_model_that_declines_reads_on_in_the_document_that_is_named(
    declining: tuple[Laptop, DecliningModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, model = declining
    monkeypatch.setattr(reading, "PASSAGE_CHARACTERS", 0)  # nothing is widened
    reply = laptop.ask("Does Brimley Shipping insure the cranes against storm and fire?")

    first, second = model.prompts
    assert "bronze" not in first.passages[0].chunk.text
    assert {each.document for each in second.passages} == {"brimley.txt"}
    assert not {each.chunk.ordinal for each in second.passages} & {
        each.chunk.ordinal for each in first.passages
    }
    assert reply.declined or "bronze" in reply.text


def test_a_model_that_declines_is_asked_once_where_no_document_is_named(
    declining: tuple[Laptop, DecliningModel],
) -> None:
    laptop, model = declining

    assert laptop.ask("Who feeds the gulls?").declined
    assert len(model.prompts) == 1
