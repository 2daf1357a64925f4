"""What verifiers ask on this machine, for tests: a checker's chat, a guardrail, a cross-encoder."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from tests import chat_server, model_server

Judge = Callable[[str, str], bool]
"""From a claim and its source to whether the one stands in the other."""


def verbatim(claim: str, source: str) -> bool:
    """A judge: the claim's words stand in the source one after the other."""
    folded = [" ".join(re.findall(r"\w+", text.lower())) for text in (claim, source)]
    return bool(folded[0]) and folded[0] in folded[1]


def is_check(body: dict[str, Any]) -> bool:
    """Whether a chat completion is asked to check claims."""
    system = body["messages"][0]
    return system["role"] == "system" and system["content"].startswith("Check claims")


def asked_claims(body: dict[str, Any]) -> list[dict[str, str]]:
    """The claims that a request asks about."""
    last = body["messages"][-1]
    assert last["role"] == "user"
    asked = json.loads(last["content"])
    assert asked.keys() == {"claims"}
    assert all(each.keys() == {"id", "claim", "source"} for each in asked["claims"])
    return list(asked["claims"])


def verdicts(body: dict[str, Any], judge: Judge) -> str:
    """What a checker replies that judges every claim."""
    found = [
        {"id": each["id"], "supported": judge(each["claim"], each["source"])}
        for each in asked_claims(body)
    ]
    return json.dumps({"verdicts": found})


def checking_chat(
    judge: Judge, answer: Sequence[str] = ("Nothing.",)
) -> Callable[[chat_server.Exchange], None]:
    """An OpenAI-compatible server that checks claims, and answers anything else with an answer."""

    def behave(exchange: chat_server.Exchange) -> None:
        body: Any = exchange.server.requests[-1][2]
        said = [verdicts(body, judge)] if is_check(body) else answer
        chat_server.stream(*said)(exchange)

    return behave


def grounding_guardrail(judge: Judge) -> Callable[[model_server.Exchange], None]:
    """Bedrock's ApplyGuardrail with contextual grounding, as strict as the service.

    Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
    """

    def behave(exchange: model_server.Exchange) -> None:
        body = exchange.call.body
        assert re.fullmatch(r"/guardrail/[\w:/-]+/version/(DRAFT|\d+)/apply", exchange.call.path)
        assert body["source"] == "OUTPUT"
        parts: dict[str, str] = {}
        for content in body["content"]:
            (qualifier,) = content["text"]["qualifiers"]
            # All sources of a call are one to the service.
            parts[qualifier] = parts.get(qualifier, "") + content["text"]["text"]
        limits = {"grounding_source": 100_000, "query": 1_000, "guard_content": 5_000}
        if parts.keys() != limits.keys() or any(len(parts[n]) > limits[n] for n in limits):
            exchange.refuse(400, "ValidationException", "The content is not what it must be.")
            return
        grounded = judge(parts["guard_content"], parts["grounding_source"])
        exchange.answer(applied(grounded))

    return behave


def applied(grounded: bool, *, relevant: bool = False) -> dict[str, Any]:
    """What ApplyGuardrail answers."""
    filters = [
        {
            "type": kind,
            "threshold": 0.7,
            "score": 0.9 if good else 0.1,
            "action": "NONE" if good else "BLOCKED",
            "detected": not good,
        }
        for kind, good in (("GROUNDING", grounded), ("RELEVANCE", relevant))
    ]
    blocked = not (grounded and relevant)
    return {
        "action": "GUARDRAIL_INTERVENED" if blocked else "NONE",
        "outputs": [{"text": "Blocked."}] if blocked else [],
        "assessments": [{"contextualGroundingPolicy": {"filters": filters}}],
        "usage": {
            "topicPolicyUnits": 0,
            "contentPolicyUnits": 0,
            "wordPolicyUnits": 0,
            "sensitiveInformationPolicyUnits": 0,
            "sensitiveInformationPolicyFreeUnits": 0,
            "contextualGroundingPolicyUnits": 1,
        },
    }


