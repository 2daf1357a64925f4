"""Settings of a stack's functions, and of commands that look at a stack."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, NoDecode

from wellread.settings.fields import setting


class StackSettings(BaseSettings):
    """What a stack's template tells its functions."""

    backend: Literal["embedded", "aws"] = setting(
        "embedded",
        "`aws` in a stack's functions: its services in place of a data folder. Commands do not "
        "look at it; they take `--stack`.",
    )
    documents_bucket: str | None = setting(
        None, "The versioned bucket that documents are dropped into."
    )
    state_bucket: str | None = setting(
        None,
        "The bucket for texts, staged batches, reports, and the settings document `settings.json`.",
    )
    documents_table: str | None = setting(None, "DynamoDB table: a record a document.")
    threads_table: str | None = setting(
        None, "DynamoDB table: threads, feedback, counted questions."
    )
    vectors_table: str | None = setting(
        None, "DynamoDB table: vectors by content, so that no text is embedded twice."
    )
    document_queue_url: str | None = setting(None, "SQS queue of changed documents.")
    chunk_queue_url: str | None = setting(None, "SQS queue of batches to embed.")
    document_dead_letters_url: str | None = setting(
        None, "What of the first queue failed every time."
    )
    chunk_dead_letters_url: str | None = setting(
        None, "What of the second queue failed every time."
    )
    question_queue_url: str | None = setting(None, "SQS FIFO queue of what happens in chats.")
    question_dead_letters_url: str | None = setting(
        None, "What of the third queue failed every time."
    )
    receipt_queue_url: str | None = setting(
        None, "SQS queue of receipts, for places in chats that want to be told."
    )
    receipt_dead_letters_url: str | None = setting(
        None, "What of the fourth queue failed every time."
    )
    replies_table: str | None = setting(
        None, "DynamoDB table: how far the reply to each message of a chat is."
    )
    slack_secret: str | None = setting(
        None,
        "ARN of the secret in Secrets Manager that has Slack's `signing_secret` and `bot_token`. "
        "Set, Slack is on.",
    )
    teams_secret: str | None = setting(
        None,
        "ARN of the secret in Secrets Manager that has the `client_secret` of the bot in Teams.",
    )
    slack_installations: str | None = setting(
        None,
        "What the names of secrets begin with that have a Slack workspace's token each. Set, the "
        "app can be installed in several.",
    )
    link_secret: str | None = setting(
        None,
        "ARN of the secret in Secrets Manager with the `key` that links in chats are signed with. "
        "Unset, they are not, and lead to the API as it is.",
    )
    event_bus: str = setting("default", "The EventBridge bus that receipts are published on.")
    stack: str | None = setting(None, "The stack's name, for the commands that people are told.")
    reconcile_state_machine: str | None = setting(
        None, "ARN of the state machine that compares bucket, registry and index."
    )
    index_url: str | None = setting(None, "Endpoint of the OpenSearch collection.")
    index_name: str = setting("passages", "The index in it.")
    index_engine: Literal["faiss", "lucene"] = setting(
        "faiss", "`faiss` on OpenSearch Serverless, `lucene` on a plain OpenSearch."
    )
    index_signed: bool = setting(
        True,
        "Whether requests to the index are signed; 0 for a plain OpenSearch without AWS in front.",
    )
    index_seconds: float = setting(
        60.0,
        "How long the index may take to answer; one that slept takes 10 to 30 seconds. The API's "
        "function has 12.",
        gt=0,
    )
    generator: str = setting(
        "extractive", "Who writes answers; see [models](#models-of-a-deployed-stack)."
    )
    parse_function: str | None = setting(
        None, "The function that reads files, for the one that calls it."
    )
    storage_hosts: Annotated[tuple[str, ...], NoDecode] = setting(
        (),
        "The hosts that that function fetches files from and hands texts over to, "
        "comma-separated. Where `AWS_ENDPOINT_URL` is set, that is the only one.",
    )
    api_auth: Literal["iam", "jwt", "open"] = setting(
        "iam",
        "How the API's callers are known: `iam`, `jwt` or `open`; see [who "
        "asks](http-api.md#who-asks).",
    )
    aws_endpoint_url: str | None = setting(
        None, "An emulator that stands for all of AWS.", validation_alias="AWS_ENDPOINT_URL"
    )


class CommandSettings(BaseSettings):
    """What commands are told that look at a deployed stack from outside."""

    bucket: str | None = setting(None, "The documents bucket.")
    api_url: str | None = setting(None, "Address of the HTTP API.")
    api_authorization: SecretStr | None = setting(
        None, "The `Authorization` header to send there. Never logged."
    )
