"""What every store of reconcile's reports keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulated_aws import SimulatedAws, simulated_aws
from wellread.adapters.aws.s3_reports import S3ReportStore
from wellread.adapters.embedded.folder_reports import FolderReportStore
from wellread.ports.operations import ReportStore


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


@pytest.fixture(params=["folder", "s3"])
def reports(request: pytest.FixtureRequest, tmp_path: Path, aws: SimulatedAws) -> ReportStore:
    if request.param == "folder":
        return FolderReportStore(tmp_path / "reports")
    return S3ReportStore(aws.client("s3"), aws.bucket())


def test_a_piece_is_kept_by_its_name(reports: ReportStore) -> None:
    place = reports.put("run-1", "report.md", "# Zürich\n")

    assert place.endswith("run-1/report.md")
    assert reports.get("run-1", "report.md") == "# Zürich\n"
    assert reports.get("run-1", "other.md") is None
    assert reports.get("run-2", "report.md") is None


def test_a_piece_of_the_same_name_takes_its_place(reports: ReportStore) -> None:
    reports.put("run-1", "a.json", "1")
    reports.put("run-1", "a.json", "2")

    assert reports.get("run-1", "a.json") == "2"
    assert list(reports.names("run-1")) == ["a.json"]


def test_the_names_of_a_run_are_its_own_and_sorted(reports: ReportStore) -> None:
    assert list(reports.names("run-1")) == []
    for run, name in (("run-1", "b"), ("run-1", "a"), ("run-10", "c")):
        reports.put(run, name, "x")

    assert list(reports.names("run-1")) == ["a", "b"]


def test_any_text_is_kept(reports: ReportStore) -> None:
    """A file's name may hold what no encoding has; a report must not break over it."""
    reports.put("run-1", "a", "name \ud800.txt")

    assert (reports.get("run-1", "a") or "").startswith("name ")
