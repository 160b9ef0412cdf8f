"""The benchmarks run, course and rivals agree, and the table holds every row. No test looks at a time."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest
from notebook_files import ROOT

FOLDER = ROOT / "benchmarks"
ROWS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
SPEC = importlib.util.spec_from_file_location("harness", FOLDER / "harness.py")
harness = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(harness)


def bench(*options: str) -> subprocess.CompletedProcess:
    threads = dict.fromkeys(harness.THREAD_SETTINGS, "1")
    environment = os.environ | threads | {"MPLBACKEND": "Agg", "PYTHONUTF8": "1"}
    command = [sys.executable, str(FOLDER / "bench.py"), *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=600)


def check_results(folder) -> None:
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    text = (folder / "RESULTS.md").read_text(encoding="utf-8")
    assert list(results["rows"]) == ROWS
    for row, entries in results["rows"].items():
        assert entries
        for entry in entries:
            assert f"| {row} | {entry['work']} | {entry['rival']} |" in text
            assert len(entry["times"]["course"]) == len(entry["times"]["rival"]) > 0
            assert 0 < entry["ratio_min"] <= entry["ratio"] <= entry["ratio_max"]
            assert entry["met"] == (None if entry["aim"] is None else entry["ratio"] >= entry["aim"])
    for name in ("RESULTS.md", "results.json"):  # a table of ratios, not of someone's computer
        assert not any(word in (folder / name).read_text(encoding="utf-8") for word in (str(ROOT), "/home/", "/tmp/"))


@pytest.mark.slow
def test_every_row_runs_and_agrees(tmp_path):
    pytest.importorskip("hmmlearn")
    run = bench("--quick", "--out", str(tmp_path))
    assert run.returncode == 0, run.stderr
    check_results(tmp_path)


def test_the_stored_results_are_complete():
    check_results(FOLDER)


@pytest.mark.slow
def test_a_row_measured_again_leaves_the_others(tmp_path):
    others = {"machine": harness.machine(), "rows": {"10": [], "4": []}, "whole": None}
    (tmp_path / "results.json").write_text(json.dumps(others), encoding="utf-8")
    assert bench("--quick", "--out", str(tmp_path), "--rows", "2").returncode == 0
    assert list(json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["rows"]) == ["2", "4", "10"]


def test_compare_takes_no_times_of_works_that_disagree():
    with pytest.raises(AssertionError, match="do not give the same answer"):
        harness.compare(lambda: 1, lambda: 2, lambda a, b: a == b, repeats=1)


def test_ratios_and_aims():
    times = harness.Times(course=[1.0, 2.0, 1.0], rival=[3.0, 4.0, 5.0])
    line = harness.Line("work", "rival", times, aim=3).as_dict()
    assert (line["ratio"], line["ratio_min"], line["ratio_max"], line["met"]) == (3, 2, 5, True)
    assert harness.Line("work", "rival", times, aim=3.5).as_dict()["met"] is False
    assert harness.Line("work", "rival", times).as_dict()["met"] is None


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a child's peak memory")
def test_memory_of_a_child_is_its_own():
    ballast = bytearray(300_000_000)  # the parent's memory must not count
    ballast[::4096] = b"x" * len(ballast[::4096])
    small = harness.run_child("-c", "pass")
    large = harness.run_child("-c", "x = bytearray(200_000_000); x[::4096] = x[::4096]")
    assert small["peak_mb"] < 100 < 200 < large["peak_mb"] < 300
    assert 0 < small["cpu_s"] and 0 < small["wall_s"]


def test_a_child_that_fails_is_not_measured():
    with pytest.raises(RuntimeError, match="no such thing"):
        harness.run_child("-c", "raise SystemExit('no such thing')")
