"""Checks of an installation, and of what a stack has in common with one."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from wellread.adapters.embedded.rules_file import RulesFile
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.bootstrap import embedded, models
from wellread.bootstrap.file_parser import file_parser
from wellread.bootstrap.local_models import LocalGenerator
from wellread.bootstrap.tuned import load_tuned
from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.local.doctor.findings import Check, Subject, fail
from wellread.local.lock import HostLock, check_readable
from wellread.local.printing import printable
from wellread.ports.models import Chat

_HELLO = ({"role": "user", "content": "Say the word ready and nothing else."},)


def data_folder(subject: Subject) -> str:
    """Whether the database opens; that where there is none yet, one can be made."""
    folder = subject.settings.data
    if (folder / embedded.DATABASE_NAME).exists():
        SqliteDatabase(folder / embedded.DATABASE_NAME).close()
        served = "is being served" if HostLock.is_held(folder) else "is not being served"
        return f"{_named(folder)} can be used, and {served}."
    above = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        fail(
            f"The data folder {_named(folder)} cannot be made",
            f"Let yourself write to {_named(above)}, or name another folder with --data.",
        )
    return f"There is none in {_named(folder)} yet; `wellread serve` makes it."


def documents_folder(subject: Subject) -> str:
    """Whether it can be read."""
    folder = embedded.documents_folder(subject.settings)
    if embedded.has_own_folder(subject.settings) and not folder.exists():
        return f"There is none in {_named(folder)} yet; `wellread serve` makes it."
    embedded.refuse_data_among_documents(subject.settings)
    check_readable(subject.settings)
    return f"{_named(folder)} can be read."


def settings_document(subject: Subject) -> str:
    """Whether it is understood."""
    rules = subject.rules.load()
    subject.rules.chat()
    refused = [rule for rule in rules.rules if rule.problem]
    if refused:
        fail(
            f"A rule of the settings document is not understood: {refused[0].problem}",
            "Correct it; until then what it may govern is for nobody. "
            f"`{_command('access', subject)}` lists all of them.",
        )
    return f"It is understood; access rules: {len(rules.rules)}."


def embedder(subject: Subject) -> str:
    """Whether it loads, and makes vectors."""
    loaded = models.load_embedder(subject.settings.embedder)
    length = len(loaded.embed_question("ready"))
    return f"{subject.settings.embedder} makes vectors of {length} numbers."


def model(subject: Subject) -> str:
    """Whether the model answers, and what checks it can be used."""
    found = models.model_of(subject.settings)
    models.verifier_of(subject.settings, found)
    if found is None:
        return "None is configured; answers are quoted from the documents."
    with ExitStack() as closing:
        if isinstance(found, LocalGenerator):
            closing.callback(found.close)
        if isinstance(found, Chat) and not any(found.speak(_HELLO)):
            fail(f"The model {found.name} says nothing", "Choose another one with WELLREAD_MODEL.")
    return f"{found.name} answers."


def tuned_model(subject: Subject) -> str:
    """Whether the model that is promoted is asked, and answers."""
    promoted = subject.tuned()
    if promoted is None:
        return ""
    back = f"or take it away: `{_command('models rollback', subject)}`."
    if promoted.prompt_version != PROMPT_VERSION:
        fail(
            f"The model {promoted.run} was trained on prompts that are not used any more",
            f"Run `wellread fine-tune` again, {back}",
        )
    found = load_tuned(promoted, subject.settings)
    with ExitStack() as closing:
        if isinstance(found, LocalGenerator):
            closing.callback(found.close)
        if isinstance(found, Chat) and not any(found.speak(_HELLO)):
            fail(f"The model {promoted.run} says nothing", f"Look at where it runs, {back}")
    return f"{promoted.run} answers in the tuned modes."


def confinement(subject: Subject) -> str:
    """What holds a file that attacks its reader."""
    parser = file_parser(subject.settings, processes=1)
    try:
        guards = parser.guards()
    finally:
        parser.close()
    lacking = [guard for guard in guards if not guard.holds]
    missing = ", ".join(guard.promise for guard in lacking)
    if lacking and subject.settings.parser_confinement == "require":
        fail(
            f"This machine does not give what WELLREAD_PARSER_CONFINEMENT requires: {missing}",
            lacking[0].fix,
        )
    if lacking:
        return f"Files are read as confined as this machine allows, which is without: {missing}."
    return "Files are read in a process with all guards."


def dead_letters(subject: Subject) -> str:
    """Whether messages were delivered in vain."""
    found = {name: letters.depth() for name, letters in subject.dead_letters().items()}
    if left := {name: depth for name, depth in found.items() if depth}:
        said = ", ".join(f"{depth} of the queue {name}" for name, depth in left.items())
        fail(
            f"Messages were delivered in vain: {said}",
            "Look for the cause in the log, then give them a new start: "
            f"`{_command('documents redrive', subject)}`.",
        )
    return f"No message of {len(found)} queues was delivered in vain." if found else ""


def rules_of(data: Path, documents: Path) -> RulesFile:
    """The settings document of a data folder."""
    return RulesFile(data / embedded.RULES_NAME, documents)


INSTALLATION: tuple[tuple[str, Check], ...] = (
    ("data folder", data_folder),
    ("documents folder", documents_folder),
    ("settings document", settings_document),
    ("embedder", embedder),
    ("model", model),
    ("tuned model", tuned_model),
    ("confinement", confinement),
    ("dead letters", dead_letters),
)

STACK: tuple[tuple[str, Check], ...] = (
    ("settings document", settings_document),
    ("dead letters", dead_letters),
)


def _command(name: str, subject: Subject) -> str:
    return f"wellread {name} {subject.options}".rstrip()


def _named(path: Path) -> str:
    return printable(repr(str(path)))
