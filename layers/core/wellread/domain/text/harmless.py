"""Untrusted text without what a chat client, a browser or a terminal would act on.

Documents, file names and models write what they like. What people see of it holds no character
that hides or turns others, no mention, and no address that a click could follow: of an address its
host stays, without scheme, path and query, and where people see it, with "[.]" for its dots, which
no client makes a link of: `evil[.]example`. An e-mail address stays an e-mail address. Names that
are likelier a file's or code than a host's (`guide.md`, `setup.py`, `logger.info`) stay as they
are, and with a path they keep that, but not their dots: `evil[.]md/x`. Numbers with dots stay,
though an IP address keeps no path. What is written as code keeps its path and its "@": `@Override`.

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
    rf"(?:(?<![a-z0-9+.-])[a-z0-9+.-]++://|\bmailto:|\bwww{_DOT})"
    rf"{_UNTIL}[^{_END}.,;:!?*_\\]",
    re.IGNORECASE,
)
_WEB = re.compile(
    rf"(?P<before>.*?)(?:{_SCHEMES}:[/\\]+|mailto:|(?<![\w-])www{_DOT})+"
    rf"(?P<address>[^/\\?#]*)",
    re.IGNORECASE,
)
_ESCAPED_IN_HOST = re.compile(r"(?<=\w)\\([._-])(?=\w)")  # markdown: docs\.example\.com
_SCHEME_LEFT = re.compile(
    rf"\b{_SCHEMES}\s?:(?:[/\\]+|(?=[\w-]+{_DOT}\w))|\bmailto:(?=\S)", re.IGNORECASE
)
_CLICKED = re.compile(
    r"\b(?:javascript|vbscript):(?=\S)|\bdata:(?=[\w.+-]+/\w|[;,])"
    r"|(?<![\w:.+-])(?:(?:sms|tel):(?=[+*(%&?;/#\d])|(?:callto|facetime|skype|xmpp):(?=[\w+])"
    r"|(?:ms-[a-z-]{1,40}|search-ms):(?=\S)|magnet:(?=\?))",
    re.IGNORECASE,
)
"""Other schemes that run something; not so "Data:2024", "SMS:yes" and "arn:aws:sms:eu-west-1"."""

_ANY_HOST = re.compile(
    rf"(?<![\w:/])/{{2,}}(?=[\w-]+{_DOT}\w|localhost\b|\[)|(?<![\w:\\])\\{{2,}}(?=[\w.?@-]+[\\/])",
    re.IGNORECASE,
)
"""What begins an address without a scheme, and a share on Windows."""

_CODE = r"(?<!`)(?:(`{1,2})(?!`)[^`\n]+\1|(`{3,})(?!`)[^`]+\2)(?!`)"
_ONE_LABEL = re.compile(
    rf"{_CODE}|(?<![\w:/])/{{2,}}(?P<label>[\w-]++(?::\d+)?)(?=[/?#]){_UNTIL}[^{_END}.,;:!?*_]"
)
"""Code, whose comments begin so, too; or "//host/path", a browser's way to a host nearby."""

_HOST = re.compile(
    rf"(?<![\w-])(?P<host>(?:[\w-]++{_DOT})+[\w-]++)(?P<port>:\d{{1,5}}(?![\w-]))?", re.IGNORECASE
)
_PATH = re.compile(rf"[/\\?#]{_UNTIL}")
_QUERY = re.compile(r"/[^?#]*\?|\?[^.?]")
_LOOKED_AT = 300
"""So much of a path is looked through for a query that tells an address from other words."""

_STOPS = ".,;:!?*_~"
_NOTHING = ("",)
_NETWORK = re.compile(r"/(?:\d{1,2}|255(?:\.\d{1,3}){3})$")
_FOLDER = re.compile(r"[\w.~-][/\\]|:\\")
_ALL = r"(?i:channel|here|everyone|all)\b"
_CALLS_ALL = re.compile(rf"(?<![\w@＠﹫])[@＠﹫]++(?={_ALL})|(?<=\w)[@＠﹫]++(?={_ALL}(?!\.\w))")
# Of a type in brackets, as in "List<@NonNull String>": with a blank it is nobody's name.
_ANNOTATES = rf"@(?!{_ALL})[A-Z][A-Za-z]{{0,40}} [\w., ?]{{1,80}}[>›]"
_MENTION = re.compile(
    rf"{_CODE}|(?P<at>(?<![\w@＠﹫])(?!(?<=\w[<‹]){_ANNOTATES})[@＠﹫]++(?=\w)"
    rf"|(?<=\w)(?!@\w)[@＠﹫]++(?=\w)|{_CALLS_ALL.pattern})"
)
_COMMAND_BEGINS = rf"<(?:[!#]|(?!(?<=\w<){_ANNOTATES})@|/?(?i:at)\b|users/)"
_COMMAND = re.compile(rf"{_COMMAND_BEGINS}[^<>]*>")
_OPEN = re.compile(rf"(?={_COMMAND_BEGINS})<")
_LABELLED_LINK = re.compile(r"<(?:[a-z][a-z0-9+.-]*:)[^<>|\s]*\|([^<>]*)>", re.IGNORECASE)

