"""Run a command and print its wall time, CPU time and peak memory as JSON, after whatever it printed itself.

Usage: python -S benchmarks/child.py COMMAND ...
"""

import json
import subprocess
import sys
from time import perf_counter

try:
    import resource
except ImportError:  # Windows
    resource = None


def main(command: list[str]) -> int:
    start = perf_counter()
    status = subprocess.run(command).returncode
    wall = perf_counter() - start
    figures = {"cpu_s": wall, "wall_s": wall, "peak_mb": 0.0}  # where nothing better is known
    if resource:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
        figures |= {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss * unit / 1e6}
    print(json.dumps(figures))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
