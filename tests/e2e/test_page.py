"""The page in a headless Chromium, served by `wellread serve` on real documents."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server import running_chat_server, stream
from tests.tuned import tuned_model
from wellread.bootstrap import embedded
from wellread.domain.ask.answers import Feedback
from wellread.domain.tune.models import RunName
from wellread.local.http import free_port
from wellread.settings import Settings

playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}  # what WCAG asks pages to reflow to
START_SECONDS = 60
WAIT = 20_000

LEAVE = """# Leave

## Days

Everyone has 30 days of leave a year. Unused days expire at the end of March.

## Sick leave

Tell your lead before nine in the morning. A certificate is needed from the fourth day on.
"""
ATTACK = """# Cafeteria <img src=x onerror="window.attacked=1">

The cafeteria opens at eleven <script>window.attacked=1</script>
![menu](https://tracker.example/pixel.png) and [closes](javascript:window.attacked=1) at two.
"""


@dataclass
class Site:
    """A running `wellread serve`."""

    address: str
    data: Path

    @property
    def documents(self) -> Path:
        return self.data / "documents"

    def feedback(self) -> list[Feedback]:
        """The verdicts in the data folder."""
        services = embedded.EmbeddedServices(Settings(data=self.data))
        try:
            return [given.feedback for given in services.adapters.verdicts.list()]
        finally:
            services.close()


@dataclass
class Watched:
    """A page, and what it asked of the network and complained about."""

    page: Any
    site: Site
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, question: str) -> Any:
        """Ask and wait for the reply's card."""
        before = self.page.locator(".wr-view-ask .wr-reply").count()
        self.page.locator("#wr-question").fill(question)
        self.page.keyboard.press("Enter")
        reply = self.page.locator(".wr-view-ask .wr-reply").nth(before)
        playwright.expect(reply).to_have_attribute("aria-busy", "false", timeout=WAIT)
        return reply

    def drop(self, name: str, content: bytes) -> Any:
        """Send a file through the page and return its receipt."""
        self.page.locator(".wr-upload input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        return self.page.locator(".wr-receipts .wr-doc", has_text=name)

    def row(self, name: str) -> Any:
        """A document's row in the list."""
        return self.page.locator(".wr-docs:not(.wr-receipts) .wr-doc", has_text=name)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("page") / "data"
    (data / "documents" / "handbook").mkdir(parents=True)
    (data / "documents" / "handbook" / "leave.md").write_text(LEAVE)
    (data / "documents" / "cafeteria.md").write_text(ATTACK)
    port = free_port(18_500)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("WELLREAD_")
    } | {"PYTHONPATH": f"{ROOT / 'layers' / 'core'}", "HF_HUB_OFFLINE": "1"}
    with (data.parent / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "wellread", "serve", "--data", str(data), "--port", str(port)],
            cwd=data.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        timer = threading.Timer(START_SECONDS, process.kill)
        timer.start()
        ready = any(line.strip() == "READY" for line in process.stdout)
        timer.cancel()
        assert ready, (data.parent / "serve.log").read_text()
        try:
            yield Site(f"http://127.0.0.1:{port}", data)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
            process.stdout.close()
    assert code == 0, (data.parent / "serve.log").read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def options() -> dict[str, object]:
    """What a test wants of its browser window."""
    return {"viewport": DESKTOP}


@pytest.fixture
def watched(browser: Any, site: Site, options: dict[str, object]) -> Iterator[Watched]:
    with browser.new_context(**options) as context:
        page = context.new_page()
        made = Watched(page, site)
        page.set_default_timeout(WAIT)
        page.on("request", lambda request: made.requested.append(request.url))
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                made.complaints.append(message.text) if message.type == "error" else None
            ),
        )
        page.goto(site.address)
        page.locator("#wr-question").wait_for(timeout=WAIT)
        playwright.expect(page.locator(".wr-counts")).to_contain_text("indexed", timeout=WAIT)
        yield made
        own = (site.address, "data:", "blob:", site.address.replace("http", "ws"))
        assert [url for url in made.requested if not url.startswith(own)] == []
        assert made.complaints == []


