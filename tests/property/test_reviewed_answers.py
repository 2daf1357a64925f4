"""Whatever happens to documents, rules and time, a reviewed answer that is shown holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Answer, Citation
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId, question_key
from wellread.domain.knowledge.documents import DocumentId, ParsedText, RevisionId
from wellread.services.ask.passages import Passages
from wellread.services.ask.reviewed import ReviewedAnswering

QUESTION = "What is it?"
DOCUMENTS = (DocumentId("a.md"), DocumentId("b.md"))
TEXTS = ("It is 30.", "It is 31.", "Not any more. It is 30.", "It is 30. No more.", "")
AUDIENCES = ("everyone", "hr", "board")
SCOPES = (
    Scope.of("everyone"),
    Scope.of("everyone", "hr"),
    Scope(frozenset({frozenset({"everyone"}), frozenset({"everyone", "hr"})})),
    Scope(frozenset()),
)


@dataclass
class World:
    """What is stored, in the shapes that `Passages` and `ReviewedAnswering` ask for."""

    now: float = 0.0
    texts: dict[DocumentId, list[str]] = field(default_factory=dict)
    audiences: dict[DocumentId, str] = field(default_factory=dict)
    deleted: set[DocumentId] = field(default_factory=set)
    answers: dict[str, ReviewedAnswer] = field(default_factory=dict)

    def get_many(self, documents: Iterable[DocumentId]) -> Mapping[DocumentId, Any]:
        return {each: self.record(each) for each in documents if each in self.texts}

    def record(self, document: DocumentId) -> Any:
        build = SimpleNamespace(revision=RevisionId(str(len(self.texts[document]) - 1)))
        return SimpleNamespace(document=document, deleted=document in self.deleted, active=build)

    def permitted(self, records: Mapping[DocumentId, Any], viewer: Scope) -> Mapping[Any, Any]:
        return {
            document: record
            for document, record in records.items()
            if not record.deleted and viewer.permits([self.audiences[document]])
        }

    def get_text(self, document: DocumentId, revision: RevisionId) -> ParsedText:
        return ParsedText(self.texts[document][int(revision)], "", (), ())

    def to(self, key: str) -> list[ReviewedAnswer]:
        found = (each for each in self.answers.values() if key in each.keys)
        return sorted(found, key=lambda each: each.at, reverse=True)

    def write(self, document: DocumentId, text: str) -> None:
        self.texts.setdefault(document, []).append(text)
        self.deleted.discard(document)
        self.audiences.setdefault(document, "everyone")

    def delete(self, document: DocumentId) -> None:
        if document in self.texts:
            self.deleted.add(document)

    def restrict(self, document: DocumentId, audience: str) -> None:
        self.audiences[document] = audience

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def approve(self, name: str, documents: frozenset[DocumentId]) -> None:
        """An answer that rests on what these documents say now."""
        cited = [
            Citation(each, self.record(each).active.revision, 0, len(text), text, None, "", "")
            for each in sorted(documents)
            if each in self.texts and (text := self.texts[each][-1])
        ]
        if cited:
            self.answers[name] = ReviewedAnswer(
                ReviewedId(name),
                QUESTION,
                (),
                "So [1].",
                tuple(cited),
                "Ada",
                self.now,
                self.now + 5,
            )


def steps() -> st.SearchStrategy[Callable[[World], None]]:
    documents = st.sampled_from(DOCUMENTS)
    return st.one_of(
        st.builds(lambda d, t: lambda w: w.write(d, t), documents, st.sampled_from(TEXTS)),
        st.builds(lambda d: lambda w: w.delete(d), documents),
        st.builds(lambda d, a: lambda w: w.restrict(d, a), documents, st.sampled_from(AUDIENCES)),
        st.builds(lambda s: lambda w: w.wait(s), st.floats(0.0, 4.0)),
        st.builds(
            lambda n, d: lambda w: w.approve(n, d),
            st.sampled_from(("one", "two")),
            st.frozensets(documents, min_size=1),
        ),
    )


@given(st.lists(steps(), max_size=12), st.sampled_from(SCOPES))
@settings(deadline=None)
def test_what_is_shown_stands_and_may_be_read_by_all_viewers(
    happened: list[Callable[[World], None]], scope: Scope
) -> None:
    world = World()
    any_world = cast("Any", world)
    answering = ReviewedAnswering(
        any_world, Passages(any_world, any_world, any_world), clock=lambda: world.now
    )
    for step in happened:
        step(world)
        drafted = answering.to(QUESTION, scope)
        held = [each for each in world.to(question_key(QUESTION)) if holds(each, world, scope)]
        assert (drafted is not None) == bool(held)
        if drafted is not None:
            assert isinstance(drafted.outcome, Answer)
            assert {each.document for each in drafted.outcome.citations} == held[0].documents
            for each in drafted.outcome.citations:
                assert each.revision == world.record(each.document).active.revision
                assert world.texts[each.document][-1][each.start : each.end] == each.quote
            assert replace(held[0]).notice in drafted.notices


def holds(answer: ReviewedAnswer, world: World, scope: Scope) -> bool:
    return world.now < answer.valid_until and all(
        each.document not in world.deleted
        and scope.permits([world.audiences[each.document]])
        and world.texts[each.document][-1][each.start : each.end] == each.quote
        for each in answer.citations
    )
