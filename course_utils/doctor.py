"""Is this machine ready for the course? Type: python -m course_utils.doctor

One line a check, then what to type for each problem; the exit status is 1 if there is one. Whatever may be missing is
imported inside the check that needs it, so this also runs where the course does not.
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_utils import DATA
from course_utils.commands import command

PYPROJECT = DATA.parent / "pyproject.toml"
#: Nats a position: a coin .693, one who knows how often H and L occur .687, the best reader of the toy chain .667.
LOSS_LIMIT = 0.68
PYTHON = (sys.executable or "python").replace(str(Path.cwd()), ".", 1)
INSTALL = f"{PYTHON} -m pip install -c constraints.txt -e ."
REINSTALL = "make clean doctor, which installs again from nothing (without make: delete .venv and follow the README)"
RESTORE = "git checkout -- data (without git: download the course again)"


@dataclass(frozen=True)
class Check:
    """One line of the report; advice says what to type if it is not ok."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


def read_needs(pyproject: Path) -> tuple[str, list[str], list[str]]:
    """The Python versions, the packages, and those of the extra `dev`: from pyproject.toml, else as pip noted them."""
    with contextlib.suppress(ImportError, OSError, ValueError, KeyError):
        import tomllib  # since Python 3.11

        project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
        return project["requires-python"], project["dependencies"], project["optional-dependencies"]["dev"]
    with contextlib.suppress(ImportError):
        from importlib import metadata  # since Python 3.8

        about = metadata.metadata("reading-hidden-states")
        core = [line for line in about.get_all("Requires-Dist") if "extra ==" not in line]
        return about["Requires-Python"], core, [line for line in about.get_all("Requires-Dist") if line not in core]
    return ">=3.11", [], []


def check_python(needed: str, found: str) -> Check:
    """Not older than the range's lower bound."""
    oldest = re.search(r"\d+\.\d+", needed).group()
    new_enough = [int(n) for n in re.findall(r"\d+", found)] >= [int(n) for n in oldest.split(".")]
    advice = f"make clean doctor PYTHON=python{oldest}, after installing Python {oldest} or newer from python.org"
    return Check("Python", new_enough, f"{found} (needed: {needed})", advice)


def check_machine(system: str, processor: str) -> Check:
    """There is a PyTorch for it: for Macs with an Intel processor the last one is 2.2.2."""
    intel_mac = (system, processor) == ("Darwin", "x86_64")
    detail = f"{system} on {processor}" + (": the last PyTorch for it is 2.2.2, which is too old" if intel_mac else "")
    advice = "arch -arm64 python3 -m course_utils.doctor, if your Mac has Apple's processor (M1 or later)"
    advice += ". If it has Intel's: use another computer, or a Linux container (Docker) on this one"
    return Check("machine", not intel_mac, detail, advice)


def check_package(requirement: str) -> Check:
    """Installed, in the range asked for. Without `packaging`, which comes with jupyterlab, only: installed."""
    from importlib import metadata

    name, parsed = re.match(r"[\w.-]+", requirement).group(), None
    with contextlib.suppress(ImportError):
        from packaging.requirements import Requirement

        parsed = Requirement(requirement)
        if parsed.marker and not parsed.marker.evaluate({"extra": "dev"}):
            return Check(name, True, "not needed with this Python")
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, False, f"missing (needed: {requirement})", INSTALL)
    in_range = parsed is None or parsed.specifier.contains(found, prereleases=True)
    return Check(name, in_range, f"{found} (needed: {requirement})", INSTALL)


def check_dev(requirements: list[str]) -> Check:
    """The packages of the extra `dev` in one line. Never a problem: the lessons run without them."""
    lacking = ", ".join(check.name for check in map(check_package, requirements) if not check.ok)
    note = f"missing or of another version, but needed only for make test: {lacking}" if lacking else "complete"
    return Check("extra dev", True, note)


def check_data(folder: Path) -> Check:
    """Every file of SHA256SUMS is there, and not a byte of it has changed."""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    wrong = [] if lines else ["SHA256SUMS names no file"]
    for digest, name in map(str.split, lines):
        if not (folder / name).is_file():
            wrong.append(f"{name} is missing")
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            wrong.append(f"{name} differs from SHA256SUMS")
    return Check("data", not wrong, ", ".join(wrong) or f"files as published: {len(lines)}", RESTORE)


def check_training() -> Check:
    """A small GRU learns the toy chain from simulated sequences."""
    from course_utils.datasets import make_loader, to_frame
    from course_utils.gru import GRUTagger
    from course_utils.hmm import TOY, simulate
    from course_utils.training import evaluate, fit

    train = make_loader(to_frame(*simulate(TOY, 100, 500, seed=1)), batch_size=50, window=50, shuffle=True)
    test = make_loader(to_frame(*simulate(TOY, 50, 500, seed=2)), batch_size=50)
    model = GRUTagger(seed=0)
    before = evaluate(model, test)["nll"]
    fit(model, train, epochs=2, learning_rate=0.02, seed=0, verbose=False)
    after = evaluate(model, test)["nll"]
    detail = f"loss {before:.3f} -> {after:.3f} (needed: <{LOSS_LIMIT:.3f})"
    return Check("training", after < min(before, LOSS_LIMIT), detail, REINSTALL)


def check_disk(folder: Path) -> Check:
    """A gigabyte to work in."""
    free = shutil.disk_usage(folder).free / 1e9
    advice = f"{PYTHON} -m course_utils.doctor, after making room on the disk that holds this folder"
    return Check("disk", free >= 1, f"{free:.1f} GB free (needed: >=1)", advice)


def diagnose() -> Iterator[Check]:
    """Every check in turn. A Python that is too old, or a machine without a PyTorch, ends it."""
    needed, core, dev = read_needs(PYPROJECT)
    python = check_python(needed, platform.python_version())
    yield python
    if not python.ok:
        return
    yield (machine := check_machine(platform.system(), platform.machine()))
    if machine.ok:
        yield from (_guarded(requirement, check_package, requirement) for requirement in core)
        yield _guarded("extra dev", check_dev, dev)
        yield _guarded("data", check_data, DATA, advice=RESTORE)
        yield _guarded("training", check_training)
        yield _guarded("disk", check_disk, DATA.parent)


def _guarded(name: str, check: Callable[..., Check], *arguments, advice: str = REINSTALL) -> Check:
    """The check, or, where it fails in a way that it does not foresee, that as its finding."""
    try:
        return check(*arguments)
    except Exception as error:
        reason = [*str(error).splitlines(), type(error).__name__][0]
        advice = INSTALL if isinstance(error, ModuleNotFoundError) else advice
        return Check(name, False, f"cannot be checked: {reason}", advice)


@command
def main(arguments: Sequence[str] = ()) -> int:
    """Print the report, in ASCII; 1 if there is a problem, else 0. There are no arguments: 2 if some are given."""
    if arguments:
        print("usage: python -m course_utils.doctor   (it takes no arguments)", file=sys.stderr)
        return 2
    problems = []
    for check in diagnose():
        line = f"{check.name:<15} {'ok     ' if check.ok else 'PROBLEM'}  {check.detail}"
        print(line.encode("ascii", "replace").decode(), flush=True)
        problems += [] if check.ok else [check]
    for advice in dict.fromkeys(check.advice for check in problems):
        line = f"\nFor {', '.join(check.name for check in problems if check.advice == advice)}, type: {advice}"
        print(line.encode("ascii", "replace").decode())
    if not problems:
        print("\nReady. To open the course, type: make lab (without make: see the README)")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
