"""course_utils.doctor: says "ready" here, and names each problem that is provoked, with what to type against it."""

import os
import shutil
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
import torch

from course_utils import DATA, doctor, training

ROOT = DATA.parent


def quick_training():
    return doctor.Check("training", True, "not tried")


@pytest.fixture
def report(monkeypatch, capsys):
    """Run the doctor without its training; gives the exit status, the table's lines by name, and all that follows."""
    monkeypatch.setattr(doctor, "check_training", quick_training)

    def run():
        status = doctor.main()
        text = capsys.readouterr().out
        assert text.isascii()
        table, _, advice = text.partition("\n\n")
        return status, {line.split()[0]: line for line in table.splitlines()}, advice

    return run


def found_versions(monkeypatch, **changes):
    """Let the machine have other versions than it has; None: the package is missing."""
    version = metadata.version

    def changed(name):
        if name in changes and changes[name] is None:
            raise metadata.PackageNotFoundError(name)
        return changes.get(name) or version(name)

    monkeypatch.setattr(metadata, "version", changed)


def test_this_machine_is_ready(capsys):
    assert doctor.main() == 0
    text = capsys.readouterr().out
    assert text.isascii() and "PROBLEM" not in text and "make lab" in text
    table = text.partition("\n\n")[0]
    assert [line.split()[0] for line in table.splitlines()] == [
        "Python", "machine", "torch", "numpy", "pandas", "scipy", "numba", "matplotlib", "tqdm", "jupyterlab",
        "extra", "data", "training", "disk",
    ]  # fmt: skip
    assert len(text.splitlines()) <= 24, "one screen"


def test_python_too_old(monkeypatch, report):
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.10.13")
    status, table, advice = report()
    assert status == 1
    assert "PROBLEM" in table["Python"] and "3.10.13" in table["Python"] and ">=3.11" in table["Python"]
    assert "install" in advice and "make clean doctor PYTHON=python3.11" in advice
    assert list(table) == ["Python"], "nothing else matters before that is mended"


