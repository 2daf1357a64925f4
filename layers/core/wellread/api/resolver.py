"""Powertools' HTTP resolver, fit for a host that runs several invocations at a time.

A Lambda sandbox runs one invocation at a time, and Powertools keeps the event of the moment in a
class attribute. The laptop host runs the same handler in several threads, where that would mix up
one asker's request with another's: here event and routing state belong to the thread.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import ResponseBuilder, Route
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2


class ThreadedHttpResolver(APIGatewayHttpResolver):
    """An `APIGatewayHttpResolver` whose requests do not see each other."""

    def __init__(self) -> None:
        """Validate requests and responses."""
        self._of_thread = threading.local()
        self._building = threading.Lock()
        super().__init__(enable_validation=True, json_body_deserializer=_parse_json)

    @property
    def current_event(self) -> APIGatewayProxyEventV2:  # type: ignore[override]
        """The event that this thread is answering."""
        event: APIGatewayProxyEventV2 = self._of_thread.event
        return event

    @property
    def context(self) -> dict[str, Any]:
        """What this thread's request has gathered so far."""
        if not hasattr(self._of_thread, "context"):
            self._of_thread.context = {}
        context: dict[str, Any] = self._of_thread.context
        return context

    @context.setter
    def context(self, value: dict[str, Any]) -> None:
        self._of_thread.context = value

    def _to_proxy_event(self, event: dict[str, Any]) -> APIGatewayProxyEventV2:
        proxy_event = APIGatewayProxyEventV2(event, self._json_body_deserializer)
        self._of_thread.event = proxy_event
        return proxy_event

    def _call_route(self, route: Route, route_arguments: dict[str, str]) -> ResponseBuilder[Any]:
        with self._building:  # a route's middlewares are wrapped around it at its first call
            if not route._middleware_stack_built:
                route._build_middleware_stack(self._router_middlewares, self)
        return super()._call_route(route, route_arguments)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError):
        raise json.JSONDecodeError("nested too deeply, or a huge number", "", 0) from None
