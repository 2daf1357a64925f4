"""Where models can be had: a few known ones, any file of a hub, any address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from wellread.domain.knowledge.errors import InvalidConfigurationError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ENDING = ".gguf"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """An open model that runs on a laptop.

    Attributes:
        name: What to fetch it by, and what WELLREAD_MODEL says then.
        repository: Where the hub has it.
        revision: The commit there.
        file: The file's name.
        size: In bytes.
        sha256: Of the file.
        licence: As the repository says it.
        about: What it is good for, in a few words.
    """

    name: str
    repository: str
    revision: str
    file: str
    size: int
    sha256: str
    licence: str
    about: str


KNOWN = (
    KnownModel(
        "smollm2-360m",
        "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF",
        "593b5a2e04c8f3e4ee880263f93e0bd2901ad47f",
        "smollm2-360m-instruct-q8_0.gguf",
        386_404_992,
        "48ab3034d0dd401fbc721eb1df3217902fee7dab9078992d66431f09b7750201",
        "Apache-2.0",
        "small and quick; English only",
    ),
    KnownModel(
        "qwen2.5-1.5b",
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        "91cad51170dc346986eccefdc2dd33a9da36ead9",
        "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        1_117_320_736,
        "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        "Apache-2.0",
        "many languages; wants four quick cores",
    ),
    KnownModel(
        "qwen3-4b",
        "Qwen/Qwen3-4B-GGUF",
        "bc640142c66e1fdd12af0bd68f40445458f3869b",
        "Qwen3-4B-Q4_K_M.gguf",
        2_497_280_256,
        "7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5",
        "Apache-2.0",
        "the best of these; slow without a graphics card",
    ),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to fetch.

    Attributes:
        name: What the model is called here.
        url: Where the file is.
        sha256: What it has to hold; None where the hub is asked for it.
        hub: Whether the address is the hub's, which says the hash of its files.
    """

    name: str
    url: str
    sha256: str | None
    hub: bool


def source_of(wanted: str, hub_url: str, sha256: str | None = None) -> Source:
    """What a person means by the name of a model.

    Args:
        wanted: A known name, `owner/repository/file.gguf` of the hub, or an https address.
        hub_url: Where the hub is.
        sha256: What the file has to hold, from whoever vouches for it.

    Raises:
        InvalidConfigurationError: It is none of these, or nothing says what it has to hold.
    """
    if sha256 is not None:
        sha256 = sha256.strip().lower()
        if not _SHA256.fullmatch(sha256):
            raise InvalidConfigurationError("--sha256 is 64 hexadecimal digits. Copy it again.")
    hub = hub_url.rstrip("/")
    for known in KNOWN:
        if wanted == known.name:
            url = f"{hub}/{known.repository}/resolve/{known.revision}/{known.file}"
            return Source(known.name, url, sha256 or known.sha256, hub=True)
    if "://" in wanted:
        return _by_address(wanted, hub, sha256)
    parts = wanted.split("/")
    if len(parts) < 3 or not wanted.endswith(_ENDING) or not all(map(_PART.fullmatch, parts)):
        names = ", ".join(known.name for known in KNOWN)
        raise InvalidConfigurationError(
            f'There is no model "{wanted}". Name one of {names}, a file of the hub as '
            "owner/repository/file.gguf, or an https address."
        )
    owner, repository, *path = parts
    url = f"{hub}/{owner}/{repository}/resolve/main/{quote('/'.join(path))}"
    return Source(_name_of(path[-1]), url, sha256, hub=True)


def _by_address(url: str, hub: str, sha256: str | None) -> Source:
    address = urlsplit(url)
    of_hub = url.startswith(f"{hub}/")
    if not (address.scheme == "https" or of_hub) or not address.hostname:
        raise InvalidConfigurationError("A model is fetched from an https address only.")
    if not of_hub and sha256 is None:
        raise InvalidConfigurationError(
            "Nothing says what the file at this address has to hold. Give --sha256, from the page "
            "that names the file."
        )
    return Source(_name_of(PurePosixPath(address.path).name), url, sha256, hub=of_hub)


def _name_of(file: str) -> str:
    name = file.removesuffix(_ENDING)
    if not file.endswith(_ENDING) or not _NAME.fullmatch(name):
        raise InvalidConfigurationError(
            f'"{file}" is no name of a model\'s file. It ends in {_ENDING}, and has letters, '
            "digits, dots, hyphens and underscores."
        )
    return name
