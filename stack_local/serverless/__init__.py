"""A strict stand-in for OpenSearch Serverless, alone or in front of a real OpenSearch.

It enforces what the service documents and what people met there: signatures, no ids of one's own,
no refresh, no delete-by-query, writes that show later, windows after a policy or an index was
made, throttled items, bulks whose answer is lost, a cold start. `python -m stack_local.serverless`
runs it as a process.
"""

from stack_local.serverless.faults import Faults
from stack_local.serverless.front import StandInOptions
from stack_local.serverless.server import ServerlessStandIn
from stack_local.serverless.signature import KeyPair

__all__ = ["Faults", "KeyPair", "ServerlessStandIn", "StandInOptions"]
