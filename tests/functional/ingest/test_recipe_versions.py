"""Whoever changes what comes out of a file raises a version, so that documents are read anew."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from wellread.adapters import parsing
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.ingest.chunking import CHUNKER_VERSION, chunk
from wellread.wire.stored_form import pack_chunks, pack_parsed

KNOWN = Path(__file__).with_name("recipe_versions.json")


def present(samples: Path) -> dict[str, dict[str, str]]:
    texts, pieces = hashlib.sha256(), hashlib.sha256()
    for path in sorted(samples.iterdir()):
        parsed = parse_document(path.name, path.read_bytes(), ParseLimits())
        texts.update(pack_parsed(parsed))
        pieces.update(pack_chunks(chunk(parsed, parsed.title)))
    return {
        "parser": {"version": parsing.PARSER_VERSION, "texts": texts.hexdigest()},
        "chunker": {"version": CHUNKER_VERSION, "chunks": pieces.hexdigest()},
    }


def test_what_comes_out_of_the_sample_documents_is_what_the_versions_stand_for(
    repository: Path,
) -> None:
    found = present(repository / "examples" / "sample-documents")

    assert json.loads(KNOWN.read_text()) == found, (
        "What comes out of a file has changed: raise PARSER_VERSION or CHUNKER_VERSION, then write "
        f"{json.dumps(found)} to {KNOWN.name}."
    )
