"""The only Powertools singletons.

The logger is named `wellread`, so that every module's `logging.getLogger(__name__)` inside the
package writes through its handler. Each line says which journey it belongs to: correlation id,
document, revision. No question text, document text or secret is logged at INFO.
"""

from __future__ import annotations

import logging

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.domain.journey import present

NAMESPACE = "wellread"
"""Of the metrics."""


class _JourneyFormatter(LambdaPowertoolsFormatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line, with the journey of the thread that writes it."""
        for name, value in present().as_log_keys().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return super().format(record)


logger = Logger(service="wellread", name="wellread", logger_formatter=_JourneyFormatter())


class EmfMeter:
    """A `Meter` that writes CloudWatch's embedded metric format to standard output.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
    CloudWatch_Embedded_Metric_Format_Specification.html
    """

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._metrics = Metrics(namespace=NAMESPACE, service="wellread")

    def add(self, name: str, value: float, unit: str = "Count") -> None:
        """Add to a metric; `flush` writes it."""
        self._metrics.add_metric(name=name, unit=unit, value=value)

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
