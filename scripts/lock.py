"""Write requirements/constraints.txt: one version of every package for all Pythons and systems.

Versions that are in the file already stay, so that a lock changes only what pyproject.toml asks
for; with --upgrade everything that pyproject.toml leaves open is brought up to date.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"
UV = "uv==0.13.9"
HEADER = """\
# Every version wellread is installed with, on Python 3.11, 3.12 and 3.13 and every system:
#     pip install -c requirements/constraints.txt -e '.[local]'
# Made with `make lock`; change versions in pyproject.toml.
"""


def main() -> None:
    """Resolve with uv, which is installed for the occasion only."""
    parser = argparse.ArgumentParser(description="Write requirements/constraints.txt.")
    parser.add_argument("--upgrade", action="store_true", help="bring open versions up to date")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, UV]
        subprocess.run(pip, check=True)
        uv = next(path for path in Path(folder).glob("bin/uv*") if path.stem == "uv")
        resolved = Path(folder) / "constraints.txt"
        resolved.write_bytes(CONSTRAINTS.read_bytes() if CONSTRAINTS.exists() else b"")
        command = [
            str(uv), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
            "--all-extras", "--no-annotate", "--no-header", "--no-emit-index-url",
            "--output-file", str(resolved), *upgrade, "pyproject.toml",
        ]  # fmt: skip
        subprocess.run(command, check=True, cwd=ROOT)
        CONSTRAINTS.write_text(HEADER + resolved.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
