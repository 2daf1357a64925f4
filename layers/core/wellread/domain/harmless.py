"""Untrusted text without what a chat client, a browser or a terminal would act on.

Documents, file names and models write what they like. What people see of it holds no character
that hides or turns others, no mention, and no address that a click could follow: of an address its
host stays, without scheme, path and query, and where people see it, with "[.]" for its dots, which
no client makes a link of: `evil[.]example`. An e-mail address stays an e-mail address. Names that
are likelier a file's or code than a host's (`guide.md`, `setup.py`, `logger.info`) stay as they
are, and so do versions and IP addresses; what is written as code keeps its path.

Stored texts are not changed: quotes and offsets refer to them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

HostForm = Callable[[str], str]
"""How a host is written: `as_it_is` where words are compared, `unlinkable` where they are shown."""

# Drawn as nothing, though Unicode calls them letters, marks or unassigned: fillers, variation
# selectors, and blocks that are to be ignored by default.
_IGNORED = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028\u2029\u2065\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_BREAKS = "\r\v\f\x85\u2028\u2029"
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt]))")

_DOTS = ".．｡。․"
_DOT = f"[{_DOTS}]"
_END = r"\s<>()\[\]|\"'`“”„‘’«»‹›。、，；：！？（）《》「」【】…"
_UNTIL = f"[^{_END}]*"
_SCHEMES = r"(?:https?|ftps?|wss?)"
_URL = re.compile(
    rf"(?:(?<![a-z0-9+.-])[a-z0-9+.-]++(?<=[a-z0-9])://|\bmailto:|\bwww{_DOT})"
    rf"{_UNTIL}[^{_END}.,;:!?*_\\]",
    re.IGNORECASE,
)
_WEB = re.compile(
    rf"(?P<before>.*?)(?:{_SCHEMES}:[/\\]+|mailto:|(?<![\w-])www{_DOT})+"
    rf"(?P<address>[^/\\?#]*)",
    re.IGNORECASE,
)
_SCHEME_LEFT = re.compile(
    rf"\b{_SCHEMES}\s?:(?:[/\\]+|(?=[\w-]+{_DOT}\w))|\bmailto:(?=\S)", re.IGNORECASE
)
_SCRIPT_SCHEME = re.compile(r"\b(?:javascript|data|vbscript):(?=\S)", re.IGNORECASE)
_ANY_HOST = re.compile(rf"(?<![\w:/\\])/{{2,}}(?=[\w-]+{_DOT}\w|localhost\b|\[)", re.IGNORECASE)
_HOST = re.compile(
    rf"(?<![\w-])(?P<host>(?:[\w-]++{_DOT})+[\w-]++)(?P<port>:\d{{1,5}}(?!\d))?", re.IGNORECASE
)
_PATH = re.compile(rf"[/?#]{_UNTIL}")
_LOOKED_AT = 300
"""So much of a path is looked through for a query that tells an address from other words."""

_STOPS = ".,;:!?*_~"
_NOTHING = ("",)
_CIDR = re.compile(r"/\d{1,2}$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)([^`\n]+)\1(?!`)")
_MENTION = re.compile(
    r"(?<![\w@＠﹫])[@＠﹫]++(?=\w)|(?<=\w)(?!@\w)[@＠﹫]++(?=\w)"
    r"|(?<=\w)@(?=(?:channel|here|everyone|all)\b(?!\.\w))",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"<[!@#][^<>]*>|</?at\b[^<>]*>", re.IGNORECASE)
_OPEN = re.compile(r"<(?=[!@#]|/?at\b)", re.IGNORECASE)
_LABELLED_LINK = re.compile(r"<(?:[a-z][a-z0-9+.-]*:)[^<>|\s]*\|([^<>]*)>", re.IGNORECASE)

_OF_ANYBODY = frozenset(
    """academy agency aero apartments app art arpa asia audio auto autos baby band bank bargains bet
    bid bike bingo bio biz black blog blue bond boo boutique build builders business buzz cab cafe
    cam camera camp capital car cards care careers cars casa cash casino cat center ceo charity chat
    cheap church city claims click clinic clothing cloud club coach codes coffee college com
    community company computer condos construction consulting contact contractors cooking cool coop
    corp country coupons courses credit cricket cruises cyou dad dance date dating day deals degree
    delivery democrat dental design dev diamonds diet digital direct directory discount doctor dog
    domains download earth eco edu education email energy engineer engineering enterprises equipment
    esq estate events example exchange expert exposed express fail faith family fan fans farm
    fashion feedback film finance financial fish fit fitness flights florist flowers football
    forsale forum foundation fun fund furniture futbol fyi gallery game games garden gay gifts gives
    giving
    glass global gmbh gold golf gov graphics gratis green gripe group guide guitars guru hair haus
    health healthcare help holdings holiday home homes horse hospital host hosting hot house how icu
    immo inc industries info ing ink institute insure int internal international invalid investments
    jewelry jobs kaufen kim kitchen lan land lat law lawyer lease legal lgbt life lighting limited
    limo link live llc loan loans local localhost lol lotto love ltd luxe luxury makeup management
    market marketing markets mba media men meme memorial menu mil mobi mobile moda mom money
    monster mortgage museum music name net network new news ngo ninja nyc observer one ong onion
    onl online org organic page partners parts party pet phd photo photography photos pics pictures
    pink pizza place plumbing plus poker porn post press pro productions prof promo properties
    property pub quest racing realty recipes red rehab rent rentals repair report republican rest
    restaurant review reviews rich rip rocks rodeo rsvp sale salon sarl sbs school schule science
    security services sex shoes shop shopping shows singles site ski soccer social software solar
    solutions space spot storage store stream studio style sucks supplies supply support surf
    surgery systems tattoo tax taxi team tech technology tel tennis test theater tickets tienda tips
    tires today tokyo tools top tours town toys trade trading training travel tube university uno
    vacations ventures vet video villas vin vip vision vodka vote voyage wang watch webcam website
    wedding wiki win wine work works world wtf xxx xyz yachts yoga zone
    рф рус бел укр мкд срб бг ею 中国 中國 公司 网络 網絡 在线 商城 香港 台湾 台灣 한국 みんな
    भारत ไทย السعودية امارات مصر ایران""".split()
)
"""Top-level names that anybody may register under, or that stand for any in examples."""

_ALONE = frozenset(
    """com net org edu gov mil biz xyz online site website store shop club example invalid app dev
    io ai co ru cn de uk eu fr jp nl ch se no es pl br au ca us kr tw hk ua ir tk ga cf gq
    рф рус укр бел 中国""".split()
)
"""Of these, the ones that make a link of a bare name: few, as `logger.info` is no host."""

_OF_FILES = frozenset(
    """ac ai am bat bin bz c cc cfg cgi class cls conf config cpp cs css csv db dll doc docx exe gif
    go gz h hs htm html ics in ini ipynb jar java jpeg jpg js json jsp jsx kt la lock log lua md mk
    ml mm mo mov mp pdf php pl plist pm png ppt pptx properties proto ps pt py r rb rs rst rtf sc
    sh so sql st svg swift tar tex tf toml ts tsx tsv txt vb vue war wasm xls xlsx xml xz yaml yml
    zip""".split()
)
"""Endings of files; a few are countries too."""

_FIRST = frozenset(("com", "net", "org"))
_NO_HOSTS = frozenset("ado asp cls event node os request response self socket this vb".split())
"""What stands before the dot of code and products: `self.app`, ASP.NET."""


def as_it_is(host: str) -> str:
    """A host as it was written."""
    return host


def unlinkable(host: str) -> str:
    """A host that a person can read and no client makes a link of: "evil[.]example"."""
    for dot in _DOTS:
        host = host.replace(dot, "[.]")
    return host


def visible(text: str) -> str:
    """The text without characters that hide or turn others: zero-width, bidi marks, tags.

    Line feeds and tabs stay; other line ends become a space.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    text = _IGNORED.sub(lambda found: " " if found[0] in _BREAKS else "", text)
    return "".join(
        c if c in "\n\t " or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") else
        (" " if c in _BREAKS else "")
        for c in text
    )  # fmt: skip


