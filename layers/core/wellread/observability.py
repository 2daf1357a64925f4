"""The only Powertools singletons.

The logger is named `wellread`, so that every module's `logging.getLogger(__name__)` inside the
package writes through its handler. Each line says which journey it belongs to: correlation id,
document, revision. No question text, document text or secret is logged at INFO, and no document's
name at any level: it stands as `log_name`, also where an error's words name it.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.domain.knowledge.documents import log_name
from wellread.domain.knowledge.journey import present
from wellread.domain.knowledge.metrics import Metric

NAMESPACE = "wellread"
"""Of the metrics."""


class _JourneyFormatter(LambdaPowertoolsFormatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line, with the journey of the thread that writes it."""
        for name, value in present().as_log_keys().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return super().format(record)

    def serialize(self, log: Any) -> str:
        """The line as JSON, with what stands for the document instead of its name."""
        document = log.get("document")
        if isinstance(document, str):
            log = {**log, "document": log_name(document)}
            for name in _MAY_NAME.intersection(log):
                told = self.json_serializer(log[name])
                try:
                    log[name] = json.loads(_written(document).sub(log["document"], told))
                except ValueError:  # a name that ends in a quotation mark took JSON's with it
                    log[name] = "left out: it names the document"
        return super().serialize(log)


_MAY_NAME = frozenset(("why", "exception", "exception_notes", "stack_trace"))


def _written(document: str) -> re.Pattern[str]:
    """Finds a document's key, or its last part, in JSON, however often it was quoted before."""
    names = {document, document.rpartition("/")[2] or document}
    either = "|".join("".join(map(_character, name)) for name in sorted(names, key=len)[::-1])
    return re.compile(rf"(?:(?<!\w)|(?<=\\[nrt]))(?:{either})(?!\w)")


def _character(c: str) -> str:
    if c in "\\'\"":
        return rf"\\*(?:{re.escape(c)}|{quote(c)})"
    ways = {c, quote(c, errors="replace"), repr(c)[1:-1]}
    return f"(?:{'|'.join(re.escape(way) for way in ways)})".replace("\\\\", "\\\\+")


logger = Logger(service="wellread", name="wellread", logger_formatter=_JourneyFormatter())


class EmfMeter:
    """A `Meter` that writes CloudWatch's embedded metric format to standard output.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
    CloudWatch_Embedded_Metric_Format_Specification.html
    """

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._metrics = Metrics(namespace=NAMESPACE, service="wellread")

    def add(self, metric: Metric, value: float) -> None:
        """Add to a metric; `flush` writes it."""
        self._metrics.add_metric(name=metric, unit=metric.unit.capitalize(), value=value)

    def flush(self) -> None:
        """Write what was added since the last time, where anything was."""
        if self._metrics.provider.metric_set:
            self._metrics.flush_metrics()


def begin(context: LambdaContext) -> None:
    """Have this thread's log lines name the invocation they belong to."""
    logger.thread_safe_append_keys(
        function_name=context.function_name, function_request_id=context.aws_request_id
    )


def end() -> None:
    """The invocation is over: write its metrics, name it no more."""
    EmfMeter().flush()
    logger.thread_safe_clear_keys()
