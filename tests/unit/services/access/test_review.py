"""What a review of the access rules tells people, in the words of the place they read it in."""

from __future__ import annotations

import pytest

from wellread.bootstrap.host_words import LAPTOP, STACK
from wellread.domain.access.chat_rules import ChatRules
from wellread.domain.access.rules import AccessRules, PrefixRule
from wellread.services.access.review import AccessReview


class Refused:
    """Rules of which one cannot be understood: it may be of all documents."""

    def load(self):
        return AccessRules((PrefixRule("", frozenset({"hr"}), 'The prefix "../" leads out'),))

    def chat(self):
        return ChatRules()


class NoDocuments:
    """A registry and a store without anything in them."""

    def list(self, **_):
        return ()


@pytest.mark.parametrize(
    ("words", "called"), [(LAPTOP, "the documents folder"), (STACK, "the documents bucket")]
)
def test_a_rule_that_hides_everything_names_the_documents_place(words, called):
    nothing = NoDocuments()
    review = AccessReview(Refused(), nothing, nothing, None, words, Refused()).review()

    (warning,) = review.warnings
    assert f"Nothing under '{called}' is shown" in warning
