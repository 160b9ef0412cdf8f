"""Do the stored outputs also come out with other thread counts and CPU instruction sets?

Usage: python tests/check_cpus.py
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    failed = []
    for threads, instructions in itertools.product(("1", "2"), ("default", "avx2")):
        setting = {"OMP_NUM_THREADS": threads, "ATEN_CPU_CAPABILITY": instructions}
        print(*(f"{name}={value}" for name, value in setting.items()), flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "notebooks"]
        if subprocess.run(command, cwd=ROOT, env={**os.environ, **setting}).returncode:
            failed.append(setting)
    print("all the same" if not failed else f"different outputs with {failed}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
