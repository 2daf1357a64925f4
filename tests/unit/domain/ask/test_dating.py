"""The date a document gives itself."""

import pytest

from wellread.domain.ask.dating import stated_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Leave policy\n\nEffective date: 1 March 2024.", "2024-03-01"),
        ("Last updated 2024-03-01", "2024-03-01"),
        ("This agreement is dated as of January 5, 2019.", "2019-01-05"),
        ("Version 3, March 2021", "2021-03"),
        ("Stand: 12. März 2025", "2025-03-12"),
        ("Approved on the 3rd of May 2020. Revised 7 June 2022.", "2022-06-07"),
    ],
)
def test_an_announced_date_is_the_documents(text, date):
    assert stated_date(text) == date


def test_a_date_that_is_only_told_of_is_not_the_documents():
    assert stated_date("The first landing was on 20 July 1969.") == ""


def test_a_date_of_what_the_document_replaces_is_not_its_own():
    text = "Effective 1 January 2026. This policy supersedes the policy dated 1 March 2024."

    assert stated_date(text) == "2026-01-01"


def test_numbers_that_could_be_day_or_month_are_left_out():
    assert stated_date("Date: 03/04/2024") == ""


def test_a_day_that_does_not_exist_is_left_out():
    assert stated_date("Effective 31 February 2024") == ""


def test_a_name_dates_a_document_that_does_not_say():
    assert stated_date("Be kind.", "Travel policy 2026", "a.md") == "2026"
    assert stated_date("Be kind.", "Leave", "Leave_Policy_2024-03-01.docx") == "2024-03-01"


def test_what_the_text_says_wins_over_the_name():
    assert stated_date("Effective 2 May 2025.", "Policy 2024") == "2025-05-02"


def test_a_date_far_behind_the_beginning_is_not_looked_for():
    assert stated_date("x " * 3000 + "Effective 2 May 2025.") == ""


def test_the_end_of_a_validity_a_birth_or_a_maturity_is_no_date_of_the_document() -> None:
    assert stated_date("Effective January 1, 2024 through December 31, 2030") == "2024-01-01"
    assert stated_date("Date of birth: 1 May 1990") == ""
    assert stated_date("The notes mature on the date of June 15, 2031.") == ""


def test_a_date_in_code_is_no_date_of_the_document():
    assert stated_date('{"Version": "2012-10-17", "Statement": []}') == ""
    assert stated_date("version: `2019-01-01`") == ""
