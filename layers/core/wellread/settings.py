"""All settings, read from the environment once. Nothing else reads the environment.

Every setting is an environment variable with the prefix `WELLREAD_`; docs/configuration.md lists
them for people.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from wellread.domain.knowledge.errors import InvalidConfigurationError


class Settings(BaseSettings):
    """wellread's settings.

    Attributes:
        data: The folder that holds all of wellread's own data.
        documents: The folder of documents; `<data>/documents` where unset.
        embedder: "packaged", "multilingual", or a folder with an ONNX model.
        model_url: Base URL of an OpenAI-compatible server; unset, answers are quoted.
        model: The model to ask for at `model_url`.
        model_key: Sent as a bearer token where set.
        model_first_token_seconds: How long the model may take to begin.
        model_seconds: How long a whole answer may take.
        verifier: What checks a model's sentences: "words", "model", "guardrail:<id>[:<version>]"
            or "onnx:<folder>"; unset, "model" where a model is configured.
        audiences: What the local person belongs to, `everyone` by default.
        max_document_bytes: Larger files are refused.
        parse_seconds: Wall time that reading one file may take.
        parse_memory_mb: Memory that reading one file may take.
        parser_confinement: "best" reads files as confined as this machine allows; "require" fails
            files rather than read them unconfined.
        passages: How many passages an answer may draw on.
        embed_workers: Threads that embed; one fewer than the processors where unset.
        backend: "embedded" (one machine) or "aws".
        questions_per_minute: How many questions one asker may ask in a minute; 0 for any number.

    Where `backend` is "aws", the stack's template gives these:

    Attributes:
        documents_bucket: The versioned bucket of documents.
        state_bucket: Texts, staged batches, the settings document (`settings.json`), reports.
        documents_table, threads_table, vectors_table: DynamoDB tables.
        document_queue_url, chunk_queue_url: SQS queues.
        document_dead_letters_url, chunk_dead_letters_url: Their dead-letter queues, for `redrive`.
        event_bus: Where receipts are published.
        stack: Its name.
        reconcile_state_machine: ARN, for `reconcile`.
        index_url: The collection's endpoint.
        index_name: The index in it.
        index_engine: "faiss" on OpenSearch Serverless, "lucene" on a plain OpenSearch.
        index_signed: Whether requests to the index are signed (a plain OpenSearch wants none).
        index_seconds: How long the index may take to answer; one that slept takes 10 to 30.
        generator: "extractive", "sagemaker:<endpoint>[/<inference component>]" or
            "bedrock:<model id>". (`embedder` is then "packaged", "sagemaker:<endpoint>" or
            "bedrock:<model id>".)
        api_auth: How the API's callers are known: "iam", "jwt", or "open" for one anonymous asker.
        parse_function: The function that reads files, for the one that calls it.
        storage_hosts: From where that function fetches files, and where it puts texts.
        aws_endpoint_url: `AWS_ENDPOINT_URL`: an emulator that stands for all of AWS.

    Commands that look at a deployed stack from outside take these:

    Attributes:
        bucket: The documents bucket.
        api_url: The HTTP API.
        api_authorization: The Authorization header to send there.
    """

    model_config = SettingsConfigDict(env_prefix="WELLREAD_", frozen=True, extra="ignore")

    data: Path = Path("wellread-data")
    documents: Path | None = None
    embedder: str = "packaged"
    model_url: str | None = None
    model: str | None = None
    model_key: SecretStr | None = None
    model_first_token_seconds: float = Field(default=20.0, gt=0)
    model_seconds: float = Field(default=60.0, gt=0)
    verifier: str | None = None
    audiences: Annotated[tuple[str, ...], NoDecode] = ("everyone",)
    max_document_bytes: int = Field(default=100_000_000, gt=0)
    parse_seconds: float = Field(default=90.0, gt=0)
    parse_memory_mb: int = Field(default=512, ge=128)
    parser_confinement: Literal["best", "require"] = "best"
    passages: int = Field(default=8, ge=1, le=50)
    embed_workers: int | None = Field(default=None, ge=1)
    backend: Literal["embedded", "aws"] = "embedded"
    questions_per_minute: int = Field(default=0, ge=0)
    documents_bucket: str | None = None
    state_bucket: str | None = None
    documents_table: str | None = None
    threads_table: str | None = None
    vectors_table: str | None = None
    document_queue_url: str | None = None
    chunk_queue_url: str | None = None
    document_dead_letters_url: str | None = None
    chunk_dead_letters_url: str | None = None
    event_bus: str = "default"
    stack: str | None = None
    reconcile_state_machine: str | None = None
    index_url: str | None = None
    index_name: str = "passages"
    index_engine: Literal["faiss", "lucene"] = "faiss"
    index_signed: bool = True
    index_seconds: float = Field(default=60.0, gt=0)
    generator: str = "extractive"
    api_auth: Literal["iam", "jwt", "open"] = "iam"
    parse_function: str | None = None
    storage_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    aws_endpoint_url: str | None = Field(default=None, validation_alias="AWS_ENDPOINT_URL")
    bucket: str | None = None
    api_url: str | None = None
    api_authorization: SecretStr | None = None

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

    @field_validator("documents", "model_url", "model", "verifier", mode="before")
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
