"""Building a dataset: what a model is tuned on, out of what all who may ask it may read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.errors import PermanentError
from wellread.domain.tune.drafts import Filter
from wellread.domain.tune.examples import TrainingExample
from wellread.domain.tune.families import Split, families, split
from wellread.domain.tune.manifests import HELD_OUT, TRAIN, VALIDATION, Manifest
from wellread.domain.tune.shingles import contained, shingles
from wellread.ports.operations import Clock
from wellread.ports.tune import Corrections
from wellread.services.tune.corpus import Corpus, CorpusDocument, Vocabulary, scope_of
from wellread.services.tune.corrected import CorrectedRows
from wellread.services.tune.dataset_work import DatasetProgress, DatasetWork
from wellread.services.tune.examples import Bounds, Examples
from wellread.services.tune.live_prompts import LivePrompts
from wellread.services.tune.stored_datasets import StoredDatasets, sha256_of
from wellread.services.tune.template_drafts import DraftSource

VALIDATION_ROWS = 0.12
"""Rows to stop early by, for each row to learn from."""

NEAR_HELD_OUT = 0.3
"""A passage that shares so many of its runs of words with held-out documents is not learnt."""


class DatasetBuilding:
    """Makes datasets, and keeps them."""

    def __init__(
        self,
        corpus: Corpus,
        prompts: Callable[[int], LivePrompts],
        source: Callable[[Sequence[CorpusDocument], Vocabulary, int], DraftSource],
        stored: StoredDatasets,
        corrections: Corrections,
        *,
        passages: int,
        clock: Clock,
    ) -> None:
        """Build nothing yet.

        Args:
            corpus: What may be learnt from.
            prompts: Makes prompts, for a model that reads so many characters of passages.
            source: Makes questions about documents with their vocabulary, by a seed.
            stored: Keeps datasets.
            corrections: What owners approved.
            passages: How many passages an answer draws on.
            clock: The time.
        """
        self._corpus = corpus
        self._prompts = prompts
        self._source = source
        self._stored = stored
        self._corrections = corrections
        self._passages = passages
        self._clock = clock

    def build(
        self,
        audiences: frozenset[str],
        *,
        held_out: frozenset[DocumentId] | None,
        size: int,
        passage_characters: int,
        seed: int,
        progress: Callable[[DatasetProgress], None],
    ) -> Manifest:
        """Make a dataset and keep it. The same documents and seed make the same one.

        Args:
            audiences: Who may ask the model: every document in it may be read by each of them.
            held_out: The documents that an evaluation asks about; None has a share of them held
                out, and questions about these written beside the rows.
            size: Rows to learn from; fewer come out where there is less to ask about.
            passage_characters: How much of passages the model reads.
            seed: Of everything that is drawn.
            progress: Told now and then.

        Raises:
            PermanentError: There is nothing to learn from; the message says why.
            InvalidConfigurationError: The access rules cannot be understood.
            TransientError: Try again.
        """
        documents = self._corpus.read(audiences)
        if not documents:
            raise PermanentError(
                "There is no document that all of these audiences may read and that is indexed, so "
                "there is nothing to learn from. Choose fewer audiences, or add documents."
            )
        parts = split(families({e.document: e.shingles for e in documents}), held_out, seed)
        if not parts.training:
            raise PermanentError(
                "All of these documents are held out for the evaluation, so there is nothing left "
                "to learn from. Use questions about fewer of them."
            )
        vocabulary = Vocabulary(documents)
        examples = Examples(self._prompts(passage_characters), passages=self._passages, seed=seed)
        work = DatasetWork(
            self._source(documents, vocabulary, seed), examples, seed, vocabulary.known, progress
        )
        bounds = _bounds(documents, parts, audiences)
        rows = self._rows(documents, parts, work, examples, bounds, size)
        if not rows[TRAIN]:
            raise PermanentError(
                "No question could be made that the search answers, so there is nothing to learn "
                "from. Add documents with more text, or hold fewer of them out."
            )
        questions: list[dict[str, Any]] = []
        if held_out is None:
            unbound = replace(bounds, near_held_out=lambda _: False)
            questions = self._askable(
                work.questions(documents, unbound, parts.held_out), unbound, work.dropped
            )
        return self._keep(rows, questions, parts, work, passage_characters, audiences)

    def _rows(
        self,
        documents: Sequence[CorpusDocument],
        parts: Split,
        work: DatasetWork,
        examples: Examples,
        bounds: Bounds,
        size: int,
    ) -> dict[str, list[TrainingExample]]:
        """The rows of each file, with corrections in front."""
        learnt = bounds.within(parts.training | parts.validation)
        approved = self._corrections.approved()
        corrected = CorrectedRows(documents, examples, work.dropped)
        validation = max(round(VALIDATION_ROWS * size), 1)
        made = {}
        for part, about, within, wanted in (
            (TRAIN, parts.training, learnt.within(parts.training), size),
            (VALIDATION, parts.validation, learnt, validation),
        ):
            first = corrected.rows(approved, about, within)[:wanted]
            made[part] = [*first, *work.rows(documents, within, about, wanted - len(first))]
        return {part: self._still_readable(rows, work.dropped) for part, rows in made.items()}

    def _askable(
        self, questions: Sequence[dict[str, Any]], bounds: Bounds, dropped: Counter[str]
    ) -> list[dict[str, Any]]:
        """The questions whose documents may be read at this moment still."""
        sources = {
            document: RevisionId(bounds.sources[document])
            for each in questions
            for document in map(DocumentId, (*each["gold"], *each.get("related", ())))
        }
        readable = self._corpus.readable(sources, bounds.audiences) if sources else frozenset()
        kept = [
            each
            for each in questions
            if readable.issuperset((*each["gold"], *each.get("related", ())))
        ]
        dropped[Filter.RESTRICTED] += len(questions) - len(kept)
        return kept

    def _still_readable(
        self, rows: Sequence[TrainingExample], dropped: Counter[str]
    ) -> list[TrainingExample]:
        """The rows whose sources may all be read at this moment still, as they stand in there."""
        audiences = rows[0].audiences if rows else frozenset()
        sources = {
            DocumentId(document): RevisionId(revision)
            for row in rows
            for document, revision in (*row.sources.items(), (row.document, row.revision))
        }
        readable = self._corpus.readable(sources, audiences) if sources else frozenset()
        kept = [
            row for row in rows if readable.issuperset(row.sources) and row.document in readable
        ]
        dropped[Filter.RESTRICTED] += len(rows) - len(kept)
        return kept

    def _keep(
        self,
        rows: Mapping[str, Sequence[TrainingExample]],
        questions: Sequence[Mapping[str, Any]],
        parts: Split,
        work: DatasetWork,
        passage_characters: int,
        audiences: frozenset[str],
    ) -> Manifest:
        """Name the dataset by what it holds, and keep it."""
        files = {part: _lines(row.as_line() for row in made) for part, made in rows.items()}
        if questions:
            files[HELD_OUT] = _lines(questions)
        every = [row for made in rows.values() for row in made]
        counts = Counter(row.kind.value for row in every)
        counts.update({part.partition(".")[0]: len(made) for part, made in rows.items()})
        counts["held_out_questions"] = len(questions)
        counts.update({f"dropped.{name}": count for name, count in work.dropped.items() if count})
        manifest = Manifest(
            dataset="",
            created_at=self._clock(),
            audiences=audiences,
            documents={name: of for row in every for name, of in row.sources.items()},
            held_out=parts.held_out,
            counts=counts,
            prompt_version=PROMPT_VERSION,
            passage_characters=passage_characters,
            made_by=work.made_by,
            cost=work.cost,
            files={name: sha256_of(text) for name, text in files.items()},
        )
        named = replace(manifest, dataset=f"dataset-{_hash_of(manifest)}")
        self._stored.put(named, files)
        return named


def _bounds(documents: Sequence[CorpusDocument], parts: Split, audiences: frozenset[str]) -> Bounds:
    """All of these documents, and what is near to the held-out ones."""
    apart = frozenset().union(
        *(each.shingles for each in documents if each.document in parts.held_out)
    )
    return Bounds(
        audiences=audiences,
        scope=scope_of(audiences),
        sources={each.document: each.revision for each in documents},
        family=parts.family,
        near_held_out=lambda text: contained(shingles(text), apart) >= NEAR_HELD_OUT,
    )


def _lines(values: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(value, ensure_ascii=True, sort_keys=True) + "\n" for value in values)


def _hash_of(manifest: Manifest) -> str:
    """Of everything that a dataset is, and nothing that differs when it is built again."""
    what = manifest.as_json() | {"created_at": 0, "cost": {}}
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]
