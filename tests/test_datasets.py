"""Files, splits and batches: what goes in comes out once, and bad rows are named."""

import gzip
import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import DATA
from course_utils.codons import AMINO_ACIDS, CODONS
from course_utils.datasets import (
    COLUMNS,
    PAD,
    make_loader,
    make_toy_data,
    pad_batch,
    read_sequences,
    split,
    to_frame,
    write_sequences,
)
from course_utils.encoding import decode, encode

quick = settings(max_examples=40, deadline=None)
HEADER, ROWS = b"dna\thidden_state\n", b"ACG\tHLH\nTT\tLL\n"
FRAME = pd.DataFrame([("ACG", "HLH"), ("TT", "LL")], columns=COLUMNS)
MANY = pd.DataFrame([(c * n, "H" * n) for n in (1, 2, 3, 5, 8) for c in "ACGT"], columns=COLUMNS)


@st.composite
def frames(draw):
    dna = draw(st.lists(st.text("ACGT", min_size=1, max_size=12), min_size=1, max_size=8))
    states = [draw(st.text("HL", min_size=len(x), max_size=len(x))) for x in dna]
    return pd.DataFrame({"dna": dna, "hidden_state": states})


def batches(loader):
    """Plain lists, easy to compare."""
    return [(x.tolist(), y.tolist()) for x, y in loader]


def test_the_toy_file_is_its_recipe_byte_for_byte(tmp_path):
    frame = make_toy_data()
    assert len(frame) == 100 and frame.dna.str.len().eq(500).all()
    assert frame.dna[:2].str[:26].tolist() == ["TGGTCGTATTTTGTCGGGGGCAGACC", "GCACGGTGGATGTATCGCTGTGCAAG"]
    assert frame.hidden_state[:2].str[:25].tolist() == ["LLLLLLLHHLLLHHLHHHLLHLLHH", "HHHHHHHHHHLHLHHHLLLHLHHLH"]
    write_sequences(frame, tmp_path / "toy.tsv")
    assert (tmp_path / "toy.tsv").read_bytes() == (DATA / "toy_hmm.tsv").read_bytes()
    pd.testing.assert_frame_equal(read_sequences(DATA / "toy_hmm.tsv"), frame)


@quick
@given(frames())
def test_writing_and_reading_gives_the_same_frame(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("round") / "x.tsv"
    write_sequences(frame.assign(note="left out"), path)
    assert path.read_bytes().startswith(HEADER)
    pd.testing.assert_frame_equal(read_sequences(str(path)), frame)


def test_write_refuses_what_could_not_be_read_back(tmp_path):
    with pytest.raises(ValueError, match=r"no column dna or hidden_state, in \['dna'\]"):
        write_sequences(FRAME[["dna"]], tmp_path / "x.tsv")
    with pytest.raises(ValueError, match="row 1, column dna: 'N' at position 1"):
        write_sequences(FRAME.assign(dna=["ACG", "TN"]), tmp_path / "x.tsv")
    with pytest.raises(OSError, match="nowhere"):
        write_sequences(FRAME, tmp_path / "nowhere" / "x.tsv")
    assert list(tmp_path.iterdir()) == []


READABLE = {
    "as written": HEADER + ROWS,
    "lower case": HEADER + ROWS.lower(),
    "Windows line ends": (HEADER + ROWS).replace(b"\n", b"\r\n"),
    "spaces around the names": b" dna \t hidden_state\n" + ROWS,
    "byte-order mark": b"\xef\xbb\xbf" + HEADER + ROWS,
    "blank lines at the end": HEADER + ROWS + b"\n \n\t\n",
    "no newline at the end": HEADER + ROWS[:-1],
    "gzip": gzip.compress(HEADER + ROWS, mtime=0),
    "another order": b"hidden_state\tdna\nHLH\tACG\nLL\tTT\n",
    "extra columns": b"id\tdna\tx\thidden_state\ty\n1\tACG\t?\tHLH\t\xc3\xa9\n2\tTT\t\tLL\tz\n",
    "an empty last field": b"dna\thidden_state\tnote\nACG\tHLH\t\nTT\tLL\t\n",
}


@pytest.mark.parametrize("what", READABLE)
def test_read_takes(tmp_path, what):
    (tmp_path / "any.name").write_bytes(READABLE[what])
    pd.testing.assert_frame_equal(read_sequences(tmp_path / "any.name"), FRAME)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", ": the file is empty"),
        (HEADER + b"\n\n", ", line, or no column"),
        (
            b"dna,hidden_state\nA,H\n",
            ", line 1: the header must name dna and hidden_state, each once; it is 'dna,hidden_state'",
        ),
        (b"dna\tstate\nA\tH\n", ", line 1: the header .* it is 'dna.tstate'"),
        (b"dna\thidden_state\tdna\nA\tH\tA\n", ", line 1: the header .* once"),
        (HEADER + ROWS + b"A\n", ", line 4: 1 fields where the header has 2"),
        (HEADER + b"A\tH\n\n" + ROWS, ", line 3: 1 fields where the header has 2"),
        (HEADER + ROWS + b"ACG\tHL\n", ", line 4: 3 nucleotides, but 2 states"),
        (HEADER + ROWS + b"ANG\tHLH\n", ", line 4, column dna: 'N' at position 1 is not in 'ACGT'"),
        ((HEADER + b"AC\tHH\nANG\tHLH\n").replace(b"\n", b"\r\n"), ", line 3, column dna: 'N' at position 1"),
        (HEADER + b"\xe9\tH\n", r": not a text file \(byte 17 is not UTF-8\)"),
        (gzip.compress(HEADER + ROWS, mtime=0)[:-9], ": a damaged gzip file"),
    ],
)
def test_read_names_the_file_the_line_and_the_reason(tmp_path, content, message):
    (tmp_path / "bad.tsv").write_bytes(content)
    with pytest.raises(ValueError, match="bad.tsv" + message):
        read_sequences(tmp_path / "bad.tsv")


