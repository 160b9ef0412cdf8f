"""Bring notebooks and their text twins in step, run the notebooks from fresh kernels, and store clean outputs.

Usage: python tools/refresh_notebooks.py [notebooks_text/01_encoding.md | notebooks/01_encoding.ipynb] ...
Edit either side; the newer one wins. Running it twice changes nothing.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbconvert.preprocessors import CoalesceStreamsPreprocessor

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str) -> None:
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)


def main(paths: list[str]) -> None:
    pairs = [[ROOT / folder / (Path(path).stem + end) for folder, end in PAIR] for path in paths]
    for path, pair in zip(paths, pairs, strict=True):
        if not any(map(os.path.isfile, pair)):
            sys.exit(f"there is no notebook {path!r}, nor a text of it")
    for notebook, text in pairs:
        source = text if text.exists() else notebook
        run("jupytext", "--sync", "--quiet", str(source))
        print("running", notebook.name, flush=True)
        # no time stamps, and printed lines in one piece however they arrived, so that a second run gives the same bytes
        run("jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", "--log-level=WARN",
            "--ExecutePreprocessor.record_timing=False", "--ExecutePreprocessor.timeout=300",
            str(notebook))  # fmt: skip
        join_printed_lines(notebook)
        run("nbstripout", "--keep-output", "--keep-count", "--keep-id",
            "--extra-keys", "metadata.language_info.version metadata.jupytext", str(notebook))  # fmt: skip
        run("jupytext", "--sync", "--quiet", str(notebook))


def join_printed_lines(path: Path) -> None:
    notebook, _ = CoalesceStreamsPreprocessor(enabled=True).preprocess(nbformat.read(path, as_version=4), {})
    nbformat.write(notebook, path)


PAIR = (("notebooks", ".ipynb"), ("notebooks_text", ".md"))

if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:  # it has said why
        sys.exit(f"stopped: {' '.join(error.cmd[2:4])} failed")