def visible_name(name: str) -> str:
    r"""A document's name with what hides or turns characters written out: "a\u202eb.md".

    Two names that differ, differ to the eye. `name_as_stored` takes it back.
    """
    if name.isascii() and name.isprintable():
        return name
    return "".join(_written_out(c) for c in name)


def name_as_stored(shown: str) -> str:
    """What `visible_name` was given."""
    return _ESCAPED.sub(
        lambda found: (
            {"n": "\n", "r": "\r", "t": "\t"}[found[4]]
            if found[4]
            else _character(int(found[1] or found[2] or found[3], 16))
        ),
        shown,
    )


def without_addresses(text: str, form: HostForm) -> str:
    """The text with nothing left of an address but its host, written in a form.

    Takes time in proportion to the text.
    """
    if form is not as_it_is:
        text = _CODE.sub(
            lambda found: found[1] + _hosts(found[2], form, whole=True) + found[1], text
        )
    text = _LABELLED_LINK.sub(r"\1", text)
    text = _URL.sub(lambda found: _host_of(found[0], form), text)
    text = _SCRIPT_SCHEME.sub("", _SCHEME_LEFT.sub("", text))
    return _hosts(_ANY_HOST.sub("", text), form)


def without_mentions(text: str) -> str:
    """The text with nobody called: "@channel" as "channel", commands of chat platforms gone."""
    return _MENTION.sub(
        lambda found: (
            " " if found.string[max(0, found.start() - 1) : found.start()].isalnum() else ""
        ),
        _COMMAND.sub(" ", text),
    )


