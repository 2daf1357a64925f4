"""Files that people gave to the bot: fetched from the platform alone, never too much of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.contract.chat.benches import BENCHES, Bench, SlackBench, slack_bench
from tests.slack.state import BOT_TOKEN
from wellread.adapters.chat.slack.addresses import SlackAddresses
from wellread.domain.chat.events import SharedFile
from wellread.domain.knowledge.errors import (
    DeliveryError,
    DocumentError,
    FailureCode,
    TransientError,
)

MOST = 1_000_000


@pytest.fixture(params=BENCHES, ids=lambda bench: bench.__name__)
def any_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with request.param() as made:
        yield made


@pytest.fixture
def bench() -> Iterator[SlackBench]:
    with slack_bench() as made:
        yield made


def shared(
    bench: SlackBench, name: str = "menu.txt", content: bytes = b"Soup", **more: str
) -> SharedFile:
    return bench.give(name, content, **more)


def fetch(bench: Bench, file: SharedFile, most: int = MOST) -> bytes:
    return bench.files().fetch("T0TEAM", file, most)


def refusal(bench: Bench, file: SharedFile, most: int = MOST) -> DocumentError:
    with pytest.raises(DocumentError) as refused:
        fetch(bench, file, most)
    return refused.value


def test_a_file_is_fetched_whole(any_bench: Bench) -> None:
    content = bytes(range(256)) * 1000

    assert fetch(any_bench, any_bench.give("menu.pdf", content)) == content


def test_a_file_that_was_described_needs_no_other_description(any_bench: Bench) -> None:
    file = replace(any_bench.give("menu.pdf", b"Soup"), problem="It lies elsewhere.")

    assert any_bench.files().described("T0TEAM", file) == file


def test_a_file_that_was_only_named_is_looked_up(bench: SlackBench) -> None:
    file = bench.give("menu.pdf", b"Soup")
    named = SharedFile(file.id, file.id, 0, "")

    assert bench.files().described("T0TEAM", named) == file


@pytest.mark.parametrize(
    ("code", "problem"),
    [("file_not_found", "does not hold it"), ("access_denied", "does not let me read it")],
)
def test_a_file_that_cannot_be_looked_up_says_why(
    bench: SlackBench, code: str, problem: str
) -> None:
    bench.workspace.fail("files.info", error=code)

    assert problem in bench.files().described("T0TEAM", SharedFile("F9", "F9", 0, "")).problem


def test_of_files_that_the_bot_may_not_look_up_the_operator_hears(bench: SlackBench) -> None:
    bench.workspace.fail("files.info", error="missing_scope")

    with pytest.raises(DeliveryError):
        bench.files().described("T0TEAM", SharedFile("F9", "F9", 0, ""))


def test_of_a_file_over_the_limit_nothing_is_taken(any_bench: Bench) -> None:
    refused = refusal(any_bench, any_bench.give("menu.pdf", b"x" * 1001), most=1000)

    assert refused.code is FailureCode.TOO_LARGE


def test_a_file_that_was_deleted_is_unreadable(any_bench: Bench) -> None:
    file = any_bench.give("menu.pdf", b"Soup")
    any_bench.lose_file(file)

    assert refusal(any_bench, file).code is FailureCode.UNREADABLE


def test_a_page_that_was_shared_is_no_page_to_sign_in_at(bench: SlackBench) -> None:
    assert fetch(bench, shared(bench, "menu.html", b"<html>Soup</html>")).startswith(b"<html>")


@pytest.mark.parametrize("size", ["as it is", "not said", "understated"])
def test_a_file_over_the_limit_is_too_large_and_not_read(bench: SlackBench, size: str) -> None:
    file = shared(bench, content=b"x" * 200_000)
    told = {"as it is": file.size, "not said": 0, "understated": 5}[size]

    refused = refusal(bench, replace(file, size=told), most=100_000)

    assert refused.code is FailureCode.TOO_LARGE


def test_a_file_without_an_end_is_too_large(bench: SlackBench) -> None:
    refused = refusal(bench, shared(bench, serves="endless"))

    assert refused.code is FailureCode.TOO_LARGE


@pytest.mark.parametrize("name", ["menu.txt", "menu.html"])
def test_a_page_to_sign_in_at_is_not_taken_for_the_file(bench: SlackBench, name: str) -> None:
    refused = refusal(bench, shared(bench, name, serves="login"))

    assert refused.code is FailureCode.UNREADABLE
    assert "sign in" in refused.reason
    assert "Share the file" in refused.fix


def test_a_file_that_is_gone_is_unreadable(bench: SlackBench) -> None:
    assert refusal(bench, shared(bench, serves="gone")).code is FailureCode.UNREADABLE


def test_a_problem_that_the_platform_told_of_is_said(bench: SlackBench) -> None:
    file = replace(shared(bench), problem="The file is stored elsewhere.")

    assert "stored elsewhere" in refusal(bench, file).reason
    assert bench.workspace.called("files") == []


def test_the_token_does_not_follow_to_another_host(bench: SlackBench) -> None:
    refused = refusal(bench, shared(bench, serves="redirect"))

    assert refused.code is FailureCode.UNREADABLE
    assert bench.workspace.strayed == []


def test_nothing_is_fetched_from_another_host(bench: SlackBench) -> None:
    port = bench.workspace.server_address[1]
    file = replace(shared(bench), url=f"http://localhost:{port}/files-pri/T0TEAM-F1/download")

    assert refusal(bench, file).code is FailureCode.UNREADABLE
    assert bench.workspace.strayed == []
    assert bench.workspace.called("files") == []


@pytest.mark.parametrize("fault", [{"status": 503}, {"retry_after": 3}, {"drop": True}], ids=str)
def test_a_platform_that_is_away_is_asked_again_later(bench: SlackBench, fault: dict) -> None:
    file = shared(bench)
    bench.workspace.fail("files", **fault)

    with pytest.raises(TransientError):
        fetch(bench, file)


@pytest.mark.parametrize(
    ("url", "is_slacks"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/x.pdf", True),
        ("https://wellread.slack.com/x", True),
        ("https://hooks.slack.com/actions/T1/2/3", True),
        ("https://slack.com/api/", True),
        ("https://files.slack.com:443/x", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://slack.com.evil.example/x", False),
        ("https://notslack.com/x", False),
        ("https://evil.example/?https://files.slack.com/", False),
        ("https://files.slack.com@evil.example/x", False),
        ("https://user:word@files.slack.com/x", False),
        ("https://evil.example#.slack.com", False),
        ("file:///etc/passwd", False),
        ("ftp://files.slack.com/x", False),
        ("https://[::1/x", False),
        ("", False),
    ],
)
def test_only_slacks_own_addresses_are_slacks(url: str, is_slacks: bool) -> None:
    addresses = SlackAddresses("https://slack.com/api/")

    assert addresses.has(url) is is_slacks
    assert addresses.may_lead("https://files.slack.com/x", url) is is_slacks


def test_the_token_is_sent_as_a_header_and_nowhere_else(bench: SlackBench) -> None:
    fetch(bench, shared(bench))

    (call,) = (call for call in bench.workspace.calls if call.method == "files")
    assert call.token == BOT_TOKEN
    assert BOT_TOKEN not in str(call.arguments)


@pytest.mark.parametrize("address", ["{}/ü", "{}/a b", "http://[::1", "", "menu.pdf"])
def test_an_address_that_nobody_can_open_is_unreadable(bench: SlackBench, address: str) -> None:
    file = replace(shared(bench), url=address.format(bench.workspace.url))

    assert refusal(bench, file).code is FailureCode.UNREADABLE
