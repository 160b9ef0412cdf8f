"""Bring notebooks and their text twins in step, run the notebooks from fresh kernels, and store clean outputs.

Usage: python tools/refresh_notebooks.py [notebooks_text/02_encoding.md | notebooks/02_encoding.ipynb] ...
Edit either side; the newer one wins. Running it twice changes nothing.
"""

import sys
from pathlib import Path

import nbformat
from jupytext.cli import jupytext
from nbclient import NotebookClient
from nbconvert.preprocessors import CoalesceStreamsPreprocessor

ROOT = Path(__file__).resolve().parent.parent


def main(paths: list[str]) -> None:
    pairs = [(ROOT / f"notebooks/{Path(p).stem}.ipynb", ROOT / f"notebooks_text/{Path(p).stem}.md") for p in paths]
    for path, pair in zip(paths, pairs, strict=True):
        if not any(side.is_file() for side in pair):
            sys.exit(f"there is no notebook {path!r}, nor a text of it")
    for notebook, text in pairs:
        jupytext(["--sync", "--quiet", str(text if text.exists() else notebook)])
        print("running", notebook.name, flush=True)
        nbformat.write(run(nbformat.read(notebook, as_version=4)), notebook)
        jupytext(["--sync", "--quiet", str(notebook)])


def run(lesson: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """With new outputs, and nothing that would be otherwise the next time."""
    place = {"metadata": {"path": ROOT / "notebooks"}}
    NotebookClient(lesson, timeout=300, record_timing=False, resources=place).execute()
    lesson, _ = CoalesceStreamsPreprocessor(enabled=True).preprocess(lesson, {})  # lines in one piece
    lesson.metadata.language_info.pop("version")
    lesson.metadata.pop("jupytext", None)
    return lesson


if __name__ == "__main__":
    main(sys.argv[1:])
