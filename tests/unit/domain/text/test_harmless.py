"""What a client would act on does not get out, and what people need to read does."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.text.harmless import (
    as_it_is,
    harmless,
    name_as_stored,
    unlinkable,
    visible,
    visible_name,
    without_addresses,
)
from wellread.domain.text.plain import plain, plain_row

# What clients make links of, or call people by, written anew: nothing is taken from the product.
_LINKED = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\W_]|(?<![\w:/])//\w+\.\w|\bwww\.[^\W_]|\bmailto:\S|\bjavascript:\S"
    r"|\bdata:(?:[a-z]+/[a-z]|[;,])|(?<![\w:.+-])(?:(?:tel|sms):\+?\d|(?:skype|xmpp|callto):\w|magnet:\?)"
    r"|(?<![\w:\\])\\\\[\w.-]+\\|(?<![\w:.+-])(?:ms-\w+|search-ms):\S"
    r"|(?<![\w./\\@~:[()\]<>\"'`#?&=-])(?:[a-z0-9-]+\.)+(?:zip|so|sh|cc|mov|md|cfd|berlin)[/\\]\w"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|net|org|example|ru|quest)(?![\w-]|\.\w)"
    r"|\w\.(?:com|net|org|example|ru|quest)(?::\d+)?[/?#]\w",
    re.IGNORECASE,
)
_ALWAYS_CALLED = re.compile(
    r"<[!#]|<users/|(?<!\w)<@|<@[\w!&]+[|>]|</?at\b|[@＠﹫](?:channel|here|everyone)\b(?!\.\w)",
    re.IGNORECASE,
)
_CALLED = re.compile(r"(?<!\w)(?<!\w[<‹])[@＠﹫]\w")
_LOCAL = re.compile(r"(?<![\w:/])//[\w-]+/\w")
_CODE = re.compile(r"(?<!`)(`+)(?!`)[^`]+\1(?!`)")


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
    "data:text/html,evil": "text/html,evil",
    "data:,evil": ",evil",
    "tel:+4912345": "+4912345",
    "sms:+4912345?body=x": "+4912345?body=x",
    "skype:evil?call": "evil?call",
    "xmpp:ann@evil.com": "ann@evil.com",
    "magnet:?xt=urn:x": "?xt=urn:x",
    "//evil/pay?x=1": "evil",
    "//evil:8080/pay": "evil:8080",
    "evil.zip/x?d=secret": "evil[.]zip",
    "evil.py/?d=secret": "evil[.]py",
    "get.evil.sh/install": "get[.]evil[.]sh",
    "notion.so/page": "notion[.]so",
    "evil.cc/x": "evil[.]cc",
    "evil.mov/x": "evil[.]mov",
    "evil.md/x": "evil[.]md/x",
    "evil.cfd/x": "evil[.]cfd",
    "evil.berlin/reset": "evil[.]berlin",
    "evil.Cfd:8443/x": "evil[.]Cfd:8443/x",
    "evil.it\\x": "evil[.]it",
    "evil.cfd\\x": "evil[.]cfd",
    "System.Collections/Generic": "System[.]Collections/Generic",
    "np.mean/np.std": "np[.]mean/np.std",
    "evil.live/pay": "evil[.]live",
    "setup.py/setup.cfg": "setup[.]py/setup.cfg",
    "\\\\host\\share": "host\\share",
    "callto:ann": "ann",
    "facetime:+4912345": "+4912345",
    "ms-msdt:/id": "/id",
    "search-ms:query=x": "query=x",
    "evil.info": "evil[.]info",
    "evil.top": "evil[.]top",
    "my.evil.click": "my[.]evil[.]click",
    "http://1.5/pay": "1.5",
    "/@evil.quest/pay?x=1": "/evil[.]quest",
    "\\//evil.com/pay": "\\evil[.]com",
    "src/app.py:12evil.com/pay": "src/app.py:12evil[.]com",
    "z.B.://evil.com": "z.B.:evil[.]com",
    "root@192.0.2.7/pay": "root@192.0.2.7",
    "docs.aws.amazon.com/lambda/latest/dg": "docs[.]aws[.]amazon[.]com",
}
KEPT = [
    "setup.cfg", "config.yaml", "example.py", "README.md", "README.md#install", "main.rs",
    "10.0.1.2", "10.0.0.0/16", "v2.1.3", "3.14/2", "logger.info", "self.app", "ASP.NET",
    "node.js", "ops@example.com", "git@server:team/repo.git", "and/or", "24/7", "e.g. this",
    "src/app.py:12", "s3:bucket/key", "boto3.client",
    "the end.No more", "2.5x", "4.99/month", "1.5/2.5 mg daily", "10.1038/s41586-020-2649-2",
    "Az. 1.234/2024", "2.1.3/changelog", "10.12.24/13.12.24", "EUR 12.50/hour", "4.2/4.3",
    "react@18.2.0/umd", "1.2.3.4.5/x", "1.2.3.999/x", "10.0.0.0/255.0.0.0", "src/main.cc",
    "src/main.cc/x", "run.sh", "lib.so", "a.zip#b", "user.age?.years", "logger.info", "log.info",
    "self.top", "event.click", "console.info", "btn.click", 'audit.info("x")', "cat.click()",
    "ML.NET", "Json.NET", "Paint.NET", "System.IO", "System.Net", "tf.io", "kotlin.io", "Roll.no",
    "Vol.no 5", "Emp.no", "roll.no", "Data:2024", "SMS:yes", "hotel:5", "List<@NonNull String>",
    "arn:aws:sms:1", "`@Override`", "`npm i @angular/core`", "`x = 1 //see/that`", "tel: 5",
    "/a/b.pdf?c=1", "arn:aws:s3:::bucket/*", "使用 Lambda。EC2 也", "List<String>",
    "a // comment", "km/h", "z.B.", "src/my.module/x", "C:\\j.doe\\x", "p.m./a.m.",
    "docs/guide.md/x",
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
    escaped = r"Open [https://docs\.example\.com/](https://docs.example.com/) now."
    assert plain(escaped) == "Open docs.example.com now."
    assert plain(escaped, unlinkable) == "Open docs[.]example[.]com now."
    assert harmless(r"https://my\_team\.example\.com/a") == "my_team[.]example[.]com"
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
        ("`Ask @channel` and `ask@here`", "`Ask channel` and `ask here`"),
        ("`<@U123>` or List<@U123>", "` ` or List"),
        ("List<@channel String>", "List"),
        ("```\n@Override\n@all\n```", "``` @Override all ```"),
        ("<!subteam^S1|@team> Ask", "Ask"),
        ("<users/all> Ask <users/123>", "Ask"),
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
                *(kept for kept in KEPT if not kept.endswith((".NET", "Net"))),
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
        assert not _ALWAYS_CALLED.search(read)
        assert not _CALLED.search(_CODE.sub("``", read))
        assert not _LOCAL.search(_CODE.sub("``", read))
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


PIECES = [
    "a.", "a-", "@", "//", "www.", "http://", "a@", "`", "a/", "evil.com/", "/x.", "<a:", "<!",
    "a。", "http:", "@a", "mailto:", "[.]", "x.com", "_.", "+a", "//a/", "//a?.", "a<@B ", "`@a",
    "```", "``a`", "data:a", "tel:", "1.1/", "<@A b, ", "a.sh/", "a.b?",
]  # fmt: skip
NESTED = [
    ("!", "[", ""), ("ht", "<at>", "tp://"), ("data:", ",", ""), ("<x:|", "", ">"),
    ("![", "a", "](b)"), ("<b", "", ">"), ("<!-", "", "->"), ("a](", "[", ""),
    ("&", "amp;", "amp;"), ("java", "x", "script:"), ("<a", "<at>", "t>"), ("w", "www.x", "."),
    ("_*", "a", "*_"), ("\\", "[", "]("), ("[a][", "b", "]"),
]  # fmt: skip


@pytest.mark.parametrize("read", [harmless, lambda text: plain(text, unlinkable)])
@pytest.mark.parametrize(("before", "inside", "after"), [*((p, "", "") for p in PIECES), *NESTED])
def test_twice_the_text_takes_twice_the_time(read, before: str, inside: str, after: str):
    def seconds(times: int) -> float:
        text, start = before * times + inside + after * times, time.process_time()
        read(text)
        return max(time.process_time() - start, 0.01)

    once = twice = float("inf")
    for _ in range(10):
        once, twice = min(once, seconds(1000)), min(twice, seconds(2000))
        if twice <= 2.6 * once:
            break
    assert twice <= 2.6 * once


@pytest.mark.parametrize(("before", "inside", "after"), NESTED)
def test_what_is_nested_deeper_than_people_write_keeps_its_words_alone(before, inside, after):
    left = harmless(before * 40 + inside + after * 40)

    assert harmless(left) == left
    assert not _LINKED.search(left)
    assert "](" not in left
