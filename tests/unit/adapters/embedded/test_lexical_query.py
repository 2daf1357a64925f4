"""From a question to the terms of a full-text search."""

from __future__ import annotations

from wellread.adapters.embedded.lexical_query import any_of, quoted
from wellread.wire.question_terms import (
    MAX_TERMS,
    question_pairs,
    question_phrases,
    question_words,
)


def lexical_query(question):
    return any_of(quoted(question_words(question)))


def test_words_are_quoted_and_any_of_them_may_match():
    assert lexical_query("Encrypt EBS volumes?") == '"encrypt" OR "ebs" OR "volumes"'


def test_a_word_counts_once():
    assert lexical_query("backup BACKUP Backup") == '"backup"'


def test_stop_words_are_left_out_unless_nothing_else_is_there():
    assert lexical_query("What is the price of it?") == '"price"'
    assert lexical_query("Was ist der Preis?") == '"preis"'
    assert lexical_query("what is it?") == '"what" OR "is" OR "it"'


def test_identifiers_fall_into_their_parts_as_they_do_in_the_index():
    assert lexical_query("max_connections AB-1234") == '"max" OR "connections" OR "ab" OR "1234"'


def test_identifiers_are_looked_for_as_wholes_too():
    assert question_phrases("Who has 10.7.0.3?") == ("10 7 0 3",)
    assert set(question_phrases("What is B-305?")) == {"b305", "b 305"}
    assert {"5512", "e5512"} <= set(question_phrases("error 5512"))
    assert question_phrases("Who has 42 of them?") == ()


def test_a_name_in_camel_case_is_looked_for_in_its_words():
    assert question_phrases("Which HTTPPort does TideClock take?") == ("http port", "tide clock")


def test_two_words_may_be_written_in_one():
    assert question_pairs("When is check-in for the http port?") == {
        "checkin": "check in",
        "httpport": "http port",
    }


def test_a_very_long_question_is_cut():
    words = " ".join(f"word{number}" for number in range(1000))

    assert lexical_query(words).count(" OR ") == MAX_TERMS - 1


def test_without_words_there_is_no_query():
    assert lexical_query(' "?! \0\ud800') == ""


def test_words_without_spaces_between_them_are_looked_for_in_pieces():
    assert question_words("停泊费是多少？") == ("停泊", "泊费")
