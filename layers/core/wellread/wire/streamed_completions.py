"""From the bytes of a chat completion to the pieces of its text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

_FAILED_REASONS = frozenset({"content_filter", "error"})


class UnusableAnswerError(Exception):
    """The server's answer is none; the message says why in a few words, without any of its text."""


def read_pieces(chunks: Iterable[bytes]) -> Iterator[str]:
    """The text of a completion, piece by piece, as the bytes of the response come in.

    Server-sent events (`data: {...}`), JSON lines and one plain JSON body are read alike. An empty
    piece is a sign of life without text: a model that is thinking.

    Raises:
        UnusableAnswerError: The server reports an error, or what it sends is no whole completion.
    """
    finished = False
    for event in _events(chunks):
        if event is None:
            finished = True
            break
        choice = _choice(event)
        if choice is None:
            continue
        reason = choice.get("finish_reason")
        if reason in _FAILED_REASONS:
            raise UnusableAnswerError(f"it stopped with the reason {reason}")
        # The usage may follow, and more text after a reason would be no error of ours.
        finished = finished or isinstance(reason, str)
        yield _text(choice)
    if not finished:
        raise UnusableAnswerError("it broke off before its answer was complete")


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The text without `<think>...</think>` blocks, which may be cut anywhere into pieces.

    Raises:
        UnusableAnswerError: A block ends that never began: what came before was no answer.
    """
    rest, thinking = "", False
    for piece in pieces:
        rest += piece
        said = ""
        while True:
            tag = "</think>" if thinking else "<think>"
            before, found, after = rest.partition(tag)
            if not thinking and "</think>" in before:
                raise UnusableAnswerError("it sends its thoughts as a part of the answer")
            if found:
                said += "" if thinking else before
                rest, thinking = after, not thinking
                continue
            break
        kept = _started_tag(rest)
        if not thinking:
            said += rest[: len(rest) - kept]
        rest = rest[len(rest) - kept :]
        yield said
    if thinking:
        raise UnusableAnswerError("it thought, but came to no answer")
    yield rest


def spoken(pieces: Iterable[str]) -> Iterator[str]:
    """The text that is meant for a reader: without thoughts, from its first word on.

    A piece that holds nothing for a reader comes through empty, as a sign of life.

    Raises:
        UnusableAnswerError: There is none.
    """
    spoke = False
    for piece in without_thoughts(pieces):
        text = piece if spoke else piece.lstrip()
        spoke = spoke or bool(text)
        yield text
    if not spoke:
        raise UnusableAnswerError("its answer was empty")


def _started_tag(text: str) -> int:
    """How many characters at the end may be the start of a tag."""
    start = text.rfind("<")
    tail = text[start:] if start >= 0 else ""
    return len(tail) if tail and ("<think>".startswith(tail) or "</think>".startswith(tail)) else 0


def _events(chunks: Iterable[bytes]) -> Iterator[dict[str, Any] | None]:
    """What the server says, event by event; None where it says that it is done."""
    lines = _lines(chunks)
    first = True
    for line in lines:
        if line.startswith((b":", b"event:", b"id:", b"retry:")):
            continue
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            yield None
            return
        if first and line == b"{":
            data += b"".join(lines)  # one body, laid out for people
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            raise UnusableAnswerError("it sends what is not JSON") from None
        if not isinstance(event, dict):
            raise UnusableAnswerError("it sends JSON that is no completion")
        if event.get("error"):
            raise UnusableAnswerError("it reports an error")
        first = False
        yield event


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    # Not the client's own lines: those end at U+2028 too, which JSON strings may hold.
    buffer = b""
    for chunk in chunks:
        *lines, buffer = (buffer + chunk).split(b"\n")
        yield from (line.strip() for line in lines if line.strip())
    if buffer.strip():
        yield buffer.strip()


def _choice(event: dict[str, Any]) -> dict[str, Any] | None:
    choices = event.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return None


def _text(choice: dict[str, Any]) -> str:
    message = choice.get("delta") or choice.get("message") or {}
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""
