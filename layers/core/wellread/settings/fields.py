"""What a setting is described by."""

from __future__ import annotations

from typing import Any

from pydantic import Field


def setting(default: Any, says: str, *, shown: str = "", **limits: Any) -> Any:
    """A field that docs/configuration.md describes.

    Args:
        default: Its default.
        says: What it does, for people; markdown.
        shown: The default in words, where its value does not say it.
        limits: As pydantic's `Field` takes them.
    """
    return Field(default=default, description=says, json_schema_extra={"shown": shown}, **limits)
