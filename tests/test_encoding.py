"""Strings <-> integers -> one-hot: each law for any alphabet, each error message for its bad input."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_utils.encoding import NUCLEOTIDES, STATES, decode, encode, one_hot

quick = settings(max_examples=50, deadline=None)
CODONS = ["".join(codon) for codon in itertools.product("TCAG", repeat=3)]


@st.composite
def spelled(draw):
    """An alphabet (a string, or a list of characters or tokens) and a sequence over it."""
    kind = draw(st.sampled_from([st.characters(), st.sampled_from(CODONS), st.text("ab", min_size=1, max_size=3)]))
    alphabet = draw(st.lists(kind, min_size=1, max_size=10, unique=True))
    sequence = draw(st.lists(st.sampled_from(alphabet), max_size=30))
    if all(len(symbol) == 1 for symbol in alphabet) and draw(st.booleans()):
        return "".join(alphabet), "".join(sequence)
    return alphabet, sequence


@pytest.mark.parametrize(
    "sequence, alphabet, codes",
    [
        ("TTACG", NUCLEOTIDES, [3, 3, 0, 1, 2]),
        ("HLLH", STATES, [0, 1, 1, 0]),
        ("ACGT", list("TGCA"), [3, 2, 1, 0]),
        (["AAA", "TTT", "GGG"], CODONS, [42, 0, 63]),
        (("é", "𝄞"), "𝄞é", [1, 0]),
        ("", NUCLEOTIDES, []),
        ([], CODONS, []),
    ],
)
def test_encode_gives_the_place_in_the_alphabet(sequence, alphabet, codes):
    encoded = encode(sequence, alphabet)
    assert encoded.dtype == np.int64 and encoded.shape == (len(codes),)
    assert encoded.tolist() == codes


@quick
@given(spelled())
@example(("\0A", "A\0"))
@example(("𝄞é\n", "\n𝄞"))
def test_any_symbols_survive_the_round_trip(case):
    alphabet, sequence = case
    codes = encode(sequence, alphabet)
    assert codes.tolist() == [alphabet.index(symbol) for symbol in sequence]
    assert decode(codes, alphabet) == "".join(sequence)


@pytest.mark.parametrize("codes", [[2, 0, 3], (2, 0, 3), np.array([2, 0, 3], np.uint8), np.array([2, 0, 3], np.int32)])
def test_codes_may_be_any_integers(codes):
    assert decode(codes, NUCLEOTIDES) == "GAT"
    assert one_hot(codes, 4).argmax(-1).tolist() == [2, 0, 3]


@pytest.mark.parametrize(
    "sequence, alphabet, message",
    [
        ("GATTACAN", NUCLEOTIDES, "'N' at position 7 is not in 'ACGT'"),
        ("acgt", NUCLEOTIDES, "'a' at position 0 is not in 'ACGT'"),
        ("A𝄞É", NUCLEOTIDES, "'𝄞' at position 1 is not in 'ACGT'"),
        ("A\x80", NUCLEOTIDES, r"'\\x80' at position 1 is not in 'ACGT'"),
        ("HX", "Hé", "'X' at position 1 is not in 'Hé'"),
        (["ATG", "AT"], CODONS, r"'AT' at position 1 is not in \['TTT', 'TTC'"),
        ("ATGAAA", CODONS, r"'A' at position 0 is not in \['TTT', 'TTC'"),
        ("A", "ACGTA", "each symbol only once; got 'ACGTA'"),
    ],
)
def test_encode_names_the_symbol_and_its_position(sequence, alphabet, message):
    with pytest.raises(ValueError, match=message):
        encode(sequence, alphabet)


@pytest.mark.parametrize(
    "codes, alphabet, message",
    [
        ([0, 1, -1, 4], NUCLEOTIDES, "code -1 at position 2 is outside 0..3 of 'ACGT'"),
        (np.array([0, 200], np.uint8), NUCLEOTIDES, "code 200 at position 1 is outside 0..3 of 'ACGT'"),
        ([-100], STATES, "code -100 at position 0 is outside 0..1 of 'HL'"),
        ([64], CODONS, r"code 64 at position 0 is outside 0..63 of \['TTT'"),
        ([0, np.nan], NUCLEOTIDES, "codes must be integers; got float64"),
        ([True, False], NUCLEOTIDES, "codes must be integers; got bool"),
        ([[0, 1], [2, 3]], NUCLEOTIDES, r"takes one sequence, shape \(L,\); got shape \(2, 2\)"),
    ],
)
def test_decode_names_the_code_and_its_position(codes, alphabet, message):
    with pytest.raises(ValueError, match=message):
        decode(codes, alphabet)


@quick
@given(st.lists(st.integers(0, 6), max_size=20), st.integers(7, 9))
def test_one_hot_rows_hold_a_single_one_at_the_code(codes, n_symbols):
    rows = one_hot(codes, n_symbols)
    assert rows.dtype == np.float32 and rows.shape == (len(codes), n_symbols)
    assert set(np.unique(rows)) <= {0, 1} and (rows.sum(-1) == 1).all()
    assert rows.argmax(-1).tolist() == codes


def test_one_hot_of_a_batch_is_the_one_hot_of_each_sequence():
    codes = np.arange(24).reshape(2, 3, 4) % 5
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(one_hot(codes, 5)[index], one_hot(codes[index], 5))


@pytest.mark.parametrize("codes", [[0, 4], [-1, 3], [[0, 1], [2, -100]], [0.0], "ACGT"])
def test_one_hot_refuses_what_it_cannot_show(codes):
    with pytest.raises(ValueError, match=r"is outside 0..3 of 4 symbols|codes must be integers"):
        one_hot(codes, 4)
