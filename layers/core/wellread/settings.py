"""All settings, read from the environment once. Nothing else reads the environment.

Every setting is an environment variable with the prefix `WELLREAD_`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from wellread.domain.knowledge.errors import InvalidConfigurationError


def _setting(default: Any, says: str, *, shown: str = "", **limits: Any) -> Any:
    """A field that docs/configuration.md describes.

    Args:
        default: Its default.
        says: What it does, for people; markdown.
        shown: The default in words, where its value does not say it.
        limits: As pydantic's `Field` takes them.
    """
    return Field(default=default, description=says, json_schema_extra={"shown": shown}, **limits)


class Settings(BaseSettings):
    """wellread's settings; the tables of docs/configuration.md are made from them."""

    model_config = SettingsConfigDict(env_prefix="WELLREAD_", frozen=True, extra="ignore")

    data: Path = _setting(
        Path("wellread-data"),
        "The folder for all that wellread keeps: the database `wellread.sqlite`, the log, and "
        "`access.json` if you make one.",
    )
    documents: Path | None = _setting(
        None,
        "The folder of documents.",
        shown="the one served last, or `documents` in the data folder",
    )
    embedder: str = _setting(
        "packaged",
        "What turns text into vectors: `packaged` (English), `multilingual` (an extra), or a "
        "folder with an ONNX sentence model as sentence-transformers saves it (`model.onnx`, "
        "`tokenizer.json`, `1_Pooling/config.json`, `sentence_bert_config.json`). `hf download "
        "NAME --local-dir FOLDER` fetches one; [its files can be "
        "pinned](security.md#what-comes-in-is-verified).",
    )
    model_url: str | None = _setting(
        None,
        "Address of an OpenAI-compatible server, with or without `/v1`. Unset, answers are "
        "quoted from the documents.",
    )
    model: str | None = _setting(
        None, "The model to ask for there; needed where `WELLREAD_MODEL_URL` is set."
    )
    model_key: SecretStr | None = _setting(
        None, "Sent to that server as a bearer token. Never logged."
    )
    model_first_token_seconds: float = _setting(
        20.0, "How long the model may take to begin. After that the answer is quoted.", gt=0
    )
    model_seconds: float = _setting(60.0, "How long a whole answer of the model may take.", gt=0)
    verifier: str | None = _setting(
        None,
        "What checks each sentence that a model writes: `words`, `model`, `guardrail:<id>`, "
        "`guardrail:<id>:<version>` or `onnx:<folder>`; see [what is "
        "checked](asking.md#what-is-checked).",
        shown="`model` where a model is configured, else `words`",
    )
    audiences: Annotated[tuple[str, ...], NoDecode] = _setting(
        ("everyone",), "What the person at this machine belongs to, names separated by commas."
    )
    passages: int = _setting(8, "How many passages an answer may draw on, 1 to 50.", ge=1, le=50)
    max_document_bytes: int = _setting(100_000_000, "Larger files fail as `too_large`.", gt=0)
    parse_seconds: float = _setting(
        90.0,
        "A file that takes longer to read fails as `too_slow`; so does one that takes more "
        "processor time than 10 s and 1.5 s for each MiB of it, or than two thirds of this.",
        gt=0,
    )
    parse_memory_mb: int = _setting(
        512, "Memory that reading one file may take, at least 128.", ge=128
    )
    parser_confinement: Literal["best", "require"] = _setting(
        "best",
        "`best` reads files in a process that is confined as far as the machine allows; "
        "`require` fails them where it cannot be; see [what holds a "
        "reader](security.md#what-holds-a-reader).",
    )
    embed_workers: int | None = _setting(
        None, "Threads that embed.", shown="one fewer than the processors", ge=1
    )
    questions_per_minute: int = _setting(
        0,
        "How many questions one caller of the HTTP API may ask in a minute; 0 for any number.",
        ge=0,
    )
    slack_signing_secret: SecretStr | None = _setting(
        None, "What Slack signs its requests with. Set with the bot token, Slack is on."
    )
    slack_bot_token: SecretStr | None = _setting(
        None, "The token of the Slack app's bot, `xoxb-…`. Never logged."
    )
    slack_app_token: SecretStr | None = _setting(
        None, "The token of `wellread serve --slack` (Socket Mode), `xapp-…`. Never logged."
    )
    slack_client_id: str | None = _setting(
        None,
        "The app's client id. Set with the client's secret, the app can be installed in [several "
        "workspaces](slack.md#several-workspaces).",
    )
    slack_client_secret: SecretStr | None = _setting(None, "The client's secret. Never logged.")
    slack_workspaces: str | None = _setting(
        None,
        "The ids of the workspaces that it may be installed in then, separated by commas, that of "
        "the settings document first.",
    )
    slack_api_url: str = _setting("https://slack.com/api/", "Where Slack's Web API is.")
    teams_client_id: str | None = _setting(
        None,
        "The application (client) id of the bot in Microsoft Teams. Set with the tenant's id and "
        "the client's secret, Teams is on.",
    )
    teams_tenant_id: str | None = _setting(
        None, "The id of the one tenant whose people the bot answers."
    )
    teams_client_secret: SecretStr | None = _setting(
        None, "The secret that the bot signs in with. Never logged."
    )
    teams_openid_url: str = _setting(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "The OpenID document of what signs Teams' requests; the keys are at `keys` beside it.",
    )
    teams_login_url: str = _setting("https://login.microsoftonline.com", "Where the bot signs in.")
    teams_graph_url: str = _setting("https://graph.microsoft.com", "Where Microsoft Graph is.")
    chat_members_seconds: float = _setting(
        60.0, "How old what is known of a chat's members and groups may be.", ge=0
    )
    public_url: str | None = _setting(
        None,
        "Put before the links of citations in chats.",
        shown="the server's own address",
    )
    # The stack's template gives these to its functions.
    backend: Literal["embedded", "aws"] = _setting(
        "embedded",
        "`aws` in a stack's functions: its services in place of a data folder. Commands do not "
        "look at it; they take `--stack`.",
    )
    documents_bucket: str | None = _setting(
        None, "The versioned bucket that documents are dropped into."
    )
    state_bucket: str | None = _setting(
        None,
        "The bucket for texts, staged batches, reports, and the settings document `settings.json`.",
    )
    documents_table: str | None = _setting(None, "DynamoDB table: a record a document.")
    threads_table: str | None = _setting(
        None, "DynamoDB table: threads, feedback, counted questions."
    )
    vectors_table: str | None = _setting(
        None, "DynamoDB table: vectors by content, so that no text is embedded twice."
    )
    document_queue_url: str | None = _setting(None, "SQS queue of changed documents.")
    chunk_queue_url: str | None = _setting(None, "SQS queue of batches to embed.")
    document_dead_letters_url: str | None = _setting(
        None, "What of the first queue failed every time."
    )
    chunk_dead_letters_url: str | None = _setting(
        None, "What of the second queue failed every time."
    )
    question_queue_url: str | None = _setting(None, "SQS FIFO queue of what happens in chats.")
    question_dead_letters_url: str | None = _setting(
        None, "What of the third queue failed every time."
    )
    receipt_queue_url: str | None = _setting(
        None, "SQS queue of receipts, for places in chats that want to be told."
    )
    receipt_dead_letters_url: str | None = _setting(
        None, "What of the fourth queue failed every time."
    )
    replies_table: str | None = _setting(
        None, "DynamoDB table: how far the reply to each message of a chat is."
    )
    slack_secret: str | None = _setting(
        None,
        "ARN of the secret in Secrets Manager that has Slack's `signing_secret` and `bot_token`. "
        "Set, Slack is on.",
    )
    teams_secret: str | None = _setting(
        None,
        "ARN of the secret in Secrets Manager that has the `client_secret` of the bot in Teams.",
    )
    slack_installations: str | None = _setting(
        None,
        "What the names of secrets begin with that have a Slack workspace's token each. Set, the "
        "app can be installed in several.",
    )
    link_secret: str | None = _setting(
        None,
        "ARN of the secret in Secrets Manager with the `key` that links in chats are signed with. "
        "Unset, they are not, and lead to the API as it is.",
    )
    event_bus: str = _setting("default", "The EventBridge bus that receipts are published on.")
    stack: str | None = _setting(None, "The stack's name, for the commands that people are told.")
    reconcile_state_machine: str | None = _setting(
        None, "ARN of the state machine that compares bucket, registry and index."
    )
    index_url: str | None = _setting(None, "Endpoint of the OpenSearch collection.")
    index_name: str = _setting("passages", "The index in it.")
    index_engine: Literal["faiss", "lucene"] = _setting(
        "faiss", "`faiss` on OpenSearch Serverless, `lucene` on a plain OpenSearch."
    )
    index_signed: bool = _setting(
        True,
        "Whether requests to the index are signed; 0 for a plain OpenSearch without AWS in front.",
    )
    index_seconds: float = _setting(
        60.0,
        "How long the index may take to answer; one that slept takes 10 to 30 seconds. The API's "
        "function has 12.",
        gt=0,
    )
    generator: str = _setting(
        "extractive", "Who writes answers; see [models](#models-of-a-deployed-stack)."
    )
    parse_function: str | None = _setting(
        None, "The function that reads files, for the one that calls it."
    )
    storage_hosts: Annotated[tuple[str, ...], NoDecode] = _setting(
        (),
        "The hosts that that function fetches files from and hands texts over to, "
        "comma-separated. Where `AWS_ENDPOINT_URL` is set, that is the only one.",
    )
    api_auth: Literal["iam", "jwt", "open"] = _setting(
        "iam",
        "How the API's callers are known: `iam`, `jwt` or `open`; see [who "
        "asks](http-api.md#who-asks).",
    )
    aws_endpoint_url: str | None = _setting(
        None, "An emulator that stands for all of AWS.", validation_alias="AWS_ENDPOINT_URL"
    )
    # Commands that look at a deployed stack from outside take these.
    bucket: str | None = _setting(None, "The documents bucket.")
    api_url: str | None = _setting(None, "Address of the HTTP API.")
    api_authorization: SecretStr | None = _setting(
        None, "The `Authorization` header to send there. Never logged."
    )

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

    @field_validator("audiences", "storage_hosts", mode="before")
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
