"""The only Powertools singletons.

The logger is named `wellread`, so that every module's `logging.getLogger(__name__)` inside the
package writes through its handler. No question text, document text or secret is logged at INFO.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger(service="wellread", name="wellread")
