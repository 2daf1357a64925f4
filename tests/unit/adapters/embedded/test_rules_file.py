"""The settings document on disk."""

from __future__ import annotations

import json
import os

import pytest

from wellread.adapters.embedded.rules_file import RulesFile
from wellread.domain.access.rules import AccessRules
from wellread.domain.knowledge.errors import InvalidConfigurationError


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "access.json"
    path.write_text('\ufeff{"access": {"default": ["it"]}}', encoding="utf-8")

    assert RulesFile(path).load().default == {"it"}


@pytest.mark.parametrize("document", ['{"other": 1}', '{"acess": {}}', '{"access": {}, "x": 1}'])
def test_a_document_with_other_entries_than_access_is_refused(tmp_path, document):
    path = tmp_path / "access.json"
    path.write_text(document)

    with pytest.raises(InvalidConfigurationError, match='"access"'):
        RulesFile(path).load()


def test_a_document_that_vanishes_shuts_instead_of_opening_to_everyone(tmp_path):
    path = tmp_path / "access.json"
    path.write_text('{"access": {"default": "nobody"}}')
    rules = RulesFile(path)
    rules.load()
    path.unlink()

    with pytest.raises(InvalidConfigurationError, match="gone"):
        rules.load()


def test_the_message_names_the_file_and_the_entry(tmp_path):
    path = tmp_path / "access.json"
    path.write_text('{"access": {"rules": [{"prefix": "a/", "audience": ["x"]}, {"prefix": "b"}]}}')

    with pytest.raises(InvalidConfigurationError) as caught:
        RulesFile(path).load()
    assert str(path) in str(caught.value)
    assert "rule 2" in str(caught.value)


def test_a_change_of_the_same_size_and_time_is_noticed(tmp_path):
    path = tmp_path / "access.json"
    rules = RulesFile(path)
    for audience in ("aa", "bb"):
        path.write_text(f'{{"access": {{"default": ["{audience}"]}}}}')
        os.utime(path, (1, 1))
        assert rules.load().default == {audience}


def test_what_is_no_readable_file_is_refused(tmp_path):
    with pytest.raises(InvalidConfigurationError, match="cannot be read"):
        RulesFile(tmp_path).load()


@pytest.mark.parametrize(
    "name",
    ["Access.json", "access.JSON", "acces.json", "access.json.txt", "access", "settings.json",
     "access .json", "access.jsn", "access.json.bak", "access (1).json",
     "access.yaml", "access.yml", "access.txt", "rules.json", "permissions.json", "audience.json",
     "Settings.json", "settings.json.txt", "access.json5", "Copy of access.json", ".access.json",
     "access.json~", "config/access.json", "conf/access.yaml", "settings/rules.toml"],
)  # fmt: skip
def test_rules_under_another_name_are_not_taken_for_none(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"access": {"default": "nobody"}}')

    with pytest.raises(InvalidConfigurationError, match="seems to be meant as"):
        RulesFile(tmp_path / "access.json").load()


def test_other_files_of_the_data_folder_are_not_taken_for_rules(tmp_path):
    for name in ("wellread.sqlite", "wellread.log", "host.lock", "documents-folder.json"):
        (tmp_path / name).write_text("{}")

    assert RulesFile(tmp_path / "access.json").load() == AccessRules()


def test_rules_among_the_documents_are_not_taken_for_none(tmp_path):
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "settings.json").write_text('{"editor": {}}')
    rules = RulesFile(tmp_path / "data" / "access.json", documents)
    assert rules.load() == AccessRules()

    (documents / "access.json").write_text('{"access": {"default": "nobody"}}')
    with pytest.raises(InvalidConfigurationError, match="Put it there"):
        rules.load()


@pytest.mark.parametrize(
    "name",
    ["access.json.txt", "access.yaml", "access.json5", "access.bak", "access.json.bak", "access",
     "Access.json", "acces.json", "access (1).json", "Copy of access.json", "permissions.yaml"],
)  # fmt: skip
@pytest.mark.parametrize("content", ['{"access": {"ru', "[]", '{"Access": {}}', " " * 1_000_001])
def test_among_the_documents_rules_are_known_by_their_name_alone(tmp_path, name, content):
    (tmp_path / name).write_text(content)

    with pytest.raises(InvalidConfigurationError, match="seems to be meant as"):
        RulesFile(tmp_path / "data" / "access.json", tmp_path).load()


def test_documents_about_access_are_documents(tmp_path):
    for name in ("access.md", "Access.pdf", "rules.txt", "access.md.metadata.json", "rules.yaml"):
        (tmp_path / name).write_text("{}")

    assert RulesFile(tmp_path / "data" / "access.json", tmp_path).load() == AccessRules()


@pytest.mark.parametrize("name", ["access.json", "access.yaml"])
def test_a_link_to_nothing_is_not_taken_for_no_rules(tmp_path, name):
    (tmp_path / name).symlink_to(tmp_path / "gone")

    with pytest.raises(InvalidConfigurationError, match="nothing is shown"):
        RulesFile(tmp_path / "access.json").load()


def test_signs_mean_themselves_where_a_document_or_a_folder_is_called_so(tmp_path):
    for folder in ("R&D", "C++", "Caf\u0065\u0301 (old)", "a/[x]"):
        (tmp_path / "documents" / folder).mkdir(parents=True)
    (tmp_path / "documents" / "a/[x]/m#1.md").write_text("x")
    path = tmp_path / "access.json"

    def problems(*written: str) -> list[str]:
        rules = [{"prefix": each, "audience": "hr"} for each in written]
        path.write_text(json.dumps({"access": {"rules": rules}}))
        return [rule.problem for rule in RulesFile(path, tmp_path / "documents").load().rules]

    assert not any(problems("R&D/", "C++/", "Caf\u00e9 (old)/", "a/[x]/", "a/[x]/m#", "R&"))
    assert all(problems("r&d/", "D&R/", "C+/", "a/[y]/", "a/[x]/n#", "R&D/x#", "R*"))


def test_a_folder_that_appears_and_goes_again_keeps_its_rule(tmp_path):
    documents, path = tmp_path / "documents", tmp_path / "access.json"
    documents.mkdir()
    path.write_text('{"access": {"rules": [{"prefix": "R&D/", "audience": "hr"}]}}')
    rules = RulesFile(path, documents)
    assert rules.load().audiences("menu.md", None) == frozenset()

    (documents / "R&D").mkdir()
    assert rules.load().audiences("menu.md", None) == {"everyone"}
    (documents / "R&D").rmdir()
    assert rules.load().audiences("menu.md", None) == {"everyone"}
