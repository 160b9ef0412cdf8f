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
def spelled(draw, symbol=None):
    """An alphabet (a string or a list, of any characters or of the given tokens) and a sequence over it."""
    characters = st.characters() if symbol is None else symbol
    alphabet = draw(st.lists(characters, min_size=1, max_size=10, unique=True))
    sequence = draw(st.lists(st.sampled_from(alphabet), max_size=30))
    if symbol is None and draw(st.booleans()):
        return "".join(alphabet), "".join(sequence)
    return alphabet, sequence


def test_the_alphabets_of_the_course():
    assert (NUCLEOTIDES, STATES) == ("ACGT", "HL")


@pytest.mark.parametrize(
    "sequence, alphabet, codes",
    [
        ("ACGT", NUCLEOTIDES, [0, 1, 2, 3]),
        ("TTA", NUCLEOTIDES, [3, 3, 0]),
        ("HLLH", STATES, [0, 1, 1, 0]),
        ("ACGT", list("TGCA"), [3, 2, 1, 0]),
        (["AAA", "TTT", "GGG"], CODONS, [42, 0, 63]),
        (("é", "𝄞"), "𝄞é", [1, 0]),
        ("𝄞a", "a𝄞", [1, 0]),
        ("", NUCLEOTIDES, []),
        ([], CODONS, []),
    ],
)
def test_encode_gives_the_place_in_the_alphabet(sequence, alphabet, codes):
    encoded = encode(sequence, alphabet)
    assert encoded.dtype == np.int64 and encoded.shape == (len(codes),)
    assert encoded.tolist() == codes


@quick
@given(st.text(NUCLEOTIDES))
def test_dna_survives_the_round_trip(dna):
    assert decode(encode(dna, NUCLEOTIDES), NUCLEOTIDES) == dna


@quick
@given(spelled())
@example(("\0A", "A\0"))
@example(("𝄞é\n", "\n𝄞"))
@example((["\0", "A"], ["A", "\0"]))
def test_any_characters_survive_the_round_trip(case):
    alphabet, sequence = case
    codes = encode(sequence, alphabet)
    assert codes.tolist() == [alphabet.index(symbol) for symbol in sequence]
    assert decode(codes, alphabet) == "".join(sequence)


@quick
@given(st.one_of(spelled(st.sampled_from(CODONS)), spelled(st.text("ab", min_size=1, max_size=3))))
def test_tokens_survive_the_round_trip(case):
    alphabet, tokens = case
    codes = encode(tokens, alphabet)
    assert [alphabet[code] for code in codes] == tokens
    assert decode(codes, alphabet) == "".join(tokens)


@pytest.mark.parametrize("integers", [np.uint8, np.int32, np.int64, list, tuple])
def test_codes_may_be_any_integers(integers):
    codes = integers([2, 0, 3]) if integers in (list, tuple) else np.array([2, 0, 3], dtype=integers)
    assert decode(codes, NUCLEOTIDES) == "GAT"
    assert one_hot(codes, 4).argmax(-1).tolist() == [2, 0, 3]


@pytest.mark.parametrize(
    "sequence, alphabet, message",
    [
        ("GATTACAN", NUCLEOTIDES, "'N' at position 7 is not in 'ACGT'"),
        ("GNXT", NUCLEOTIDES, "'N' at position 1 is not in 'ACGT'"),
        ("acgt", NUCLEOTIDES, "'a' at position 0 is not in 'ACGT'"),
        ("AC GT", NUCLEOTIDES, "' ' at position 2 is not in 'ACGT'"),
        ("A𝄞É", NUCLEOTIDES, "'𝄞' at position 1 is not in 'ACGT'"),
        ("A\x80", NUCLEOTIDES, r"'\\x80' at position 1 is not in 'ACGT'"),
        ("HX", "Hé", "'X' at position 1 is not in 'Hé'"),
        ("Aé", "A\x7f", "'é' at position 1 is not in"),
        (["ATG", "NNN"], ["ATG", "AAA"], "'NNN' at position 1 is not in the 2 symbols 'ATG', 'AAA'$"),
        (["ATG", "AT"], CODONS, "'AT' at position 1 is not in the 64 symbols 'TTT', 'TTC', 'TTA', 'TTG', ...$"),
        ("ATGAAA", CODONS, "'A' at position 0 is not in the 64 symbols"),
        ("A", "", "an alphabet needs at least one symbol"),
        ("A", "ACGTA", "each only once; got 'ACGTA'"),
        (["ATG"], ["ATG", "ATG"], "each only once; got the 2 symbols 'ATG', 'ATG'"),
    ],
)
def test_encode_names_the_symbol_and_its_position(sequence, alphabet, message):
    with pytest.raises(ValueError, match=message):
        encode(sequence, alphabet)


@pytest.mark.parametrize(
    "codes, alphabet, message",
    [
        ([0, -1], NUCLEOTIDES, "code -1 at position 1 is outside 0..3 of 'ACGT'"),
        ([0, 1, 4, -1], NUCLEOTIDES, "code 4 at position 2 is outside 0..3 of 'ACGT'"),
        ([-100], STATES, "code -100 at position 0 is outside 0..1 of 'HL'"),
        ([64], CODONS, "code 64 at position 0 is outside 0..63 of the 64 symbols 'TTT', 'TTC', 'TTA', 'TTG', ..."),
        ([0.0, 1.0], NUCLEOTIDES, "codes must be integers; got float64"),
        ([0, np.nan], NUCLEOTIDES, "codes must be integers; got float64"),
        ([True, False], NUCLEOTIDES, "codes must be integers; got bool"),
        (["0"], NUCLEOTIDES, "codes must be integers; got <U1"),
        ([[0, 1], [2, 3]], NUCLEOTIDES, r"takes one sequence, shape \(L,\); got shape \(2, 2\)"),
        (2, NUCLEOTIDES, r"takes one sequence, shape \(L,\); got shape \(\)"),
        ([0], "", "an alphabet needs at least one symbol"),
        ([0], "AA", "each only once; got 'AA'"),
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
    rows = one_hot(codes, 5)
    assert rows.shape == (2, 3, 4, 5)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(rows[index], one_hot(codes[index], 5))


@pytest.mark.parametrize(
    "codes, n_symbols, message",
    [
        ([0, 4], 4, "codes run from 0 to 4; 4 symbols have codes 0..3"),
        ([-1, 3], 4, "codes run from -1 to 3; 4 symbols have codes 0..3"),
        ([[0, 1], [2, -100]], 4, "codes run from -100 to 2"),
        ([0], 0, "codes run from 0 to 0; 0 symbols"),
        ([0.0], 4, "codes must be integers; got float64"),
        ([np.nan], 4, "codes must be integers; got float64"),
        ("ACGT", 4, "codes must be integers; got <U4"),
    ],
)
def test_one_hot_names_the_range_it_cannot_show(codes, n_symbols, message):
    with pytest.raises(ValueError, match=message):
        one_hot(codes, n_symbols)
