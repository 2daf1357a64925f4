"""What a client would act on does not get out, and what people need to read does."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.harmless import (
    as_it_is,
    harmless,
    name_as_stored,
    unlinkable,
    visible,
    visible_name,
    without_addresses,
)
from wellread.domain.sentences import plain, plain_row

# What clients make links of, or call people by, written anew: nothing is taken from the product.
_LINKED = re.compile(
    r"\b[a-z][a-z0-9+.-]*://|(?<![\w:/])//\w+\.\w|\bwww\.\w|\bmailto:\S|\b(?:javascript|data):\S"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|net|org|example|ru|quest)(?![\w-]|\.\w)"
    r"|\w\.(?:com|net|org|example|ru|quest)(?::\d+)?[/?#]\w",
    re.IGNORECASE,
)
_CALLED = re.compile(r"<[!@#]|</?at\b|(?<!\w)[@＠﹫]\w|@(?:channel|here|everyone)\b", re.IGNORECASE)


def hides(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in ("Cf", "Cc", "Cs", "Co") and c != "\n"]


ADDRESSES = {
    "evil.example/pay?x=1": "evil[.]example",
    "//evil.com": "evil[.]com",
    "//evil.com/pay": "evil[.]com",
    "www.evil.com": "evil[.]com",
    "https://evil.com/pay?x=1#y": "evil[.]com",
    "HTTPS://EVIL.COM/PAY": "EVIL[.]COM",
    "https://you:me@evil.com/x": "evil[.]com",
    "https:evil.com": "evil[.]com",
    "https:/evil.com/x": "evil[.]com",
    "http:\\\\evil.com": "evil[.]com",
    "http://http://evil.com": "evil[.]com",
    "mailto:pay@evil.com?subject=x": "pay@evil.com",
    "http://192.0.2.7/pay?x=1": "192.0.2.7",
    "192.0.2.7/pay?x=1": "192.0.2.7",
    "192.0.2.7:8080/pay?x=1": "192.0.2.7:8080",
    "evil.com:8080/pay": "evil[.]com:8080",
    "xn--80ak6aa92e.com/pay": "xn--80ak6aa92e[.]com",
    "evil.xn--p1ai": "evil[.]xn--p1ai",
    "bücher.de/pay": "bücher[.]de",
    "аррӏе.com": "аррӏе[.]com",
    "evil。com/pay": "evil[.]com",
    "evil．com/pay": "evil[.]com",
    "evil․com/pay": "evil[.]com",
    "ｅｖｉｌ．ｃｏｍ/pay": "ｅｖｉｌ[.]ｃｏｍ",
    "ev\u200bil.com/pay": "evil[.]com",
    "evil\u00ad.com/pay": "evil[.]com",
    "evil.\u2060com/pay": "evil[.]com",
    "evil.com": "evil[.]com",
    "login.evil.com": "login[.]evil[.]com",
    "evil.quest/pay?x=1": "evil[.]quest",
    "evil.unheardof/?x=1": "evil[.]unheardof",
    "...evil.com/pay?x=1": "...evil[.]com",
    "a/evil.com/pay?x=1": "a/evil[.]com",
    "javascript:evil": "evil",
    "docs.aws.amazon.com/lambda/latest/dg": "docs[.]aws[.]amazon[.]com",
}
KEPT = [
    "setup.cfg", "config.yaml", "example.py", "README.md", "README.md#install", "main.rs",
    "10.0.1.2", "10.0.0.0/16", "v2.1.3", "3.14/2", "logger.info", "self.app", "ASP.NET", "node.js",
    "ops@example.com", "git@server:team/repo.git", "and/or", "24/7", "e.g. this", "src/app.py:12",
    "s3:bucket/key", "System.Collections/Generic", "boto3.client", "the end.No more", "2.5x",
    "arn:aws:s3:::bucket/*", "使用 Lambda。EC2 也", "List<String>", "a // comment", "km/h", "z.B.",
]  # fmt: skip


@pytest.mark.parametrize(("address", "left"), ADDRESSES.items())
def test_of_an_address_its_host_is_left_in_a_form_that_nothing_links(address: str, left: str):
    for before, after in (("Pay at ", " now"), ("(", ")"), ("“", "”"), ("", ", then wait")):
        assert harmless(f"{before}{address}{after}") == f"{before}{left}{after}"
    assert plain(f"Pay at {address} now", unlinkable) == f"Pay at {left} now."
    assert not _LINKED.search(harmless(address))


@pytest.mark.parametrize("text", KEPT)
def test_files_code_versions_and_mail_addresses_stay_readable(text: str):
    assert harmless(text) == text
    assert without_addresses(f"See {text}, please", unlinkable) == f"See {text}, please"


def test_what_is_written_as_code_keeps_its_path_but_no_query():
    label = "The label is `eks.amazonaws.com/role-arn?x=1`"

    assert plain(label, unlinkable) == "The label is eks[.]amazonaws[.]com/role-arn."


def test_words_are_compared_with_hosts_as_they_were_written():
    assert plain("Open https://portal.example.com/a?b=c now") == "Open portal.example.com now."
    assert without_addresses("evil.com/pay", as_it_is) == "evil.com"
    row = plain_row("| Site |", "| evil.com/pay |", unlinkable)
    assert row == "Site: evil[.]com."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ask @channel", "Ask channel"),
        ("Ask ＠everyone", "Ask everyone"),
        ("Ask.@here", "Ask.here"),
        ("ask@here", "ask here"),
        ("Ask @\u200bchannel", "Ask channel"),
        ("Ask @@channel", "Ask channel"),
        ("<!here> Ask <@U123> in <#C1|x>", "Ask in"),
        ("<!subteam^S1|@team> Ask", "Ask"),
        ("Ask <at>Bob</at> or <at id='1'>Ann</at>", "Ask Bob or Ann"),
    ],
)
def test_nobody_is_called(text: str, left: str):
    assert " ".join(harmless(text).split()) == left


def test_what_hides_or_turns_characters_goes_from_text_and_is_written_out_in_names():
    name = "in\u202evoice\u2066 a\u200bb\u00ad\ufe0f\U000e0041.md"

    assert visible(name) == "invoice ab.md"
    assert visible_name(name) == "in\\u202evoice\\u2066 a\\u200bb\\xad\\ufe0f\\U000e0041.md"
    assert visible_name("plain näme。.md") == "plain näme。.md"
    assert visible("a\r\n\tb\u2028c") == "a \n\tb c"


TEXT = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *ADDRESSES,
                *(kept for kept in KEPT if kept != "ASP.NET"),
                "@",
                "<!here>",
                "<at>",
                "</at>",
                "\u202e",
                "\u200b",
                "\u00ad",
                ".",
            ]
        ),
        st.sampled_from([*"/?#:@.`<>()[]|\\*_-", "//", "http", "www.", "com", " ", "\n", "evil"]),
        st.text(max_size=3),
    ),
    max_size=14,
).map("".join)


@given(TEXT)
def test_nothing_that_a_client_acts_on_survives_whatever_it_is_made_of(text: str):
    for read in (harmless(text), plain(text, unlinkable)):
        assert not _LINKED.search(read)
        assert not _CALLED.search(read)
        assert not hides(read.replace("\t", ""))
        assert "](" not in read


@given(TEXT)
def test_what_is_harmless_stays_as_it_is(text: str):
    once = harmless(text)

    assert harmless(once) == once


@given(st.text(max_size=60))
def test_a_name_that_was_written_out_leads_back_to_the_document(name: str):
    shown = visible_name(name)

    assert not set(hides(shown)) - {c for c in name if unicodedata.category(c) == "Cs"}
    if "\\" not in name:
        assert name_as_stored(shown) == name


@pytest.mark.parametrize(
    "piece",
    ["a.", "a-", "@", "//", "www.", "http://", "a@", "`", "a/", "evil.com/", "/x.", "<a:", "<!",
     "a。", "http:", "@a", "mailto:", "[.]", "x.com", "_.", "+a"],
)  # fmt: skip
def test_time_grows_with_the_length_and_no_faster(piece: str):
    def seconds(times: int) -> float:
        text, start = piece * times, time.process_time()
        harmless(text)
        return time.process_time() - start

    assert min(seconds(8000) for _ in range(3)) <= 3 * min(seconds(4000) for _ in range(3)) + 0.02
