"""The stand-in as a server on this machine's loopback."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stack_local.sagemaker.answers import Answers
from stack_local.sagemaker.hosting import Hosting
from stack_local.sagemaker.requests import RefusedError, check
from stack_local.sagemaker.trainings import Trainings

Handler = Callable[[dict[str, Any]], dict[str, Any]]

_SERVICES = {"SageMaker": "sagemaker", "AnyScaleFrontendService": "application-autoscaling"}
"""What begins a request's target → the service, in boto3's words."""

_INVOKE = re.compile(r"/endpoints/([\w-]+)/invocations-response-stream")


class SageMakerStandIn:
    """Answers at `url` from the time it is made until it is closed."""

    def __init__(
        self,
        *,
        endpoints: Collection[str] = ("wellread-models",),
        groups: Collection[str] = ("wellread-tuned",),
        port: int = 0,
    ) -> None:
        """Serve on 127.0.0.1.

        Args:
            endpoints: The endpoints with inference components that there are.
            groups: The model package groups that there are.
            port: 0 for any.
        """
        self.trainings = Trainings()
        self.hosting = Hosting(endpoints, groups)
        self.answers = Answers()
        self.served: Counter[str] = Counter()
        self._server = _Server(port, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, target: str, given: dict[str, Any]) -> dict[str, Any]:
        """What one call of the control plane leads to.

        Raises:
            RefusedError: It was refused.
        """
        prefix, _, operation = target.partition(".")
        handler = self._handlers().get(operation)
        if prefix not in _SERVICES or handler is None:
            raise RefusedError("UnknownOperationException", f"{target} is not known here.")
        check(_SERVICES[prefix], operation, given)
        self.served[operation] += 1
        return handler(given)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> SageMakerStandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handlers(self) -> dict[str, Handler]:
        return {
            "CreateTrainingJob": self.trainings.create,
            "DescribeTrainingJob": self.trainings.describe,
            "CreateModel": self.hosting.create_model,
            "DeleteModel": self.hosting.delete_model,
            "CreateInferenceComponent": self.hosting.create_component,
            "DescribeInferenceComponent": self.hosting.describe_component,
            "DeleteInferenceComponent": self.hosting.delete_component,
            "CreateModelPackage": self.hosting.create_package,
            "UpdateModelPackage": self.hosting.update_package,
            "RegisterScalableTarget": self.hosting.register_target,
            "DeregisterScalableTarget": self.hosting.deregister_target,
            "PutScalingPolicy": self.hosting.put_policy,
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, standin: SageMakerStandIn) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", port), _Exchange)


class _Exchange(BaseHTTPRequestHandler):
    """One request."""

    server: _Server

    def do_POST(self) -> None:
        """Answer it."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            if "aws4_request" not in self.headers.get("Authorization", ""):
                raise RefusedError("MissingAuthenticationToken", "The request is not signed.")
            asked = _INVOKE.fullmatch(self.path)
            if asked:
                self._invoke(asked[1], body)
            else:
                target = self.headers.get("X-Amz-Target", "")
                self._send(200, self.server.standin.answer(target, body))
        except RefusedError as refused:
            headers = {"X-Amzn-ErrorType": refused.code}
            said = {"__type": refused.code, "message": str(refused)}
            self._send(400, said, headers)
        except ConnectionError:  # whoever asked is gone
            self.close_connection = True

    def _invoke(self, endpoint: str, body: dict[str, Any]) -> None:
        standin = self.server.standin
        component = self.headers.get("X-Amzn-SageMaker-Inference-Component", "")
        found = standin.hosting.components.get(component)
        if found is None or found["EndpointName"] != endpoint:
            raise RefusedError(
                "ValidationError", f"Inference Component Name {component} not found."
            )
        if found["copies"] < 1:
            raise RefusedError(
                "ValidationError",
                f"Inference Component has no capacity to process this request: {component}",
            )
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.end_headers()
        for part in standin.answers.parts(component, body):
            self.wfile.write(part)

    def _send(self, status: int, said: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""