def harmless(text: str, form: HostForm = unlinkable) -> str:
    """A title, heading or other line of untrusted text as people may see it."""
    text = visible(text)
    # Taking one thing away can make another one whole; each pass that does takes some for good.
    for _ in range(len(text) + 1):
        before = text
        text = without_mentions(without_addresses(text, form))
        text = _OPEN.sub("‹", text.replace("![", "[").replace("](", "] ("))
        if text == before:
            break
    return text


def _written_out(c: str) -> str:
    hides = unicodedata.category(c) in ("Cc", "Cf", "Co", "Zl", "Zp") or _IGNORED.match(c)
    return c.encode("unicode_escape").decode() if hides else c


def _character(number: int) -> str:
    return chr(number) if number < 0x110000 else ""


def _host_of(url: str, form: HostForm) -> str:
    """What stays of an address with a scheme, or with www."""
    web = _WEB.match(url)
    if web is None:
        # "s3://bucket/key" names a place but nothing opens it.
        return url.replace("://", ":", 1)
    user, _, host = web["address"].rpartition("@")
    if user and "mailto:" in url.lower():
        return f"{web['before']}{user}@{host}"
    return web["before"] + (host if _is_number(host) else form(host))


def _hosts(text: str, form: HostForm, *, whole: bool = False) -> str:
    """The text with its addresses that have no scheme reduced; to no query only, if `whole`."""
    pieces: list[str] = []
    done = 0
    for found in _HOST.finditer(text):
        if found.start() < done:
            continue
        kept, end = _reduced(found, form, whole=whole)
        pieces += (text[done : found.start()], kept)
        done = end
    return "".join(pieces) + text[done:]


def _reduced(found: re.Match[str], form: HostForm, *, whole: bool) -> tuple[str, int]:
    """What stays of a host and what follows it, and where the text goes on."""
    host, port, text = found["host"], found["port"] or "", found.string
    end = found.end()
    begun = text[end : end + _LOOKED_AT] if text[end : end + 1] in ("/", "?", "#") else ""
    begun = (_PATH.match(begun) or _NOTHING)[0]
    before = text[max(0, found.start() - 2) : found.start()]
    if len(before) == 2 and before[1] == "@" and not before[0].isspace():
        return host + port, _end_of_path(text, end) if begun else end
    if _is_number(host):
        is_path = begun and not _CIDR.fullmatch(begun.rstrip(_STOPS))
        return host + port, _end_of_path(text, end) if is_path else end
    if not _is_linked(host, begun.rstrip(_STOPS)):
        if "。" not in host:
            return host + port, end
        # In Chinese and Japanese text it ends a sentence: "见 evil.com。然后".
        host = host.partition("。")[0]
        linked = re.search(_DOT, host) and _is_linked(host, "")
        return form(host) if linked else host, found.start() + len(host)
    past = _end_of_path(text, end) if begun else end
    path = re.split(r"[?#]", text[end:past], maxsplit=1)[0] if whole else ""
    return form(host) + port + path, past


def _end_of_path(text: str, start: int) -> int:
    """Where a path ends, without the marks that end a sentence."""
    path = (_PATH.match(text, start) or _NOTHING)[0]
    return start + len(path.rstrip(_STOPS))


def _is_number(host: str) -> bool:
    """Whether a host is an IP address, or a version: no client links it without a scheme."""
    return all(label.isdigit() for label in re.split(_DOT, host))


def _is_linked(host: str, path: str) -> bool:
    """Whether a client might make a link of a host with such a path."""
    *before, last = re.split(_DOT, unicodedata.normalize("NFKC", host))
    if not path and last.istitle() and last.lower() not in _FIRST:
        return False  # a sentence that begins without a space before it: "the end.No more"
    *before, last = (label.lower() for label in (*before, last.partition("_")[0]))
    if last.startswith("xn--"):
        return True
    if not last.isalpha():
        return False
    if last in _OF_FILES and not (last in _ALONE and path):
        return "?" in path and len(last) == 2 and path.startswith(("/", "?"))
    if path:
        return (
            last in _OF_ANYBODY
            or last in _ALONE
            or (len(last) == 2 and last.isascii())
            or "?" in path
        )
    return last in _ALONE and not (before[-1] in _NO_HOSTS and last not in ("com", "org"))
