"""codons.py: the genetic code against Biopython, families against all pairs by hand."""

import gzip
import itertools
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Data import CodonTable
from Bio.Seq import Seq
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from notebook_files import script
from torch import nn

from course_utils.codons import AMINO_ACIDS, CODONS, MEANING, SYNONYMS, read_genes, to_codons, translate
from course_utils.datasets import PAD, make_loader
from course_utils.encoding import encode
from course_utils.gru import GRUTagger

CodonTagger, related = script("data/make_data.py").from_lesson("13_codons", "CodonTagger", "related")
quick = settings(max_examples=50, deadline=None)
STOPS = ("TAA", "TAG", "TGA")
CODON_LISTS = st.lists(st.sampled_from(CODONS), min_size=1, max_size=12)


def genes_of(*rows):
    """A table of genes from their codons, written with spaces."""
    codons = [tuple(row.split()) for row in rows]
    return pd.DataFrame(
        {
            "gene": [f"g{i}" for i in range(len(rows))],
            "protein": [str(Seq("".join(c)).translate()) for c in codons],
            "codons": codons,
        }
    )


# F, F, L, stop; F, L, L, stop; M, stop
TINY = genes_of("TTT TTC CTG TAA", "TTT CTG TTA TAA", "ATG TGA")
WAYS = {"F": 2, "L": 6, "*": 3, "M": 1}  # to write each


# ---- the genetic code


@pytest.mark.parametrize("table", [1, 11])
def test_the_code_is_that_of_ncbi(table):
    code = CodonTable.unambiguous_dna_by_id[table]
    assert set(code.forward_table) | set(code.stop_codons) == set(CODONS) and set(code.stop_codons) == set(STOPS)
    for codon, meaning in zip(CODONS, MEANING, strict=True):
        assert code.forward_table.get(codon, "*") == AMINO_ACIDS[meaning]


def test_codons_stand_in_alphabetical_order_and_every_amino_acid_has_its_synonyms():
    assert list(CODONS) == sorted(CODONS) and len(set(CODONS)) == 64
    assert len(AMINO_ACIDS) == 21 and SYNONYMS.shape == (21, 64) and SYNONYMS.dtype == bool
    back = {}
    for codon in CODONS:
        back.setdefault(str(Seq(codon).translate()), set()).add(codon)
    for letter, row in zip(AMINO_ACIDS, SYNONYMS, strict=True):
        assert {codon for codon, is_one in zip(CODONS, row, strict=True) if is_one} == back[letter]


@quick
@given(CODON_LISTS)
def test_translation_is_that_of_biopython(codons):
    dna = "".join(codons)
    assert to_codons(dna) == tuple(codons)
    assert translate(to_codons(dna)) == translate(codons) == str(Seq(dna).translate(table=11))


# ---- read_genes


@st.composite
def coding_sequences(draw):
    inside = st.sampled_from([codon for codon in CODONS if codon not in STOPS])
    n_genes = draw(st.integers(1, 4))
    return [
        "".join([*draw(st.lists(inside, min_size=1, max_size=8)), draw(st.sampled_from(STOPS))]) for _ in range(n_genes)
    ]


@quick
@given(coding_sequences(), st.booleans())
def test_genes_are_read_without_their_first_codon(tmp_path_factory, genes, gz):
    path = tmp_path_factory.getbasetemp() / "genes.fa"
    content = "".join(f">g{i} a gene\n{dna.lower()}\n" for i, dna in enumerate(genes)).encode()
    path.write_bytes(gzip.compress(content) if gz else content)
    table = read_genes(path)
    assert list(table) == ["gene", "protein", "codons"]
    assert table["gene"].tolist() == [f"g{i}" for i in range(len(genes))]
    for dna, protein, codons in zip(genes, table["protein"], table["codons"], strict=True):
        assert codons == tuple(dna[i : i + 3] for i in range(3, len(dna), 3))
        assert protein == str(Seq(dna[3:]).translate(table=11)) and protein.find("*") == len(protein) - 1


@pytest.mark.parametrize(
    ("dna", "message"),
    [
        ("ATGTTTTA", "three letters a codon; this one has 8"),
        ("TAA", "two codons or more"),
        ("ATGTTT", "one stop, at its end"),
        ("ATGTAATTTTGA", "one stop, at its end"),
        ("ATGTNTTAA", "'TNT' at position 1 is not in \\('AAA'"),
    ],
)
def test_what_is_no_gene_is_refused_by_its_name(tmp_path, dna, message):
    (tmp_path / "genes.fa").write_text(f">good\nATGTAA\n>bad one\n{dna}\n")
    with pytest.raises(ValueError, match=f"genes.fa, bad: .*{message}"):
        read_genes(tmp_path / "genes.fa")


# ---- the lesson's CodonTagger


def tagger(**sizes):
    return CodonTagger(n_symbols=21, n_states=64, **sizes)


