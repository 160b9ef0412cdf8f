"""codons.py: the genetic code against Biopython, tables against counts by hand, exact answers one protein at a time."""

import gzip
import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Data import CodonTable
from Bio.Seq import Seq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.codons import (
    AMINO_ACIDS,
    CODONS,
    MEANING,
    SYNONYMS,
    CodonTagger,
    codon_hmm,
    gene_nll,
    previous_table,
    read_all,
    read_genes,
    related,
    to_codons,
    translate,
    usage_table,
)
from course_utils.datasets import PAD, make_loader
from course_utils.encoding import encode
from course_utils.gru import GRUTagger
from course_utils.hmm import (
    HMM,
    filter_probabilities,
    lookup_probabilities,
    path_log_probability,
    smoother_probabilities,
    viterbi,
)
from course_utils.training import load_checkpoint, save_checkpoint

quick = settings(max_examples=50, deadline=None)
STOPS = ("TAA", "TAG", "TGA")
CODON_LISTS = st.lists(st.sampled_from(CODONS), min_size=1, max_size=12)
PROTEINS = st.text(AMINO_ACIDS, min_size=1, max_size=12)


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


@pytest.mark.parametrize("dna", ["", "A", "AC", "ATGT", "ATGTAAA"])
def test_a_length_that_is_no_multiple_of_three_is_refused(dna):
    with pytest.raises(ValueError, match=f"three letters a codon; this one has {len(dna)}"):
        to_codons(dna)


@pytest.mark.parametrize(
    ("codons", "message"),
    [
        (["ATG", "NNN"], "'NNN' at position 1 is not in"),
        (["ATG", "TTT", "tta"], "'tta' at position 2"),
        (["AT"], "'AT' at position 0"),
        (["AUG"], "'AUG' at position 0"),
        ("ATG", "'A' at position 0"),
    ],
)
def test_translation_names_the_first_that_is_no_codon(codons, message):
    with pytest.raises(ValueError, match=message):
        translate(codons)


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
        ("ATGTTTTT", "three letters a codon; this one has 8"),
        ("TAA", "at least two codons, this one has 1"),
        ("ATG", "at least two codons, this one has 1"),
        ("ATGTTT", "one stop codon, at its end"),
        ("ATGTAATTT", "one stop codon, at its end"),
        ("ATGTAATTTTGA", "one stop codon, at its end"),
        ("TAGTTTTAA", "one stop codon, at its end"),
        ("ATGTNTTAA", "'TNT' at position 1 is not in"),
        ("NTGTTTTAA", "'NTG' at position 0 is not in"),
    ],
)
def test_what_is_no_gene_is_refused_by_its_name(tmp_path, dna, message):
    (tmp_path / "genes.fa").write_text(f">good\nATGTAA\n>bad one\n{dna}\n")
    with pytest.raises(ValueError, match=f"genes.fa, bad: .*{message}"):
        read_genes(tmp_path / "genes.fa")


def test_a_file_that_is_no_fasta_is_refused_as_by_read_fasta(tmp_path):
    (tmp_path / "genes.fa").write_text(">p\nMKLV\n")
    with pytest.raises(ValueError, match=r"genes.fa, line 2: 'L' is not a letter of DNA"):
        read_genes(tmp_path / "genes.fa")
    with pytest.raises(OSError, match="nowhere"):
        read_genes(tmp_path / "nowhere.fa")


@settings(max_examples=200, deadline=None)
@given(st.text(">ATGC\n", max_size=30) | st.lists(st.sampled_from(["ATG", "TAA", "\n", ">a"])).map("".join))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.fa"
    path.write_text(text)
    try:
        genes = read_genes(path)
    except ValueError as error:
        assert str(error).startswith(str(path))
        return
    assert genes["protein"].str.endswith("*").all() and (genes["protein"].str.len() == genes["codons"].map(len)).all()


# ---- CodonTagger


def letters(*proteins):
    """Proteins of unequal lengths as one batch, padded."""
    x = torch.full((len(proteins), max(map(len, proteins))), PAD)
    for row, protein in zip(x, proteins, strict=True):
        row[: len(protein)] = torch.from_numpy(encode(protein, AMINO_ACIDS))
    return x


@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_tagger_gives_probability_to_synonyms_only_and_scores_them_as_a_plain_gru(bidirectional):
    sizes = dict(embedding_size=5, hidden_size=7, bidirectional=bidirectional, seed=1)
    model, plain = CodonTagger(**sizes), GRUTagger(21, 64, **sizes)
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
    model = CodonTagger(embedding_size=8, hidden_size=16, seed=0)
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
    model = CodonTagger(bidirectional=bidirectional, seed=0)
    proteins = ["ML*", AMINO_ACIDS[::-1], "*"]
    logits, _ = model(letters(*proteins))
    for row, protein in zip(logits, proteins, strict=True):
        alone = model(letters(protein))[0][0]
        assert torch.allclose(row[: len(protein)], alone, rtol=0, atol=1e-6)


