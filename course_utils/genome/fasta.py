"""FASTA files, and the letters in them as numbers."""

import os
import re

import numpy as np

from course_utils.encoding import NUCLEOTIDES
from course_utils.files import read_text

#: The code of a letter that stands for more than one nucleotide: N, R, Y, ...
UNKNOWN = 4
_AMBIGUOUS = "NRYSWKMBDHV"
_STRANGE = re.compile(f"[^{NUCLEOTIDES}{_AMBIGUOUS}]", re.IGNORECASE | re.ASCII)
_CODES = bytes.maketrans((NUCLEOTIDES + _AMBIGUOUS).encode(), bytes([0, 1, 2, 3] + [UNKNOWN] * len(_AMBIGUOUS)))


def read_fasta(path: str | os.PathLike) -> dict[str, str]:
    """The records of a FASTA file of DNA, plain or gzip, in lower or upper case, with ambiguous letters or without.

    Returns
    -------
    dict of name (the header's first word) -> sequence in upper case, in the file's order

    Raises
    ------
    ValueError or OSError: the file is missing or is no FASTA; names the line and the reason
    """
    return parse_fasta(read_text(path), path)


def parse_fasta(text: str, path: str | os.PathLike) -> dict[str, str]:
    """`read_fasta` for a text that came from `path`."""
    records, name = {}, None
    for number, line in enumerate(text.split("\n"), start=1):
        line, where = line.strip(), f"{path}, line {number}:"
        if line.startswith(">"):
            name = (line[1:].split() or [""])[0]
            if name in ("", *records):
                reason = f"a second record is called {name!r}" if name else "a header without a name"
                raise ValueError(f"{where} {reason}")
            records[name] = []
        elif line and name is None:
            raise ValueError(f"{where} a FASTA file begins with '>'; this line is {line[:20]!r}")
        elif strange := _STRANGE.search(line):
            guess = {"U": "is this RNA?", "-": "is this an alignment?"}.get(strange[0].upper(), "is this a protein?")
            raise ValueError(f"{where} {strange[0]!r} is not a letter of DNA; {guess}")
        elif line:
            records[name].append(line.upper())
    for name, lines in records.items():
        if not lines:
            raise ValueError(f"{path}: record {name!r} has a header but no sequence; is the file cut off?")
    return {name: "".join(lines) for name, lines in records.items()}


def codes(sequence: str) -> np.ndarray:
    """int8 (L,): A, C, G, T as 0 to 3, ambiguous letters as UNKNOWN = 4.  Raises: ValueError for other characters."""
    if strange := _STRANGE.search(sequence):
        raise ValueError(f"{strange[0]!r} at position {strange.start()} is not a letter of DNA")
    return np.frombuffer(bytearray(sequence.upper(), "ascii").translate(_CODES), dtype=np.int8)
