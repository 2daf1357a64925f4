"""What is sent to Slack, held against Slack's own types by their compiler."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.slack_tools import TOOLS
from tests.contract.chat.benches import SlackBench, slack_bench
from tests.contract.chat.sayings import DECLINED, LINK, TEXT, answer, said
from wellread.adapters.chat.slack.buttons import AskedWhy
from wellread.adapters.chat.slack.modal import view_of
from wellread.domain.chat.events import SharedFile
from wellread.domain.chat.said import (
    Home,
    HomeDocument,
    SaidApproval,
    SaidHandOver,
    SaidNotice,
    SaidReceipts,
)

TYPES = {
    "assistant.threads.setStatus": "AssistantThreadsSetStatusArguments",
    "assistant.threads.setSuggestedPrompts": "AssistantThreadsSetSuggestedPromptsArguments",
    "assistant.threads.setTitle": "AssistantThreadsSetTitleArguments",
    "chat.appendStream": "ChatAppendStreamArguments",
    "chat.delete": "ChatDeleteArguments",
    "chat.postMessage": "ChatPostMessageArguments",
    "chat.startStream": "ChatStartStreamArguments",
    "chat.stopStream": "ChatStopStreamArguments",
    "chat.update": "ChatUpdateArguments",
    "views.open": "ViewsOpenArguments",
    "views.publish": "ViewsPublishArguments",
}
SECONDS = 120


@pytest.fixture
def bench() -> Iterator[SlackBench]:
    with slack_bench() as made:
        yield made


@pytest.fixture
def compiler() -> list[str]:
    """The compiler's command line, in a folder where Slack's types are."""
    folder, node = TOOLS.installed(), TOOLS.node()
    if folder is None or node is None:
        pytest.skip("needs Node and Slack's types: python3 -m scripts.slack_tools installs these")
    return [node, str(folder / "node_modules/typescript/bin/tsc")]


def say_everything(bench: SlackBench) -> None:
    sink, panes = bench.sink(), bench.panes()
    table = "> | When | What |\n> |---|---|\n> | 7:30 |  |\n> and 3 more [1]"
    file = SharedFile("F1", "menu.pdf", 120_000, "")
    for each in (
        said(
            answer(f"{TEXT}\n\n{table}", notices=("Two files are still being read.",)), human=True
        ),
        said(DECLINED, asked_by="U0ANN"),
        said(shareable=True),
        SaidNotice("Sorry."),
        SaidHandOver(("S0HELP",), "How long?", "U0ANN", TEXT, (("Rules", LINK),), "t", 1),
        SaidHandOver(("S0HELP",), "How long?", "U0ANN", TEXT, (("Rules", LINK),), "t", 1, "U0BOB"),
        SaidApproval("r1", file, "U0ANN"),
        SaidReceipts(2, 1, (("scan.pdf", "It holds no text."),), ("a.pdf",), "handbook/"),
    ):
        target = bench.ask()
        written = sink.write(target, each)
        sink.write(target, each, written)
    target = bench.ask()
    sink.show_status(target, "Searching the documents")
    stream = sink.stream(target, "Lending ")
    assert stream is not None
    stream.append("rules › Loan periods\n" + "More words. " * 40)
    sink.remove(target, sink.write(target, said(), [stream.reference]))
    panes.suggest(target.place, ["How long?"])
    panes.entitle(target.place, "How long?")
    asked_why = view_of(AskedWhy("t", 1, "C0LAB", target.place.thread, direct=False))
    bench.web().call("views.open", trigger_id=bench.workspace.new_trigger(), view=asked_why)
    document = HomeDocument("Rules", LINK, "new")
    panes.show_home(target.person, Home(1, (document,), (document,), ("How long?",), ("What?",)))


def program(bench: SlackBench) -> str:
    """A program that is well typed if all that was sent is."""
    lines = [
        f'import type {{ {", ".join(sorted(TYPES.values()))} }} from "@slack/web-api";',
        'import type { KnownBlock } from "@slack/types";',
    ]
    for call in bench.workspace.calls:
        if call.method not in TYPES:
            continue
        lines.append(f"({json.dumps(call.arguments)}) satisfies {TYPES[call.method]};")
        view = call.arguments.get("view") or {}
        blocks = (*(call.arguments.get("blocks") or ()), *view.get("blocks", ()))
        lines += (f"({json.dumps(block)}) satisfies KnownBlock;" for block in blocks)
    return "\n".join([*lines, "export {};"])


def compiled(compiler: list[str], text: str, where: Path) -> subprocess.CompletedProcess[str]:
    (where / "sent.ts").write_text(text)
    (where / "node_modules").symlink_to(Path(compiler[1]).parents[2])
    options = "--noEmit --strict --skipLibCheck --target es2022 --module nodenext".split()
    return subprocess.run(
        [*compiler, *options, "sent.ts"],
        cwd=where,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.slow
def test_all_that_is_sent_is_as_slacks_types_say(
    bench: SlackBench, compiler: list[str], tmp_path: Path
) -> None:
    say_everything(bench)
    assert {call.method for call in bench.workspace.calls} >= TYPES.keys()

    done = compiled(compiler, program(bench), tmp_path)

    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.slow
def test_the_types_would_tell_of_a_wrong_name(
    bench: SlackBench, compiler: list[str], tmp_path: Path
) -> None:
    bench.sink().write(bench.ask(), said())
    wrong = program(bench).replace('"feedback_buttons"', '"feedback_buttonz"')

    done = compiled(compiler, wrong, tmp_path)

    assert done.returncode != 0
    assert "feedback_buttonz" in done.stdout