_IMAGE = re.compile(r"(?<!!)!++\[")
_SIGNS = re.compile(r"[^\w\s]+|_+")
_MOST_PASSES = 8

_ALONE = frozenset(
    """com net org edu gov mil biz xyz online site website store shop club example invalid app dev
    io ai co ru cn de uk eu fr jp nl ch se no es pl br au ca us kr tw hk ua ir tk ga cf gq
    click info top рф рус укр бел 中国""".split()
)
"""Top-level names that make a link of a bare name: few, as `logger.info` is no host."""

_OF_FILES = frozenset(
    """ac ai am bat bin bz c cc cfg cgi class cls conf config cpp cs css csv db dll doc docx exe gif
    go gz h hs htm html ics in ini ipynb jar java jpeg jpg js json jsp jsx kt la lock log lua md mk
    ml mm mo mov mp pdf php pl plist pm png ppt pptx properties proto ps pt py r rb rs rst rtf sc
    sh so sql st svg swift tar tex tf toml ts tsx tsv txt vb vue war wasm xls xlsx xml xz yaml yml
    zip""".split()
)
"""Endings of files; a few are countries too."""

_WITH_PATH = frozenset("ac am bz cc in la ml mm mo mov pt sc sh so st zip".split())
"""Of these, the ones that a path makes likelier a host's: `get.evil.sh/install`."""
_OTHER_NAME = re.compile(r"/\w+\.\w")

_FIRST = frozenset(("com", "net", "org"))
_PRODUCTS = frozenset(("IO", "NET", "Net"))
"""Endings as products and name spaces write them: ML.NET, System.IO."""

_NO_HOSTS = frozenset(
    """ado asp btn button cls console element emp event java kotlin log logger logging node offset
    os rect request response roll self socket sr style tf this vb vol window""".split()
)
"""What stands before the dot of code, products and numbers: `self.app`, ASP.NET, "roll.no"."""


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
    """The text with nothing left of an address but its host, written in a form."""
    if form is not as_it_is:
        text = re.sub(_CODE, lambda found: _hosts(found[0], form, whole=True), text)
    text = _LABELLED_LINK.sub(r"\1", text)
    text = _URL.sub(lambda found: _host_of(found[0], form), text)
    text = _ANY_HOST.sub("", _CLICKED.sub("", _SCHEME_LEFT.sub("", text)))
    return _hosts(_ONE_LABEL.sub(lambda found: found["label"] or found[0], text), form)


def without_mentions(text: str) -> str:
    """The text with nobody called: "@channel" as "channel", commands of chat platforms gone.

    In code an "@" stays that calls nobody: `@Override`.
    """
    return _MENTION.sub(
        lambda found: _blank(found) if found["at"] else _CALLS_ALL.sub(_blank, found[0]),
        _COMMAND.sub(" ", text),
    )


def harmless(text: str, form: HostForm = unlinkable) -> str:
    """A title, heading or other line of untrusted text as people may see it."""
    return settled(visible(text), lambda text: _once(text, form))


def settled(text: str, one_pass: Callable[[str], str]) -> str:
    """The text when a pass finds nothing more to change.

    Taking one thing away can make another one whole. What is nested deeper than people write was
    written to be read in many passes: it keeps its words alone.
    """
    for _ in range(_MOST_PASSES):
        before, text = text, one_pass(text)
        if text == before:
            return text
    return _SIGNS.sub(" ", text)


def _once(text: str, form: HostForm) -> str:
    text = without_mentions(without_addresses(text, form))
    return _OPEN.sub("‹", _IMAGE.sub("[", text).replace("](", "] ("))


def _written_out(c: str) -> str:
    hides = unicodedata.category(c) in ("Cc", "Cf", "Co", "Zl", "Zp") or _IGNORED.match(c)
    return c.encode("unicode_escape").decode() if hides else c


def _character(number: int) -> str:
    return chr(number) if number < 0x110000 else ""


