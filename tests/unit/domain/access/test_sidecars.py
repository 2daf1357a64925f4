"""However a person writes or names a sidecar, nothing opens that it may have meant to restrict."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.access.sidecars import (
    SidecarMetadata,
    bases_of,
    meant_for,
    nearly_sidecar,
    parse_sidecar,
)


def of(attributes, **more):
    return parse_sidecar(json.dumps({"metadataAttributes": attributes, **more}).encode())


def test_both_forms_of_a_sidecar_are_read():
    bedrock = {
        "title": {"value": {"type": "STRING", "stringValue": "Pay"}, "includeForEmbedding": True},
        "audience": {"value": {"type": "STRING_LIST", "stringListValue": ["hr", "it"]}},
    }
    plain = {"title": "Pay", "audience": ["hr", " it "], "link": "", "language": "en"}

    assert of(bedrock) == SidecarMetadata("Pay", audience=frozenset({"hr", "it"}))
    assert of(plain) == SidecarMetadata("Pay", None, frozenset({"hr", "it"}), "en")


@pytest.mark.parametrize(
    "name",
    [
        "department",
        "author",
        "year",
        "science",
        "project",
        "version",
        "auditor",
        "owner",
        "cadence",
        "ambience",
        "accession_number",
        "accessibility",
        "user_guide",
        "security",
        "product_group",
        "age-group",
        "userId",
        "accessed",
        "publication",
        "publicUrl",
        "membership_fee",
        "read_time",
        "policy",
        "team",
        "roleplay",
    ],
)
def test_attributes_of_other_systems_are_none_of_our_business(name):
    assert of({"title": "Pay", name: "dock", "year": 2024}).error is None


@pytest.mark.parametrize(
    "name",
    [
        "audiences", "Audience", "AUDIENCE", " audience", "audience ", "audiance", "audince",
        "audiene", "udience", "audeince", "audience_groups", "allowed-audience", "targetAudience",
        "\uff41udience", "acl", "access", "groups", "readers", "Permissions", "allowed_groups",
        "visible-to", "group", "roles", "AccessControlList", "access_control_list", "group_ids",
        "acls", "securityGroups", "principals", "private", "confidential", "allowed_roles",
        "Title", "LINK", "users", "readAccess", "allowedPrincipals", "visible_to_groups",
        "viewer_groups", "members", "permitted", "readable_by", "public", "secret",
        "can_read_users", "x-acl-list", "documentAudience", "doc.audiances", "ACLEntries",
        "hr_readers", "isPrivate", "shared-with", "metadata_attributes", "metadataAttribute",
        "MetadataAttributes",
    ],
)  # fmt: skip
@pytest.mark.parametrize("outside", [False, True])
def test_an_entry_that_may_mean_one_of_ours_restricts_and_says_so(name, outside):
    found = of({"title": "Pay"}, **{name: ["hr"]}) if outside else of({name: ["hr"]})

    assert found.error is not None
    assert name in found.error


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("name", ["audience", "acl", "viewerGroups"])
@given(st.lists(st.sampled_from(["x", "value", []]), min_size=1, max_size=8))
def test_at_any_depth_an_entry_that_speaks_of_readers_restricts(name, outside, path):
    held = {name: ["hr"]}
    for step in path:
        held = [held] if step == [] else {step: held}
    found = of({"title": "Pay"}, extra=held) if outside else of({"extra": held})

    assert found.error is not None
    assert name in found.error


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{}", b"[]", b"null", b"not json", b'{"metadataAttributes": []}',
        b'{"metadataattributes": {"audience": "hr"}}', b'{"audience": "hr"}', b"\xff\xfe{",
        b'{"metadataAttributes": {"audience": ["hr"], "audience": ["everyone"]}}',
        b'{"metadataAttributes": {}, "metadataAttributes": {"audience": "hr"}}',
        b'{"metadataAttributes": {"audience": null}}', b'{"metadataAttributes": {"audience": 7}}',
        b'{"metadataAttributes": {"audience": ""}}',
        b'{"metadataAttributes": {"audience": ["a", 7]}}',
        b'{"metadataAttributes": {"audience": {"hr": true}}}',
        b'{"metadataAttributes": {"audience": {"value": {"type": "NUMBER", "numberValue": 7}}}}',
        b'{"metadataAttributes": {"audience": {"value": {"type": "STRING", "x": []}}}}',
        b'{"metadataAttributes": {"audience": ["a\\u001fb"]}}',
        b'{"metadataAttributes": {"title": ["7"]}}', b'{"metadataAttributes": {"audience": "hr"}',
        b'{"metadataAttributes": {"audience": "hr",}}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_cannot_be_understood_restricts(text):
    assert parse_sidecar(text).error is not None


def test_a_sidecar_for_nobody_is_one():
    assert of({"audience": []}).audience == frozenset()


@given(st.binary(max_size=200))
def test_bytes_that_are_no_json_object_restrict(data):
    assert parse_sidecar(data).error is not None or isinstance(json.loads(data), dict)


@pytest.mark.parametrize(
    "name",
    [
        "pay.md.METADATA.JSON", "pay.md.Metadata.json", "PAY.md.metadata.json", "pay.metadata.json",
        "pay.md.metadata.json.txt", "pay.md.metadata (1).json", "pay.md.metdata.json",
        "pay.md.metadata.jsn", "pay.md-metadata.json", "pay.md_metadata.json", "pay_metadata.json",
        "pay.md.meta.json", "pay.md.metadata", "pay.md.metadata.yaml", "pay.md.metadata.json.bak",
        "pay.md.metadata..json", "pay.md .metadata.json", "pay.md.metadata.json ",
        " pay.md.metadata.json", "\ufeffpay.md.metadata.json", "Copy of pay.md.metadata.json",
        "Kopie von pay.md.metadata.json", "pay.md.acl.json", "pay.md.audience.json",
        "pay.md.metdata", "pay.md.acl", "pay.md.viewers.yaml", "pay.md_readers.json",
    ],
)  # fmt: skip
def test_a_name_that_is_nearly_a_sidecars_is_noticed(name):
    key, document = f"hr/{name}", "hr/pay.md"

    assert nearly_sidecar(document, [document, key]) == key
    assert bases_of(key)
    assert meant_for(key, [document, key]) == (document,)


@pytest.mark.parametrize(
    "name",
    [
        "pay.md",
        "pay.docx",
        "pay.old.md",
        "payroll.md",
        "pay.json",
        "pay.md.json",
        "pay.md.list.json",
        "pay.md.acl.md",
        "pay.acl.json",
        "pay.txt",
        "pay-metadata.md",
        "pay metadata guide.docx",
        "pay_metadata.csv",
        "pay.metadata.xml",
        "pay_data.json",
        "pay.data.json",
        "pay.media.json",
        "pay.date.json",
    ],
)
def test_other_names_beside_a_document_are_not(name):
    assert nearly_sidecar("hr/pay.md", ["hr/pay.md", f"hr/{name}"]) is None


def test_the_sidecar_of_another_document_is_its_own():
    beside = ["pay.md", "pay.md.metadata.json", "pay.docx", "pay.docx.METADATA.JSON", "pay"]

    assert nearly_sidecar("pay.md", beside) is None
    assert nearly_sidecar("pay.docx", beside) == "pay.docx.METADATA.JSON"
    assert nearly_sidecar("pay", beside) is None


def test_a_sidecar_whose_document_was_converted_hides_the_new_one():
    assert nearly_sidecar("pay.docx", ["pay.docx", "pay.md.metadata.json"]) == (
        "pay.md.metadata.json"
    )


def test_a_backup_beside_the_sidecar_changes_nothing():
    beside = ["pay.md", "pay.md.metadata.json", "pay.md.metadata.json~", "pay.md.metadata.json.bak"]

    assert nearly_sidecar("pay.md", beside) is None
    del beside[1]
    assert nearly_sidecar("pay.md", beside) == "pay.md.metadata.json~"


def test_what_says_nothing_of_access_may_be_empty_or_a_number():
    found = of({"title": 2024, "link": None, "language": None, "audience": ["hr"]})

    assert found == SidecarMetadata("2024", None, frozenset({"hr"}), None)


def test_many_names_that_seem_sidecars_are_looked_through_in_little_time():
    beside = ["run.md", *(f"run.metadata {n}.md" for n in range(3000))]
    began = time.process_time()

    assert nearly_sidecar("run.md", beside) is None
    assert time.process_time() - began < 1.0


def test_a_copy_of_a_document_has_the_sidecar_that_is_named_for_it():
    beside = ["pay.md", "Copy of pay.md", "Copy of pay.md.metadata.json", "pay.md.metadata.json"]

    assert nearly_sidecar("pay.md", beside) is None
    assert nearly_sidecar("Copy of pay.md", beside) is None
    assert nearly_sidecar("Copy of pay.md", beside[1:2] + beside[3:]) == "pay.md.metadata.json"
