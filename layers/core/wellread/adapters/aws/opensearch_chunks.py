"""Chunks as documents of an OpenSearch index: the mapping, there and back.

A chunk document holds `document`, `key` (composed, for prefix rules), `revision`, `build`,
`write`, `ordinal`, `start`, `end`, `page`, `title`, `path` and `text`; `words`, which is what the
lexical leg searches; `acl`, `by_rule` and `readers`, a digest of the two; `added_at` in
milliseconds, and `copied_at` where it took the place of another for the sake of its readers;
`exact`, where JSON cannot hold the chunk's texts; and `vec`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wellread.adapters.aws.opensearch_names import name_of, stored_name
from wellread.domain.knowledge.documents import Chunk, DocumentId, IndexedChunk, Passage, RevisionId
from wellread.domain.text.unspaced import spaced
from wellread.ports.models import Vector
from wellread.wire.stored_form import pack, unpack

Source = dict[str, Any]

SHOWN = (
    "document", "revision", "write", "ordinal", "start", "end", "page", "title", "path", "text",
    "exact",
)  # fmt: skip
"""The fields that a passage is made of; a vector is ten times as large as all of them."""

_INDEX_ACTION = b'{"index":{}}\n'
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read a document, as its chunk documents say it.

    Attributes:
        audiences: Those of its sidecar. What the rules say is looked up at query time.
        by_rule: Whether the prefix rules alone decide; there are no audiences then.
    """

    audiences: frozenset[str]
    by_rule: bool

    @classmethod
    def of(cls, own: frozenset[str] | None) -> Readers:
        """Those of a document whose sidecar names these audiences, or none at all."""
        return cls(own or frozenset(), own is None)

    @property
    def digest(self) -> str:
        """Equal for equal readers, so that one term finds the chunk documents with others."""
        return hashlib.sha256(pack([self.by_rule, sorted(self.audiences)])).hexdigest()[:32]

    def fields(self) -> Source:
        """The fields of a chunk document that say it."""
        return {
            "acl": sorted(map(stored_name, self.audiences)),
            "by_rule": self.by_rule,
            "readers": self.digest,
        }


def index_body(engine: str) -> Source:
    """Settings and mapping of a new index, without the field of the vectors.

    Words are split where `wellread.wire.question_terms` splits a question's, before they come
    here; the analyzer only folds and stems them. Their places are kept, for identifiers, which are
    phrases. Fields that nothing searches are only kept.

    Source: https://docs.opensearch.org/latest/analyzers/token-filters/index/
    """
    keyword, kept = {"type": "keyword"}, {"type": "keyword", "index": False, "doc_values": False}
    number = {"type": "integer", "index": False, "doc_values": False}
    return {
        "settings": {
            "index": {"knn": True},
            "analysis": {
                "analyzer": {
                    "words": {
                        "type": "custom",
                        "tokenizer": "whitespace",
                        "filter": ["lowercase", "asciifolding", "porter_stem"],
                    }
                }
            },
        },
        "mappings": {
            "dynamic": False,
            "_meta": {"engine": engine},
            "properties": {
                "document": keyword,
                "key": keyword,
                "revision": kept,
                "build": keyword,
                "write": keyword,
                "ordinal": {"type": "integer"},
                "start": number,
                "end": number,
                "page": number,
                "title": {"type": "text", "index": False},
                "path": {"type": "text", "index": False},
                "text": {"type": "text", "index": False},
                "exact": {"type": "text", "index": False},
                "words": {"type": "text", "analyzer": "words"},
                "acl": keyword,
                "by_rule": {"type": "boolean"},
                "readers": keyword,
                "added_at": {"type": "long"},
                "copied_at": {"type": "long"},
            },
        },
    }


def keeps_places(mapping: Mapping[str, Any]) -> bool:
    """Whether a mapping keeps the places of words, as all do that `index_body` makes now."""
    return "index_options" not in mapping["properties"].get("words", {})


def vector_mapping(engine: str, dimensions: int) -> Source:
    """The field of the vectors.

    They have unit length, so their inner product is their cosine; both engines know it.

    Source: https://docs.opensearch.org/latest/mappings/supported-field-types/knn-methods-engines/
    """
    return {
        "type": "knn_vector",
        "dimension": dimensions,
        "method": {"name": "hnsw", "engine": engine, "space_type": "innerproduct"},
    }


