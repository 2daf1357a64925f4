"""From a question to the terms of a full-text search."""

from __future__ import annotations

from wellread.adapters.embedded.lexical_query import any_of, lexical_terms
from wellread.domain.question_terms import MAX_TERMS


def lexical_query(question):
    return any_of(lexical_terms(question))


def test_words_are_quoted_and_any_of_them_may_match():
    assert lexical_query("Encrypt EBS volumes?") == '"encrypt" OR "ebs" OR "volumes"'


def test_a_word_counts_once():
    assert lexical_query("backup BACKUP Backup") == '"backup"'


def test_stop_words_are_left_out_unless_nothing_else_is_there():
    assert lexical_query("What is the price of it?") == '"price"'
    assert lexical_query("what is it?") == '"what" OR "is" OR "it"'


def test_identifiers_fall_into_their_parts_as_they_do_in_the_index():
    assert lexical_query("max_connections AB-1234") == '"max" OR "connections" OR "ab" OR "1234"'


def test_a_very_long_question_is_cut():
    words = " ".join(f"word{number}" for number in range(1000))

    assert lexical_query(words).count(" OR ") == MAX_TERMS - 1


def test_without_words_there_is_no_query():
    assert lexical_query(' "?! \0\ud800') == ""
