"""Which queues of a stack commands look after."""

from __future__ import annotations

from tests.simulated_aws import Between
from wellread.bootstrap.aws import AwsAdapters
from wellread.settings import Settings

QUEUES = {"document", "chunk", "question"}
URLS = {f"{name}_queue_url": f"https://sqs/1/{name}" for name in QUEUES}
DEAD = {f"{name}_dead_letters_url": f"https://sqs/1/{name}-dead" for name in QUEUES}


def test_a_redrive_asks_no_question_again_that_was_given_up() -> None:
    settings = Settings(backend="aws", **URLS, **DEAD)
    adapters = AwsAdapters(settings, clients={"sqs": Between(None)})

    assert set(settings.queue_urls) == QUEUES
    assert set(adapters.dead_letters) == QUEUES - {"question"}
