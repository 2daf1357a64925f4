"""Checks of Slack: the app's secrets and scopes, and the groups and places of the settings."""

from __future__ import annotations

import time
from functools import partial

from wellread.adapters.chat.slack.grants import missing_scopes
from wellread.adapters.chat.slack.members import SlackMembership
from wellread.adapters.chat.slack.web import BotToken, RefusedError, SlackWeb
from wellread.bootstrap.chat import workspaces_of
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.doctor.findings import Check, Subject, fail
from wellread.local.doctor.places import look_up_places

_SLACK = "slack"


def signing_secret(subject: Subject) -> str:
    """Whether requests can be told from forged ones; Socket Mode needs none."""
    settings = subject.settings
    if subject.secret is None:
        if settings.slack_app_token:
            fail("WELLREAD_SLACK_BOT_TOKEN is not set", "Set it beside WELLREAD_SLACK_APP_TOKEN.")
        return "It is off: none of its secrets is set."
    try:
        subject.secret.part("signing_secret")
    except InvalidConfigurationError:
        if not settings.slack_app_token:
            raise
        return "No signing secret is set; requests come by Socket Mode alone."
    return "The signing secret is set."


def bot_token(subject: Subject) -> str:
    """Whether it is valid."""
    if subject.secret is None:
        return ""
    said = [_web(subject, token).call("auth.test") for token in _tokens(subject)]
    names = ", ".join(str(found.get("team") or found.get("team_id")) for found in said)
    return f"It is valid in the workspace{'s' if len(said) > 1 else ''} {names}."


def scopes(subject: Subject) -> str:
    """Whether the bot may do all that it needs to."""
    if subject.secret is None:
        return ""
    for token in _tokens(subject):
        _web(subject, token).call("auth.test")  # says in words what is wrong with the token
        missing = missing_scopes(token(), subject.settings.slack_api_url)
        if missing is None:
            return "Slack does not say which ones the token has."
        if missing:
            fail(
                f"The bot token lacks the scopes {', '.join(missing)}",
                "Add them to the app (`wellread slack-manifest` prints all that are needed), and "
                "install the app again.",
            )
    return "The bot token has all that are needed."


def app_token(subject: Subject) -> str:
    """Whether Socket Mode can be opened."""
    token = subject.settings.slack_app_token
    if subject.secret is None or token is None:
        return ""
    value = token.get_secret_value()
    web = SlackWeb(lambda refused=None: value, subject.settings.slack_api_url)  # noqa: ARG005
    try:
        web.call("apps.connections.open")
    except RefusedError as error:
        fail(
            f"Slack refuses the app token ({error.code})",
            "Make one with the scope connections:write (api.slack.com/apps, Basic Information, "
            "App-Level Tokens), turn Socket Mode on, and set WELLREAD_SLACK_APP_TOKEN.",
        )
    return "Socket Mode can be opened."


def people(which: str, subject: Subject) -> str:
    """Whether a group exists that the settings document names."""
    group: str = getattr(subject.rules.chat().of(_SLACK), which)
    if subject.secret is None or not group:
        return ""
    if group.startswith(("U", "W")):
        return f"{group} is a person."
    try:
        members = _membership(subject).people_of("", group)
    except RefusedError as error:
        fail(
            f'The group {group} that "{which}" names cannot be looked up ({error.code})',
            f'Name a user group of the workspace by its id (S…) in "{which}".',
        )
    if not members:
        fail(f'The group {group} that "{which}" names has no members', "Add some in Slack.")
    return f"{group} has {len(members)} member{'s' if len(members) > 1 else ''}."


def places(subject: Subject) -> str:
    """Whether the bot is in the conversations that the settings document names."""
    if subject.secret is None:
        return ""
    fix = "Name one by its id (C…), and invite the app there."
    return look_up_places(subject, _SLACK, partial(_membership, subject), fix)


SLACK: tuple[tuple[str, Check], ...] = (
    ("Slack", signing_secret),
    ("Slack bot token", bot_token),
    ("Slack scopes", scopes),
    ("Slack app token", app_token),
    ("Slack helpers", partial(people, "helpers")),
    ("Slack approvers", partial(people, "approvers")),
    ("Slack places", places),
)


def _tokens(subject: Subject) -> list[BotToken]:
    """That of each workspace, the settings document's first."""
    secret = subject.secret
    if secret is None:
        fail("Slack is off", "Set its secrets.")
    several = workspaces_of(secret, subject.installations, time.time)
    if several is None or several.client is None:
        return [lambda refused=None: secret.part("bot_token", refused)]
    if not several.named:
        fail(
            "No workspace is named, so the app can be installed in none",
            "Name their ids, separated by commas: WELLREAD_SLACK_WORKSPACES, or `workspaces` in "
            "the stack's secret.",
        )
    return [partial(several.token, team) for team in several.named]


def _web(subject: Subject, token: BotToken) -> SlackWeb:
    return SlackWeb(token, subject.settings.slack_api_url)


def _membership(subject: Subject) -> SlackMembership:
    return SlackMembership(_web(subject, _tokens(subject)[0]), seconds=0.0)