def test_a_code_that_is_no_amino_acid_is_refused_as_by_the_plain_tagger():
    with pytest.raises(ValueError, match="sequence 0, position 1: code 21 is not a symbol"):
        CodonTagger(seed=0)(torch.tensor([[0, 21]]))


@pytest.mark.parametrize(
    ("sizes", "message"), [((4, 2), "reads .21, 64."), ((21, 63), "got .21, 63."), ((0,), "n_symb")]
)
def test_a_tagger_of_other_symbols_or_states_is_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        CodonTagger(*sizes)


def test_a_checkpoint_gives_the_same_tagger_back(tmp_path):
    model = CodonTagger(embedding_size=5, hidden_size=6, bidirectional=True, seed=2)
    save_checkpoint(model, tmp_path / "codons.pt")
    again = load_checkpoint(tmp_path / "codons.pt", kind=CodonTagger)
    x = letters("MLSR*", AMINO_ACIDS)
    assert type(again) is CodonTagger and again.architecture == model.architecture
    assert torch.equal(again(x)[0], model(x)[0])


# ---- tables and the chain of codons


def of(table, *where):
    """The entry for names: an amino acid is one letter, a codon three."""
    return table[tuple((CODONS if len(name) == 3 else AMINO_ACIDS).index(name) for name in where)]


def test_usage_is_what_one_counts_by_hand():
    usage = usage_table(TINY)  # one sighting more for each possible codon
    assert usage.shape == (21, 64)
    assert (of(usage, "F", "TTT"), of(usage, "F", "TTC")) == pytest.approx((3 / 5, 2 / 5))
    assert of(usage, "L", "CTG") == pytest.approx(3 / 9) and of(usage, "L", "TTA") == pytest.approx(2 / 9)
    assert of(usage, "L", "CTC") == pytest.approx(1 / 9) and of(usage, "*", "TAA") == pytest.approx(3 / 6)
    assert of(usage, "M", "ATG") == 1 and of(usage, "K", "AAA") == pytest.approx(1 / 2)
    assert of(usage, "F", "CTG") == 0
    half = usage_table(TINY, pseudocount=0.5)
    assert of(half, "F", "TTT") == pytest.approx(2.5 / 4) and of(half, "L", "CTG") == pytest.approx(2.5 / 6)


def test_the_table_with_the_codon_before_is_what_one_counts_by_hand():
    table = previous_table(TINY, strength=4)
    assert table.shape == (64, 21, 64)
    # after TTT: once TTC, once CTG. Four more sightings are shared out as 3 : 2 among TTT and TTC.
    assert of(table, "TTT", "F", "TTC") == pytest.approx((1 + 4 * 2 / 5) / 5)
    assert of(table, "TTT", "F", "TTT") == pytest.approx((0 + 4 * 3 / 5) / 5)
    assert of(table, "TTT", "L", "CTG") == pytest.approx((1 + 4 * 3 / 9) / 5)
    assert of(table, "CTG", "L", "TTA") == pytest.approx((1 + 4 * 2 / 9) / 5)
    assert of(table, "TTA", "*", "TAA") == pytest.approx((1 + 4 * 3 / 6) / 5)
    assert of(table, "AAA", "F", "TTT") == pytest.approx(3 / 5)  # never seen: the usage table
    assert of(table, "TTT", "F", "CTG") == 0
    assert of(previous_table(TINY), "TTT", "F", "TTC") == pytest.approx((1 + 20 * 2 / 5) / 21)


GENES = st.lists(CODON_LISTS, min_size=1, max_size=4).map(lambda rows: genes_of(*map(" ".join, rows)))


@quick
@given(GENES, st.floats(0.1, 10))
def test_every_row_of_a_table_is_a_distribution_over_synonyms(genes, weight):
    for table in (usage_table(genes, weight), previous_table(genes, weight)):
        np.testing.assert_allclose(table.sum(-1), 1, rtol=1e-12)
        assert ((table > 0) == SYNONYMS).all()


