"""The settings document on disk."""

from __future__ import annotations

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
     "Settings.json", "settings.json.txt"],
)  # fmt: skip
def test_rules_under_another_name_are_not_taken_for_none(tmp_path, name):
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