@pytest.fixture
def indexed(watched: Watched) -> Watched:
    """The page, once the documents that it starts with are indexed."""
    for name in ("leave.md", "cafeteria.md"):
        playwright.expect(watched.row(name)).to_contain_text("indexed", timeout=WAIT)
    return watched


def test_a_citation_of_an_answer_opens_the_document_at_the_marked_quote(indexed: Watched) -> None:
    page = indexed.page
    reply = indexed.ask("How many days of leave are there a year?")
    playwright.expect(reply.locator(".wr-answer")).to_contain_text("30 days of leave")

    reply.locator(".wr-marker").first.click()

    panel = page.locator(".wr-source")
    mark = panel.locator("mark")
    playwright.expect(mark).to_contain_text("Everyone has 30 days of leave a year.")
    playwright.expect(mark).to_be_in_viewport()
    playwright.expect(panel).to_contain_text("handbook/leave.md")
    playwright.expect(panel).to_contain_text("Unused days expire")
    with page.context.expect_page() as opened:
        panel.get_by_text("Open the whole document").click()
    whole = opened.value
    playwright.expect(whole.locator("mark#quote")).to_contain_text(
        "Everyone has 30 days of leave a year."
    )
    whole.close()
    page.keyboard.press("Escape")
    playwright.expect(panel).to_be_hidden()


def test_the_answer_comes_in_bit_by_bit_and_is_read_out_once(indexed: Watched) -> None:
    indexed.page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => {"
        " const r = document.querySelector('.wr-view-ask .wr-reply');"
        " if (r) window.seen.push([r.getAttribute('aria-busy'),"
        " r.querySelector('.wr-answer').textContent.length > 0]); })"
        ".observe(document.body, {subtree: true, childList: true, attributes: true}); }"
    )
    indexed.ask("When is a certificate needed for sick leave?")

    seen = indexed.page.evaluate("window.seen")
    assert ["true", False] in seen
    assert seen[-1] == ["false", True]
    playwright.expect(indexed.page.locator(".wr-live")).to_contain_text("Answer: ")


def test_a_decline_shows_the_closest_documents_and_a_hint(indexed: Watched) -> None:
    reply = indexed.ask("Which spaceship flies to Jupiter on Sundays?")

    playwright.expect(reply).to_contain_text("I couldn't find this in the documents.")
    playwright.expect(reply).to_contain_text("Closest documents")
    playwright.expect(reply.locator(".wr-marker")).to_have_count(0)
    reply.locator(".wr-chip").first.click()
    playwright.expect(indexed.page.locator(".wr-source .wr-verbatim")).not_to_be_empty()


def test_a_question_that_is_too_long_is_refused_and_stays_to_be_shortened(
    indexed: Watched,
) -> None:
    page = indexed.page
    field = page.locator("#wr-question")
    field.fill("How many days of leave? " * 5000)
    page.keyboard.press("Enter")

    alert = page.get_by_role("alert")
    playwright.expect(alert).to_contain_text("the most is 4,000", timeout=WAIT)
    assert len(field.input_value()) == 120_000
    playwright.expect(page.locator(".wr-view-ask .wr-reply")).to_have_count(0)
    playwright.expect(indexed.ask("How many days of leave are there a year?")).to_contain_text("30")
    playwright.expect(alert).to_be_hidden()


def test_the_newest_question_moves_to_the_top_and_its_reply_is_in_view(indexed: Watched) -> None:
    for _ in range(3):
        indexed.ask("How many days of leave are there a year?")
    reply = indexed.ask("Which spaceship flies to Jupiter on Sundays?")

    playwright.expect(reply.locator(".wr-reply-foot")).to_be_in_viewport(ratio=1)
    composer = indexed.page.locator(".wr-view-ask .wr-composer").bounding_box()
    foot = reply.locator(".wr-reply-foot").bounding_box()
    assert foot["y"] + foot["height"] <= composer["y"]