def letters(*proteins):
    """Proteins of unequal lengths as one batch, padded."""
    x = torch.full((len(proteins), max(map(len, proteins))), PAD)
    for row, protein in zip(x, proteins, strict=True):
        row[: len(protein)] = torch.from_numpy(encode(protein, AMINO_ACIDS))
    return x


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_tagger_gives_probability_to_synonyms_only_and_scores_them_as_a_plain_gru(bidirectional):
    sizes = dict(embedding_size=5, hidden_size=7, bidirectional=bidirectional, seed=1)
    model, plain = tagger(**sizes), GRUTagger(21, 64, **sizes)
    proteins = ["MLSRW*", AMINO_ACIDS, "*"]
    x = letters(*proteins)
    (logits, hidden), (expected, last) = model(x), plain(x)
    assert logits.shape == (3, 21, 64) and torch.equal(hidden, last)
    memory = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model(x, memory)[1], plain(x, memory)[1])
    for i, protein in enumerate(proteins):
        for t, letter in enumerate(protein):
            p = logits[i, t].softmax(-1)
            for code, codon in enumerate(CODONS):
                if str(Seq(codon).translate()) == letter:
                    assert logits[i, t, code] == expected[i, t, code] and p[code] > 0
                else:
                    assert logits[i, t, code] == -math.inf and p[code] == 0


def test_training_on_padded_genes_has_a_finite_gradient_and_learns_the_genes():
    model = tagger(embedding_size=8, hidden_size=16, seed=0)
    words = dict(columns=("protein", "codons"), alphabets=(AMINO_ACIDS, CODONS))
    [(x, y)] = make_loader(TINY, batch_size=3, **words)
    assert (x == PAD).any()
    losses = []
    for _ in range(150):
        loss = nn.functional.cross_entropy(model(x)[0].flatten(0, 1), y.flatten())
        model.zero_grad()
        loss.backward()
        assert all(p.grad.isfinite().all() and p.grad.abs().max() > 0 for p in model.parameters())
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.5 * p.grad
        losses.append(loss.item())
    fair = np.mean([math.log(WAYS[letter]) for protein in TINY["protein"] for letter in protein])
    assert losses[0] == pytest.approx(fair, abs=0.3) and losses[-1] < 0.25


@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_changes_no_logit(bidirectional):
    model = tagger(bidirectional=bidirectional, seed=0)
    proteins = ["ML*", AMINO_ACIDS[::-1], "*"]
    logits, _ = model(letters(*proteins))
    for row, protein in zip(logits, proteins, strict=True):
        alone = model(letters(protein))[0][0]
        assert torch.allclose(row[: len(protein)], alone, rtol=0, atol=1e-6)


# ---- the lesson's related


def families_by_hand(proteins, k, share):
    """All pairs, then union and find; shares compared as fractions."""
    words = [{p[i : i + k] for i in range(len(p) - k + 1)} for p in proteins]
    family = list(range(len(proteins)))

    def find(i):
        return i if family[i] == i else find(family[i])

    for i, j in itertools.combinations(range(len(proteins)), 2):
        fewer = min(len(words[i]), len(words[j]))
        if fewer and Fraction(len(words[i] & words[j]), fewer) >= Fraction(share):
            family[find(i)] = find(j)
    return [find(i) for i in range(len(proteins))]


def same_partition(a, b):
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text("ACD", max_size=12) | st.sampled_from(["ACDACDAC", "CDACDACD", "DDDDD"]), min_size=1, max_size=10),
    st.integers(1, 5),
    st.sampled_from([0.0625, 0.25, 0.5, 0.75, 1.0, 1.5]),
)
@example(["", "A", ""], 1, 0.5)
def test_families_are_those_of_all_pairs_and_union_find(proteins, k, share):
    assume(any(len(protein) >= k for protein in proteins))
    found = related(proteins, k, share)
    assert same_partition(found.tolist(), families_by_hand(proteins, k, share))


def test_two_that_have_nothing_in_common_are_related_through_a_third():
    a, b = "MKVLATRQW", "CDEFGHIPS"
    assert len(set(related([a, b]))) == 2
    assert set(related([a, b, a + b]).tolist()) == {0}
    found = related([a, "NNNNNNN", b, a + b])
    assert found[0] == found[2] == found[3] != found[1]


def test_the_share_is_of_the_one_with_fewer_words_and_words_that_repeat_count_once():
    long = "".join(itertools.islice(itertools.cycle("ACDEFGHIKLMNPQRSTVWYYWVTSRQPNMLKIHGFEDCA"), 40))
    assert len(set(related([long, long[:5]], share=1))) == 1  # the one word of the short one is in the long one
    assert len(set(related(["AAAAAACDEFG", "AAAAAAWYWYVV"], k=5, share=0.15))) == 1
    assert (
        len(set(related(["AAAAAACDEFG", "AAAAAAWYWYVV"], k=5, share=0.2))) == 2
    )  # 1 of 6, though it stands there twice


def test_proteins_too_short_for_a_word_are_alone():
    assert len(set(related(["MKV*", "MKV*", "", "MKVLA", "MKVLA"]))) == 4
