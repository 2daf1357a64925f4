"""Requests as the service takes them: checked against its own description, which botocore has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import Shape
from botocore.validate import ParamValidator


class RefusedError(Exception):
    """What the service would not do.

    Attributes:
        code: Its name of the error.
    """

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def check(service: str, operation: str, given: Mapping[str, Any]) -> None:
    """See that a request is one that the service knows.

    Args:
        service: In boto3's words: "sagemaker".
        operation: "CreateModel".
        given: What was sent.

    Raises:
        RefusedError: It is not; the message names everything that is wrong.
    """
    shape = _input_of(service, operation)
    report = ParamValidator().validate(given, shape).generate_report()
    wrong = [report] if report else list(_beyond(shape, given, operation))
    if wrong:
        raise RefusedError("ValidationException", "; ".join(wrong))


def operations(service: str) -> frozenset[str]:
    """The names of what a service can be asked."""
    return frozenset(_model(service).operation_names)


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _input_of(service: str, operation: str) -> Any:
    return _model(service).operation_model(operation).input_shape


def _beyond(shape: Shape, given: Any, where: str) -> Iterator[str]:
    """What botocore itself lets through: too long, of another pattern, none of the allowed."""
    match shape.type_name:
        case "structure":
            for name, value in given.items():
                yield from _beyond(shape.members[name], value, f"{where}.{name}")
        case "list":
            yield from _too_many(shape, len(given), where)
            for each in given:
                yield from _beyond(shape.member, each, where)
        case "map":
            yield from _too_many(shape, len(given), where)
            for key, value in given.items():
                yield from _beyond(shape.key, key, where)
                yield from _beyond(shape.value, value, f"{where}.{key}")
        case "string":
            yield from _too_many(shape, len(given), where)
            yield from _other_words(shape, given, where)
        case "integer" | "long" | "float" | "double":
            yield from _too_many(shape, given, where)


def _too_many(shape: Shape, size: float, where: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is not None and size > most:
        yield f"{where} is {size}, at most {most} is allowed"


def _other_words(shape: Shape, given: str, where: str) -> Iterator[str]:
    allowed, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if allowed and given not in allowed:
        yield f"{where} is none of the allowed values"
    try:
        fits = pattern is None or re.fullmatch(pattern, given, re.DOTALL)
    except re.error:  # written for another language
        return
    if not fits:
        yield f"{where} does not match {pattern}"
