"""`wellread access`: who may read what, and what looks wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from wellread.domain.access.scope import EVERYONE, Scope, shown
from wellread.domain.knowledge.documents import DocumentId
from wellread.local.data_folder import data_option
from wellread.local.documents_cli import place_of, stack_option
from wellread.local.printing import json_option, print_json, printable
from wellread.services.access.review import AccessReview, Review


def audience_names(given: Iterable[str]) -> list[str]:
    """The audiences that a command names with `--as`, one at a time or with commas between."""
    return [name.strip() for each in given for name in each.split(",") if name.strip()]


@click.command()
@click.argument("document", required=False)
@data_option
@stack_option
@click.option(
    "--as",
    "audiences",
    multiple=True,
    metavar="AUDIENCE",
    help="Say too what a member of this audience may read (may be repeated).",
)
@json_option
def access(
    document: str | None,
    data: Path | None,
    stack: str | None,
    audiences: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Say who may read a document and why; or what every access rule does, and what looks wrong."""
    names = audience_names(audiences)
    scope = Scope.of(EVERYONE, *names) if names else None
    with place_of(data, stack) as place:
        reviewing = place.services.access_review
        if document is None:
            _print_review(reviewing.review(scope), names, as_json=as_json)
        else:
            _print_explained(reviewing, DocumentId(document), scope, as_json=as_json)


def _print_explained(
    reviewing: AccessReview, document: DocumentId, scope: Scope | None, *, as_json: bool
) -> None:
    found = reviewing.explain(document, scope)
    rule = found.decision.rule
    if as_json:
        print_json(
            {
                "document": printable(found.document),
                "audiences": sorted(map(shown, found.decision.audiences)),
                "decided_by": found.decision.basis.value,
                "rule": rule.prefix if rule else None,
                "why": found.why,
                "permitted": found.permitted,
            }
        )
        return
    click.echo(f"{printable(found.document)} is for {_named(found.decision.audiences)}.")
    click.echo(found.why)
    if found.permitted is not None:
        click.echo(f"That member may {'' if found.permitted else 'not '}read it.")


def _print_review(review: Review, names: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "rules": [
                    {
                        "prefix": use.rule.prefix,
                        "audience": _audience(use.rule.audience),
                        "documents": use.documents,
                        "problem": use.rule.problem or None,
                    }
                    for use in review.rules
                ],
                "default": {"audience": sorted(review.default), "documents": review.uncovered},
                "sidecars": "narrow" if review.narrow else "decide",
                "by_sidecar": review.by_sidecar,
                "for_nobody": review.hidden,
                "readable": review.readable,
                "warnings": list(review.warnings),
            }
        )
        return
    for use in review.rules:
        who = "nobody, as it is not understood" if use.rule.problem else _of_rule(use.rule.audience)
        click.echo(f'{use.documents:>7} under "{printable(use.rule.prefix)}": for {who}')
    click.echo(f"{review.uncovered:>7} by default: for {_named(review.default)}")
    word = "narrow what the rules give" if review.narrow else "decide, whatever the rules give"
    click.echo(f"{review.by_sidecar:>7} have audiences in their sidecars, which {word}.")
    click.echo(f"{review.hidden:>7} are for nobody.")
    if review.readable is not None:
        click.echo(f"{review.readable:>7} are for a member of {', '.join(names)}.")
    for warning in review.warnings:
        click.secho(f"Warning: {printable(warning)}", fg="yellow")


def _audience(audience: frozenset[str] | None) -> list[str] | str:
    return "sidecar" if audience is None else sorted(audience)


def _of_rule(audience: frozenset[str] | None) -> str:
    return "whom the sidecar names" if audience is None else _named(audience)


def _named(audiences: Iterable[str]) -> str:
    return ", ".join(printable(shown(name)) for name in sorted(audiences)) or "nobody"
