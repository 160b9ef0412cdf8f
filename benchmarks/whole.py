"""Row 11, only with --all: every notebook executed, and `make test` from a fresh clone."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import nbformat
from nbclient import NotebookClient


def measure(root: Path) -> dict:
    cells, notebooks = [], {}
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        print("running", path.name, flush=True)
        notebooks[path.stem], timed = run_notebook(path)
        cells += timed
    slowest = sorted(cells, key=lambda cell: -cell["seconds"])[:10]
    return {"remark": REMARK, "notebooks": notebooks, "slowest": slowest, "clone": fresh_clone(root)}


REMARK = (
    "Wall time, one run each, measured with `--all` (other runs keep these values): every notebook from the start of "
    "its kernel to its last cell, then what someone types who has just cloned the repository."
)


def run_notebook(path: Path) -> tuple[float, list[dict]]:
    """Seconds for all of it, and for each code cell."""
    notebook = nbformat.read(path, as_version=4)
    start = perf_counter()
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    client.execute()
    total, cells = perf_counter() - start, []
    for number, cell in enumerate(notebook.cells):
        times = cell.metadata.get("execution", {})
        if "iopub.execute_input" in times and "shell.execute_reply" in times:
            begin, end = (datetime.fromisoformat(times[key]) for key in ("iopub.execute_input", "shell.execute_reply"))
            line = next((text for text in cell.source.splitlines() if text.strip() and text[0] != "#"), "")
            took = (end - begin).total_seconds()
            cells.append({"notebook": path.stem, "cell": number, "seconds": took, "line": line})
    return total, cells


def fresh_clone(root: Path) -> dict[str, float]:
    """Seconds of the first install and of the tests. Clones what is committed, and installs as a user would."""
    with TemporaryDirectory() as folder:
        clone = Path(folder) / "course"
        subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
        python = "PYTHON={}/bin/python{}.{}".format(sys.base_prefix, *sys.version_info)
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
        times = {}
        for name in ("make .venv/.ready", "make test"):
            print(name, flush=True)
            start = perf_counter()
            subprocess.run([*name.split(), "--silent", python], cwd=clone, env=environment, check=True)
            times[name] = perf_counter() - start
    return times