def _blank(found: re.Match[str]) -> str:
    """What keeps two words apart, where there are two."""
    return " " if found.string[max(0, found.start() - 1) : found.start()].isalnum() else ""


def _host_of(url: str, form: HostForm) -> str:
    """What stays of an address with a scheme, or with www."""
    web = _WEB.match(_ESCAPED_IN_HOST.sub(r"\1", url))
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
    host, port, text, end = found["host"], found["port"] or "", found.string, found.end()
    begun = text[end : end + _LOOKED_AT] if text[end : end + 1] in ("/", "\\", "?", "#") else ""
    begun = (_PATH.match(begun) or _NOTHING)[0]
    before = text[max(0, found.start() - 2) : found.start()]
    if _is_number(host):
        is_path = begun and _is_ip(host) and not _NETWORK.fullmatch(begun.rstrip(_STOPS))
        return host + port, _end_of_path(text, end) if is_path else end
    if re.fullmatch(r"\w@", before):
        return host + port, _end_of_path(text, end) if begun else end
    path = begun.rstrip(_STOPS)
    if not (_is_linked(found, path) if path else _is_linked_alone(host, text[end : end + 2])):
        if "。" not in host:
            return (form(host) if _may_be_linked(found, path) else host) + port, end
        # In Chinese and Japanese text it ends a sentence: "见 evil.com。然后".
        host = host.partition("。")[0]
        linked = re.search(_DOT, host) and _is_linked_alone(host)
        return form(host) if linked else host, found.start() + len(host)
    past = _end_of_path(text, end) if begun else end
    left = re.split(r"[?#]", text[end:past], maxsplit=1)[0] if whole else ""
    return form(host) + port + left, past


def _end_of_path(text: str, start: int) -> int:
    """Where a path ends, without the marks that end a sentence."""
    path = (_PATH.match(text, start) or _NOTHING)[0]
    return start + len(path.rstrip(_STOPS))


def _is_number(host: str) -> bool:
    """Whether a host is a number, a date, a version or an IP address: none is linked alone."""
    return all(label.isdecimal() for label in re.split(_DOT, host))


def _is_ip(number: str) -> bool:
    labels = re.split(_DOT, number)
    return len(labels) == 4 and all(len(label) < 4 and int(label) < 256 for label in labels)


def _labels(host: str) -> list[str]:
    *before, last = re.split(_DOT, unicodedata.normalize("NFKC", host))
    return [*before, last.partition("_")[0]]


def _is_linked(found: re.Match[str], path: str) -> bool:
    """Whether a client might make a link of a host with such a path."""
    last = _labels(found["host"])[-1]
    if not last.isalpha():
        return last.lower().startswith("xn--")
    folded, has_query = last.lower(), _QUERY.match(path) is not None
    if folded in _OF_FILES and folded not in _ALONE:
        if _in_folder(found):
            return has_query and path.startswith("/")  # not "/documents/rules.pdf?revision=2"
        return has_query or (folded in _WITH_PATH and path.startswith("/"))
    if has_query or folded in _ALONE or (len(last) == 2 and last.isascii()):
        return True
    return _may_be_linked(found, path) and not last.istitle() and not _OTHER_NAME.match(path)


def _may_be_linked(found: re.Match[str], path: str) -> bool:
    """Whether a host of any ending may be one, by its path, which may as well be an alternative.

    So both stay readable: `evil[.]md/x`, and `setup[.]py/setup.cfg`.
    """
    last = _labels(found["host"])[-1]
    return path[:1] in ("/", "\\") and last.isalpha() and len(last) > 1 and not _in_folder(found)


def _in_folder(found: re.Match[str]) -> bool:
    """Whether a name stands in a path: `src/main.cc/x`."""
    return bool(_FOLDER.match(found.string, max(0, found.start() - 2), found.start()))


def _is_linked_alone(host: str, after: str = "") -> bool:
    """Whether a client might make a link of a host without a path."""
    *before, last = _labels(host)
    if (
        (last in _PRODUCTS and len(before) == 1)
        # A sentence that begins without a space before it: "the end.No more".
        or (last.istitle() and last.lower() not in _FIRST)
        or (last == "no" and before[-1].istitle())  # "Roll.no"
        or (last in ("click", "info", "top") and after in ("()", '("', "('") and host.islower())
    ):
        return False
    last = last.lower()
    is_code = before[-1].lower() in _NO_HOSTS and last not in ("com", "org")
    return last.startswith("xn--") or (last in _ALONE and last not in _OF_FILES and not is_code)