def cosine_of(score: float) -> float:
    """The inner product that a k-NN score was made from (it keeps scores above zero)."""
    return score - 1.0 if score >= 1.0 else 1.0 - 1.0 / score


def bulk_lines(chunk: IndexedChunk, added_at: int) -> bytes:
    """A chunk as two lines of a bulk request, without an id: the server makes it.

    Args:
        chunk: With its vector, if it has one.
        added_at: Milliseconds since the epoch.
    """
    readers = Readers.of(chunk.own)
    source = _source(chunk, readers, added_at)
    try:
        text = _as_json(source)
    except UnicodeEncodeError:
        # Half of a pair of surrogates, out of a damaged file.
        kept = chunk.chunk
        exact = base64.b64encode(pack([kept.title, list(kept.heading_path), kept.text]))
        text = _as_json(_replaced(source) | {"exact": exact.decode("ascii")})
    if chunk.vector is None:
        return b"".join((_INDEX_ACTION, text, b"\n"))
    return b"".join((_INDEX_ACTION, text[:-1], b',"vec":', _vector(chunk.vector), b"}\n"))


def copy_lines(source: Source, readers: Readers | None, copied_at: int) -> bytes:
    """Two lines that write a chunk document again, vector and all, perhaps for other readers."""
    copy = source | (readers.fields() if readers else {}) | {"copied_at": copied_at}
    return b"".join((_INDEX_ACTION, _as_json(copy), b"\n"))


def delete_line(number: str) -> bytes:
    """The line of a bulk request that deletes the chunk document with a (server-made) id."""
    return _as_json({"delete": {"_id": number}}) + b"\n"


def passage_of(source: Source, score: float, cosine: float | None) -> Passage:
    """A hit as a passage."""
    title, path, text = source["title"], source["path"], source["text"]
    if "exact" in source:
        title, path, text = unpack(base64.b64decode(source["exact"]))
    return Passage(
        document=DocumentId(name_of(source["document"])),
        revision=RevisionId(name_of(source["revision"])),
        write=source["write"],
        chunk=Chunk(
            ordinal=source["ordinal"],
            start=source["start"],
            end=source["end"],
            text=text,
            title=title,
            heading_path=tuple(path),
            page=source.get("page"),
        ),
        score=score,
        cosine=cosine,
    )


def searched_words(*texts: str) -> str:
    """The words of texts as they are indexed, a space between them.

    Ligatures (of PDF files) and decomposed letters (of macOS) as people type them; words of scripts
    without spaces in pieces.
    """
    return " ".join(_WORD.findall(spaced(unicodedata.normalize("NFKC", " ".join(texts)))))


def _source(each: IndexedChunk, readers: Readers, added_at: int) -> Source:
    chunk = each.chunk
    source: Source = {
        "document": stored_name(each.document),
        "key": stored_name(unicodedata.normalize("NFC", each.document)),
        "revision": stored_name(each.revision),
        "build": each.build,
        "write": each.write,
        "ordinal": chunk.ordinal,
        "start": chunk.start,
        "end": chunk.end,
        "title": chunk.title,
        "path": list(chunk.heading_path),
        "text": chunk.text,
        "words": searched_words(chunk.title, *chunk.heading_path, chunk.text),
        "added_at": added_at,
    }
    if chunk.page is not None:
        source["page"] = chunk.page
    return source | readers.fields()


def _replaced(source: Source) -> Source:
    """The texts without what UTF-8 cannot hold."""

    def plain(text: str) -> str:
        return text.encode("utf-8", "replace").decode("utf-8")

    return source | {
        "title": plain(source["title"]),
        "path": [plain(part) for part in source["path"]],
        "text": plain(source["text"]),
        "words": plain(source["words"]),
    }


def _as_json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _vector(vector: Vector) -> bytes:
    """A vector as JSON, with the digits that single precision has.

    A model that stumbles over a text may give NaN, which JSON has no word for.
    """
    text = ("%.8g," * len(vector)) % vector
    if "n" in text:  # "nan" or "inf"
        return _vector(tuple(x if abs(x) < 1.0e30 else 0.0 for x in vector))
    return f"[{text[:-1]}]".encode("ascii")
