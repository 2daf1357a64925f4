"""What is checked of the places that the settings document names, in every chat platform alike."""

from __future__ import annotations

from collections.abc import Callable

from wellread.domain.ask.questions import Place
from wellread.domain.knowledge.errors import DeliveryError
from wellread.local.doctor.findings import Subject, fail
from wellread.ports.chat import Membership


def look_up_places(
    subject: Subject, platform: str, membership: Callable[[], Membership], fix: str
) -> str:
    """Check that the bot can see who is in each conversation of a platform that is named.

    Args:
        subject: What is checked.
        platform: Whose conversations.
        membership: Makes what looks them up.
        fix: What to do about one that cannot be.
    """
    rules = subject.rules.chat().of(platform)
    if bool(rules.approvals) != bool(rules.approvers):
        fail(
            'Of "approvers" and "approvals" one is named, so no files are taken',
            "Name both, or neither.",
        )
    named = tuple(dict.fromkeys([*filter(None, [rules.approvals]), *rules.places]))
    if not named:
        return ""
    people = membership()
    for conversation in named:
        try:
            people.readers(Place(platform, "", conversation, ""))
        except DeliveryError as error:
            code = getattr(error, "code", None)
            if code is None:
                # It is not the conversation that is refused, but the bot.
                raise
            fail(
                f"The conversation {conversation} that the settings name cannot be looked up "
                f"({code})",
                fix,
            )
    return f"All {len(named)} that the settings name can be looked up."
