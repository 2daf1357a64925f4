"""Settings of the chat platforms."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from wellread.settings.fields import setting


class ChatSettings(BaseSettings):
    """What Slack and Teams are reached with."""

    slack_signing_secret: SecretStr | None = setting(
        None, "What Slack signs its requests with. Set with the bot token, Slack is on."
    )
    slack_bot_token: SecretStr | None = setting(
        None, "The token of the Slack app's bot, `xoxb-…`. Never logged."
    )
    slack_app_token: SecretStr | None = setting(
        None, "The token of `wellread serve --slack` (Socket Mode), `xapp-…`. Never logged."
    )
    slack_client_id: str | None = setting(
        None,
        "The app's client id. Set with the client's secret, the app can be installed in [several "
        "workspaces](slack.md#several-workspaces).",
    )
    slack_client_secret: SecretStr | None = setting(None, "The client's secret. Never logged.")
    slack_workspaces: str | None = setting(
        None,
        "The ids of the workspaces that it may be installed in then, separated by commas, that of "
        "the settings document first.",
    )
    slack_api_url: str = setting("https://slack.com/api/", "Where Slack's Web API is.")
    teams_client_id: str | None = setting(
        None,
        "The application (client) id of the bot in Microsoft Teams. Set with the tenant's id and "
        "the client's secret, Teams is on.",
    )
    teams_tenant_id: str | None = setting(
        None, "The id of the one tenant whose people the bot answers."
    )
    teams_client_secret: SecretStr | None = setting(
        None, "The secret that the bot signs in with. Never logged."
    )
    teams_openid_url: str = setting(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "The OpenID document of what signs Teams' requests; the keys are at `keys` beside it.",
    )
    teams_login_url: str = setting("https://login.microsoftonline.com", "Where the bot signs in.")
    teams_graph_url: str = setting("https://graph.microsoft.com", "Where Microsoft Graph is.")
    chat_members_seconds: float = setting(
        60.0, "How old what is known of a chat's members and groups may be.", ge=0
    )
    public_url: str | None = setting(
        None,
        "Put before the links of citations in chats.",
        shown="the server's own address",
    )
