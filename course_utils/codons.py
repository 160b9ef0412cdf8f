"""Which codon for this amino acid? Coding sequences, the genetic code, and simple answers to beat (notebook 09).

A gene is a tuple of codons; its protein is one letter a codon, * for the stop.
"""

import os
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.linalg import block_diag
from torch import Tensor

from course_utils.encoding import NUCLEOTIDES, encode
from course_utils.genome import read_fasta
from course_utils.gru import GRUTagger
from course_utils.hmm import HMM
from course_utils.inputs import quoted, whole_number

#: The 64 codons in alphabetical order, and the amino acid of each (genetic codes 1 and 11; they differ in which codons
#: may begin a gene). Source: NCBI, The Genetic Codes, compiled by Elzanowski and Ostell.
CODONS = tuple(a + b + c for a in NUCLEOTIDES for b in NUCLEOTIDES for c in NUCLEOTIDES)
_MEANING = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF"
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY*"
#: (64,): which amino acid each codon means; (21, 64): which codons each amino acid may have.
MEANING = encode(_MEANING, AMINO_ACIDS)
SYNONYMS = MEANING == np.arange(len(AMINO_ACIDS))[:, None]


def to_codons(dna: str) -> tuple[str, ...]:
    """The codons of a coding sequence.  Raises: ValueError if its length is not a multiple of three, or it is empty.

    >>> to_codons("ATGTTTTAA")
    ('ATG', 'TTT', 'TAA')
    """
    if not dna or len(dna) % 3:
        raise ValueError(f"a coding sequence has three letters a codon; this one has {len(dna)}")
    return tuple(dna[i : i + 3] for i in range(0, len(dna), 3))


def translate(codons: Sequence[str]) -> str:
    """The protein, one letter a codon, * for a stop.  Raises: ValueError naming the first that is not a codon.

    >>> translate(["ATG", "TTT", "TAA"])
    'MF*'
    """
    return "".join(_MEANING[code] for code in encode(codons, CODONS))


def read_genes(path: str | os.PathLike) -> pd.DataFrame:
    """Coding sequences from FASTA as a table: columns gene, protein (text) and codons (tuple), one row a gene.

    The first codon is left out: where a gene begins, GTG and TTG too mean methionine, so it answers another question.
    Raises: ValueError naming the gene whose length is not a multiple of three, that has fewer than two codons or a
    letter other than A, C, G, T, or that has a stop anywhere but at its end; otherwise as `read_fasta`.
    """
    rows = []
    for gene, dna in read_fasta(path).items():
        try:
            codons = to_codons(dna)
            protein = translate(codons)
        except ValueError as error:
            raise ValueError(f"{path}, {gene}: {error}") from None
        if len(codons) < 2 or protein.find("*") != len(protein) - 1:
            reason = "has one stop codon, at its end" if len(codons) > 1 else "has at least two codons, this one has 1"
            raise ValueError(f"{path}, {gene}: a coding sequence {reason}")
        rows.append((gene, protein[1:], codons[1:]))
    return pd.DataFrame(rows, columns=["gene", "protein", "codons"])


