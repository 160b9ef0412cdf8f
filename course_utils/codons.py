"""Which codon for this amino acid? Coding sequences and the genetic code.

A gene is a tuple of codons; its protein is one letter a codon, * for the stop.
"""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from course_utils.encoding import NUCLEOTIDES, encode
from course_utils.genome import read_fasta

#: The 64 codons in alphabetical order, and the amino acid of each (genetic codes 1 and 11; they differ in which codons
#: may begin a gene). Source: NCBI, The Genetic Codes, compiled by Elzanowski and Ostell.
CODONS = tuple(a + b + c for a in NUCLEOTIDES for b in NUCLEOTIDES for c in NUCLEOTIDES)
_MEANING = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF"
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY*"
#: (64,): which amino acid each codon means; (21, 64): which codons each amino acid may have.
MEANING = encode(_MEANING, AMINO_ACIDS)
SYNONYMS = MEANING == np.arange(len(AMINO_ACIDS))[:, None]


def to_codons(dna: str) -> tuple[str, ...]:
    """The codons of a coding sequence.  Raises: ValueError if its length is not a multiple of three, or it is empty."""
    if not dna or len(dna) % 3:
        raise ValueError(f"a coding sequence has three letters a codon; this one has {len(dna)}")
    return tuple(dna[i : i + 3] for i in range(0, len(dna), 3))


def translate(codons: Sequence[str]) -> str:
    """The protein, one letter a codon, * for a stop.  Raises: ValueError naming the first that is not a codon."""
    return "".join(_MEANING[code] for code in encode(codons, CODONS))


def read_genes(path: str | os.PathLike) -> pd.DataFrame:
    """Coding sequences from FASTA as a table: columns gene, protein (text) and codons (tuple), one row a gene.

    The first codon is left out: where a gene begins, GTG and TTG too mean methionine, so it answers another question.
    """
    rows = []
    for gene, dna in read_fasta(path).items():
        try:
            codons = to_codons(dna)
            protein = translate(codons)
        except ValueError as error:
            raise ValueError(f"{path}, {gene}: {error}") from None
        if len(codons) < 2 or protein.find("*") != len(protein) - 1:
            raise ValueError(f"{path}, {gene}: a coding sequence has two codons or more, and one stop, at its end")
        rows.append((gene, protein[1:], codons[1:]))
    return pd.DataFrame(rows, columns=["gene", "protein", "codons"])
