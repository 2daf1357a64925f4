"""Builds and checks template.yaml: python -m scripts.template build|validate.

Both set up the SAM CLI in .venv-sam; build needs Python 3.13, which is what the functions run on.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from stack_local.builder import BuildError, build, sam_environment
from stack_local.environments import LAMBDA, ROOT, SAM, EnvironmentUnavailableError

CHECKS = (["sam", "validate", "--lint"], ["cfn-lint", "--", "template.yaml"])


def validate() -> int:
    """Run every check; 0 where all pass."""
    SAM.make()
    wrong = 0
    for program, *arguments in CHECKS:
        done = subprocess.run(
            [str(SAM.program(program)), *arguments], cwd=ROOT, env=sam_environment(), check=False
        )
        wrong += done.returncode != 0
    return min(wrong, 1)


def main() -> int:
    """Do what the command line says; 1 and a message where it cannot be done."""
    parser = argparse.ArgumentParser(description="Build or check template.yaml.")
    parser.add_argument("what", choices=["build", "validate"])
    what = parser.parse_args().what
    try:
        if what == "validate":
            return validate()
        # With it the packaging tests call what was built as Lambda does.
        LAMBDA.make()
        print(f"Built {build().relative_to(ROOT)}")
    except (EnvironmentUnavailableError, BuildError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
