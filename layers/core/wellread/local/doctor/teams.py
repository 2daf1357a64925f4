"""Checks of Teams: the bot's registration, what it may do, and what the settings name."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from wellread.adapters.chat.teams.grants import GROUPS, USERS, is_entra_id, lacking, roles_of
from wellread.adapters.chat.teams.keys import ConnectorKeys
from wellread.adapters.chat.teams.members import TeamsMembership
from wellread.adapters.chat.teams.requests_out import asked
from wellread.adapters.chat.teams.sign_in import SignIn
from wellread.adapters.chat.teams.web import RefusedError, TeamsWeb, in_path
from wellread.bootstrap.chat import TEAMS as PLATFORM
from wellread.domain.access.chat_rules import PlatformRules
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError
from wellread.local.doctor.findings import Check, Subject, fail
from wellread.local.doctor.places import look_up_places
from wellread.local.requests_url import requests_url
from wellread.local.teams_package import PATH

_EXAMPLE = "0f8fad5b-d9cb-469f-a165-70867728950e"
_IDS = {
    "WELLREAD_TEAMS_CLIENT_ID": "the Application (client) ID",
    "WELLREAD_TEAMS_TENANT_ID": "the Directory (tenant) ID",
}
_SECRET = "WELLREAD_TEAMS_CLIENT_SECRET"  # noqa: S105 - the name of one


def registration(subject: Subject) -> str:
    """Whether the ids and the secret are set, and can be what they are said to be."""
    settings = subject.settings
    ids = dict(zip(_IDS, (settings.teams_client_id, settings.teams_tenant_id), strict=True))
    missing = [name for name, value in ids.items() if not value]
    if len(missing) == len(ids) and subject.teams_secret is None:
        return "It is off: neither its ids nor its secret are set."
    if subject.teams_secret is None:
        missing.append(_SECRET)
    if missing:
        fail(
            f"Teams is off: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set",
            "Set the ids and a secret of the app registration (docs/teams.md).",
        )
    for name, value in ids.items():
        if not is_entra_id(value or ""):
            fail(
                f"{name} is no id of Microsoft Entra",
                f"Set it to {_IDS[name]} of the app registration, such as {_EXAMPLE}.",
            )
    if len({(value or "").lower() for value in ids.values()}) == 1:
        fail(
            f"{' and '.join(ids)} are the same id",
            "The app registration has two: set each to its own.",
        )
    if subject.teams_secret and is_entra_id(subject.teams_secret.part("client_secret")):
        fail(
            "The client secret has the form of a secret's id",
            f"Set {_SECRET}, or the stack's secret, to the Value of one, which is shown once.",
        )
    return "The ids and the secret of the bot are set."


@dataclass(frozen=True, slots=True)
class _Bot:
    """A bot whose ids and secret are set."""

    tenant: str
    sign_in: SignIn
    web: TeamsWeb
    rules: PlatformRules


def sign_in(_: Subject, bot: _Bot) -> str:
    """Whether its secret gets it a token."""
    bot.sign_in.for_bot()
    return "The bot can sign in."


def keys(subject: Subject, _: _Bot) -> str:
    """Whether the keys of incoming tokens can be had from here."""
    url = subject.settings.teams_openid_url
    try:
        ConnectorKeys(url, clock=time.time).key("")
    except TransientError:
        fail(
            f"The keys that Teams' requests are signed with cannot be had from {url}",
            "Let this machine reach it by HTTPS, or correct WELLREAD_TEAMS_OPENID_URL.",
        )
    return "The keys that Teams' requests are signed with can be had."


def endpoint(subject: Subject, _: _Bot) -> str:
    """Whether requests of Teams' come through to the bot."""
    server = subject.endpoint or subject.settings.public_url
    if not server:
        return (
            "WELLREAD_PUBLIC_URL is not set: links in chats open on this machine alone, and it was "
            "not tried whether Teams' requests come through."
        )
    try:
        url = requests_url(server, PATH, "Teams")
    except InvalidConfigurationError:
        fail(
            "WELLREAD_PUBLIC_URL is no https address of a server",
            "Set it to the one that Teams reaches it by, such as https://wellread.example.com.",
        )
    fix = (
        "Look at the log of the stack's function teams."
        if subject.endpoint
        else "Start `wellread serve` with the bot's ids and secret, and the tunnel, or correct "
        "WELLREAD_PUBLIC_URL."
    )
    try:
        status = asked("POST", url, b"{}", {"Content-Type": "application/json"}).status
    except TransientError:
        fail(f"The messaging endpoint {url} does not answer", fix)
    if status != 401:
        fail(
            f"It is not the bot that answers at {url}: a request without a token got {status} "
            "there, and not 401",
            fix,
        )
    return f"The bot answers at {url}. Is that the Messaging endpoint of the Azure Bot?"


