"""Who may ask the promoted model, and what happens to it once another one answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import SetClock
from tests.tuned import tuned_model
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_models import SqliteModelRegistry
from wellread.domain.access.scope import Scope, both
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError
from wellread.domain.tune.models import RunName, TunedModel
from wellread.services.tune.speaking import LoadedModel, PromotedSpeaker
from wellread.services.tune.tuned_models import TunedModels

FIRST, SECOND = RunName("first"), RunName("second")
EVERYONE = Scope.of("everyone")
PROMPT = Prompt("How many days?", "How many days?", (), Mode.TUNED)


@dataclass
class Speaking:
    """A generator that says its run, and whether it was closed."""

    run: str
    closed: bool = False

    @property
    def name(self) -> str:
        return "the file's own name"

    def generate(self, prompt: Prompt) -> Iterator[str]:
        assert not self.closed
        yield f"{self.run} says "
        assert not self.closed
        yield prompt.question

    def close(self) -> None:
        assert not self.closed
        self.closed = True


@dataclass
class Loader:
    """Makes generators, and keeps them in the order in which they were made."""

    made: list[Speaking] = field(default_factory=list)

    def __call__(self, model: TunedModel) -> Speaking:
        self.made.append(Speaking(model.run))
        return self.made[-1]


@pytest.fixture
def models(tmp_path: Path) -> Iterator[TunedModels]:
    database = SqliteDatabase(tmp_path / "data.sqlite")
    yield TunedModels(SqliteModelRegistry(database), SetClock())
    database.close()


@pytest.fixture
def loader() -> Loader:
    return Loader()


def readable(model: TunedModel, scope: Scope) -> bool:
    return scope.permits(model.audiences)


@pytest.fixture
def speaker(models, loader) -> PromotedSpeaker:
    return PromotedSpeaker(models, loader, readable)


def promote(models: TunedModels, run: RunName, *audiences: str) -> None:
    promoted = models.promoted()
    models.register(tuned_model(run, audiences=frozenset(audiences or {"everyone"})))
    models.passed(run, "Better.", {}, incumbent=promoted.run if promoted else None)


def said(speaker: PromotedSpeaker, scope: Scope = EVERYONE) -> str:
    model = speaker.of(scope)
    assert model is not None
    return "".join(model.generate(PROMPT))


def test_without_a_promoted_model_there_is_nobody_to_ask(models, speaker, loader):
    models.register(tuned_model(FIRST))

    assert not speaker.may_ask(EVERYONE)
    assert speaker.of(EVERYONE) is None
    assert loader.made == []


def test_the_next_answer_comes_from_whichever_model_is_promoted_then(models, speaker, loader):
    promote(models, FIRST)
    assert said(speaker) == "first says How many days?"

    promote(models, SECOND)
    assert said(speaker) == "second says How many days?"
    assert [each.closed for each in loader.made] == [True, False]

    models.rollback()
    assert speaker.of(EVERYONE).name == "first"
    assert said(speaker) == "first says How many days?"

    models.rollback()
    assert speaker.of(EVERYONE) is None
    assert [each.closed for each in loader.made] == [True, True, True]


def test_one_model_is_loaded_once_and_when_it_first_speaks(models, speaker, loader):
    promote(models, FIRST)
    assert speaker.may_ask(EVERYONE)
    assert speaker.of(EVERYONE) is speaker.of(EVERYONE)
    assert loader.made == []

    said(speaker)
    models.mark_erased({"a.md"}, {"dataset-of-first"})
    said(speaker)
    assert len(loader.made) == 1


def test_a_model_that_is_amid_an_answer_ends_it_before_it_is_let_go(models, speaker, loader):
    promote(models, FIRST)
    first = speaker.of(EVERYONE)
    pieces = first.generate(PROMPT)
    next(pieces)

    promote(models, SECOND)
    assert said(speaker).startswith("second")
    assert not loader.made[0].closed
    assert next(pieces) == "How many days?"
    assert list(pieces) == []
    assert loader.made[0].closed

    with pytest.raises(ModelUnavailableError, match="Another model answers in the place of first"):
        list(first.generate(PROMPT))


def test_a_model_whose_answer_is_given_up_is_let_go(models, speaker, loader):
    promote(models, FIRST)
    pieces = speaker.of(EVERYONE).generate(PROMPT)
    next(pieces)
    speaker.close()
    pieces.close()

    assert loader.made[0].closed


def test_a_model_that_cannot_be_loaded_is_one_that_does_not_answer(models):
    def load(_: TunedModel) -> Speaking:
        raise InvalidConfigurationError("What runs it is not installed.")

    promote(models, FIRST)
    with pytest.raises(ModelUnavailableError, match="not installed"):
        said(PromotedSpeaker(models, load, readable))


def test_a_model_reads_as_much_as_it_was_trained_to_read(loader):
    model = LoadedModel(tuned_model(passage_characters=2_400), loader)

    assert model.passage_characters == 2_400
    assert loader.made == []


def test_whoever_may_not_read_what_it_learnt_may_not_ask_it(models, speaker, loader):
    promote(models, FIRST, "hr")

    for scope in (EVERYONE, Scope.of("public"), Scope.of(), Scope(frozenset())):
        assert not speaker.may_ask(scope)
        assert speaker.of(scope) is None
    assert said(speaker, Scope.of("everyone", "hr")).startswith("first")


def test_a_model_is_kept_though_somebody_asks_who_may_not(models, speaker, loader):
    promote(models, FIRST, "hr")
    said(speaker, Scope.of("hr"))
    assert speaker.of(EVERYONE) is None
    said(speaker, Scope.of("hr"))

    assert [each.closed for each in loader.made] == [False]


def test_one_viewer_who_may_not_read_it_all_keeps_it_from_a_whole_place(models, speaker):
    promote(models, FIRST, "hr")
    hr = frozenset({"everyone", "hr"})

    assert speaker.may_ask(Scope.among([hr, hr | {"board"}]))
    assert not speaker.may_ask(Scope.among([hr, frozenset({"everyone"})]))
    assert not speaker.may_ask(Scope.among([hr, frozenset()]))


NAMES = st.sampled_from(["everyone", "hr", "board", "public", "lab"])
AUDIENCES = st.frozensets(NAMES, max_size=3)
DOCUMENTS = st.lists(AUDIENCES, min_size=1, max_size=5)
SCOPES = st.builds(Scope, st.frozensets(st.frozensets(NAMES, max_size=4), max_size=4))


@given(documents=DOCUMENTS, scope=SCOPES)
def test_a_scope_may_ask_exactly_where_it_may_read_every_document(documents, scope):
    readers = documents[0]
    for audiences in documents[1:]:
        readers = both(readers, audiences)

    assert scope.permits(readers) == all(scope.permits(audiences) for audiences in documents)


@given(audiences=AUDIENCES, viewers=st.frozensets(st.frozensets(NAMES, max_size=4), max_size=4))
def test_another_viewer_never_opens_a_model_to_a_place(audiences, viewers):
    for further in ({"everyone"}, {"hr", "board"}, set()):
        wider = Scope(viewers | {frozenset(further)})
        assert not wider.permits(audiences) or not viewers or Scope(viewers).permits(audiences)