def test_a_mac_with_an_intel_processor_is_told_what_to_do(monkeypatch, report):
    monkeypatch.setattr(doctor.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(doctor.platform, "machine", lambda: "x86_64")
    status, table, advice = report()
    assert status == 1 and "2.2.2" in table["machine"] and list(table) == ["Python", "machine"]
    assert "another computer" in advice and "arch -arm64" in advice


@pytest.mark.parametrize("found, ok", [("3.9.2", False), ("3.11.0", True), ("3.14.0rc1", True), ("4.0", True)])
def test_python_versions_are_compared_as_numbers(found, ok):
    assert doctor.check_python(">=3.11", found).ok is ok


def test_missing_package(monkeypatch, report):
    found_versions(monkeypatch, scipy=None)
    status, table, advice = report()
    assert status == 1
    assert "PROBLEM" in table["scipy"] and "missing" in table["scipy"]
    assert advice.startswith("For scipy, type: ") and "-m pip install -c constraints.txt -e ." in advice


@pytest.mark.parametrize("found", ["1.26.4", "3.0.0"])
def test_package_of_another_version(monkeypatch, report, found):
    found_versions(monkeypatch, numpy=found)
    status, table, advice = report()
    assert status == 1
    assert "PROBLEM" in table["numpy"] and found in table["numpy"] and ">=2.0,<3" in table["numpy"]
    assert "For numpy, type: " in advice and "pip install" in advice


def test_problems_with_one_remedy_share_a_line(monkeypatch, report):
    found_versions(monkeypatch, numpy="1.26.4", scipy=None)
    _, _, advice = report()
    assert "For numpy, scipy, type: " in advice and advice.count("pip install") == 1


def test_the_cpu_build_of_torch_is_the_same_version():
    assert doctor.check_package(f"torch=={metadata.version('torch').partition('+')[0]}").ok


def test_tools_for_make_test_are_no_problem(monkeypatch, report):
    found_versions(monkeypatch, nbval=None, hypothesis="5.0")
    status, table, _ = report()
    assert status == 0
    assert "needed only for make test: nbval, hypothesis" in table["extra"]


def test_a_package_that_this_python_does_without():
    assert doctor.check_package("no-such-package>=1; python_version < '3'").ok


def test_without_packaging_ranges_are_not_compared(monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    assert doctor.check_package("numpy>=999").ok
    assert not doctor.check_package("no-such-package>=1").ok


def test_without_pyproject_the_installed_package_is_asked(tmp_path):
    python, core, dev = doctor.read_needs(tmp_path / "pyproject.toml")
    assert python == doctor.read_needs(doctor.PYPROJECT)[0]
    assert any(line.startswith("torch") for line in core) and any(line.startswith("pytest") for line in dev)
    assert all(doctor.check_package(line).ok for line in core + dev)


def test_no_pyproject_and_not_installed(monkeypatch, tmp_path):
    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", nothing)
    assert doctor.read_needs(tmp_path / "pyproject.toml") == (doctor.read_needs(doctor.PYPROJECT)[0], [], [])


@pytest.fixture
def data_copy(monkeypatch, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    monkeypatch.setattr(doctor, "DATA", folder)
    return folder


def test_damaged_file(report, data_copy):
    content = bytearray((data_copy / "toy_hmm.tsv").read_bytes())
    content[500] ^= 1
    (data_copy / "toy_hmm.tsv").write_bytes(content)
    status, table, advice = report()
    assert status == 1
    assert "PROBLEM" in table["data"] and "toy_hmm.tsv differs from SHA256SUMS" in table["data"]
    assert "For data, type: git checkout -- data" in advice


def test_missing_file(report, data_copy):
    (data_copy / "toy_hmm.tsv").unlink()
    status, table, advice = report()
    assert status == 1
    assert "toy_hmm.tsv is missing" in table["data"] and "git checkout -- data" in advice


def test_missing_checksums(report, data_copy):
    (data_copy / "SHA256SUMS").unlink()
    status, table, advice = report()
    assert status == 1
    assert "PROBLEM" in table["data"] and "git checkout -- data" in advice


def test_empty_checksums(report, data_copy):
    (data_copy / "SHA256SUMS").write_text("")
    status, table, _ = report()
    assert status == 1 and "PROBLEM" in table["data"] and "SHA256SUMS names no file" in table["data"]


def test_full_disk(monkeypatch, report):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 * 10**8))
    status, table, advice = report()
    assert status == 1
    assert "PROBLEM" in table["disk"] and "0.3 GB free" in table["disk"]
    assert "after making room on the disk" in advice


def test_a_model_that_does_not_learn(monkeypatch, capsys):
    monkeypatch.setattr(training, "fit", lambda *arguments, **settings: None)
    assert doctor.main() == 1
    text = capsys.readouterr().out
    assert "training        PROBLEM  loss 0.7" in text
    assert "For training, type: make clean doctor" in text


def test_a_loss_that_is_not_a_number(monkeypatch):
    monkeypatch.setattr(training, "evaluate", lambda *arguments: {"nll": float("nan")})
    monkeypatch.setattr(training, "fit", lambda *arguments, **settings: None)
    assert not doctor.check_training().ok


def test_a_training_that_stops_is_a_finding(monkeypatch, capsys):
    def broken(*arguments, **settings):
        raise FloatingPointError("the loss became nan\nand more")

    monkeypatch.setattr(training, "fit", broken)
    assert doctor.main() == 1
    text = capsys.readouterr().out
    assert "cannot be checked: the loss became nan\n" in text and "and more" not in text


def test_the_random_state_is_left_alone():
    before = torch.random.get_rng_state()
    doctor.check_training()
    assert torch.equal(before, torch.random.get_rng_state())


def test_output_is_ascii_whatever_an_error_says(monkeypatch, report):
    def broken(folder):
        raise OSError("Zugriff verweigert: C:\\Übung")

    monkeypatch.setattr(doctor, "check_disk", broken)
    status, table, _ = report()
    assert status == 1 and "C:\\?bung" in table["disk"]


def test_without_any_package_there_is_advice_and_no_traceback():
    """A Python without site-packages: no torch, no numpy, no packaging."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    run = subprocess.run(
        [sys.executable, "-S", "-m", "course_utils.doctor"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert run.stderr == ""
    assert run.stdout.count("PROBLEM") == 9, "eight packages, and training, which needs them"
    assert run.stdout.count("pip install -c constraints.txt -e .") == 1