def test_a_follow_up_goes_on_with_the_thread_until_a_new_conversation(indexed: Watched) -> None:
    indexed.ask("How many days of leave are there a year?").get_by_role(
        "button", name="Good answer"
    ).click()
    playwright.expect(indexed.page.locator(".wr-kept").first).to_have_text("Thank you, saved.")
    second = indexed.ask("When do they expire?")
    second.get_by_role("button", name="Good answer").click()
    playwright.expect(second.locator(".wr-kept")).to_have_text("Thank you, saved.")

    given = indexed.site.feedback()[-2:]
    assert [f.turn for f in given] == [1, 2]
    assert given[0].thread == given[1].thread

    indexed.page.get_by_role("button", name="New conversation").click()
    playwright.expect(indexed.page.locator(".wr-view-ask .wr-reply")).to_have_count(0)
    playwright.expect(indexed.page.get_by_text("What would you like to know?")).to_be_visible()
    third = indexed.ask("How many days of leave are there a year?")
    third.get_by_role("button", name="Good answer").click()
    playwright.expect(third.locator(".wr-kept")).to_have_text("Thank you, saved.")
    last = indexed.site.feedback()[-1]
    assert (last.turn, last.thread != given[0].thread) == (1, True)


def test_a_bad_answer_is_reported_with_reason_and_correction(indexed: Watched) -> None:
    page = indexed.page
    reply = indexed.ask("How many days of leave are there a year?")
    reply.get_by_role("button", name="Bad answer").click()
    page.get_by_label("Reason (optional)").fill("It changed.")
    page.get_by_label("Better answer (optional)").fill("31 days.")
    page.get_by_role("button", name="Send feedback").click()

    playwright.expect(reply.locator(".wr-kept")).to_have_text("Thank you, saved.")
    playwright.expect(reply.get_by_role("button", name="Bad answer")).to_have_attribute(
        "aria-pressed", "true"
    )
    last = indexed.site.feedback()[-1]
    assert (last.verdict, last.reason, last.correction) == ("down", "It changed.", "31 days.")


def test_a_bad_answer_is_answered_better_from_the_inbox(indexed: Watched) -> None:
    page = indexed.page
    question = "When does the cafeteria open?"
    reply = indexed.ask(question)
    reply.get_by_role("button", name="Bad answer").click()
    page.get_by_label("Better answer (optional)").fill("At eleven sharp <b>always</b>.")
    page.get_by_role("button", name="Send feedback").click()
    playwright.expect(reply.locator(".wr-kept")).to_have_text("Thank you, saved.")

    page.get_by_role("button", name="Inbox").click()
    case = page.get_by_role("article", name=f"Case: {question}")
    playwright.expect(case).to_contain_text("Better: At eleven sharp <b>always</b>.")
    playwright.expect(case).to_contain_text("cafeteria.md")
    case.get_by_role("button", name="Answer").click()
    form = page.locator(".wr-form")
    form.get_by_label("Passages that it rests on").fill("The cafeteria opens at noon")
    form.get_by_label("Your name").fill("Ada")
    form.get_by_role("button", name="Show this answer").click()
    playwright.expect(form).to_contain_text("does not stand in", timeout=WAIT)
    form.get_by_label("Passages that it rests on").fill("The cafeteria opens at eleven")
    form.get_by_role("button", name="Show this answer").click()
    reviewed = page.get_by_role("article", name=f"Reviewed: {question}")
    playwright.expect(reviewed).to_contain_text("Reviewed by Ada on", timeout=WAIT)
    playwright.expect(case).to_have_count(0)

    page.get_by_role("button", name="Ask", exact=True).click()
    playwright.expect(indexed.ask(question)).to_contain_text("At eleven sharp")
    page.get_by_role("button", name="Inbox").click()
    reviewed.get_by_role("button", name="Withdraw").click()
    playwright.expect(reviewed).to_have_count(0)


def test_a_dropped_file_gets_a_receipt_and_answers(indexed: Watched) -> None:
    receipt = indexed.drop("parking.md", b"# Parking\n\nVisitors park on deck seven.\n")
    playwright.expect(receipt).to_contain_text("1 chunk", timeout=WAIT)
    playwright.expect(receipt.locator(".wr-pill")).to_have_text("indexed")

    reply = indexed.ask("Where do visitors park?")
    playwright.expect(reply).to_contain_text("deck seven")
    assert (indexed.site.documents / "parking.md").read_bytes().startswith(b"# Parking")

    again = indexed.drop("parking.md", b"# Parking\n\nVisitors park on deck nine.\n")
    playwright.expect(again).to_contain_text("Replaces the document of that name", timeout=WAIT)
    playwright.expect(again.locator(".wr-pill")).to_have_text("indexed", timeout=WAIT)
    playwright.expect(indexed.ask("Where do visitors park?")).to_contain_text("deck nine")


