"""How the tests run: one thread each, the same examples every time; and how many cells of notebooks were compared."""

import os

# Before anything loads PyTorch, and for every kernel and command that a test starts. Threads wait for each other after
# every small operation: on two cores with two other programs, a short training took up to thirty times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import nbformat
from hypothesis import settings
from notebook_files import ROOT, code_cells, is_compared
from xdist.scheduler import LoadScopeScheduling

# The same examples in every run; `--hypothesis-profile search` looks for new ones.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("same")

APART = "test_learners.py"  # seconds each, and none needs another


class WholeFiles(LoadScopeScheduling):
    """For `pytest -n 2`: a file goes to one process, so the cells of a notebook in order."""

    def _split_scope(self, nodeid):
        file = nodeid.split("::")[0]
        return nodeid if file.endswith(APART) else file


def pytest_xdist_make_scheduler(config, log):
    return WholeFiles(config, log)


def pytest_terminal_summary(terminalreporter):
    reports = [r for r in terminalreporter.stats.get("passed", []) if r.when == "call" and ".ipynb::" in r.nodeid]
    if not reports:
        return
    files = sorted({report.nodeid.split("::")[0] for report in reports})
    cells = [cell for file in files for cell in code_cells(nbformat.read(ROOT / file, as_version=4))]
    with_output = [cell for cell in cells if cell.outputs]
    compared = sum(map(is_compared, with_output))
    terminalreporter.write_line(
        f"notebooks: {len(files)} run, {len(reports)} of {len(cells)} code cells passed; "
        f"{compared} of {len(with_output)} cells with output compared with what is stored"
    )
