"""Tuned models on their way: judged, promoted, rolled back, and marked for what they saw."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from wellread.domain.access.scope import both
from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError, NotFoundError, PermanentError
from wellread.domain.tune.models import ModelChange, ModelStatus, RunName, TunedModel
from wellread.ports.operations import Clock
from wellread.ports.tune import ModelRegistry

logger = logging.getLogger(__name__)

_TRIES = 5

_WORTHY = frozenset(
    {ModelStatus.AWAITING_APPROVAL, ModelStatus.SUPERSEDED, ModelStatus.ROLLED_BACK}
)
"""What a person may promote: all of these passed the gate."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a roll back did.

    Attributes:
        away: The model that does not answer any more.
        back: The one that answers again; None where there was none before it.
    """

    away: TunedModel
    back: TunedModel | None


class TunedModels:
    """The models that came of fine-tuning. Of all of them at most one answers."""

    def __init__(
        self,
        registry: ModelRegistry,
        clock: Clock,
        *,
        readers_of: Callable[[DocumentId], frozenset[str] | None] = lambda _: None,
        prompt_version: str = PROMPT_VERSION,
    ) -> None:
        """Look after the models of a registry.

        Args:
            registry: Keeps them.
            clock: The time.
            readers_of: The audiences of a document at this moment, or when it was deleted; None
                where it is not known any more.
            prompt_version: Of the product's prompts: a model of other ones is not asked.
        """
        self._registry = registry
        self._readers_of = readers_of
        self._clock = clock
        self._prompt_version = prompt_version

    def list(self) -> Sequence[TunedModel]:
        """All models, oldest first."""
        return self._registry.list()

    def get(self, run: RunName) -> TunedModel:
        """The model of a run.

        Raises:
            NotFoundError: There is none.
        """
        model = self._registry.get(run)
        if model is None:
            raise NotFoundError(
                f"There is no model of a run named {run}. `wellread models list` shows all of them."
            )
        return model

    def promoted(self) -> TunedModel | None:
        """The model that is promoted, whether or not it can be asked; None where there is none."""
        return self._registry.promoted()

    def answering(self) -> TunedModel | None:
        """The model that answers in the tuned modes; None where none does."""
        model = self._registry.promoted()
        return model if model is not None and self.understands(model) else None

    def understands(self, model: TunedModel) -> bool:
        """Whether a model was trained on the prompts that the product asks with."""
        return model.prompt_version == self._prompt_version

    def register(self, model: TunedModel) -> TunedModel:
        """Keep what came of a training, as a candidate. Doing it again changes nothing.

        Raises:
            ConflictError: That run's model has been judged already, and is another one.
        """
        known = self._registry.get(model.run)
        seen, readers = frozenset[str](), model.audiences
        if known is not None and known.dataset == model.dataset:
            # What was found out of the dataset's documents meanwhile holds.
            seen, readers = known.saw_erased, both(known.audiences, readers)
        candidate = replace(
            model,
            status=ModelStatus.CANDIDATE,
            changed_at=self._clock(),
            saw_erased=seen,
            audiences=readers,
            follows=None,
        )
        self._registry.register(candidate)
        return self.get(model.run)

    def passed(
        self,
        run: RunName,
        reason: str,
        metrics: Mapping[str, float],
        *,
        incumbent: RunName | None,
        approval: bool = False,
    ) -> TunedModel:
        """Promote a candidate that passed the gate, or have it wait for a person.

        Told again, it changes nothing.

        Args:
            run: Its run.
            reason: What it won by, for people.
            metrics: Of its evaluation, by name.
            incumbent: The promoted model that it was measured against; None where none was.
            approval: Whether a person decides.

        Raises:
            NotFoundError: There is no such model.
            ConflictError: Another model is promoted by now than it was measured against.
            PermanentError: It was judged otherwise before, or was trained on other prompts.
        """
        model = self.get(run)
        if model.status in (ModelStatus.PROMOTED, ModelStatus.AWAITING_APPROVAL):
            return model
        judged = self._judged(model, ModelStatus.AWAITING_APPROVAL, reason, metrics)
        judged = replace(judged, follows=incumbent)
        if not approval:
            return self._promote(model, judged)
        self._registry.replace(ModelChange(model, judged))
        return judged

    def failed(self, run: RunName, reason: str, metrics: Mapping[str, float]) -> TunedModel:
        """Keep that a candidate did not pass the gate. Told again, it changes nothing.

        Raises:
            NotFoundError: There is no such model.
            PermanentError: It was judged otherwise before.
        """
        model = self.get(run)
        if model.status is ModelStatus.NOT_PROMOTED:
            return model
        judged = self._judged(model, ModelStatus.NOT_PROMOTED, reason, metrics)
        self._registry.replace(ModelChange(model, judged))
        return judged

    def refuse(self, run: RunName, reason: str) -> TunedModel:
        """Keep that a person decided against a model that waits for them.

        Raises:
            NotFoundError: There is no such model.
            PermanentError: It does not wait.
        """
        model = self.get(run)
        if model.status is ModelStatus.NOT_PROMOTED:
            return model
        if model.status is not ModelStatus.AWAITING_APPROVAL:
            raise PermanentError(f"The model {run} does not wait for approval: it is {_is(model)}.")
        refused = self._with(model, ModelStatus.NOT_PROMOTED, reason)
        self._registry.replace(ModelChange(model, refused))
        return refused

    def promotable(self, run: RunName) -> TunedModel:
        """The model of a run, where a person may promote it.

        Raises:
            NotFoundError: There is no such model.
            ConflictError: It waits for approval, and another model is promoted by now than the one
                that it was measured against.
            PermanentError: It did not pass the gate, or was trained on other prompts.
        """
        model = self.get(run)
        if model.status is ModelStatus.PROMOTED:
            return model
        if model.status not in _WORTHY:
            raise PermanentError(f"The model {run} cannot be promoted: it is {_is(model)}.")
        self._refuse_other_prompts(model)
        if model.status is ModelStatus.AWAITING_APPROVAL:
            _refuse_another(model, self._registry.promoted())
        return model

    def promote(self, run: RunName, reason: str = "Promoted by hand.") -> TunedModel:
        """Promote a model because a person says so; what `promotable` raises, it raises."""
        model = self.promotable(run)
        if model.status is ModelStatus.PROMOTED:
            return model
        if model.status is ModelStatus.AWAITING_APPROVAL:
            return self._promote(model, model)
        incumbent = self._registry.promoted()
        follows = None if incumbent is None else incumbent.run
        return self._promote(model, replace(model, follows=follows, reason=reason))

    def before(self, model: TunedModel) -> TunedModel | None:
        """The model that a roll back from this one leads to; None where there is none."""
        known = {each.run: each for each in self._registry.list()}
        seen = {model.run}
        earlier = model.follows
        while earlier is not None and earlier not in seen and earlier in known:
            if known[earlier].status is ModelStatus.SUPERSEDED:
                return known[earlier]
            seen.add(earlier)
            earlier = known[earlier].follows
        return None

    def rollback(self, reason: str = "Rolled back by hand.") -> RolledBack:
        """Take the promoted model away, and let the one before it answer again, in one step.

        Raises:
            PermanentError: None is promoted.
            ConflictError: Another one was promoted meanwhile.
        """
        model = self._registry.promoted()
        if model is None:
            raise PermanentError("No tuned model is promoted, so there is nothing to roll back.")
        earlier = self.before(model)
        away = self._with(model, ModelStatus.ROLLED_BACK, reason)
        changes = [ModelChange(model, away)]
        back = None
        if earlier is not None:
            back = self._with(earlier, ModelStatus.PROMOTED, f"{model.run} was rolled back.")
            changes.append(ModelChange(earlier, back))
        self._registry.replace(*changes)
        logger.info("rolled back", extra={"away": away.run, "back": back.run if back else None})
        return RolledBack(away, back)

    def mark_erased(
        self, documents: Collection[DocumentId], datasets: Collection[str]
    ) -> Sequence[RunName]:
        """Mark the models that were trained on documents which are deleted now.

        They go on answering, those who might read the documents in the end: what a model has learnt
        cannot be taken out of it. Doing it again changes nothing.

        Args:
            documents: The deleted documents.
            datasets: Names of the datasets that hold words of theirs.

        Returns:
            The runs whose models saw one of them.
        """
        if not documents or not datasets:
            return ()
        saw = [model.run for model in self._registry.list() if model.dataset in datasets]
        for run in saw:
            self._mark(run, frozenset(documents))
        return saw

    def _mark(self, run: RunName, documents: frozenset[DocumentId]) -> None:
        known = [readers for each in documents if (readers := self._readers_of(each)) is not None]
        for _ in range(_TRIES):
            model = self.get(run)
            marked = replace(
                model,
                saw_erased=model.saw_erased | documents,
                audiences=reduce(both, known, model.audiences),
            )
            if marked == model:
                return
            try:
                self._registry.replace(ModelChange(model, marked))
            except ConflictError:
                continue
            return
        raise ConflictError(f"The model {run} is changed again and again. Try again.")

    def _promote(self, model: TunedModel, judged: TunedModel) -> TunedModel:
        """Put a model in the place of the one that it follows."""
        self._refuse_other_prompts(model)
        incumbent = self._registry.promoted()
        _refuse_another(judged, incumbent)
        promoted = self._with(judged, ModelStatus.PROMOTED, judged.reason)
        changes = [ModelChange(model, promoted)]
        if incumbent is not None:
            given_up = self._with(
                incumbent, ModelStatus.SUPERSEDED, f"{model.run} answers in its place."
            )
            changes.append(ModelChange(incumbent, given_up))
        self._registry.replace(*changes)
        logger.info("promoted", extra={"run": model.run, "follows": promoted.follows})
        return promoted

    def _refuse_other_prompts(self, model: TunedModel) -> None:
        if not self.understands(model):
            raise PermanentError(
                f"The model {model.run} was trained on prompts that wellread does not use any "
                "more, so it would not be asked. Run `wellread fine-tune` again."
            )

    def _judged(
        self, model: TunedModel, status: ModelStatus, reason: str, metrics: Mapping[str, float]
    ) -> TunedModel:
        if model.status is not ModelStatus.CANDIDATE:
            raise PermanentError(f"The model {model.run} was judged before: it is {_is(model)}.")
        return replace(self._with(model, status, reason), metrics=dict(metrics))

    def _with(self, model: TunedModel, status: ModelStatus, reason: str) -> TunedModel:
        return replace(model, status=status, reason=reason, changed_at=self._clock())


def _refuse_another(model: TunedModel, incumbent: TunedModel | None) -> None:
    """See that a model takes the place of the one that it was measured against.

    Raises:
        ConflictError: It does not.
    """
    promoted = None if incumbent is None else incumbent.run
    if promoted != model.follows:
        raise ConflictError(
            f"The model {model.run} was measured against {model.follows or 'no tuned model'}, and "
            f"{promoted or 'no tuned model'} is promoted by now. Run `wellread fine-tune` again, "
            "to measure it against that."
        )


def _is(model: TunedModel) -> str:
    words = model.status.value.replace("_", " ")
    return f"{words} ({model.reason.rstrip('.')})" if model.reason else words
