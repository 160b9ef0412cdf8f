"""How two works are compared: the same answer first, then their times, in turn, on one thread."""

import gc
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from time import process_time

#: Set to 1 before NumPy is loaded (see bench.py).
THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
LEAST = 0.05  # seconds; a shorter work is repeated within one measurement until it takes about as long


@dataclass(frozen=True)
class Times:
    """Seconds of the course and of the rival, one pair a repeat, measured one right after the other."""

    course: list[float]
    rival: list[float]

    @property
    def ratios(self) -> list[float]:
        return [rival / course for course, rival in zip(self.course, self.rival, strict=True)]


@dataclass(frozen=True)
class Line:
    """One line of the table. aim: the ratio wanted, or None; memory_mb: peaks of the course and of the rival."""

    work: str
    rival: str
    times: Times
    aim: float | None = None
    remark: str = ""
    memory_mb: list[float] | None = None

    def as_dict(self) -> dict:
        ratios = self.times.ratios
        figures = {"ratio": median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)}
        met = None if self.aim is None else figures["ratio"] >= self.aim
        return asdict(self) | figures | {"met": met}


def compare(course: Callable, rival: Callable, agree: Callable, repeats: int, scale: float = 1) -> Times:
    """Both works once, to warm up: agree(answer, rival's answer) must be true. Then in turn: course, rival, course, ...

    scale: how many times the rival's work the course's is, where the rival does a part of it only.
    The time is CPU time of this process, which other programs disturb less than the time on the clock.
    Raises: AssertionError if the two do not agree.
    """
    if not agree(course(), rival()):
        raise AssertionError("course and rival do not give the same answer")
    numbers = [1, 1] if repeats == 1 else [math.ceil(LEAST / _seconds(work)) for work in (course, rival)]
    pairs = [(_seconds(course, numbers[0]), scale * _seconds(rival, numbers[1])) for _ in range(repeats)]
    return Times(*map(list, zip(*pairs, strict=True)))


def _seconds(work: Callable, number: int = 1) -> float:
    """Of one call, as the mean of so many; without Python's garbage collector, which comes when it likes."""
    gc.disable()
    start = process_time()
    for _ in range(number):
        work()
    used = process_time() - start
    gc.enable()
    return max(used, 1e-9) / number  # a coarse clock may have stood still


def run_child(*arguments: str) -> dict[str, float]:
    """Run Python with these arguments: {"wall_s", "cpu_s", "peak_mb"} of that process alone.

    A process starts with its parent's peak of memory on the record, so a small Python stands between (child.py).
    """
    child = Path(__file__).with_name("child.py")
    command = [sys.executable, "-S", str(child), sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def machine() -> dict[str, str]:
    """What was measured on: processor, cores, memory, system, versions. Nothing that names the machine."""
    packages = ("numpy", "torch", "hmmlearn", "pandas", "scipy")
    return {
        "processor": _from_proc("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: _version(name) for name in packages},
        "threads": "1",
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _from_proc(path: str, field: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(field)), "")


def _memory() -> str:
    kilobytes = _from_proc("/proc/meminfo", "MemTotal").split()
    return f"{int(kilobytes[0]) / 1e6:.0f} GB" if kilobytes else "unknown"
