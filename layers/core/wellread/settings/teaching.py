"""Settings of the model that writes questions for datasets."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from wellread.settings.fields import setting


class TeacherSettings(BaseSettings):
    """Who writes the questions of a dataset, and what that may cost."""

    teacher: str = setting(
        "none",
        "Who writes the questions that a model is tuned on: `none` fills templates with what "
        "documents state; `model` is the configured model; `bedrock:<model id>`; or the address of "
        "an OpenAI-compatible server. It is sent passages of the documents; see [the "
        "dataset](fine-tuning.md#the-dataset).",
    )
    teacher_model: str | None = setting(None, "The model to ask for at that address.")
    teacher_key: SecretStr | None = setting(
        None, "Sent to that address as a bearer token. Never logged."
    )
    teacher_seconds: float = setting(
        60.0, "How long the teacher may take for the questions about one passage.", gt=0
    )
    teacher_requests: int = setting(
        1000, "So many passages a teacher is asked about for one dataset at most.", ge=1
    )
    teacher_dollars: float | None = setting(
        None, "So many dollars a dataset may cost at most, by the prices below.", ge=0
    )
    teacher_read_price: float = setting(
        0.0, "What a million tokens cost that the teacher reads, in dollars.", ge=0
    )
    teacher_written_price: float = setting(
        0.0, "What a million tokens cost that the teacher writes, in dollars.", ge=0
    )
