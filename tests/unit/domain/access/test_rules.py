"""However a person writes a rule, nothing opens that it may have meant to restrict."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.access.prefixes import read_prefix
from wellread.domain.access.rules import AccessRules, Basis, parse_access_rules
from wellread.domain.access.scope import Scope, both, shown
from wellread.domain.access.sidecars import SidecarMetadata

EVERYONE, HR = Scope.of("everyone"), Scope.of("everyone", "hr")
STAFF = frozenset({"everyone"})

UNDERSTOOD = [
    "hr/", "hr", "/hr/", "//hr//", "./hr/", "././hr", "hr/./", "hr//", " hr/ ", "hr\\", "\\hr\\",
    ".\\hr\\", "board/../hr/", "/srv/docs/hr/", "/srv/docs//hr", "s3://docs/hr/", '"hr/"', "'hr'",
    "hr/\n", "\thr/", "\u201chr/\u201d",
]  # fmt: skip
REFUSED = [
    "hr/*", "hr/**", "hr*", "*", "**/hr/**", "*/pay.md", "?r/", "h?/", "{hr,board}/", "hr|board",
    "../hr/", "hr/../../x", "~/hr/", "C:\\docs\\hr\\", "s3://other/hr/", "file:///srv/hr/",
    "finance|hr", "(finance|hr)/", "hr/, finance/", "arn:aws:s3:::docs/hr/", "file:/srv/docs/hr/",
    "$HOME/docs/hr/", "%USERPROFILE%/docs/hr/", "hr/\x07", "hr/,board/", "hr/;board/", "HR*",
    "^hr/", "!hr/", "(hr)/", "[hr]/", "[hH][rR]/", "hr/[a-z]", "hr/$", "hr/%", "h\u200br/",
    "hr/\u200b", "hr, finance", "finance; hr", "hr&finance", "hr%2F", "%68r/", "hr\u00a0/",
    "<hr>/", "hr:/", "HR\\Pay.MD", "hr/.+\\.md", "hr/{name}.md", "hr/[0-9]{4}/", "hr/\uff0a",
    "hr:private/", "hr\uff0cfinance", "hr\u3001finance", "hr/\\w+", "hr/\\d/", "hr/%.md",
    "hr/<name>.md", "hr/$name", "re:hr/", "glob:hr/", "prefix=hr/", "hr/ finance/", "hr + finance",
    "hr\u2215", "hr\u29f8", "hr>", "hr\u2192", "hr\u00a5", "hr%252F", "hr/ # personnel", "(?i)hr/",
    "hr/\nfinance/", "finance/\nhr/", "finance\thr", "'finance/' 'hr/'", "finance/ hr/", "hr\\d",
]  # fmt: skip
NEAR = [
    "HR/", "Hr", "h r/", "h-r/", "\uff48\uff52/", "hr/_", "hr/pay.md/", "h\u0301r/", "docs/hr/",
    "./docs/hr", "data/docs/hr/", "hr/PAY.md", "hr/pay.MD", "hr and finance", "finance und hr",
]  # fmt: skip


def rules(*entries, **more):
    listed = [{"prefix": prefix, "audience": audience} for prefix, audience in entries]
    return parse_access_rules({"rules": listed, **more}, ("/srv/docs", "s3://docs"))


@pytest.mark.parametrize("written", UNDERSTOOD + REFUSED + NEAR)
def test_no_spelling_of_a_rule_leaves_open_what_it_means(written):
    found = rules((written, ["hr"]))

    assert not EVERYONE.permits(found.audiences("hr/pay.md", None))
    wider = SidecarMetadata(audience=STAFF)
    assert not EVERYONE.permits(found.audiences("hr/pay.md", wider))


@pytest.mark.parametrize("written", UNDERSTOOD)
def test_what_only_stands_around_a_prefix_changes_nothing(written):
    assert HR.permits(rules((written, ["hr"])).audiences("hr/pay.md", None))


@pytest.mark.parametrize("written", REFUSED + NEAR)
def test_what_is_not_understood_is_for_nobody_and_says_so(written):
    decision = rules((written, ["hr"])).decide("hr/pay.md", None)

    assert decision.audiences == frozenset()
    assert decision.basis in (Basis.REFUSED_RULE, Basis.NEAR_RULE)


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("smorrebrod/", "Sm\u00f8rrebr\u00f8d/"),
        ("Loehne/", "L\u00f6hne/"),
        ("Lohne/", "Loehne/"),
        ("KIRMIZI/", "k\u0131rm\u0131z\u0131/"),
        ("\u0130stanbul/", "istanbul/"),
        ("lodz/", "\u0141\u00f3d\u017a/"),
        ("R&D/", "R&amp;D/"),
        ("\u2764/", "\u2764\ufe0f/"),
        ("Stra\u00dfe/", "STRASSE/"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_foreign_letters_written_plainly_come_near(written, folder, turned):
    written, folder = (folder, written) if turned else (written, folder)
    entries = {"rules": [{"prefix": written, "audience": "hr"}]}
    decision = parse_access_rules(entries, (), lambda _: True).decide(f"{folder}a.md", None)

    assert decision.basis is Basis.NEAR_RULE


@pytest.mark.parametrize("other", ["notice.md", "hrx/a.md", "shr/a.md", "hr.md", "board/hr/a.md"])
def test_other_documents_stay_as_they_are(other):
    for written in ("hr/", "HR/", "/hr/", "hr/*", "h-r/"):
        assert EVERYONE.permits(rules((written, ["hr"])).audiences(other, None))


def test_a_longer_rule_decides_and_what_comes_near_one_is_closed():
    found = rules(("a/", ["it"]), ("a/b/", ["everyone"]), ("A/B/c/", ["hr"]))

    assert found.audiences("a/x.md", None) == {"it"}
    assert found.audiences("a/b/x.md", None) == {"everyone"}
    assert found.decide("a/b/c/x.md", None).basis is Basis.NEAR_RULE
    assert found.decide("a/B/x.md", None).basis is Basis.NEAR_RULE


def test_a_rule_for_each_of_two_folders_that_differ_in_case_is_clear():
    found = rules(("hr/", ["hr"]), ("HR/", ["everyone"]))

    assert found.audiences("hr/pay.md", None) == {"hr"}
    assert found.audiences("HR/menu.md", None) == {"everyone"}


def test_what_comes_near_a_rule_that_would_change_nothing_stays():
    assert rules(("Public/", ["everyone"])).audiences("public/a.md", None) == {"everyone"}


def test_nothing_else_opens_what_is_under_a_rule_that_is_refused():
    found = rules(("hr/*", ["hr"]), ("hr/open/", ["everyone"]), sidecars="decide")

    assert found.audiences("hr/open/a.md", SidecarMetadata(audience=STAFF)) == frozenset()


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="/\\"), min_size=1, max_size=12),
    st.sampled_from(["{}/", "/{}/", "./{}/", "{}\\", " {}/", "{}//", "{}"]),
    st.sampled_from([str, str.upper, str.title, str.casefold]),
    st.sampled_from(["NFC", "NFD", "NFKC"]),
)
def test_a_folder_of_any_name_is_not_open_under_a_rule_that_names_it(folder, form, case, composed):
    written = form.format(unicodedata.normalize(composed, case(folder)))
    document = f"{folder}/pay.md"
    found = rules((written, ["hr"]))

    letters = any(c.isalnum() for c in folder)
    assert not letters or not EVERYONE.permits(found.audiences(document, None))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"prefix": "hr/"}, 'needs an "audience"'),
        ({"prefix": ["hr/"], "audience": "hr"}, 'needs a "prefix"'),
        ({"path": "hr/", "audience": "hr"}, 'needs a "prefix"'),
        ({"prefix": "hr/", "audience": "hr", "Audience": "it"}, 'unknown entry "Audience"'),
        ({"prefix": "hr/", "audience": None}, "must be a name"),
        ({"prefix": "hr/", "audience": [""]}, "must be a name"),
        ({"prefix": "hr/", "audience": ["a\x1fb"]}, "must be a name"),
        ({"prefix": "hr/", "audience": {"hr": True}}, "must be a name"),
        ("hr/", 'needs a "prefix"'),
    ],
)
def test_an_entry_that_is_wrong_refuses_the_document(entry, why):
    with pytest.raises(ValueError, match=why):
        parse_access_rules({"rules": [entry]})


def test_two_spellings_of_one_prefix_refuse_the_document():
    with pytest.raises(ValueError, match="rule 2 has the prefix of rule 1"):
        rules(("hr/", ["hr"]), ("/hr/", ["everyone"]))


def test_a_sidecar_only_narrows_what_the_rules_give():
    found = rules(("hr/", ["hr"]), ("board/", "sidecar"))
    for_it, for_all = SidecarMetadata(audience=frozenset({"it"})), SidecarMetadata(audience=STAFF)

    assert not EVERYONE.permits(found.audiences("hr/a.md", for_all))
    assert HR.permits(found.audiences("hr/a.md", for_all))
    assert not HR.permits(found.audiences("hr/a.md", for_it))
    assert Scope.of("hr", "it").permits(found.audiences("hr/a.md", for_it))
    assert not Scope.of("it").permits(found.audiences("menu.md", for_it))
    assert Scope.of("everyone", "it").permits(found.audiences("menu.md", for_it))
    assert Scope.of("it").permits(found.audiences("board/a.md", for_it))
    assert not Scope.of("it").permits(found.audiences("board/a.md", None))


def test_where_the_settings_say_so_a_sidecar_decides():
    found = rules(("hr/", ["hr"]), sidecars="decide")

    assert found.audiences("hr/a.md", SidecarMetadata(audience=STAFF)) == STAFF


def test_rules_say_how_sidecars_count():
    assert AccessRules().narrow
    with pytest.raises(ValueError, match='"sidecars" must be'):
        parse_access_rules({"sidecars": "widen"})


names = st.frozensets(st.sampled_from(["everyone", "hr", "it", "board"]), max_size=3)


@given(names, names, st.frozensets(names, min_size=1, max_size=3))
def test_audiences_of_both_are_permitted_where_each_is(first, second, viewers):
    scope = Scope(viewers)

    assert scope.permits(both(first, second)) == (scope.permits(first) and scope.permits(second))


def test_an_audience_of_both_reads_as_words():
    assert {shown(each) for each in both(STAFF, frozenset({"hr"}))} == {"everyone and hr"}


def test_two_folders_with_the_same_letters_have_a_rule_each():
    audiences = {"C/": "eng", "C++/": "staff", "v10/": "eng", "v1.0/": "staff"}
    entries = [{"prefix": key, "audience": audience} for key, audience in audiences.items()]
    found = parse_access_rules({"rules": entries}, (), audiences.__contains__)

    for key, audience in audiences.items():
        assert found.audiences(f"{key}x.md", None) == {audience}


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_rules_that_come_near_the_order_means_nothing(order):
    for entries in (
        [("Hr/", ["everyone"]), ("hr/", ["hr"])],
        [("hr/", ["hr"]), ("h-r/", ["everyone"])],
    ):
        assert rules(*entries[::order]).audiences("HR/x.md", None) == frozenset()


def test_vowel_signs_tell_words_apart():
    found = rules(("\u0915\u093e\u0932/", ["hr"]))

    assert found.audiences("\u0915\u0932/x.md", None) == {"everyone"}


def begun(prefix):
    """The documents of an installation, by how their keys begin."""
    keys = ("{archive}/a.md", "~old/a.md", "R&D/a.md", "Reports (2024)/a.md", "HR Team/a.md")
    return any(key.startswith(prefix) for key in keys)


@pytest.mark.parametrize("folder", ["{archive}/", "~old/", "R&D/", "Reports (2024)/", "HR Team/"])
def test_signs_mean_themselves_where_a_document_has_them(folder):
    found = parse_access_rules({"rules": [{"prefix": folder, "audience": "hr"}]}, (), begun)

    assert found.audiences(f"{folder}a.md", None) == {"hr"}
    for other in ("menu.md", "HR/a.md", "R/a.md", "Reports/a.md"):
        assert found.audiences(other, None) == {"everyone"}


def test_a_pattern_stays_one_whatever_folders_there_are():
    entries = {"rules": [{"prefix": "hr/*", "audience": "hr"}]}

    assert parse_access_rules(entries, (), lambda _: True).rules[0].problem


@pytest.mark.parametrize("written", ["(?i)hr/", "hr*", "hr, it", "$HOME/hr/", "prefix=hr/"])
def test_where_no_whole_folder_is_certain_everything_is_closed(written):
    assert rules((written, ["hr"])).audiences("menu.md", None) == frozenset()


def test_of_a_list_the_first_folder_and_what_the_others_may_mean_are_closed():
    found = rules(("hr/\nfinance/, board/", ["hr"]))

    for key in ("hr/a.md", "finance/a.md", "Board/a.md"):
        assert found.audiences(key, None) == frozenset()
    assert found.audiences("menu.md", None) == {"everyone"}


@given(st.characters(categories=("P", "S", "C", "Z"), exclude_characters="-_./\\"), st.text("b*/ "))
def test_a_sign_within_a_folder_closes_it_and_what_is_in_it(sign, rest):
    prefix = read_prefix(f"hr/a{sign}b{rest}")

    if sign != " " and not all(c.isalnum() or c in "-_." for c in nfkc(sign)):
        assert prefix.problem
        assert prefix.text == "hr/"


def nfkc(text):
    return unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("written", ["hr/\x1b[31m*", "../\u202ehr", "hr/\x07"])
def test_a_refusal_writes_out_what_a_terminal_would_act_on(written):
    problem = read_prefix(written).problem

    assert problem
    assert not {"\x1b", "\x07", "\u202e"} & set(problem)
