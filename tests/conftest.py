"""How tests are dealt out to several processes; and, after notebooks ran, how many of their cells were compared."""

import nbformat
import pytest
from notebook_files import ROOT, code_cells, is_compared

APART = "test_learners.py"  # a minute each, and none needs another


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """For `pytest -n 2 --dist loadgroup`: a file goes to one process whole, so the cells of a notebook in order."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.name if item.path.name == APART else item.path.name))


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