class CodonTagger(GRUTagger):
    """A GRUTagger from amino acids to codons that gives probability only to the codons of the amino acid it reads.

    Arguments: as GRUTagger, but for n_symbols and n_states: symbols are codes of AMINO_ACIDS, states codes of CODONS.
    """

    def __init__(self, n_symbols=21, n_states=64, **sizes):
        super().__init__(n_symbols, n_states, **sizes)
        if (n_symbols, n_states) != SYNONYMS.shape:
            raise ValueError(f"reads {SYNONYMS.shape} amino acids and codons; got {(n_symbols, n_states)}")
        self.register_buffer("synonyms", torch.from_numpy(SYNONYMS), persistent=False)

    def forward(self, x: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """As GRUTagger; the logits of all other codons are -inf."""
        logits, hidden = super().forward(x, hidden)
        return logits.masked_fill(~self.synonyms[x.clamp(min=0)], float("-inf")), hidden


def usage_table(genes: pd.DataFrame, pseudocount: float = 1.0) -> np.ndarray:
    """P(codon | amino acid), (21, 64), counted; each possible codon is given `pseudocount` extra sightings.

    Raises: ValueError if pseudocount is not above 0: an amino acid that never occurs would have no probabilities.
    """
    _refuse_none("pseudocount", pseudocount)
    counts = np.bincount(_codes(genes), minlength=len(CODONS)) + pseudocount
    return _per_amino_acid(SYNONYMS * counts)


def previous_table(genes: pd.DataFrame, strength: float = 20.0) -> np.ndarray:
    """P(codon | amino acid, codon before), (64, 21, 64): [codon before, amino acid, codon].

    strength: how many extra sightings, shared out as in the usage table. With few sightings of a codon before, the
    answer stays near that table.  Raises: ValueError if strength is not above 0.
    """
    _refuse_none("strength", strength)
    pairs = np.zeros((len(CODONS), len(CODONS)))
    for codons in genes["codons"]:
        x = encode(codons, CODONS)
        np.add.at(pairs, (x[:-1], x[1:]), 1)
    return _per_amino_acid(SYNONYMS * pairs[:, None] + strength * usage_table(genes))


def codon_hmm(genes: pd.DataFrame, pseudocount: float = 1.0) -> HMM:
    """Codons as hidden states, amino acids as symbols: transitions counted, and each codon emits its own meaning.

    The exact answers of course_utils.hmm then hold for codons, as long as a codon depends on the one before it only.
    Raises: ValueError if pseudocount is not above 0.
    """
    _refuse_none("pseudocount", pseudocount)
    first = np.bincount([encode(codons[:1], CODONS)[0] for codons in genes["codons"]], minlength=len(CODONS))
    pairs = np.full((len(CODONS), len(CODONS)), pseudocount)
    for codons in genes["codons"]:
        x = encode(codons, CODONS)
        np.add.at(pairs, (x[:-1], x[1:]), 1)
    first = first + pseudocount
    return HMM(first / first.sum(), pairs / pairs.sum(1, keepdims=True), SYNONYMS.T.astype(float))


def _refuse_none(name: str, extra: float) -> None:
    if not 0 < extra < np.inf:
        raise ValueError(f"{name} must be a number above 0; got {quoted(extra)}")


def read_all(answer: Callable, hmm: HMM, proteins: Sequence[str], batch: int = 100) -> list[np.ndarray]:
    """An exact answer (smoother_probabilities, viterbi, ...) for proteins of unequal lengths, many at a time.

    Shorter ones are filled up with the symbol of one more state, "over", to which all states go with probability 1/2.
    So every path through the protein pays the same factor: beliefs and the best path stay as they are.
    Returns: one array (L_i, 64) or (L_i,) a protein, in the order given.
    """
    n = len(hmm.start)
    onward = np.vstack([np.hstack([hmm.transition / 2, np.full((n, 1), 0.5)]), np.full(n + 1, 1 / (n + 1))])
    padded = HMM(np.append(hmm.start, 0), onward, block_diag(hmm.emission, 1))  # nothing but "over" emits its symbol
    codes = [encode(protein, AMINO_ACIDS) for protein in proteins]
    answers = [None] * len(codes)
    by_length = sorted(range(len(codes)), key=lambda i: len(codes[i]))
    for start in range(0, len(codes), batch):
        chosen = by_length[start : start + batch]
        rows = np.full((len(chosen), len(codes[chosen[-1]])), len(AMINO_ACIDS))
        for row, i in zip(rows, chosen, strict=True):
            row[: len(codes[i])] = codes[i]
        for i, row in zip(chosen, answer(padded, rows), strict=True):
            answers[i] = (row[:, :n] if row.ndim > 1 else row)[: len(codes[i])].copy()
    return answers


def related(proteins: Sequence[str], k: int = 5, share: float = 0.05) -> np.ndarray:
    """Families of proteins: int64 (N,), the same number for proteins linked by a chain of similar pairs.

    Two are similar if they have in common at least `share` of the k-letter words of the one with fewer words.
    Raises: ValueError if k is below 1 or share not above 0.
    """
    k = whole_number("k", k)
    _refuse_none("share", share)
    words = [{protein[i : i + k] for i in range(len(protein) - k + 1)} for protein in proteins]
    number = {word: i for i, word in enumerate(sorted(set().union(*words)))}
    rows = np.repeat(np.arange(len(words)), [len(w) for w in words])
    columns = [number[word] for w in words for word in w]
    has = sparse.csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(words), max(len(number), 1)))
    common = (has @ has.T).tocoo()
    sizes = np.maximum(np.array([len(w) for w in words]), 1)
    similar = common.data >= share * np.minimum(sizes[common.row], sizes[common.col])
    links = sparse.coo_array((similar[similar], (common.row[similar], common.col[similar])), shape=common.shape)
    return sparse.csgraph.connected_components(links, directed=False)[1].astype(np.int64)


def gene_nll(probabilities: Sequence[ArrayLike], genes: pd.DataFrame) -> np.ndarray:
    """Mean -log P(true codon), in nats a codon, one number a gene: probabilities, one (L_i, 64) a gene -> (N,)."""
    nll = []
    for p, codons in zip(probabilities, genes["codons"], strict=True):
        if np.shape(p) != (len(codons), len(CODONS)):
            raise ValueError(f"gene {len(nll)} has {len(codons)} codons, its probabilities have shape {np.shape(p)}")
        if not np.allclose(np.asarray(p).sum(-1), 1, rtol=0, atol=1e-4):
            raise ValueError(f"gene {len(nll)}: the probabilities of a codon must sum to 1; are these logits?")
        with np.errstate(divide="ignore"):
            nll.append(-np.log(np.asarray(p)[np.arange(len(codons)), encode(codons, CODONS)]).mean())
    return np.array(nll)


def _codes(genes: pd.DataFrame) -> np.ndarray:
    return np.concatenate([encode(codons, CODONS) for codons in genes["codons"]])


def _per_amino_acid(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(-1, keepdims=True)
