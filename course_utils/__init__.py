"""Helpers of the course, one module a notebook: each is written out in its notebook first, then imported from here."""

from pathlib import Path

__version__ = "0.1.0"

#: The folder with the course's data, whatever the working directory is.
DATA = Path(__file__).resolve().parent.parent / "data"
