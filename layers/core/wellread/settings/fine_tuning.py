"""Settings of fine-tuning in a stack."""

from __future__ import annotations

from typing import Annotated

from pydantic_settings import BaseSettings, NoDecode

from wellread.settings.fields import setting


class FineTuningSettings(BaseSettings):
    """What a stack's template tells the functions of its fine-tuning."""

    fine_tune_state_machine: str | None = setting(
        None, "ARN of the state machine that trains, judges and promotes. Set, fine-tuning is on."
    )
    fine_tune_name: str = setting(
        "wellread", "What names of training jobs and of served models begin with."
    )
    fine_tune_audiences: Annotated[tuple[str, ...], NoDecode] = setting(
        ("everyone",),
        "Who may ask the tuned model: it learns only what all of these may read.",
    )
    fine_tune_rows: int = setting(2_000, "How many rows a dataset has at most.", ge=1)
    fine_tune_least_rows: int = setting(
        50, "With fewer rows to learn from, there is no training.", ge=1
    )
    fine_tune_budget_dollars: float = setting(
        0.0,
        "A run that may cost more is not begun; 0 for no limit. Needs a price in "
        "`WELLREAD_INSTANCE_PRICES`.",
        ge=0,
    )
    fine_tune_approval_days: int = setting(
        0, "How long a model that passed waits for a person's word; 0 promotes it at once.", ge=0
    )
    fine_tune_watch_minutes: int = setting(
        30, "How long a promoted model's alarms are watched, to take it back by itself.", ge=0
    )
    fine_tune_feedback: int = setting(
        0, "So many approved corrections since the last run start another; 0 for never.", ge=0
    )
    instance_prices: str = setting(
        "",
        "What an hour of an instance costs in dollars: `ml.g5.2xlarge=1.52`, several separated "
        "by commas.",
    )
    training_image: str = setting("", "Image that a training job runs in.")
    training_instance: str = setting("ml.g5.2xlarge", "Its kind of computer.")
    training_role: str = setting("", "ARN of the role that training jobs run as.")
    training_code: str = setting("", "S3 folder that holds `training/`.")
    training_base: str = setting("", "S3 folder with the weights to start from.")
    training_recipe: str = setting("small-1.7b", "Name of the recipe.")
    training_hours: float = setting(8.0, "How long a job may run.", gt=0)
    training_spot: bool = setting(
        True, "Whether the computer may be taken away again, which costs less."
    )
    training_volume_gb: int = setting(100, "Its disk.", ge=1)
    tuned_endpoint: str = setting(
        "", "SageMaker endpoint with inference components that serves tuned models."
    )
    tuned_variant: str = setting("all", "Its variant.")
    serving_image: str = setting("", "Image that serves tuned models.")
    serving_role: str = setting("", "ARN of the role that it runs as.")
    serving_instance: str = setting("", "The endpoint's kind of computer, for messages.")
    serving_environment: str = setting(
        "", "Its variables, `NAME=value`, several separated by commas."
    )
    serving_folder: str = setting(
        "merged", "Of what a training wrote, the folder that it loads; empty for all."
    )
    serving_accelerators: int = setting(1, "Accelerators that a copy takes.", ge=0)
    serving_memory_mb: int = setting(8_192, "Memory that a copy takes.", ge=128)
    serving_copies: int = setting(2, "Copies of a model at most; the fewest are none.", ge=1)
    serving_slow_seconds: float = setting(
        30.0, "Answers that take longer on average set off the alarm of a tuned model.", gt=0
    )
    model_group: str = setting("", "SageMaker model package group that models are entered in.")
    alarm_topic: str = setting("", "ARN of the SNS topic that alarms of tuned models tell.")
    approval_secret: str | None = setting(
        None,
        "ARN of the secret in Secrets Manager with the `key` that links for approval are signed "
        "with.",
    )
