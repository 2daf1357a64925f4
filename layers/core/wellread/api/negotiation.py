"""Which of two representations a caller would rather have."""

from __future__ import annotations


def prefers_html(accept: str | None) -> bool:
    """Whether an Accept header asks for a page rather than for JSON, as browsers do."""
    wanted = _weights(accept)
    return wanted.get("text/html", 0.0) > wanted.get("application/json", 0.0)


def wants_events(accept: str | None) -> bool:
    """Whether an Accept header asks for server-sent events."""
    return _weights(accept).get("text/event-stream", 0.0) > 0


def is_json(content_type: str | None) -> bool:
    """Whether a body that is labelled so may be read as JSON.

    One without a label may, and so may a "form": curl and Python's urllib call every body that,
    unless they are told. Another website's form does not get this far (the host's guard, or the
    credentials that it lacks).
    """
    media_type = (content_type or "application/json").partition(";")[0]
    return media_type.strip().lower() in ("application/json", "application/x-www-form-urlencoded")


def _weights(accept: str | None) -> dict[str, float]:
    weights: dict[str, float] = {}
    for entry in (accept or "").lower().split(","):
        media_type, *parameters = (part.strip() for part in entry.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                weight = _number(value)
        weights[media_type] = max(weight, weights.get(media_type, 0.0))
    return weights


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