def cross_encoder(folder: Path, **settings: object) -> Path:
    """A tiny cross-encoder's folder: a claim is supported where its source holds all its words."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "id2label": {"0": "not_entailment", "1": "entailment"},
        "max_position_embeddings": 64,
        "model_type": "tiny",
        **settings,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer()), encoding="utf-8")
    (folder / "model.onnx").write_bytes(_comparing_model())
    return folder


WORDS = (
    "leave is thirty days a year the printer on second floor takes paper bananas are blue .".split()
)


def _tokenizer() -> dict[str, Any]:
    vocabulary = {word: n for n, word in enumerate(("[PAD]", "[CLS]", "[SEP]", "[UNK]", *WORDS))}

    def special(name: str) -> dict[str, Any]:
        return {"SpecialToken": {"id": name, "type_id": 0}}

    def sequence(name: str, kind: int) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": kind}}

    end = {"SpecialToken": {"id": "[SEP]", "type_id": 1}}
    return {
        "version": "1.0",
        "truncation": {
            "direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0,
        },
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]"), sequence("A", 0), special("[SEP]")],
            "pair": [
                special("[CLS]"), sequence("A", 0), special("[SEP]"), sequence("B", 1), end,
            ],
            "special_tokens": {
                name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]}
                for name in ("[CLS]", "[SEP]")
            },
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }  # fmt: skip


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """A protocol buffer message: (field number, int, str, or encoded message) each."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return out


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _comparing_model() -> bytes:
    """An ONNX graph over token ids and segments (1 x length each), without weights to learn."""
    size = 4 + len(WORDS)
    # Words that bear no meaning here: the special tokens are in no text.
    weights = [0.0] * 3 + [1.0] * (size - 3)
    eye = [float(row == column) for row in range(size) for column in range(size)]

    def tensor(name: str, kind: int, shape: Iterable[int], data: bytes) -> bytes:
        return message(*[(1, side) for side in shape], (2, kind), (8, name), (9, data))

    def floats(name: str, shape: Iterable[int], values: Sequence[float]) -> bytes:
        return tensor(name, 1, shape, struct.pack(f"<{len(values)}f", *values))

    def node(kind: str, inputs: Sequence[str], output: str, *attributes: bytes) -> bytes:
        named = [(1, each) for each in inputs]
        return message(*named, (2, output), (4, kind), *[(5, each) for each in attributes])

    def value(name: str, kind: int, sides: Sequence[str]) -> bytes:
        shape = message(*[(1, message((2, side))) for side in sides])
        return message((1, name), (2, message((1, message((1, kind), (2, shape))))))

    to_float = message((1, "to"), (20, 2), (3, 1))
    axis = message((1, "axes"), (20, 7), (8, 1))
    flat = message((1, "keepdims"), (20, 2), (3, 0))
    last = message((1, "axis"), (20, 2), (3, 1))
    nodes = [
        node("Gather", ["eye", "input_ids"], "hot"),  # 1 x length x size
        node("Cast", ["token_type_ids"], "second", to_float),
        node("Unsqueeze", ["second", "two"], "claimed"),  # 1 x length x 1
        node("Sub", ["one", "claimed"], "sourced"),
        node("Mul", ["hot", "sourced"], "source_hot"),
        node("Mul", ["hot", "claimed"], "claim_hot"),
        node("ReduceMax", ["source_hot"], "in_source", axis, flat),  # 1 x size
        node("ReduceMax", ["claim_hot"], "in_claim", axis, flat),
        node("Sub", ["in_claim", "in_source"], "only_claimed"),
        node("Relu", ["only_claimed"], "lacking"),
        node("MatMul", ["lacking", "weights"], "lack"),  # 1 x 1
        node("Sub", ["half", "lack"], "supported"),
        node("Neg", ["supported"], "unsupported"),
        node("Concat", ["unsupported", "supported"], "logits", last),
    ]
    constants = [
        floats("eye", (size, size), eye),
        floats("weights", (size, 1), weights),
        floats("one", (1,), [1.0]),
        floats("half", (1,), [0.5]),
        tensor("two", 7, (1,), struct.pack("<q", 2)),
    ]
    graph = message(
        *[(1, each) for each in nodes],
        (2, "tiny"),
        *[(5, each) for each in constants],
        *[(11, value(name, 7, ["batch", "length"])) for name in ("input_ids", "token_type_ids")],
        (12, value("logits", 1, ["batch", "labels"])),
    )
    return message((1, 7), (8, message((1, ""), (2, 13))), (7, graph))
