"""course_utils.doctor: says "ready" here, and names each problem that is provoked, with what to type against it."""

import platform
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest

from course_utils import DATA, doctor

ROOT = DATA.parent


@pytest.fixture
def report(monkeypatch, capsys):
    """Run the doctor without its training; gives the exit status, the table's lines by name, and all that follows."""
    monkeypatch.setattr(doctor, "train_briefly", lambda: 0.667)

    def run():
        status = doctor.main()
        table, _, advice = capsys.readouterr().out.partition("\n\n")
        return status, {line.split()[0]: line for line in table.splitlines()}, advice

    return run


def test_this_machine_is_ready(capsys):
    assert doctor.main() == 0
    text = capsys.readouterr().out
    assert text.isascii() and "PROBLEM" not in text and "make lab" in text and len(text.splitlines()) <= 24
    for requirement in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]:
        assert f"(needed: {requirement})" in text


VERSION = metadata.version


def versions(**changes):
    """The machine has other versions than it has; None: the package is missing."""

    def changed(name):
        if name in changes and changes[name] is None:
            raise metadata.PackageNotFoundError(name)
        return changes.get(name) or VERSION(name)

    return metadata, "version", changed


def broken():
    raise OSError("Zugriff verweigert: C:\\Übung")


@pytest.mark.parametrize(
    ("change", "name", "found", "advice"),
    [
        ((platform, "system", lambda: "Darwin"), "machine", "Darwin on x86_64", "arch -arm64"),
        (versions(scipy=None), "scipy", "missing (needed: scipy>=", "pip install -c constraints.txt -e ."),
        (versions(numpy="1.26.4"), "numpy", "1.26.4 (needed: numpy>=2.0,<3)", "pip install"),
        (versions(numpy="3.0.0"), "numpy", "3.0.0 (needed: numpy>=2.0,<3)", "pip install"),
        ((doctor, "train_briefly", lambda: 0.7), "training", "loss 0.700 (needed: <0.680)", "make clean doctor"),
        ((doctor, "train_briefly", lambda: float("nan")), "training", "loss nan", "make clean doctor"),
        ((doctor, "train_briefly", broken), "training", "C:\\\\\\xdcbung", "make clean doctor"),
    ],
)
def test_a_problem_is_named_with_what_to_type(monkeypatch, report, change, name, found, advice):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(*change)
    status, table, said = report()
    assert status == 1 and [n for n, line in table.items() if "PROBLEM" in line] == [name]
    assert found in table[name] and said.startswith(f"For {name}, type: ") and advice in said


def test_data_that_were_changed_or_removed_are_named(monkeypatch, report, tmp_path):
    for name in ("pyproject.toml", "data"):
        (shutil.copytree if name == "data" else shutil.copy)(ROOT / name, tmp_path / name)
    monkeypatch.setattr(doctor, "DATA", tmp_path / "data")
    assert report()[0] == 0
    (tmp_path / "data/toy_hmm.tsv").write_text("dna\thidden_state\nA\tH\n")
    (tmp_path / "data/lambda_phage.fasta").unlink()
    status, table, advice = report()
    assert status == 1 and "toy_hmm.tsv" in table["data"] and "lambda_phage.fasta" in table["data"]
    assert advice.startswith("For data, type: git checkout -- data")


def test_without_any_package_there_is_advice_and_no_traceback():
    run = subprocess.run([sys.executable, "-S", "-m", "course_utils.doctor"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr == ""
    assert run.stdout.count("PROBLEM") == 9, "eight packages, and training, which needs them"
    assert run.stdout.count("pip install -c constraints.txt -e .") == 1
