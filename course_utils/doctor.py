"""Is this machine ready for the course? Type: python -m course_utils.doctor

One line a check, then what to type for each problem; the exit status is 1 if there is one. Whatever may be missing is
imported inside the check that needs it, so this also runs where the course does not.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course_utils import DATA

PYPROJECT = DATA.parent / "pyproject.toml"
#: Nats a position: a coin .693, one who knows how often H and L occur .687, the best reader of the toy chain .667.
LOSS_LIMIT = 0.68
FREE_BYTES = 10**9

PYTHON = (sys.executable or "python").replace(str(Path.cwd()), ".", 1)
INSTALL = f"{PYTHON} -m pip install -c constraints.txt -e ."
REINSTALL = "make clean doctor, which installs again from nothing (without make: delete .venv and follow the README)"
RESTORE = "git checkout -- {} (without git: download the course again)"


@dataclass(frozen=True)
class Check:
    """One line of the report; advice says what to type if it is not ok."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


def read_needs(pyproject: Path) -> tuple[str, list[str], list[str]]:
    """The range of Python versions, the packages, and those of the extra `dev`.

    From pyproject.toml or, where that is not beside the package, from what pip noted when it installed it.
    """
    if pyproject.is_file():
        try:
            import tomllib
        except ImportError:  # tomllib came with Python 3.11: the check of the Python version says the rest
            return ">=3.11", [], []
        project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
        return project["requires-python"], project["dependencies"], project["optional-dependencies"]["dev"]
    from importlib.metadata import metadata

    about = metadata("reading-hidden-states")
    core = [line for line in about.get_all("Requires-Dist") if "extra ==" not in line]
    return about["Requires-Python"], core, [line for line in about.get_all("Requires-Dist") if line not in core]


def check_python(needed: str, version: str) -> Check:
    """Not below the lower bound that pyproject.toml sets."""
    oldest = re.search(r"\d+\.\d+", needed).group()
    new_enough = [int(n) for n in re.findall(r"\d+", version)] >= [int(n) for n in oldest.split(".")]
    advice = f"make clean doctor PYTHON=python{oldest}, after installing Python {oldest} or newer from python.org"
    return Check("Python", new_enough, f"{version} (needed: {needed})", advice)


def check_package(requirement: str) -> Check | None:
    """There, in the range asked for. None: the requirement's marker says that this Python does without."""
    from importlib.metadata import PackageNotFoundError, version

    name = re.match(r"[\w.-]+", requirement).group()
    try:
        from packaging.requirements import Requirement
    except ImportError:  # it comes with jupyterlab; without it, the range stays unchecked
        parsed = None
    else:
        parsed = Requirement(requirement)
        if parsed.marker and not parsed.marker.evaluate({"extra": "dev"}):
            return None
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, False, f"missing (needed: {requirement})", INSTALL)
    fits = parsed is None or parsed.specifier.contains(found, prereleases=True)
    return Check(name, fits, f"{found} (needed: {requirement})", INSTALL)


def check_dev(requirements: list[str]) -> Check:
    """The packages of the extra `dev`, in one line that is never a problem: the lessons run without them."""
    checks = [check for check in map(check_package, requirements) if check is not None]
    lacking = ", ".join(f"{check.name} {check.detail.split()[0]}" for check in checks if not check.ok)
    return Check("extra dev", True, f"needed only for make test: {lacking}" if lacking else f"{len(checks)} packages")


def check_data(folder: Path) -> list[Check]:
    """One check a line of SHA256SUMS: the file is there, and not a byte of it has changed."""
    sums = folder / "SHA256SUMS"
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []
    if not lines:
        return [Check("SHA256SUMS", False, "missing or empty", RESTORE.format("data/SHA256SUMS"))]
    checks = []
    for digest, name in (line.split(maxsplit=1) for line in lines):
        path, state = folder / name, "missing"
        if path.is_file():
            same = hashlib.sha256(path.read_bytes()).hexdigest() == digest
            state = "as published" if same else "differs from SHA256SUMS"
        checks.append(Check(name, state == "as published", state, RESTORE.format(f"data/{name}")))
    return checks


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
    """Room for one more copy of the course's packages is not asked for, only for working."""
    free = shutil.disk_usage(folder).free
    advice = f"{PYTHON} -m course_utils.doctor, after making room on the disk that holds this folder"
    return Check("disk", free >= FREE_BYTES, f"{free / 1e9:.1f} GB free (needed: >={FREE_BYTES / 1e9:.0f})", advice)


def diagnose() -> Iterator[Check]:
    """Every check in turn; where one fails in an unforeseen way, that is its finding. A Python too old ends it."""
    needs = []
    yield from _guarded("pyproject.toml", lambda: needs.extend(read_needs(PYPROJECT)))
    needed, core, dev = needs or (">=3.11", [], [])
    python = check_python(needed, platform.python_version())
    yield python
    if python.ok:
        for requirement in core:
            yield from _guarded(requirement, check_package, requirement)
        yield from _guarded("extra dev", check_dev, dev)
        yield from _guarded("data", check_data, DATA)
        yield from _guarded("training", check_training)
        yield from _guarded("disk", check_disk, DATA.parent)


def _guarded(name: str, check: Callable, *arguments) -> list[Check]:
    try:
        found = check(*arguments)
    except Exception as error:
        advice = INSTALL if isinstance(error, ModuleNotFoundError) else REINSTALL
        return [Check(name, False, f"cannot be checked: {[*str(error).splitlines(), type(error).__name__][0]}", advice)]
    return [check for check in (found if isinstance(found, list) else [found]) if check is not None]


def main() -> int:
    """Print the report; 1 if there is a problem, else 0."""
    problems = []
    for check in diagnose():
        _say(f"{check.name:<15} {'ok     ' if check.ok else 'PROBLEM'}  {check.detail}")
        problems += [] if check.ok else [check]
    for advice in dict.fromkeys(check.advice for check in problems):
        _say(f"\nFor {', '.join(check.name for check in problems if check.advice == advice)}, type: {advice}.")
    if not problems:
        _say("\nReady. To open the course, type: make lab (without make: see the README).")
    return int(bool(problems))


def _say(text: str) -> None:
    print(text.encode("ascii", "replace").decode(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
