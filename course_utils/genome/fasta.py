"""FASTA files, and the letters in them as numbers."""

import os
import re

import numpy as np

from course_utils.encoding import NUCLEOTIDES
from course_utils.files import read_text
from course_utils.inputs import quoted

#: The code of a letter that stands for more than one nucleotide: N, R, Y, ...
UNKNOWN = 4
_AMBIGUOUS = "NRYSWKMBDHV"
_CODES = np.full(128, -1, dtype=np.int8)
for _code, _letters in enumerate([*NUCLEOTIDES, _AMBIGUOUS]):
    _CODES[[ord(letter) for letter in _letters + _letters.lower()]] = _code


def read_fasta(path: str | os.PathLike) -> dict[str, str]:
    """The records of a FASTA file: name (the header's first word) -> sequence in upper case, in the file's order.

    Taken as they come: several records, lower case, ambiguous letters (N, R, Y, ...), Windows line ends, blank lines,
    gzip. Raises: ValueError with file, line and reason for anything else: a letter that is not DNA (protein, RNA,
    gaps), a header without a name or without a sequence, a name that comes twice, text before the first header, an
    empty or damaged file. OSError if the file cannot be opened.
    """
    parts, name = {}, None
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        line = line.strip()
        if line.startswith(">"):
            _refuse_bare(path, name, parts)
            name = (line[1:].split() or [""])[0]
            if not name or name in parts:
                reason = f"a second record is called {name!r}" if name else "a header without a name"
                raise ValueError(f"{path}, line {number}: {reason}")
            parts[name] = []
        elif line:
            if name is None:
                raise ValueError(f"{path}, line {number}: a FASTA file begins with '>'; this line is {line[:20]!r}")
            _refuse_letters(path, number, line)
            parts[name].append(line.upper())
    _refuse_bare(path, name, parts)
    return {name: "".join(lines) for name, lines in parts.items()}


def _refuse_bare(path, name, parts) -> None:
    if name is not None and not parts[name]:
        raise ValueError(f"{path}: record {name!r} has a header but no sequence; is the file cut off?")


def _refuse_letters(path, number: int, line: str) -> None:
    strange = re.search(f"[^{NUCLEOTIDES}{_AMBIGUOUS}]", line, re.IGNORECASE | re.ASCII)
    if strange:
        letter = strange[0].upper()
        hint = {"U": "is this RNA?", "-": "is this an alignment?"}.get(letter, "is this a protein?")
        hint = hint if letter.isalpha() or letter in "-*" else "only letters belong here"
        raise ValueError(f"{path}, line {number}: {strange[0]!r} is not a letter of DNA; {hint}")


def codes(sequence: str) -> np.ndarray:
    """int8 (L,): A, C, G, T as 0 to 3, ambiguous letters as UNKNOWN = 4.

    Raises: ValueError naming the first character that is no letter of DNA, and its position.
    """
    found = _CODES[np.minimum(np.frombuffer(sequence.encode("utf-32-le", "surrogatepass"), dtype="<u4"), 127)]
    if (found < 0).any():
        position = int((found < 0).argmax())
        raise ValueError(f"{sequence[position]!r} at position {position} is not a letter of DNA")
    return found


def doubts(records: dict[str, str]) -> list[str]:
    """Why some records may not be what a chain of DNA can read: a line for each reason."""
    found = {
        "no known letter, so no state is named (- in the table)": [],
        # A protein of letters that are also codes for nucleotides: about a third of them are A, C, G or T.
        "many letters other than A, C, G, T and N: is this a protein?": [],
        "more than half of the letters are unknown (N, R, Y, ...)": [],
    }
    nothing, protein, unknown = found.values()
    for name, sequence in records.items():
        n_known = len(sequence) - int((codes(sequence) == UNKNOWN).sum())
        if 3 * n_known < 2 * (len(sequence) - sequence.count("N")):
            protein.append(name)
        elif n_known == 0:
            nothing.append(name)
        elif 2 * n_known < len(sequence):
            unknown.append(name)
    return [f"{_in_words(names)}: {what}" for what, names in found.items() if names]


def _in_words(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"record{'s' if len(names) > 1 else ''} {', '.join(map(quoted, names[:3]))}{more}"
