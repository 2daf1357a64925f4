"""Fine-tuning runs of a stack, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wellread.bootstrap.aws_tuning import DATASETS, RUNS, AwsTuning
from wellread.bootstrap.once import Lazy, once
from wellread.domain.knowledge.errors import InvalidConfigurationError

if TYPE_CHECKING:
    from wellread.bootstrap.services import Services
    from wellread.domain.tune.models import RunName
    from wellread.services.tune.approvals import Approvals
    from wellread.services.tune.remote_ending import RemoteEnding
    from wellread.services.tune.remote_judging import RemoteJudging
    from wellread.services.tune.remote_plan import RemotePlan
    from wellread.services.tune.remote_training import RemoteTraining
    from wellread.services.tune.run_notes import RunNotes
    from wellread.services.tune.starting import Starting
    from wellread.wire.approval_links import ApprovalLinks

_DAY_SECONDS = 86_400


class RemoteTuning(Lazy):
    """What the functions of fine-tuning call."""

    def __init__(self, services: Services, aws: AwsTuning | None = None) -> None:
        """Make nothing yet.

        Args:
            services: Of a stack.
            aws: What trains and serves there; None for what the settings say.

        Raises:
            InvalidConfigurationError: These are no stack's.
        """
        super().__init__()
        if services.settings.backend != "aws":
            raise InvalidConfigurationError(
                "This machine trains by itself: `wellread fine-tune` without --stack."
            )
        self._services = services
        self._settings = services.settings
        self._aws = aws or AwsTuning(services.settings, services.adapters.clock)

    def begin(self, run: RunName) -> dict[str, Any]:
        """What is to be done about a run that was started."""
        known = self.ending.known(run)
        days = self._settings.fine_tune_approval_days
        return {
            "ended": known is not None,
            "verdict": "" if known is None else known["verdict"],
            "reason": "" if known is None else known["reason"],
            "approval": days > 0,
            "approval_seconds": max(days, 1) * _DAY_SECONDS,
        }

    @once
    def training(self) -> RemoteTraining:
        """From documents to a model."""
        from wellread.services.tune.remote_training import RemoteTraining

        services, aws = self._services, self._aws
        return RemoteTraining(
            self._plan,
            self._notes,
            services.datasets,
            services.stored_datasets,
            services.adapters.datasets,
            aws.trainings,
            services.tuned_models,
            aws.catalogue,
            aws.host,
            services.adapters.clock,
        )

    @once
    def judging(self) -> RemoteJudging:
        """Asks and compares."""
        from wellread.bootstrap.arms import readable_in
        from wellread.bootstrap.remote_arms import RemoteArms
        from wellread.domain.access.scope import members_of
        from wellread.services.tune.leaks import Leaks
        from wellread.services.tune.remote_judging import RemoteJudging

        services = self._services
        arms = RemoteArms(services, self._plan.audiences)
        return RemoteJudging(
            self._plan,
            self._notes,
            services.stored_datasets,
            services.tuned_models,
            arms,
            lambda audiences: Leaks(services.documents, members_of(audiences)),
            readable_in(services),
            without_tuned=arms.without_tuned,
        )

    @once
    def ending(self) -> RemoteEnding:
        """Approval, promotion, the watch, the end."""
        from wellread.services.tune.remote_ending import RemoteEnding
        from wellread.wire.approval_links import ApprovalLink

        aws = self._aws
        return RemoteEnding(
            self._plan,
            self._notes,
            self._services.tuned_models,
            aws.catalogue,
            aws.host,
            aws.news,
            lambda run, until: self.approval_links.link(ApprovalLink(run, until)),
            self._services.adapters.clock,
        )

    @once
    def approvals(self) -> Approvals:
        """What a person sees and says."""
        from wellread.services.tune.approvals import Approvals

        return Approvals(self._notes, self._services.tuned_models, self._aws.waiting)

    @once
    def approval_links(self) -> ApprovalLinks:
        """The links by which they do."""
        from wellread.wire.approval_links import ApprovalLinks

        secret = self._aws.approval_secret
        return ApprovalLinks(
            self._settings.public_url or "",
            lambda refused: secret.part("key", refused),
            self._services.adapters.clock,
        )

    @once
    def starting(self) -> Starting:
        """Starts runs that are due."""
        from wellread.services.tune.starting import Starting

        services = self._services
        return Starting(
            self._aws.starter,
            services.tuned_models,
            lambda since: sum(one.at > since for one in services.reviewed.approved()),
            services.adapters.clock,
            feedback=self._settings.fine_tune_feedback,
        )

    @once
    def _notes(self) -> RunNotes:
        from wellread.services.tune.run_notes import RunNotes

        return RunNotes(self._aws.runs)

    @once
    def _plan(self) -> RemotePlan:
        from wellread.domain.ask.prompting import PASSAGE_CHARACTERS
        from wellread.domain.tune.costs import read_prices
        from wellread.services.tune.remote_plan import RemotePlan

        settings, folder = self._settings, self._aws.folder
        return RemotePlan(
            prefix=settings.fine_tune_name,
            audiences=frozenset(settings.fine_tune_audiences),
            rows=settings.fine_tune_rows,
            least_rows=settings.fine_tune_least_rows,
            passage_characters=settings.model_passage_characters or PASSAGE_CHARACTERS,
            base=settings.training_base.strip("/"),
            recipe=settings.training_recipe,
            instance=settings.training_instance,
            seconds=int(settings.training_hours * 3600),
            prices=read_prices(settings.instance_prices),
            budget=settings.fine_tune_budget_dollars,
            approval_days=settings.fine_tune_approval_days,
            looks=settings.fine_tune_watch_minutes,
            datasets=f"{folder}/{DATASETS}",
            runs=f"{folder}/{RUNS}",
        )
