"""What is checked of the places that the settings document names, in every chat platform alike."""

from __future__ import annotations

from wellread.domain.ask.questions import Place
from wellread.domain.knowledge.errors import DeliveryError
from wellread.local.doctor.findings import Subject, fail
from wellread.ports.chat import Membership


def named_places(subject: Subject, platform: str) -> tuple[str, ...]:
    """The conversations of a platform that the settings document names."""
    rules = subject.rules.chat().of(platform)
    return tuple(dict.fromkeys([*filter(None, [rules.approvals]), *rules.places]))


def look_up_places(subject: Subject, platform: str, membership: Membership, fix: str) -> str:
    """Check that the bot can see who is in each of those.

    Args:
        subject: What is checked.
        platform: Whose conversations.
        membership: Looks them up.
        fix: What to do where it cannot.
    """
    named = named_places(subject, platform)
    for conversation in named:
        try:
            membership.readers(Place(platform, "", conversation, ""))
        except DeliveryError as error:
            code = getattr(error, "code", "")
            fail(
                f"The conversation {conversation} that the settings name cannot be looked up"
                f"{f' ({code})' if code else ''}",
                fix,
            )
    return f"All {len(named)} that the settings name can be looked up."
