"""Do the stored outputs also come out with other thread counts and CPU instruction sets, run after run?

Usage: python tools/check_cpus.py [--runs 20] [--first 0]

Each run takes the next of four settings and the notebooks in another order. `--first` is the number of the first run,
so that several computers, or several copies of the course on one, can share them.
"""

import argparse
import itertools
import os
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = [
    {"OMP_NUM_THREADS": threads, "ATEN_CPU_CAPABILITY": instructions}
    for threads, instructions in itertools.product(("1", "2"), ("default", "avx2"))
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=len(SETTINGS), help="how many times (%(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first run (%(default)s)")
    options = parser.parse_args()
    failed = []
    for number in range(options.first, options.first + options.runs):
        setting = SETTINGS[number % len(SETTINGS)]
        notebooks = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").glob("*.ipynb"))
        random.Random(number).shuffle(notebooks)
        print(f"run {number}:", *(f"{name}={value}" for name, value in setting.items()), flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n0", "--no-header", *notebooks]
        start = time.monotonic()
        if subprocess.run(command, cwd=ROOT, env=os.environ | setting).returncode:
            failed.append(number)
        print(f"run {number}: {'DIFFERENT' if number in failed else 'the same'}, {time.monotonic() - start:.0f} s")
    print(f"all {options.runs} the same" if not failed else f"different outputs in run(s) {failed}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
