"""The SAM command line itself deploys what it built, as the template's defaults say."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stack_local.builder import ROOT, sam_environment
from stack_local.emulator import ACCESS_KEY, REGION, SECRET_KEY
from stack_local.environments import SAM
from stack_local.stack import LocalStack

NAME = "wellread-by-sam"


def _status(address: str, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
    try:
        request = urllib.request.Request(address, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.slow
def test_sam_deploy_makes_the_same_stack_with_an_api_that_wants_signatures(
    stack: LocalStack,
) -> None:
    parameters = {
        "IndexEndpoint": stack.index.url,
        "ReconcileSchedule": "never",
        "Slack": "on",
        "Teams": "on",
        "TeamsClientId": stack.outputs["TeamsClientId"],
        "TeamsTenantId": stack.outputs["TeamsTenantId"],
    }
    command = [
        str(SAM.program("sam")),
        "deploy",
        *("--stack-name", NAME, "--resolve-s3", "--capabilities", "CAPABILITY_IAM"),
        *("--no-confirm-changeset", "--no-progressbar", "--region", REGION),
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in parameters.items()),
    ]
    environment = {
        **sam_environment(),
        "AWS_ENDPOINT_URL": stack.emulator.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    described = stack.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}
    # Names of SageMaker's are given by a parameter: two stacks that tune would share them.
    tuning = {"FineTuneStateMachineArn", "FineTuneFolder", "ModelEndpointName"}
    assert outputs.keys() == stack.outputs.keys() - tuning
    assert tuning < stack.outputs.keys()
    assert outputs["ApiAuth"] == "iam"
    address = f"{outputs['ApiUrl']}/v1/documents"
    assert _status(address, {})[0] == 403
    assert _status(address, {"Authorization": f"Bearer {stack.issuer.token('ann')}"})[0] == 403
    for key, expected in ((ACCESS_KEY, 200), ("AKIAUNKNOWNUNKNOWN00", 403)):
        request = AWSRequest("GET", address)
        SigV4Auth(Credentials(key, SECRET_KEY), "execute-api", REGION).add_auth(request)
        status, body = _status(address, dict(request.headers.items()))
        assert status == expected, body