@pytest.mark.parametrize(
    "symbols, states, message",
    [
        ([[0, 1]], [[0]], "must have the same shape"),
        ([[0, 4]], [[0, 0]], "code 4 at position 1 is outside 0..3 of 'ACGT'"),
        ([[0, 1]], [[0, -1]], "code -1 at position 1 is outside 0..1 of 'HL'"),
        ([0, 1], [0, 1], r"takes one sequence, shape \(L,\)"),
    ],
)
def test_to_frame_refuses(symbols, states, message):
    with pytest.raises(ValueError, match=message):
        to_frame(symbols, states)


@quick
@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(0, 99), st.booleans())
def test_split_deals_every_row_to_exactly_one_part(counts, seed, as_fractions):
    n = sum(counts)
    frame = pd.DataFrame({"row": range(n)}, index=np.arange(n) % 3)
    pieces = split(frame, [count / n for count in counts] if as_fractions else counts, seed)
    assert [len(piece) for piece in pieces] == counts
    assert sorted(row for piece in pieces for row in piece.row) == list(range(n))
    assert all((piece.index == piece.row % 3).all() for piece in pieces)


@quick
@given(st.integers(1, 100), st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_split_rounds_fractions_to_the_row(n, weights):
    rows = n * np.array(weights) / sum(weights)
    if rows.min() > 1.01:
        sizes = np.array([len(piece) for piece in split(MANY.sample(n, replace=True), rows / n, seed=0)])
        assert sizes.sum() == n and (abs(sizes - rows) < 1 + 1e-9).all()


def test_split_gives_a_share_of_exactly_one_row_its_row():
    sizes = [len(piece) for piece in split(MANY[:10], (0.15, 0.1, 0.75), seed=0)]
    assert sizes[1] == 1 and sum(sizes) == 10


def test_split_depends_on_the_seed_alone():
    a, b, other, generator = (split(MANY, (0.6, 0.2, 0.2), seed)[0] for seed in (1, 1, 2, np.random.default_rng(1)))
    assert a.index.tolist() == b.index.tolist() == generator.index.tolist() != other.index.tolist()


@pytest.mark.parametrize(
    "parts, message",
    [
        ((0.6, 0.2), r"20 rows cannot be dealt out as \(0.6, 0.2\): the sum must be 1"),
        ((10, 5, 4), r"20 rows cannot be dealt out as \(10, 5, 4\)"),
        ((21, -1), "no part empty"),
        ((0.99, 0.01), "no part empty"),
        ((), "the sum must be 20"),
    ],
)
def test_split_refuses_parts_that_do_not_add_up(parts, message):
    with pytest.raises(ValueError, match=message):
        split(MANY, parts, seed=0)


@quick
@given(frames(), st.integers(1, 5), st.none() | st.integers(1, 13), st.booleans())
def test_batches_give_back_every_position_once_and_pad_only_the_end(frame, batch_size, window, shuffle):
    loader = make_loader(frame, batch_size, window, shuffle, seed=3)
    pieces = []
    for x, y in loader:
        assert x.shape == y.shape and x.dtype == y.dtype == torch.int64 and len(x) <= batch_size
        lengths = (x != PAD).sum(1)
        assert lengths.max() == x.shape[1] <= (window or x.shape[1])
        assert torch.equal(x != PAD, torch.arange(x.shape[1]) < lengths[:, None])
        assert torch.equal(x == PAD, y == PAD)
        pieces += [(decode(a[:n], "ACGT"), decode(b[:n], "HL")) for a, b, n in zip(x, y, lengths, strict=True)]
    assert len(loader) == math.ceil(len(pieces) / batch_size)
    w = window or 12
    expected = [(a[i : i + w], b[i : i + w]) for a, b in frame.to_numpy() for i in range(0, len(a), w)]
    assert (sorted(pieces) == sorted(expected)) if shuffle else (pieces == expected)


def test_a_batch_of_two_lengths():
    [(x, y)] = make_loader(FRAME, batch_size=2)
    assert x.tolist() == [[0, 1, 2], [3, 3, PAD]] and y.tolist() == [[0, 1, 0], [1, 1, PAD]]
    assert PAD == -100 == torch.nn.CrossEntropyLoss().ignore_index
    pairs = [(torch.tensor(encode(a, "ACGT")), torch.tensor(encode(b, "HL"))) for a, b in FRAME.to_numpy()]
    assert all(torch.equal(*same) for same in zip(pad_batch(pairs), (x, y), strict=True))


def test_shuffle_gives_a_new_order_every_epoch_and_the_same_one_for_the_same_seed():
    state = torch.get_rng_state()
    a, b, other = (make_loader(MANY, 2, shuffle=True, seed=seed) for seed in (5, 5, 6))
    first, second = batches(a), batches(a)
    assert first != second and [first, second] == [batches(b), batches(b)] and batches(other) != first
    assert batches(make_loader(MANY, 2)) == batches(make_loader(MANY, 2, seed=9)) != first
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    "frame",
    [
        MANY.tail(7),
        pd.concat([FRAME, MANY, FRAME]),
        MANY.sample(frac=1, random_state=0),
        MANY.set_axis(list("abcdefghijklmnopqrst")),
        MANY.set_axis([0] * 20).assign(note=1.5)[["note", "hidden_state", "dna"]],
    ],
    ids=["tail", "concat", "shuffled", "letters", "all the same"],
)
def test_the_index_of_a_frame_does_not_matter(frame):
    for shuffle in (False, True):
        reset = make_loader(frame.reset_index(drop=True), 3, window=2, shuffle=shuffle)
        assert batches(make_loader(frame, 3, window=2, shuffle=shuffle)) == batches(reset)