def test_a_file_dropped_beside_the_box_is_taken_too(indexed: Watched) -> None:
    indexed.page.evaluate(
        "() => { const dropped = new DataTransfer();"
        " dropped.items.add(new File(['The gate closes at ten.'], 'gate.txt'));"
        " document.querySelector('main').dispatchEvent(new DragEvent('drop',"
        " {dataTransfer: dropped, bubbles: true, cancelable: true})); }"
    )

    receipt = indexed.page.locator(".wr-receipts .wr-doc", has_text="gate.txt")
    playwright.expect(receipt.locator(".wr-pill")).to_have_text("indexed", timeout=WAIT)


def test_several_files_are_sent_at_once(indexed: Watched) -> None:
    names = [f"floor {number}.txt" for number in range(5)]
    indexed.page.locator(".wr-upload input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "text/plain", "buffer": f"Plan of {name}.".encode()}
            for name in names
        ]
    )

    for name in names:
        receipt = indexed.page.locator(".wr-receipts .wr-doc", has_text=name)
        playwright.expect(receipt.locator(".wr-pill")).to_have_text("indexed", timeout=WAIT)
    # The receipts tell it; notes on top would cover the page where many files are dropped.
    playwright.expect(indexed.page.locator(".q-notification")).to_have_count(0)


def test_a_failed_file_shows_cause_and_fix_and_can_be_retried(indexed: Watched) -> None:
    receipt = indexed.drop("report.pdf", b"%PDF-1.7 this is no PDF")

    playwright.expect(receipt.locator(".wr-pill")).to_have_text("failed", timeout=WAIT)
    playwright.expect(receipt).to_contain_text("damaged")
    playwright.expect(receipt).to_contain_text("save it again")
    receipt.get_by_role("button", name="Retry report.pdf").click()
    playwright.expect(indexed.page.get_by_text("Reading report.pdf again.")).to_be_visible()


def test_a_file_of_an_unknown_kind_is_sent_and_says_what_is_supported(indexed: Watched) -> None:
    receipt = indexed.drop("large.bin", os.urandom(3_000_000))

    playwright.expect(receipt.locator(".wr-pill")).to_have_text("failed", timeout=WAIT)
    playwright.expect(receipt).to_contain_text("not supported")
    assert (indexed.site.documents / "large.bin").stat().st_size == 3_000_000


def test_a_file_that_cannot_be_a_document_says_why(indexed: Watched) -> None:
    receipt = indexed.drop(".hidden", b"text")

    playwright.expect(receipt).to_contain_text("not taken in", timeout=WAIT)


def test_the_list_is_searched_and_filtered(indexed: Watched) -> None:
    page = indexed.page
    rows = page.locator(".wr-docs:not(.wr-receipts) .wr-doc")
    page.get_by_label("Search documents by name").fill("LEAVE")
    playwright.expect(rows).to_have_count(1)
    page.get_by_label("Search documents by name").fill("no such name")
    playwright.expect(page.locator(".wr-none")).to_contain_text("No document matches")
    page.get_by_label("Search documents by name").fill("")
    playwright.expect(indexed.row("leave.md")).to_be_visible()
    page.get_by_role("combobox", name="State").click()
    page.get_by_role("option", name="Received").click()
    playwright.expect(rows).to_have_count(0)


def test_a_long_list_has_pages(indexed: Watched) -> None:
    folder = indexed.site.documents / "many"
    folder.mkdir(exist_ok=True)
    for number in range(60):
        (folder / f"note {number:02}.txt").write_text(f"This is the note with number {number}.")
    page = indexed.page
    page.get_by_label("Search documents by name").fill("many/")
    playwright.expect(indexed.row("note 24")).to_be_visible(timeout=WAIT)
    playwright.expect(indexed.row("note 25")).to_have_count(0)
    page.get_by_role("button", name="Next").click()
    playwright.expect(indexed.row("note 25")).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    playwright.expect(indexed.row("note 24")).to_be_visible()


