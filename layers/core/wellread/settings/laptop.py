"""Settings of one machine, and what every backend shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, NoDecode

from wellread.settings.fields import setting


class LaptopSettings(BaseSettings):
    """Where data, documents and models are, and what limits reading and asking."""

    data: Path = setting(
        Path("wellread-data"),
        "The folder for all that wellread keeps: the database `wellread.sqlite`, the log, and "
        "`access.json` if you make one.",
    )
    documents: Path | None = setting(
        None,
        "The folder of documents.",
        shown="the one served last, or `documents` in the data folder",
    )
    embedder: str = setting(
        "packaged",
        "What turns text into vectors: `packaged` (English), `multilingual` (an extra), or a "
        "folder with an ONNX sentence model as sentence-transformers saves it (`model.onnx`, "
        "`tokenizer.json`, `1_Pooling/config.json`, `sentence_bert_config.json`). `hf download "
        "NAME --local-dir FOLDER` fetches one; [its files can be "
        "pinned](security.md#what-comes-in-is-verified).",
    )
    model_url: str | None = setting(
        None,
        "Address of an OpenAI-compatible server, with or without `/v1`. Unset, the model runs on "
        "this machine.",
    )
    model: str | None = setting(
        None,
        "The model to ask for there; needed where `WELLREAD_MODEL_URL` is set. Without an address, "
        "a [model on this machine](models.md): `packaged`, the name of one that was fetched, or "
        "the path of a GGUF file.",
        shown="none: answers are quoted from the documents",
    )
    model_key: SecretStr | None = setting(
        None, "Sent to that server as a bearer token. Never logged."
    )
    model_first_token_seconds: float = setting(
        20.0, "How long the model may take to begin. After that the answer is quoted.", gt=0
    )
    model_seconds: float = setting(60.0, "How long a whole answer of the model may take.", gt=0)
    model_passage_characters: int | None = setting(
        None,
        "How much of the passages the model is given, in characters; about four make a token.",
        shown="2400 for a model on this machine, else 8000",
        ge=500,
        le=100_000,
    )
    model_answer_tokens: int = setting(
        160,
        "After so many tokens an answer of a model on this machine is cut off; about three short "
        "sentences take half of them.",
        ge=16,
        le=4000,
    )
    base_models: Path = setting(
        Path("~/.cache/wellread/models"),
        "The folder for models that `wellread models get` fetches, and for the packaged one in its "
        "faster form.",
    )
    hub_url: str = setting(
        "https://huggingface.co", "Where models are fetched from: Hugging Face, or a mirror of it."
    )
    verifier: str | None = setting(
        None,
        "What checks each sentence that a model writes: `words`, `model`, `guardrail:<id>`, "
        "`guardrail:<id>:<version>` or `onnx:<folder>`; see [what is "
        "checked](asking.md#what-is-checked).",
        shown="`model` where `WELLREAD_MODEL_URL` or a stack names one, else `words`",
    )
    audiences: Annotated[tuple[str, ...], NoDecode] = setting(
        ("everyone",), "What the person at this machine belongs to, names separated by commas."
    )
    passages: int = setting(8, "How many passages an answer may draw on, 1 to 50.", ge=1, le=50)
    max_document_bytes: int = setting(100_000_000, "Larger files fail as `too_large`.", gt=0)
    parse_seconds: float = setting(
        90.0,
        "A file that takes longer to read fails as `too_slow`; so does one that takes more "
        "processor time than 10 s and 1.5 s for each MiB of it, or than two thirds of this.",
        gt=0,
    )
    parse_memory_mb: int = setting(
        512, "Memory that reading one file may take, at least 128.", ge=128
    )
    parser_confinement: Literal["best", "require"] = setting(
        "best",
        "`best` reads files in a process that is confined as far as the machine allows; "
        "`require` fails them where it cannot be; see [what holds a "
        "reader](security.md#what-holds-a-reader).",
    )
    embed_workers: int | None = setting(
        None, "Threads that embed.", shown="one fewer than the processors", ge=1
    )
    questions_per_minute: int = setting(
        0,
        "How many questions one caller of the HTTP API may ask in a minute; 0 for any number.",
        ge=0,
    )
