"""All settings, read from the environment once. Nothing else reads the environment.

Every setting is an environment variable with the prefix `WELLREAD_`.
"""

from __future__ import annotations

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.settings.chats import ChatSettings
from wellread.settings.fine_tuning import FineTuningSettings
from wellread.settings.laptop import LaptopSettings
from wellread.settings.stack import CommandSettings, StackSettings
from wellread.settings.teaching import TeacherSettings


class Settings(
    CommandSettings,
    FineTuningSettings,
    StackSettings,
    ChatSettings,
    TeacherSettings,
    LaptopSettings,
):
    """wellread's settings; the tables of docs/configuration.md are made from them."""

    model_config = SettingsConfigDict(env_prefix="WELLREAD_", frozen=True, extra="ignore")

    @property
    def chats(self) -> bool:
        """Whether a chat platform's credentials are set, so that it is on."""
        installable = self.slack_client_id and self.slack_client_secret
        bot = self.slack_bot_token or installable
        slack = bot and (self.slack_signing_secret or self.slack_app_token)
        return bool(slack or self.teams_bot)

    @property
    def teams_bot(self) -> tuple[str, str] | None:
        """Client id and tenant id of the bot in Teams; None where Teams is off."""
        if not (self.teams_client_id and self.teams_tenant_id):
            return None
        # In a stack, what takes requests has no right to the secret.
        on = self.teams_client_secret or self.backend == "aws"
        return (self.teams_client_id, self.teams_tenant_id) if on else None

    @property
    def queue_urls(self) -> dict[str, str]:
        """The queues whose messages functions are invoked with: name → URL, of those that are set.

        A field `NAME_queue_url` makes one, and `NAME_dead_letters_url` its dead-letter queue.
        """
        end = "_queue_url"
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name.removesuffix(end): url
            for name, url in fields.items()
            if name.endswith(end) and url
        }

    @field_validator("audiences", "fine_tune_audiences", "storage_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator(
        "documents",
        "model_url",
        "model",
        "verifier",
        "slack_signing_secret",
        "slack_bot_token",
        "slack_app_token",
        "slack_client_id",
        "slack_client_secret",
        "slack_workspaces",
        "teams_client_id",
        "teams_tenant_id",
        "teams_client_secret",
        "public_url",
        "teacher_model",
        "teacher_key",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment, with what a command line says on top.

    Raises:
        InvalidConfigurationError: Naming every setting that is wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"WELLREAD_{'_'.join(str(p) for p in e['loc'][:1]).upper()}: {e['msg']}"
            for e in error.errors()
        )
        raise InvalidConfigurationError(f"These settings are wrong: {wrong}.") from None
    if settings.model_url and not settings.model:
        raise InvalidConfigurationError(
            "WELLREAD_MODEL_URL is set but WELLREAD_MODEL is not: name the model to ask for there."
        )
    return settings


class DemoSettings(BaseSettings):
    """The demo's switches.

    Attributes:
        exit: Stop after the answer instead of serving the page.
        question: What to ask.
    """

    model_config = SettingsConfigDict(env_prefix="WELLREAD_DEMO_", frozen=True, extra="ignore")

    exit: bool = False
    question: str = "How long may a book be borrowed?"
