"""Why SageMaker did not train or serve, in words that say what to do.

What it says is searched for the few causes that people can do something about.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MOST_CHARACTERS = 600
"""Of what a container wrote; SageMaker keeps 1,024."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and whether the same may work later.

    Attributes:
        words: For people: the cause and the fix.
        passes: Whether it passes by itself.
    """

    words: str
    passes: bool = False


@dataclass(frozen=True, slots=True)
class _Cause:
    """One cause.

    Attributes:
        signs: What SageMaker says then.
        words: The reason; `{instance}` and `{setting}` are filled in, `{said}` is what was said.
        passes: Whether it passes by itself.
    """

    signs: re.Pattern[str]
    words: str
    passes: bool = False


_CAUSES = (
    _Cause(
        re.compile(r"ResourceLimitExceeded|service limit|service quota|quota", re.IGNORECASE),
        "The account may not use (so many) {instance}: {said} Ask for more in the console of "
        "Service Quotas, under Amazon SageMaker, or choose another instance in {setting}.",
    ),
    _Cause(
        re.compile(
            r"CapacityError|InsufficientCapacity|[Uu]nable to (?:provision|fulfil)|"
            r"[Ii]nsufficient capacity|MaxWaitTimeExceeded"
        ),
        "AWS had no {instance} to spare. Start the run again later, choose another instance in "
        "{setting}, or take none that can be taken away again (TrainingSpot false).",
        passes=True,
    ),
    _Cause(
        re.compile(
            r"CannotPull|[Uu]nable to pull|image .*(?:not exist|not found)|"
            r"repository .*(?:not exist|not found)|RepositoryNotFound|ImageNotFound",
            re.IGNORECASE,
        ),
        "The container's image cannot be had: {said} Check the address of the image, that it is "
        "in this region, and that the role may read from its repository.",
    ),
    _Cause(
        re.compile(
            r"AccessDenied|not authorized|PassRole|assume the role|[Cc]ould not (?:access|assume)|"
            r"Forbidden"
        ),
        "A role may not do what it must: {said} Give the role that is named there this "
        "permission; the stack's own roles have what its own bucket and images of this account "
        "need.",
    ),
    _Cause(
        re.compile(r"MaxRuntimeExceeded"),
        "Training took longer than it may. Raise TrainingHours, take fewer rows, or a larger "
        "instance.",
    ),
    _Cause(
        re.compile(r"NoSuchBucket|NoSuchKey|No S3 objects|S3 .*(?:not found|does not exist)"),
        "Something that is to be read from S3 is not there: {said} Check TrainingBase and "
        "TrainingCode.",
    ),
    _Cause(
        re.compile(r"[Oo]ut of memory|OutOfMemory|OOM|exit code:? 137"),
        "There was not enough memory: {said} Take a larger instance in {setting}, or a recipe "
        "with smaller batches.",
    ),
)


def reason_of(said: str, *, instance: str, setting: str, otherwise: str) -> Reason:
    """Why it failed.

    Args:
        said: What SageMaker says, or a container wrote.
        instance: The kind of computer.
        setting: The template's parameter that names it.
        otherwise: What to say of any other cause, with `{said}`.
    """
    shown = _one_line(said)
    cause = next((one for one in _CAUSES if one.signs.search(said)), None)
    words = otherwise if cause is None else cause.words
    filled = words.replace("{instance}", instance).replace("{setting}", setting)
    return Reason(filled.replace("{said}", shown), cause is not None and cause.passes)


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    shown = words if len(words) <= _MOST_CHARACTERS else words[: _MOST_CHARACTERS - 1] + "…"
    return shown if shown.endswith((".", "!", "…")) else f"{shown}."
