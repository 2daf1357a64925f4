"""What the manual says exists."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scripts.tables import PAGES as PAGES_WITH_TABLES
from scripts.tables import outdated
from wellread.bootstrap.host_words import LAPTOP
from wellread.domain.ask.answers import Verdict
from wellread.domain.ask.questions import MAX_QUESTION_CHARACTERS, Mode
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import FAILURE_WORDS
from wellread.domain.knowledge.metrics import Metric
from wellread.settings import DemoSettings, Settings

PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md", "examples/**/README.md"]


@pytest.fixture(scope="module")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


def test_every_make_command_of_the_manual_is_in_the_makefile(root: Path) -> None:
    makefile = (root / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    asked = {line.split()[1] for line in command_lines(root) if line.startswith("make ")}
    assert {"demo", "test", "check"} <= asked
    assert asked - targets == set()


def test_every_wellread_command_of_the_manual_exists_with_its_options(root: Path) -> None:
    from wellread.local.cli import cli

    checked = 0
    for line in command_lines(root):
        words = shlex.split(line)
        if words[0] not in {".venv/bin/wellread", "wellread"}:
            continue
        command: click.Command = cli
        rest = words[1:]
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands, line
            command, rest = command.commands[rest[0]], rest[1:]
        known = {"--help", *(o for p in command.params for o in [*p.opts, *p.secondary_opts])}
        assert {word for word in rest if word.startswith("--")} <= known, line
        checked += 1
    assert checked > 8


def test_the_manual_runs_scripts_that_exist(root: Path) -> None:
    scripts = {
        words[1]
        for words in map(shlex.split, command_lines(root))
        if words[0] == "python3" and words[1] != "-m"
    }
    assert scripts
    assert {name for name in scripts if not (root / name).is_file()} == set()


def test_links_between_pages_lead_somewhere(root: Path) -> None:
    broken = set()
    for page in pages(root):
        text = page.read_text("utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            goal = (page.parent / path).resolve() if path else page
            if not goal.exists() or (anchor and anchor not in anchors(goal)):
                broken.add(f"{page.relative_to(root)} -> {target}")
    assert broken == set()


def test_every_setting_is_in_the_manual_and_the_manual_has_no_other(root: Path) -> None:
    text = (root / "docs/configuration.md").read_text("utf-8")
    described = set(re.findall(r"^\| `(WELLREAD_\w+)`", text, re.MULTILINE))
    real = {
        f"WELLREAD_{name.upper()}"
        for name, field in Settings.model_fields.items()
        if field.validation_alias is None  # what others name, too
    }
    real |= {f"WELLREAD_DEMO_{name.upper()}" for name in DemoSettings.model_fields}
    assert described == real


def test_the_tables_of_settings_and_metrics_are_those_of_the_code(root: Path) -> None:
    assert [path.name for path, _ in outdated(root)] == [], "run `make tables`"
    pages = "".join((root / page).read_text("utf-8") for page in PAGES_WITH_TABLES)
    assert pages.count("<!-- made from the code: ") == 5
    assert "| `WELLREAD_PASSAGES` | 8 |" in pages


def test_a_table_that_is_not_as_the_code_says_is_made_anew(tmp_path: Path, root: Path) -> None:
    (tmp_path / "docs").mkdir()
    for page in PAGES_WITH_TABLES:
        text = (root / page).read_text("utf-8")
        (tmp_path / page).write_text(text.replace("| 8 |", "| 9 |"), "utf-8")
    ((path, wanted),) = outdated(tmp_path)
    assert path == tmp_path / "docs/configuration.md"
    assert wanted == (root / "docs/configuration.md").read_text("utf-8")


def test_every_metric_is_counted_somewhere(root: Path) -> None:
    source = "".join(path.read_text("utf-8") for path in root.glob("layers/core/**/*.py"))
    unused = {metric for metric in Metric if f"Metric.{metric.name}" not in source}
    assert unused == set()


def test_the_manual_explains_every_failure_code_in_the_words_that_are_shown(root: Path) -> None:
    text = (root / "docs/documents.md").read_text("utf-8")
    section = text.split("## Why a file failed")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    assert {code: (why, fix) for code, why, fix in rows} == {
        code.value: (why, LAPTOP.fixes.get(code, fix)) for code, (why, fix) in FAILURE_WORDS.items()
    }


def test_the_manual_names_every_status_mode_and_verdict(root: Path) -> None:
    documents = (root / "docs/documents.md").read_text("utf-8")
    asking = (root / "docs/asking.md").read_text("utf-8")
    api = (root / "docs/http-api.md").read_text("utf-8")
    states = documents.split("## States")[1].split("\n## ")[0]
    modes = asking.split("## Modes")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", states, re.MULTILINE)) == {
        s.value for s in DocumentStatus
    }
    assert set(re.findall(r"^\| `(\w+)`", modes, re.MULTILINE)) == {m.value for m in Mode}
    assert all(f"`{verdict.value}`" in api for verdict in Verdict)
    assert f"{MAX_QUESTION_CHARACTERS:,} characters" in asking


def test_every_decision_is_in_the_list_of_decisions(root: Path) -> None:
    folder = root / "docs/adr"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for name in listed:
        text = (folder / name).read_text("utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], name


def test_the_sample_questions_point_at_sample_documents(root: Path) -> None:
    lines = (root / "examples/questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    folder = root / "examples/sample-documents"
    assert len({question["id"] for question in questions}) == len(questions)
    assert {gold for q in questions for gold in q["gold"]} == {p.name for p in folder.iterdir()}
    for question in questions:
        assert question["answerable"] == bool(question["answers"]) == bool(question["gold"])
        assert question["yes_no"] in {"yes", "no", None}


def pages(root: Path) -> Iterator[Path]:
    for pattern in PAGES:
        yield from sorted(root.glob(pattern))


def command_lines(root: Path) -> Iterator[str]:
    """The commands of fenced and indented blocks, and those in code spans that start with make."""
    for page in pages(root):
        fenced = False
        for line in page.read_text("utf-8").splitlines():
            if line.startswith("```"):
                fenced = not fenced
            elif fenced or line.startswith("    "):
                if re.match(r"(make|python3|\.venv/bin/\S+) ", line.strip()):
                    yield re.split(r"\s{3,}", line.strip())[0]
            else:
                yield from re.findall(r"`((?:make|wellread|python3) [a-z][^`]*)`", line)


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_access_rules_and_the_sidecar_of_the_manual_can_be_read(
    root: Path, tmp_path: Path
) -> None:
    from wellread.adapters.embedded.rules_file import RulesFile
    from wellread.domain.access.sidecars import parse_sidecar

    text = (root / "docs/documents.md").read_text("utf-8")
    sidecar, rules, with_chats = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "access.json").write_text(rules, "utf-8")
    assert [rule.prefix for rule in RulesFile(tmp_path / "access.json").load().rules] == [
        "hr/",
        "board/",
        "attic/",
    ]
    assert parse_sidecar(sidecar.encode()).audience == {"staff", "contractors"}
    (tmp_path / "access.json").write_text(with_chats, "utf-8")
    slack = RulesFile(tmp_path / "access.json").chat().of("slack")
    assert (slack.groups, slack.follow_up("C0LAB")) == ({"S0HR": {"hr"}}, "follow")


def test_the_identity_rules_of_the_manual_can_be_read(root: Path) -> None:
    from wellread.domain.access.settings_document import parse_settings_document

    text = (root / "docs/http-api.md").read_text("utf-8").split("## Who asks")[1]
    (settings,) = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rules = parse_settings_document(settings.encode()).identity
    assert rules.of_claims({"cognito:groups": ["people-team"]}) == {"everyone", "hr"}
    bot = "arn:aws:sts::111122223333:assumed-role/HrBot/session"
    assert rules.of_principal([bot]) == {"everyone", "hr"}


def test_the_manual_of_the_http_api_agrees_with_its_description(root: Path) -> None:
    from functions.api.app import lambda_handler
    from wellread.local.lambda_runtime import LocalContext

    asked = {
        "version": "2.0",
        "rawPath": "/openapi.json",
        "rawQueryString": "",
        "headers": {},
        "isBase64Encoded": False,
        "requestContext": {"stage": "$default", "http": {"method": "GET", "path": "/openapi.json"}},
    }
    described = json.loads(lambda_handler(asked, LocalContext("api"))["body"])["paths"]
    text = (root / "docs/http-api.md").read_text("utf-8")
    real = {
        (method.upper(), path)
        for path, methods in described.items()
        for method in methods
        if method in {"get", "post"} and path.startswith("/v1/")
    }
    assert set(re.findall(r"(GET|POST) (/v1/[\w{}/]+)", text)) == real


def test_the_replies_in_the_manual_have_the_fields_that_are_sent(root: Path) -> None:
    from wellread.api.shapes import AskResponse, CitationShape, DocumentState, FeedbackRequest

    text = (root / "docs/http-api.md").read_text("utf-8")
    reply = json.loads(re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0])
    assert set(reply) == set(AskResponse.model_fields)
    assert set(reply["citations"][0]) == set(CitationShape.model_fields)
    listed = text.split('{"documents": [{')[1].split("}]")[0]
    assert set(re.findall(r'"(\w+)"', listed)) == set(DocumentState.model_fields)
    feedback = json.loads(text.split("POST /v1/feedback\n")[1].split("\n")[0])
    assert set(feedback) == set(FeedbackRequest.model_fields)