@settings(max_examples=12, deadline=None)
@given(GENES, st.floats(0.1, 10))
def test_the_chain_of_codons_counts_first_codons_and_pairs(genes, pseudocount):
    chain = codon_hmm(genes, pseudocount)
    first = Counter(codons[0] for codons in genes["codons"])
    pairs = Counter(pair for codons in genes["codons"] for pair in itertools.pairwise(codons))
    for i, codon in enumerate(CODONS):
        assert chain.start[i] == pytest.approx((first[codon] + pseudocount) / (len(genes) + 64 * pseudocount))
        after = np.array([pairs[codon, other] + pseudocount for other in CODONS])
        np.testing.assert_allclose(chain.transition[i], after / after.sum(), rtol=1e-12)
        assert chain.emission[i].tolist() == [float(letter == str(Seq(codon).translate())) for letter in AMINO_ACIDS]


# ---- read_all


def random_codon_chain(seed, zeros=False):
    random = np.random.default_rng(seed)
    transition = random.dirichlet(np.full(64, 0.05), 64) + (0 if zeros else 1e-6)
    transition[:, :1] += 1e-3
    transition /= transition.sum(-1, keepdims=True)
    return HMM(random.dirichlet(np.ones(64)), transition, SYNONYMS.T.astype(float))


ANSWERS = [filter_probabilities, smoother_probabilities]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(PROTEINS, max_size=8), st.integers(1, 5))
@example(0, ["M"], 100)
@example(3, ["MLLLS", "RL", "*", "LLLLLLLLLLLL", "SS"], 100)
def test_many_proteins_get_the_answers_that_each_gets_alone(seed, proteins, batch):
    chain = random_codon_chain(seed)
    for answer in ANSWERS:
        for protein, found in zip(proteins, read_all(answer, chain, proteins, batch), strict=True):
            assert found.shape == (len(protein), 64)
            np.testing.assert_allclose(found, answer(chain, encode(protein, AMINO_ACIDS)), rtol=1e-9, atol=1e-12)
    for protein, path in zip(proteins, read_all(viterbi, chain, proteins, batch), strict=True):
        x = encode(protein, AMINO_ACIDS)
        assert path.shape == (len(protein),) and translate([CODONS[state] for state in path]) == protein
        best = path_log_probability(chain, x, viterbi(chain, x))
        assert path_log_probability(chain, x, path) == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_filling_up_does_not_lure_the_best_path_to_a_codon_with_a_likely_future():
    """The last F is TTT by a hair; but what would follow it is certain after TTC and open after TTT."""
    start, transition = np.full(64, 1e-3), np.full((64, 64), 1 / 64)
    start[CODONS.index("TTT")], start[CODONS.index("TTC")] = 0.5, 0.49
    transition[CODONS.index("TTC")] = np.eye(64)[0] * 0.9 + 0.1 / 64
    chain = HMM(start / start.sum(), transition, SYNONYMS.T.astype(float))
    [short, _] = read_all(viterbi, chain, ["F", "FFFF"])
    assert CODONS[short[0]] == "TTT"


def test_a_chain_that_forbids_changes_and_one_of_few_states_are_read_the_same_way():
    for chain in (random_codon_chain(1, zeros=True), HMM([0.5, 0.5], [[0.9, 0.1], [0, 1]], np.full((2, 21), 1 / 21))):
        proteins = ["KNK", "K", "KNKNTT"]
        possible = [p for p in proteins if np.isfinite(_log_likelihood(chain, p))]
        assert possible
        for answer in (*ANSWERS, viterbi):
            for protein, found in zip(possible, read_all(answer, chain, possible), strict=True):
                expected = answer(chain, encode(protein, AMINO_ACIDS))
                np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def _log_likelihood(chain, protein):
    """log P(protein), by multiplying matrices."""
    belief = chain.start * chain.emission[:, AMINO_ACIDS.index(protein[0])]
    for letter in protein[1:]:
        belief = belief @ chain.transition * chain.emission[:, AMINO_ACIDS.index(letter)]
    return np.log(belief.sum()) if belief.any() else -np.inf


def test_the_arrays_returned_are_their_own_and_nothing_gives_nothing():
    chain = random_codon_chain(0)
    assert read_all(viterbi, chain, []) == []
    found = read_all(smoother_probabilities, chain, ["ML", "MLSR"])
    assert all(array.base is None for array in found)  # a view would keep the whole padded batch in memory


@pytest.mark.parametrize(
    ("protein", "message"), [("MZ", "'Z' at position 1 is not in 'ACDEFGHIKLMNPQRSTVWY"), ("m", "'m' at position 0")]
)
def test_a_letter_that_is_no_amino_acid_is_refused(protein, message):
    with pytest.raises(ValueError, match=message):
        read_all(viterbi, random_codon_chain(0), ["M", protein])


