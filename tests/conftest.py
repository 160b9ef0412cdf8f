"""How the tests run: one thread each, the same examples every time; and how many cells of notebooks were compared."""

import os

# Before anything loads PyTorch, and for every kernel and command that a test starts. Threads wait for each other after
# every small operation: on two cores with two other programs, a short training took up to thirty times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings
from notebook_files import ROOT, code_cells, is_compared, read

# The same examples in every run; `--hypothesis-profile search` looks for new ones.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("same")


def pytest_terminal_summary(terminalreporter):
    reports = [r for r in terminalreporter.stats.get("passed", []) if r.when == "call" and ".ipynb::" in r.nodeid]
    files = sorted({report.nodeid.split("::")[0] for report in reports})
    cells = [cell for file in files for cell in code_cells(read(ROOT / file))]
    with_output = [cell for cell in cells if cell.outputs]
    if reports:
        terminalreporter.write_line(
            f"notebooks: {len(files)} run, {len(reports)} of {len(cells)} code cells passed; "
            f"{sum(map(is_compared, with_output))} of {len(with_output)} cells with output compared with what is stored"
        )