@pytest.fixture
def tuned(site: Site) -> Iterator[RunName]:
    """A fine-tuned model that is promoted while the site runs."""
    services = embedded.EmbeddedServices(Settings(data=site.data))
    with running_chat_server() as server:
        server.behaviour = stream("Everyone has 30 days of leave a year [1].")
        run = RunName(f"run-{server.server_address[1]}")
        services.tuned_models.register(tuned_model(run, location=f"{server.url}/v1#tuned"))
        services.tuned_models.passed(run, "Better.", {}, incumbent=None)
        yield run
        services.tuned_models.rollback()
        services.close()


def test_the_modes_that_something_answers_in_are_compared_side_by_side(
    indexed: Watched, tuned: RunName
) -> None:
    page = indexed.page
    page.get_by_role("button", name="Compare").click()
    page.locator("#wr-compare-question").fill("How many days of leave are there a year?")
    page.keyboard.press("Enter")

    columns = page.locator(".wr-column")
    playwright.expect(columns.locator(".wr-reply[aria-busy=false]")).to_have_count(3, timeout=WAIT)
    names = [columns.nth(number).locator("h3").inner_text() for number in range(3)]
    assert names == ["RAG", "Tuned", "Tuned + RAG"]
    boxes = [columns.nth(number).bounding_box() for number in range(3)]
    assert len({round(box["y"]) for box in boxes}) == 1
    playwright.expect(columns.nth(0)).to_contain_text("30 days of leave")
    playwright.expect(columns.nth(1)).to_contain_text("Not from your documents")
    playwright.expect(columns.nth(2)).to_contain_text(tuned)
    columns.nth(0).locator(".wr-marker").first.click()
    playwright.expect(page.locator(".wr-source mark")).to_be_visible()


def test_where_only_the_documents_answer_there_is_nothing_to_compare(indexed: Watched) -> None:
    page = indexed.page
    page.get_by_role("button", name="Compare").click()

    playwright.expect(page.locator(".wr-column h3")).to_have_text(["RAG"])
    playwright.expect(page.locator(".wr-view-compare")).to_contain_text("There is one mode so far.")
    playwright.expect(page.get_by_role("combobox", name="Mode")).to_have_count(0)


def test_a_mode_is_chosen_where_the_question_is_asked(indexed: Watched, tuned: RunName) -> None:
    indexed.page.reload()
    indexed.page.get_by_role("combobox", name="Mode").click()
    indexed.page.get_by_role("option", name="Tuned + RAG").click()

    reply = indexed.ask("How many days of leave are there a year?")

    playwright.expect(reply).to_contain_text(tuned)


def test_what_documents_and_questions_say_is_inert(indexed: Watched) -> None:
    page = indexed.page
    reply = indexed.ask("When does the cafeteria open? <img src=x onerror='window.attacked=1'>")
    reply.locator(".wr-chip").first.click()
    panel = page.locator(".wr-source")
    playwright.expect(panel.locator(".wr-verbatim")).to_contain_text(
        "<script>window.attacked=1</script>"
    )
    indexed.drop("<b onmouseover=attacked=1>.txt", b"Nothing much is in here, really.")
    playwright.expect(page.locator(".wr-receipts")).to_contain_text("<b onmouseover", timeout=WAIT)

    assert page.evaluate("window.attacked") is None
    assert page.locator("main img, aside img, .wr-source img, .wr-source script").count() == 0
    hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    assert [h for h in hrefs if not h.startswith(("/v1/documents/", "#"))] == []


