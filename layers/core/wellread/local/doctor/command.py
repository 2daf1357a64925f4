"""The command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import click

from wellread.bootstrap import embedded, embedded_secrets
from wellread.bootstrap.chat import references_of
from wellread.domain.knowledge.errors import WellreadError
from wellread.local.data_folder import beside, data_option, settings_of
from wellread.local.deployed import SETTINGS_OF_OUTPUTS, StackOutputs, deployed_services
from wellread.local.doctor.findings import Check, Finding, Subject, examine, fail, failure
from wellread.local.doctor.installation import INSTALLATION, STACK, rules_of
from wellread.local.documents_cli import stack_option
from wellread.local.logs import log_errors_only
from wellread.local.printing import json_option, print_json, printable

_OF_CHATS = frozenset(
    {
        "slack_api_url",
        "slack_secret",
        "slack_installations",
        "teams_client_id",
        "teams_tenant_id",
        "teams_secret",
        "teams_openid_url",
        "teams_login_url",
        "teams_graph_url",
        "replies_table",
        "receipt_queue_url",
        "receipt_dead_letters_url",
    }
)
"""Outputs of stacks that answer in Slack or in Teams."""


@click.command()
@data_option
@stack_option
@json_option
def doctor(data: Path | None, stack: str | None, *, as_json: bool) -> None:
    """Check an installation, or a deployed stack, and say how to mend what does not work.

    Nothing is changed. Exits with 1 where a check fails.
    """
    if stack is not None and data is not None:
        raise click.UsageError("Say --stack or --data, not both.")
    log_errors_only()
    whole = True
    findings = []
    for finding in _of_stack(stack) if stack is not None else _of_installation(data):
        findings.append(finding)
        whole = whole and finding.ok
        if not as_json:
            _print(finding)
    if as_json:
        print_json({"ok": whole, "checks": [asdict(each) for each in findings]})
    if not whole:
        sys.exit(1)


def _of_chats() -> tuple[tuple[str, Check], ...]:
    """The checks of Slack and Teams, whose clients take a while to load."""
    from wellread.local.doctor.slack import SLACK
    from wellread.local.doctor.teams import TEAMS

    return (*SLACK, *TEAMS)


def _of_installation(data: Path | None) -> Iterator[Finding]:
    settings = settings_of(data)
    alone = Subject(
        settings,
        rules_of(settings.data, embedded.documents_folder(settings)),
        embedded_secrets.slack_secret_of(settings),
        embedded_secrets.slack_installations_of(settings),
        embedded_secrets.teams_secret_of(settings),
        options=f"--data {settings.data}" if data else "",
    )
    chats = _of_chats()
    if not (settings.data / embedded.DATABASE_NAME).exists():
        yield from examine(alone, (*INSTALLATION, *chats))
        return
    (opens,) = examine(alone, INSTALLATION[:1])
    yield opens
    if not opens.ok:
        yield from examine(alone, (*INSTALLATION[1:], *chats))
        return
    with beside(settings) as services:
        adapters = services.adapters
        subject = replace(
            alone,
            references=lambda: references_of(adapters, settings),
            dead_letters=lambda: adapters.dead_letters,
            tuned=services.tuned_models.promoted,
        )
        yield from examine(subject, (*INSTALLATION[1:], *chats))


def _of_stack(stack: str) -> Iterator[Finding]:
    try:
        outputs = StackOutputs.of(stack)
        services = deployed_services(outputs.settings())
        adapters = services.adapters
        subject = Subject(
            services.settings,
            adapters.rules,
            adapters.slack_secret,
            adapters.slack_installations,
            adapters.teams_secret,
            lambda: references_of(adapters, services.settings),
            outputs.values.get("TeamsMessagesUrl", ""),
            lambda: adapters.dead_letters,
            f"--stack {stack}",
        )
    except WellreadError as error:
        yield failure("stack", error)
        return

    def parameters(_: Subject) -> str:
        named = {s: o for o, s in SETTINGS_OF_OUTPUTS.items() if s not in _OF_CHATS}
        if missing := [output for output in named.values() if output not in outputs.values]:
            fail(
                f"The stack does not say its {', '.join(missing)}",
                "It is of an older version: deploy this one.",
            )
        return f"The stack says all {len(named)} that commands need."

    yield from examine(subject, (("parameters", parameters), *STACK, *_of_chats()))


def _print(finding: Finding) -> None:
    mark = click.style("ok", fg="green") if finding.ok else click.style("FAILED", fg="red")
    click.echo(f"{mark}{' ' * (8 if finding.ok else 4)}{finding.check}: {printable(finding.says)}")
    if finding.fix:
        click.echo(f"          {printable(finding.fix)}")
