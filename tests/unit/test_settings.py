"""What is made of settings beyond their values."""

from __future__ import annotations

from wellread.settings import Settings


def test_the_queues_are_those_whose_urls_are_set() -> None:
    class WithQuestions(Settings):
        question_queue_url: str | None = None

    urls = {"document_queue_url": "https://x/1", "question_queue_url": "https://x/2"}

    assert WithQuestions(**urls).queue_urls == {  # type: ignore[arg-type]
        "document": "https://x/1",
        "question": "https://x/2",
    }
    assert Settings().queue_urls == {}
