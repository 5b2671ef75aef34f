# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""The summary of ./check: nothing that went wrong is counted as passed or not counted at all."""

import json
import subprocess
from pathlib import Path

SUMMARY = Path(__file__).parents[1] / "check-summary.py"
GOOD = '<testsuites><testsuite><testcase name="a"/><testcase name="b"/></testsuite></testsuites>'
MIXED = (
    '<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure/></testcase>'
    '<testcase name="c"><error/></testcase><testcase name="d"><skipped/></testcase>'
    "</testsuite></testsuites>"
)


def suite(folder: Path, name: str, status: int | None, **reports: str) -> None:
    (folder / name).mkdir()
    if status is not None:
        (folder / name / "status").write_text(f"{status}\n")
    for report, text in reports.items():
        (folder / name / report.replace("_", ".")).write_text(text)


def summary(folder: Path, *names: str) -> tuple[int, str, str]:
    result = subprocess.run([SUMMARY, folder, *names], capture_output=True, text=True)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()[-1], result.stdout


def test_all_good(tmp_path: Path):
    suite(tmp_path, "unit", 0, x_junit_xml=GOOD)
    suite(tmp_path, "services", 0, single="")
    assert summary(tmp_path)[:2] == (0, "3 passed, 0 failed")


def test_the_sum_of_a_table_is_shown(tmp_path: Path):
    suite(tmp_path, "lab", 0, x_junit_xml=GOOD, matrix_table="a row\n1 scenario: 0 wrong\n")
    assert "    matrix: 1 scenario: 0 wrong\n" in summary(tmp_path)[2]


def test_failures_errors_and_skips_are_told_apart(tmp_path: Path):
    suite(tmp_path, "lab", 1, x_junit_xml=MIXED)
    status, last, text = summary(tmp_path)
    assert (status, last) == (1, "1 passed, 2 failed, 1 skipped")
    assert "failed: b" in text and "failed: c" in text


def test_a_crash_is_a_failure(tmp_path: Path):
    suite(tmp_path, "lab", 139)
    suite(tmp_path, "services", 1, single="")
    assert summary(tmp_path)[:2] == (1, "0 passed, 2 failed")


def test_a_crash_after_the_report_is_a_failure(tmp_path: Path):
    suite(tmp_path, "ui", 1, x_junit_xml=GOOD)
    assert summary(tmp_path)[:2] == (1, "2 passed, 1 failed")


def test_a_program_that_dies_after_its_last_case_is_a_failure(tmp_path: Path):
    log = json.dumps({"name": "tunnel-light:unit / prefix", "result": "ERROR"})
    suite(tmp_path, "unit", 1, x_junit_xml=GOOD, unit_json=log)
    status, last, text = summary(tmp_path)
    assert (status, last) == (1, "2 passed, 1 failed")
    assert "prefix (error)" in text


def test_no_test_no_report_no_status_or_half_a_report_is_a_failure(tmp_path: Path):
    suite(tmp_path, "empty", 0, x_junit_xml="<testsuites/>")
    suite(tmp_path, "none", 0)
    suite(tmp_path, "killed", None, x_junit_xml=GOOD)
    suite(tmp_path, "torn", 0, x_junit_xml=GOOD[:-20])
    assert summary(tmp_path)[0] == 1
    assert "4 failed" in summary(tmp_path)[1]


def test_only_the_suites_named_count(tmp_path: Path):
    suite(tmp_path, "unit", 0, x_junit_xml=GOOD)
    suite(tmp_path, "lab", 1, x_junit_xml=MIXED)
    assert summary(tmp_path, "unit")[:2] == (0, "2 passed, 0 failed")
    assert summary(tmp_path, "unit", "missing")[:2] == (1, "2 passed, 1 failed")


def test_nothing_at_all_is_a_failure(tmp_path: Path):
    assert summary(tmp_path)[:2] == (1, "0 passed, 1 failed")
