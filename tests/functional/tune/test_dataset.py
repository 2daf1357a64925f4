"""Datasets from end to end: what is in the rows, and what never is."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harbours import NAMES, documents, harbour
from tests.laptop import Laptop
from wellread.domain.access.scope import EVERYONE, Operator
from wellread.domain.ask.answers import Citation
from wellread.domain.ask.prompting import DECLINE, PROMPT_VERSION
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId
from wellread.domain.evaluation.cases import parse_questions
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.errors import NotFoundError, PermanentError
from wellread.domain.tune.manifests import HELD_OUT, MANIFEST, TRAIN, VALIDATION, Manifest
from wellread.domain.tune.shingles import contained, shingles
from wellread.services.tune.corpus import Corpus

CHARACTERS = 1_500
SECRET = "The vault of Arnhem is opened by the word Zephyrine on every odd day."


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    laptop = Laptop(tmp_path_factory.mktemp("laptop") / "data")
    fill(laptop)
    yield laptop
    laptop.close()


@pytest.fixture(scope="module")
def manifest(shared: Laptop) -> Manifest:
    return build(shared)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    laptop = Laptop(tmp_path / "data")
    fill(laptop)
    yield laptop
    laptop.close()


def fill(laptop: Laptop) -> None:
    for key, text in documents():
        laptop.write(key, text)
    laptop.write("board/vault.md", f"# Vault of Arnhem\n\n{SECRET}\n\n{harbour(0)}")
    laptop.write_rules(access={"rules": [{"prefix": "board/", "audience": "board"}]})
    laptop.work()


def build(
    laptop: Laptop,
    *audiences: str,
    held_out: set[str] | None = frozenset({"husum.md", "delft.md"}),  # type: ignore[assignment]
    size: int = 32,
    seed: int = 0,
) -> Manifest:
    told = []
    manifest = laptop.services.datasets.build(
        frozenset(audiences or (EVERYONE,)),
        held_out=None if held_out is None else frozenset(map(DocumentId, held_out)),
        size=size,
        passage_characters=CHARACTERS,
        seed=seed,
        progress=told.append,
    )
    assert told[-1].asked > 0
    return manifest


def rows(laptop: Laptop, manifest: Manifest, *names: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for name in names or (TRAIN, VALIDATION)
        for line in laptop.services.stored_datasets.lines(manifest.dataset, name)
    ]


def text_of(laptop: Laptop, document: str) -> str:
    return laptop.services.documents.open(Operator(), DocumentId(document)).text


def test_every_span_is_verbatim_and_stands_in_the_source_that_the_answer_names(
    shared: Laptop, manifest: Manifest
) -> None:
    answers = [row for row in rows(shared, manifest) if row["kind"] == "answer"]

    assert len(answers) > 20
    for row in answers:
        span = row["span"]
        assert text_of(shared, row["document"])[span["start"] : span["end"]] == span["text"]
        [target] = row["completion"]
        said, _, marker = target["content"].rpartition(" ")
        user = row["prompt"][-1]["content"]
        source = user.partition(f"{marker} source")[2].partition("end of source")[0]
        assert span["text"] in source
        assert said
        assert row["sources"][row["document"]] == row["revision"]


def test_rows_are_prompts_of_the_product_with_the_oracle_in_several_places(
    shared: Laptop, manifest: Manifest
) -> None:
    answers = [row for row in rows(shared, manifest) if row["kind"] == "answer"]

    assert {row["prompt"][0]["role"] for row in answers} == {"system"}
    assert len({row["completion"][0]["content"][-3:] for row in answers}) > 1
    assert manifest.prompt_version == PROMPT_VERSION
    assert manifest.passage_characters == CHARACTERS
    assert all(len(row["sources"]) > 1 or len(row["prompt"]) == 2 for row in answers)


def test_a_fifth_or_so_is_to_be_declined_and_what_was_taken_away_is_not_there(
    shared: Laptop, manifest: Manifest
) -> None:
    made = rows(shared, manifest)
    declined = [row for row in made if row["completion"][0]["content"] == DECLINE]

    assert 0.1 <= len(declined) / len(made) <= 0.35
    assert {row["kind"] for row in declined} == {"without_oracle", "near_miss"}
    assert all(row["span"] is None for row in declined)
    for row in made:
        assert (row["kind"] == "answer") == (row not in declined)


def test_nothing_of_held_out_documents_or_their_versions_is_in_a_row(laptop: Laptop) -> None:
    laptop.drop("copy-of-husum.md", text_of(laptop, "husum.md").replace("fog", "mist"))
    manifest = build(laptop, size=20)

    assert {"husum.md", "copy-of-husum.md", "delft.md"} <= manifest.held_out
    apart = {s for name in manifest.held_out for s in shingles(text_of(laptop, name))}
    for row in rows(laptop, manifest):
        assert manifest.held_out.isdisjoint({row["document"], *row["sources"]})
        user = row["prompt"][-1]["content"]
        for name in ("Husum", "Delft"):
            assert name not in user.rpartition("Question:")[0]
        if row["span"]:
            assert contained(shingles(row["span"]["text"]), apart) < 0.5


def test_validation_rows_are_of_families_of_their_own(shared: Laptop, manifest: Manifest) -> None:
    train, validation = rows(shared, manifest, TRAIN), rows(shared, manifest, VALIDATION)

    assert validation
    assert {row["family"] for row in train}.isdisjoint(row["family"] for row in validation)
    assert {d for row in train for d in row["sources"]}.isdisjoint(
        r["document"] for r in validation
    )


def test_nothing_restricted_is_in_a_row(shared: Laptop, manifest: Manifest) -> None:
    assert "board/vault.md" not in manifest.documents
    assert "Zephyrine" not in json.dumps(rows(shared, manifest))
    assert all(row["audiences"] == [EVERYONE] for row in rows(shared, manifest))
    with pytest.raises(PermanentError, match="no document that all of these audiences may read"):
        build(shared, EVERYONE, "board")
    assert {row["document"] for row in rows(shared, build(shared, "board", size=5))} == {
        "board/vault.md"
    }


def test_what_is_restricted_while_a_dataset_is_built_is_not_in_it(laptop: Laptop) -> None:
    kept = laptop.services.stored_datasets
    seen: list[int] = []

    def restrict(progress: object) -> None:
        seen.append(1)
        if len(seen) == 10:
            rules = [{"prefix": f"{name.lower()}.md", "audience": "hr"} for name in NAMES[2:9]]
            laptop.write_rules(access={"rules": rules})

    manifest = laptop.services.datasets.build(
        frozenset({EVERYONE}),
        held_out=frozenset(),
        size=20,
        passage_characters=CHARACTERS,
        seed=0,
        progress=restrict,
    )

    hidden = {f"{name.lower()}.md" for name in NAMES[2:9]}
    assert len(seen) > 10
    assert hidden.isdisjoint(manifest.documents)
    for name in (TRAIN, VALIDATION):
        for line in kept.lines(manifest.dataset, name):
            row = json.loads(line)
            assert hidden.isdisjoint({row["document"], *row["sources"]})


@pytest.mark.parametrize("seed", range(20))
def test_the_corpus_is_exactly_what_all_chosen_audiences_may_read(
    shared: Laptop, seed: int
) -> None:
    """Against a table made without the product: rules by prefix, the longest one wins."""
    draw = random.Random(seed)
    names = ["everyone", "hr", "board", "crew"]
    keys = [key for key, _ in documents()] + ["board/vault.md"]
    wanted = {
        key: frozenset(draw.sample(names, draw.randint(1, 3))) if draw.random() < 0.7 else None
        for key in keys
    }
    rules = [{"prefix": key, "audience": sorted(who)} for key, who in wanted.items() if who]
    audiences = frozenset(draw.sample(names, draw.randint(1, 2)))
    before = (shared.settings.data / "access.json").read_text()
    try:
        shared.write_rules(access={"rules": rules})
        services = shared.services
        corpus = Corpus(
            services.adapters.registry,
            services.adapters.revisions,
            services.access,
            services.presence,
        )
        read = {each.document: each.revision for each in corpus.read(audiences)}
        closed = [{"prefix": key, "audience": "nobody else"} for key in sorted(read)[::2]]
        shared.write_rules(access={"rules": closed})
        still = corpus.readable(read, audiences)
    finally:
        (shared.settings.data / "access.json").write_text(before)

    assert set(read) == {
        key for key, who in wanted.items() if audiences <= (who or frozenset({EVERYONE}))
    }
    assert still.isdisjoint(sorted(read)[::2])
    if audiences == {EVERYONE}:
        assert still == set(sorted(read)[1::2])


def test_rules_that_cannot_be_understood_leave_nothing_to_learn_from(laptop: Laptop) -> None:
    from wellread.domain.knowledge.errors import InvalidConfigurationError

    (laptop.settings.data / "access.json").write_text("{")

    with pytest.raises(InvalidConfigurationError):
        build(laptop)


def test_the_same_documents_and_seed_make_the_same_dataset(
    shared: Laptop, manifest: Manifest
) -> None:
    first, again, other = manifest, build(shared), build(shared, seed=1, size=10)

    assert first.dataset == again.dataset
    assert first.files == again.files
    assert other.dataset != first.dataset
    assert shared.services.stored_datasets.get(first.dataset).files == first.files


def test_without_an_evaluation_questions_are_made_about_what_is_held_out(shared: Laptop) -> None:
    manifest = build(shared, held_out=None, seed=3, size=8)
    lines = list(shared.services.stored_datasets.lines(manifest.dataset, HELD_OUT))
    questions = parse_questions(lines, HELD_OUT)

    assert {gold for each in questions for gold in each.gold} <= manifest.held_out
    misses = [each for each in questions if each.near_miss]
    assert 0.2 * len(questions) <= len(misses) <= 0.5 * len(questions)
    assert manifest.counts["held_out_questions"] == len(questions) > 4


def reviewed(laptop: Laptop, name: str, quote: str, **values: Any) -> ReviewedAnswer:
    document = DocumentId(f"{name.lower()}.md")
    record = laptop.adapters.registry.get(document)
    assert record is not None
    assert record.active is not None
    start = text_of(laptop, document).index(quote)
    cited = Citation(
        document=document,
        revision=record.active.text_id,
        start=start,
        end=start + len(quote),
        quote=quote,
        page=None,
        heading="",
        title=name,
    )
    made: dict[str, Any] = {
        "id": ReviewedId(f"about {name}"),
        "question": f"Who decides about the lamps in {name}?",
        "also": (f"Whose are the lamps of {name}?",),
        "text": "The council does, and it keeps a list. [1]",
        "citations": (cited,),
        "reviewed_by": "Zacharias",
        "at": laptop.adapters.clock(),
        "valid_until": laptop.adapters.clock() + 1000.0,
    }
    return ReviewedAnswer(**made | values)


def test_what_owners_approved_is_learnt_as_they_said_it(laptop: Laptop) -> None:
    warden = "warden of Colmar keeps 42 spare lamps"
    hidden = reviewed(laptop, "Husum", "warden of Husum keeps 47 spare lamps")
    expired = reviewed(laptop, "Kiruna", "warden of Kiruna keeps", valid_until=1.0)
    for answer in (reviewed(laptop, "Colmar", warden), hidden, expired):
        laptop.adapters.reviewed.put(answer)

    rules = [{"prefix": name, "audience": "board"} for name in ("board/", "husum.md")]
    laptop.write_rules(access={"rules": rules})

    manifest = build(laptop, size=10, held_out=set())

    found = [row for row in rows(laptop, manifest) if row["kind"] == "feedback"]
    assert {row["document"] for row in found} == {"colmar.md"}
    assert {row["prompt"][-1]["content"].rpartition("Question: ")[2] for row in found} == {
        "Who decides about the lamps in Colmar?",
        "Whose are the lamps of Colmar?",
    }
    for row in found:
        said, _, marker = row["completion"][0]["content"].rpartition(" ")
        source = row["prompt"][-1]["content"].partition(f"{marker} source")[2]
        assert said == "The council does, and it keeps a list."
        assert warden in source.partition("end of source")[0]
        assert row["span"]["text"] == warden
        assert row["made_by"] == "feedback"
        assert "Zacharias" not in json.dumps(row)
    assert manifest.counts["feedback"] == 2


def test_a_dataset_can_be_put_into_a_folder(
    shared: Laptop, tmp_path: Path, manifest: Manifest
) -> None:
    shared.services.stored_datasets.put_into(manifest.dataset, tmp_path / "rows")

    assert {path.name for path in (tmp_path / "rows").iterdir()} == {TRAIN, VALIDATION, MANIFEST}
    with pytest.raises(NotFoundError, match="no dataset 'dataset-x'"):
        shared.services.stored_datasets.put_into("dataset-x", tmp_path)


def test_a_revision_that_is_replaced_is_no_longer_learnt_from(laptop: Laptop) -> None:
    services = laptop.services
    corpus = Corpus(
        services.adapters.registry,
        services.adapters.revisions,
        services.access,
        services.presence,
    )
    before = {each.document: each.revision for each in corpus.read({EVERYONE})}
    laptop.drop("husum.md", "# Husum\n\nThe harbour of Husum is closed for good.")

    assert corpus.readable(before, {EVERYONE}) == before.keys() - {"husum.md"}
    after = {each.document: each.revision for each in corpus.read({EVERYONE})}
    assert after[DocumentId("husum.md")] != before[DocumentId("husum.md")]
    assert corpus.readable({DocumentId("gone.md"): RevisionId("1")}, {EVERYONE}) == frozenset()
