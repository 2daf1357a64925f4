"""Handlers that look around inside a built function, in place of its own."""

from __future__ import annotations

PARSES = """
from pathlib import Path
from wellread.adapters.parsing.confined.sandbox import SandboxedParser

def lambda_handler(event, context):
    parser = SandboxedParser()
    try:
        return {f: len(parser.parse(Path(f).name, Path(f).read_bytes()).text) for f in event}
    finally:
        parser.close()
"""
FINDS = """
from importlib.util import find_spec

def lambda_handler(event, context):
    return {name: find_spec(name) is not None for name in event}
"""
LOADS = """
import sys
from app import lambda_handler as handler

def lambda_handler(event, context):
    handler(event, context)
    return sorted(sys.modules)
"""
EMBEDS = """
from wellread.bootstrap.models import load_embedder

def lambda_handler(event, context):
    vector = load_embedder("packaged").embed_question(event)
    return {"dimensions": len(vector), "length": sum(v * v for v in vector) ** 0.5}
"""
BUILDS = """
import sys
from wellread.bootstrap import get_services

def lambda_handler(event, context):
    built = {name: type(getattr(get_services(), name)).__name__ for name in event}
    return {"built": built, "loaded": sorted({name.split(".")[0] for name in sys.modules})}
"""
ASKS_BEDROCK = """
from wellread.bootstrap.models import load_embedder
from wellread.domain.knowledge.errors import WellreadError

def lambda_handler(event, context):
    try:
        load_embedder("bedrock:some.embedder-v2:0").embed_question(event)
    except WellreadError as error:
        return type(error).__name__
"""