# ---- related


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
    found = related(proteins, k, share)
    assert found.dtype == np.int64 and found.shape == (len(proteins),)
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
    assert related([]).tolist() == []


@pytest.mark.parametrize("share", [0, -0.1, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="share must be a number above 0; got"):
        related(["MKVLA"], share=share)


# ---- gene_nll


@quick
@given(GENES, st.integers(0, 2**32 - 1))
def test_the_nll_of_a_gene_is_that_of_a_plain_loop(genes, seed):
    random = np.random.default_rng(seed)
    probabilities = [random.dirichlet(np.ones(64), len(codons)) for codons in genes["codons"]]
    expected = []
    for p, codons in zip(probabilities, genes["codons"], strict=True):
        expected.append(sum(-math.log(row[CODONS.index(codon)]) for row, codon in zip(p, codons, strict=True)) / len(p))
    found = gene_nll([probabilities[0].tolist(), *probabilities[1:]], genes)
    assert found.shape == (len(genes),) and found == pytest.approx(expected, rel=1e-9)


def test_a_fair_choice_among_synonyms_has_the_nll_of_their_number():
    fair = SYNONYMS / SYNONYMS.sum(1, keepdims=True)
    found = gene_nll([fair[encode(protein, AMINO_ACIDS)] for protein in TINY["protein"]], TINY)
    assert found == pytest.approx([np.mean([math.log(WAYS[letter]) for letter in p]) for p in TINY["protein"]])


def test_a_codon_held_impossible_costs_infinitely_much_without_a_warning(recwarn):
    p = np.full((2, 64), 1 / 63)
    p[:, CODONS.index("ATG")] = 0
    assert gene_nll([p], TINY[2:]).tolist() == [math.inf] and not recwarn.list


@pytest.mark.parametrize("extra", [0, -1, np.nan, np.inf])
@pytest.mark.parametrize(
    ("count", "name"), [(usage_table, "pseudocount"), (previous_table, "strength"), (codon_hmm, "pseudocount")]
)
def test_a_table_needs_something_where_nothing_was_seen(count, name, extra):
    with pytest.raises(ValueError, match=f"{name} must be a number above 0; got"):
        count(TINY, extra)
    found = count(TINY, 1e-9)
    assert np.isfinite(found.transition if count is codon_hmm else found).all()


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(4, 64), (3, 64), (2, 64)], r"gene 1 has 4 codons, its probabilities have shape \(3, 64\)"),
        ([(4, 21), (4, 64), (2, 64)], r"gene 0 has 4 codons, its probabilities have shape \(4, 21\)"),
        ([(4, 64), (4, 64), (2,)], r"gene 2 has 2 codons, its probabilities have shape \(2,\)"),
        ([(4, 64), (4, 64)], "longer|shorter"),
        ([(4, 64), (4, 64), (2, 64), (2, 64)], "longer|shorter"),
    ],
)
def test_probabilities_that_do_not_fit_the_genes_are_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        gene_nll([np.full(shape, 1 / shape[-1]) for shape in shapes], TINY)


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 64)), np.full((4, 64), 1.0), np.full((4, 64), np.nan), np.log(np.full((4, 64), 1 / 64))]
)
def test_logits_and_other_numbers_that_are_no_probabilities_are_refused(wrong):
    right = [np.full((len(codons), 64), 1 / 64) for codons in TINY["codons"]]
    with pytest.raises(ValueError, match="gene 1: the probabilities of a codon must sum to 1"):
        gene_nll([right[0], wrong, right[2]], TINY)
    one_row = right[0].copy()
    one_row[3] = wrong[3]
    with pytest.raises(ValueError, match="gene 0: the probabilities of a codon must sum to 1"):
        gene_nll([one_row, *right[1:]], TINY)


def test_probabilities_as_a_network_rounds_them_are_good_enough():
    p = [torch.full((len(codons), 64), 0.3).softmax(-1) for codons in TINY["codons"]]
    assert gene_nll(p, TINY) == pytest.approx([math.log(64)] * 3, rel=1e-5)


def test_the_table_lookup_agrees_with_the_usage_when_the_chain_has_no_memory():
    """Codons drawn one by one: then the exact reader of one letter says what the usage table says."""
    usage = usage_table(TINY)
    law = usage.sum(0) / usage.sum()
    chain = HMM(law, np.tile(law, (64, 1)), SYNONYMS.T.astype(float))
    [found] = read_all(smoother_probabilities, chain, [AMINO_ACIDS])
    np.testing.assert_allclose(found, usage, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(lookup_probabilities(chain, np.arange(21)), usage, rtol=1e-6, atol=1e-12)