@pytest.mark.parametrize(
    "frame, arguments, message",
    [
        (FRAME[["dna"]], {}, r"no column dna or hidden_state, in \['dna'\]"),
        (FRAME[:0], {}, "no row"),
        (FRAME.assign(dna=["ACG", "T"]), {}, "row 1: 1 nucleotides, but 2 states"),
        (FRAME.assign(dna="", hidden_state=""), {}, "row 0: 0 nucleotides, but 0 states"),
        (FRAME.assign(dna=["ACG", "TN"]), {}, "'N' at position 1 is not in 'ACGT'"),
        (FRAME.assign(hidden_state=["HLh", "LL"]), {}, "'h' at position 2 is not in 'HL'"),
        (FRAME.assign(dna=["ACG", np.nan]), {}, "row 1"),
    ],
)
def test_a_loader_refuses(frame, arguments, message):
    with pytest.raises(ValueError, match=message):
        make_loader(frame, **{"batch_size": 2, **arguments})


GENES = pd.DataFrame({"gene": ["a", "b"], "protein": ["MF*", "L*"], "codons": [("ATG", "TTC", "TAA"), ["CTG", "TGA"]]})
WORDS = dict(columns=("protein", "codons"), alphabets=(AMINO_ACIDS, CODONS))


def test_a_loader_of_proteins_and_codons():
    [(x, y)] = make_loader(GENES, batch_size=2, **WORDS)
    assert x.dtype == y.dtype == torch.int64
    assert x.tolist() == [[AMINO_ACIDS.index(letter) for letter in "MF*"], [*map(AMINO_ACIDS.index, "L*"), PAD]]
    assert y.tolist() == [
        [CODONS.index(codon) for codon in ("ATG", "TTC", "TAA")],
        [*map(CODONS.index, ("CTG", "TGA")), PAD],
    ]
    pieces = [(x[x != PAD].tolist(), y[y != PAD].tolist()) for x, y in make_loader(GENES, 1, window=2, **WORDS)]
    assert [len(a) for a, _ in pieces] == [len(b) for _, b in pieces] == [2, 1, 2]
    assert [code for a, _ in pieces for code in a] == [AMINO_ACIDS.index(letter) for letter in "MF*L*"]


@pytest.mark.parametrize(
    "frame, changes, message",
    [
        (GENES.drop(columns="codons"), {}, r"no column protein or codons, in \['gene', 'protein'\]"),
        (GENES.assign(protein=["MF*", "L"]), {}, "row 1: 1 nucleotides, but 2 states"),
        (GENES.assign(protein=["MFX", "L*"]), {}, "row 0, column protein: 'X' at position 2 is not in 'ACDEF"),
        (GENES.assign(codons=[("ATG", "TTC", "TAA"), ("CTG", "NNN")]), {}, "row 1, column codons: 'NNN' at position 1"),
        (GENES.assign(codons=["ATGTTCTAA", "CTGTGA"]), {}, "row 0, column codons: 'A' at position 0 is not in"),
        (GENES.assign(codons=[("ATG", "TTC", "TAA"), None]), {}, "row 1, column codons: 'NoneType'"),
        (GENES, {"alphabets": (AMINO_ACIDS,)}, "shorter|longer"),
    ],
)
def test_a_loader_of_codons_refuses(frame, changes, message):
    with pytest.raises(ValueError, match=message):
        make_loader(frame, batch_size=2, **WORDS | changes)