def test_everything_is_reached_with_the_keyboard_alone(indexed: Watched) -> None:
    page = indexed.page
    page.keyboard.press("Tab")
    playwright.expect(page.locator(".wr-skip")).to_be_focused()
    page.keyboard.press("Enter")
    playwright.expect(page.locator("#wr-question")).to_be_focused()
    page.keyboard.type("How many days of leave")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("are there a year?")
    assert page.locator("#wr-question").input_value().count("\n") == 1
    page.keyboard.press("Enter")
    playwright.expect(page.locator(".wr-reply[aria-busy=false]")).to_have_count(1, timeout=WAIT)

    marker = page.locator(".wr-marker").first
    for _ in range(30):
        if marker.evaluate("m => m === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    playwright.expect(marker).to_be_focused()
    assert marker.evaluate("m => getComputedStyle(m).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    playwright.expect(page.locator(".wr-source mark")).to_be_visible()
    page.keyboard.press("Escape")
    playwright.expect(page.locator(".wr-source")).to_be_hidden()
    playwright.expect(marker).to_be_focused()


def test_controls_have_names(indexed: Watched) -> None:
    indexed.ask("How many days of leave are there a year?")

    nameless = indexed.page.evaluate(
        "() => [...document.querySelectorAll('button, a, input:not([type=file]), textarea,"
        " [role=combobox]')].filter(e => e.offsetParent && !(e.getAttribute('aria-label') ||"
        " e.textContent.trim() || e.labels?.[0]?.textContent.trim() ||"
        " e.closest('[aria-label]')?.getAttribute('aria-label'))).map(e => e.outerHTML)"
    )

    assert nameless == []


@pytest.mark.parametrize("options", [{"viewport": DESKTOP, "color_scheme": "dark"}])
def test_dark_follows_the_system_and_the_switch_is_remembered(watched: Watched) -> None:
    page = watched.page

    def ground() -> int:
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in color[4:-1].split(","))

    assert ground() < 150
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function("!document.body.classList.contains('body--dark')")
    assert ground() > 600
    page.reload()
    page.locator("#wr-question").wait_for(timeout=WAIT)
    page.wait_for_function("!document.body.classList.contains('body--dark')")
    assert ground() > 600


@pytest.mark.parametrize("options", [{"viewport": PHONE, "has_touch": True}])
def test_a_phone_shows_every_view_without_scrolling_sideways(watched: Watched) -> None:
    page = watched.page

    def overflow() -> int:
        return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    assert overflow() <= 0
    reply = watched.ask(f"How many days of leave are there a year? {'long' * 60}")
    assert overflow() <= 0
    if reply.locator(".wr-chip").count():
        reply.locator(".wr-chip").first.click()
        playwright.expect(page.locator(".wr-source-text")).to_be_visible()
        assert overflow() <= 0
        assert round(page.locator(".wr-source").bounding_box()["width"]) <= PHONE["width"]
        page.keyboard.press("Escape")
        playwright.expect(page.locator(".wr-source")).to_be_hidden()
    page.get_by_role("button", name="Compare").click()
    page.locator("#wr-compare-question").fill("How many days of leave are there a year?")
    page.keyboard.press("Enter")
    columns = page.locator(".wr-column")
    playwright.expect(columns.locator(".wr-reply[aria-busy=false]")).to_have_count(1, timeout=WAIT)
    assert overflow() <= 0
    page.get_by_role("button", name="Documents").click()
    playwright.expect(page.locator(".wr-upload")).to_be_visible()
    assert overflow() <= 0


@pytest.mark.parametrize("options", [{"viewport": DESKTOP, "reduced_motion": "reduce"}])
def test_reduced_motion_is_respected(watched: Watched) -> None:
    watched.page.locator(".wr-counts").evaluate("e => e.style.transition = 'all 3s'")

    names = watched.page.evaluate(
        "[...document.querySelectorAll('*')].map(e => getComputedStyle(e))"
        ".filter(s => s.animationName !== 'none' || parseFloat(s.transitionDuration) > 1).length"
    )

    assert names == 0


def test_a_lost_thread_and_a_failure_are_told_in_a_sentence(indexed: Watched) -> None:
    indexed.ask("How many days of leave are there a year?")
    rules = indexed.site.data / "access.json"
    rules.write_text("{")
    try:
        indexed.page.locator("#wr-question").fill("When do they expire?")
        indexed.page.keyboard.press("Enter")
        alert = indexed.page.get_by_role("alert")
        playwright.expect(alert).to_contain_text("cannot be understood", timeout=WAIT)
    finally:
        rules.write_text('{"access": {}}')
    playwright.expect(indexed.ask("How many days of leave are there a year?")).to_contain_text("30")
