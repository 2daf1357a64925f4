"""Questions that name their document get the passage that answers, within what one may see."""

from __future__ import annotations

import pytest

from tests.laptop import Laptop, WordEmbedder
from wellread.domain.access import Scope
from wellread.domain.documents import DocumentId
from wellread.ports import PassageQuery
from wellread.services.retrieval import Retrieval

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
    look = Retrieval._look
    replaced = False

    def slow(self: Retrieval, query: PassageQuery, scope: Scope) -> object:
        nonlocal replaced
        if query.documents and not replaced:
            replaced = True
            leases.drop("brimley.txt", lease("Brimley").replace("Norland", "Sudland"))
        return look(self, query, scope)

    monkeypatch.setattr(Retrieval, "_look", slow)

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