def permissions(_: Subject, bot: _Bot) -> str:
    """Whether it may look up groups, where the settings name some."""
    roles = roles_of(bot.sign_in.for_graph())
    if roles is None:
        return "Microsoft's token does not say which ones the app has."
    missing = ", ".join(lacking(roles))
    if missing and _groups_of(bot.rules):
        fail(
            f"The app registration lacks the permissions {missing} of Microsoft Graph",
            "Add them there as application permissions, and grant admin consent (docs/teams.md).",
        )
    if missing:
        return f"The settings name no groups, so it goes without {missing} (docs/teams.md)."
    return "The app registration has all that are needed."


def groups(_: Subject, bot: _Bot) -> str:
    """Whether the groups exist that the settings name."""
    named = _groups_of(bot.rules)
    for group, where in named.items():
        called = f"The group {group} that {where} names"
        if not _is_there(bot, "groups", group, called):
            _fail_to_find(called)
    return f"All {len(named)} that the settings name exist." if named else ""


def helpers(subject: Subject, bot: _Bot) -> str:
    """Whether whom the settings name can be asked: a person, or a group."""
    id = bot.rules.helpers
    if not id:
        return ""
    if subject.references and subject.references().of_person(PLATFORM, "", id):
        return f"{id} has talked to the bot."
    called = f'{id} that "helpers" names'
    missing = lacking(roles_of(bot.sign_in.for_graph()) or frozenset())
    for kind, permission in (("users", USERS), ("groups", GROUPS)):
        if permission not in missing and _is_there(bot, kind, id, called):
            return f"{id} is in the tenant's {kind}."
    if not missing:
        _fail_to_find(called)
    return f"{called} has not talked to the bot, and may not be looked up by it."


def places(subject: Subject, bot: _Bot) -> str:
    """Whether the bot is in the conversations that the settings name."""

    def membership() -> TeamsMembership:
        if subject.references is None:
            fail(
                "The bot has heard of no conversation yet, nor of those that the settings name",
                "Start `wellread serve`, and mention the app in each of them.",
            )
        return TeamsMembership(bot.web, subject.references(), bot.tenant, seconds=0.0)

    fix = (
        "Add the app there and mention it once; name a conversation by its id (19:…), as the "
        "link to it says it."
    )
    return look_up_places(subject, PLATFORM, membership, fix)


def _set_up(check: Callable[[Subject, _Bot], str]) -> Check:
    """A check of a bot, where one is set up."""

    def checked(subject: Subject) -> str:
        settings, secret = subject.settings, subject.teams_secret
        if secret is None or settings.teams_bot is None:
            return ""
        login, graph = settings.teams_login_url, settings.teams_graph_url
        sign_in = SignIn(settings.teams_bot, secret, login, graph, clock=time.time)
        rules = subject.rules.chat().of(PLATFORM)
        bot = _Bot(settings.teams_bot[1], sign_in, TeamsWeb(sign_in, graph), rules)
        return check(subject, bot)

    return checked


TEAMS: tuple[tuple[str, Check], ...] = (
    ("Teams", registration),
    ("Teams sign-in", _set_up(sign_in)),
    ("Teams keys", _set_up(keys)),
    ("Teams endpoint", _set_up(endpoint)),
    ("Teams permissions", _set_up(permissions)),
    ("Teams groups", _set_up(groups)),
    ("Teams helpers", _set_up(helpers)),
    ("Teams places", _set_up(places)),
)


def _groups_of(rules: PlatformRules) -> dict[str, str]:
    """The groups that the settings name, and where they do."""
    approvers = {rules.approvers: '"approvers"'} if rules.approvers else {}
    return dict.fromkeys(rules.groups, '"groups"') | approvers


def _is_there(bot: _Bot, kind: str, id: str, called: str) -> bool:
    """Whether there is such a group or person in the tenant, by what is called so."""
    if not is_entra_id(id):
        fail(
            f"{called} has no id of Microsoft Entra",
            f"Name it by its object id, such as {_EXAMPLE}; the Entra admin center shows it.",
        )
    try:
        bot.web.graph("GET", f"v1.0/{kind}/{in_path(id)}", query={"$select": "id"})
    except RefusedError as error:
        if error.status == 404:
            return False
        fail(
            f"{called} cannot be looked up ({error.code or error.status})",
            "Give the app registration the permissions of docs/teams.md, with admin consent.",
        )
    return True


def _fail_to_find(called: str) -> NoReturn:
    fail(
        f"{called} is not in the tenant",
        "Name one by its object id; the Entra admin center shows it.",
    )
