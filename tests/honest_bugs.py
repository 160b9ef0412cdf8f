"""Slips that learners make in good faith in the exercises of lessons 00 to 05; no checker may let one pass.

Exercise -> functions. Each is nearly right, is told something else than a listed wrong answer, or came through once.
tests/test_honest_bugs.py hands them in.
"""

import re

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy

from course_utils.datasets import PAD
from course_utils.gru import gru_step
from course_utils.hmm import TOY

# --- 0.2: the simplest rule ---------------------------------------------------------------------------------------


def asks_for_both_letters_at_once(dna):
    return "".join("H" if letter == "CG" else "L" for letter in dna)


def or_with_a_text(dna):
    return "".join("H" if letter == "G" or "C" else "L" for letter in dna)


def and_instead_of_or(dna):
    return "".join("H" if letter == "C" and letter == "G" else "L" for letter in dna)


def looks_for_the_pair(dna):
    return "H" if "CG" in dna else "L"


def asks_the_whole_text(dna):
    return "H" * len(dna) if "C" in dna or "G" in dna else "L" * len(dna)


def keeps_what_is_not_c_or_g(dna):
    return dna.replace("C", "H").replace("G", "H")


def leaves_t_as_it_is(dna):
    return dna.replace("C", "H").replace("G", "H").replace("A", "L")


def drops_a_and_t(dna):
    return "".join("H" for letter in dna if letter in "CG")


def returns_in_the_loop(dna):
    for letter in dna:
        return "H" if letter in "CG" else "L"


def starts_at_the_second_letter(dna):
    return "".join("H" if dna[i] in "CG" else "L" for i in range(1, len(dna)))


def stops_before_the_last(dna):
    return "".join("H" if dna[i] in "CG" else "L" for i in range(len(dna) - 1))


def looks_at_the_letter_before(dna):
    return "".join("H" if letter in "CG" else "L" for letter in "A" + dna[:-1])


def the_example_only(dna):
    return "HLL"


def compares_small_letters(dna):
    return "".join("H" if letter.lower() in "CG" else "L" for letter in dna)


def shows_the_letters_in_a_list(dna):
    return str(["H" if letter in "CG" else "L" for letter in dna])


def a_final_newline(dna):
    return "".join("H" if letter in "CG" else "L" for letter in dna) + "\n"


# --- 1.3: one step of the filter ----------------------------------------------------------------------------------

filtered = np.array([[0.6, 0.4], [0.53, 0.47], [0.41, 0.59]])  # what a cell above left in the notebook
t = 2


def step(belief, symbol):
    weighed = belief @ TOY.transition * TOY.emission[:, symbol]
    return weighed / weighed.sum()


def uses_the_notebooks_filtered(belief, symbol):
    return step(filtered[t - 1], symbol)


def uses_the_stationary_law(belief, symbol):
    return step(TOY.stationary, symbol)


def takes_the_row_of_the_emission(belief, symbol):
    weighed = belief @ TOY.transition * TOY.emission[symbol]
    return weighed / weighed.sum()


def counts_letters_from_one(belief, symbol):
    return step(belief, symbol - 1)


def divides_by_the_largest(belief, symbol):
    weighed = belief @ TOY.transition * TOY.emission[:, symbol]
    return weighed / weighed.max()


def normalises_with_softmax(belief, symbol):
    weighed = np.exp(belief @ TOY.transition * TOY.emission[:, symbol])
    return weighed / weighed.sum()


def moves_two_steps(belief, symbol):
    return step(belief @ TOY.transition, symbol)


def adds_the_emission(belief, symbol):
    weighed = belief @ TOY.transition + TOY.emission[:, symbol]
    return weighed / weighed.sum()


def keeps_the_best_way_only(belief, symbol):
    """As Viterbi does: the maximum over the state before, not the sum."""
    weighed = (belief[:, None] * TOY.transition).max(axis=0) * TOY.emission[:, symbol]
    return weighed / weighed.sum()


def rounds_to_three_digits(belief, symbol):
    return step(belief, symbol).round(3)


def returns_p_h_alone(belief, symbol):
    return step(belief, symbol)[0]


def writes_into_the_belief(belief, symbol):
    belief[:] = step(belief, symbol)
    return belief


def names_the_state(belief, symbol):
    return np.eye(2)[step(belief, symbol).argmax()]


# --- 2.1: an encoder for the states -------------------------------------------------------------------------------

PLACE = {"H": 0, "L": 1}


def refuses_or_encodes(refuse, codes=lambda sequence: [PLACE.get(letter, 1) for letter in sequence]):
    def encoder(sequence):
        if refuse(sequence):
            raise ValueError(sequence)
        return codes(sequence)

    return encoder


def raises_a_key_error(sequence):
    return [PLACE[letter] for letter in sequence]


def skips_strangers(sequence):
    return [PLACE[letter] for letter in sequence if letter in PLACE]


def encodes_in_lower_case_too(sequence):
    return raises_value_error(sequence.upper())


def strips_white_space(sequence):
    return raises_value_error(sequence.strip())


def raises_value_error(sequence):
    return refuses_or_encodes(lambda s: set(s) - set(PLACE))(sequence)


def removes_inner_spaces(sequence):
    return raises_value_error(sequence.replace(" ", ""))


def looks_at_the_first_letter_only(sequence):
    return refuses_or_encodes(lambda s: s[:1] not in ("", "H", "L"))(sequence)


def looks_at_the_last_letter_only(sequence):
    return refuses_or_encodes(lambda s: s[-1:] not in ("", "H", "L"))(sequence)


def wants_both_letters(sequence):
    return refuses_or_encodes(lambda s: s and set(s) != {"H", "L"})(sequence)


def refuses_the_empty_sequence(sequence):
    return refuses_or_encodes(lambda s: not s or set(s) - set(PLACE))(sequence)


def refuses_more_than_two_letters(sequence):
    return refuses_or_encodes(lambda s: len(set(s)) > 2)(sequence)


def lets_a_final_newline_pass(sequence):
    return refuses_or_encodes(lambda s: not re.match("^[HL]*$", s))(sequence)


def looks_for_a_part(sequence):
    """`in` asks whether the whole sequence is a part of HL."""
    return refuses_or_encodes(lambda s: s not in "HL")(sequence)


def numbers_letters_as_they_come(sequence):
    """L alone becomes 0."""
    places = {letter: place for place, letter in enumerate(sorted(set(sequence)))}
    return refuses_or_encodes(lambda s: set(s) - set(PLACE), lambda s: [places[c] for c in s])(sequence)


def returns_the_error(sequence):
    return ValueError("not H or L") if set(sequence) - set(PLACE) else raises_value_error(sequence)


def asserts_instead_of_raising(sequence):
    assert set(sequence) <= set(PLACE)
    return raises_value_error(sequence)


def returns_digits_in_a_string(sequence):
    return "".join(map(str, raises_value_error(sequence)))


# --- 2.3: a test that catches all ---------------------------------------------------------------------------------


def compares_values_with_a_list(codes_of):
    """A view of a dictionary's values never equals a list."""
    return codes_of.values() == [0, 1, 2, 3]


def compares_sets(codes_of):
    return set(codes_of.values()) == {0, 1, 2, 3}


def forgets_t(codes_of):
    return (codes_of["A"], codes_of["C"], codes_of["G"]) == (0, 1, 2)


def any_instead_of_all(codes_of):
    return any(codes_of[letter] == code for code, letter in enumerate("ACGT"))


def trusts_the_order_of_keys(codes_of):
    return all(code == i for i, code in enumerate(codes_of.values()))


def sorts_letters_by_code(codes_of):
    """Equal codes stay in the order in which they stood."""
    return sorted(codes_of, key=codes_of.get) == list("ACGT")


def allows_equal_neighbours(codes_of):
    return codes_of["A"] <= codes_of["C"] <= codes_of["G"] <= codes_of["T"] and codes_of["T"] == 3


def or_for_the_last(codes_of):
    return (codes_of["A"] == 0 and codes_of["C"] == 1 and codes_of["G"] == 2) or codes_of["T"] == 3


def one_sum_with_weights(codes_of):
    return codes_of["C"] + 2 * codes_of["G"] + 3 * codes_of["T"] == 14


def returns_the_codes(codes_of):
    return [codes_of[letter] for letter in "ACGT"]


# --- 2.4: one-hot by hand -----------------------------------------------------------------------------------------


def always_four_columns(codes, n_symbols):
    return np.eye(4)[codes]


def as_many_symbols_as_codes(codes, n_symbols):
    return np.eye(len(codes))[codes]


def stops_before_the_last_row(codes, n_symbols):
    rows = np.zeros((len(codes), n_symbols))
    for i in range(len(codes) - 1):
        rows[i, codes[i]] = 1
    return rows


def finds_a_code_at_its_first_place(codes, n_symbols):
    rows, listed = np.zeros((len(codes), n_symbols)), codes.tolist()
    for code in listed:
        rows[listed.index(code), code] = 1
    return rows


def one_list_many_times(codes, n_symbols):
    """`[row] * n` is the same row n times: a 1 in one is a 1 in all."""
    rows = [[0] * n_symbols] * len(codes)
    for i, code in enumerate(codes):
        rows[i][code] = 1
    return rows


def columns_that_occur(codes, n_symbols):
    """What pandas does by default."""
    return pd.get_dummies(codes)


def one_long_row(codes, n_symbols):
    return np.eye(n_symbols)[codes].ravel()


def one_row_for_all(codes, n_symbols):
    return np.eye(n_symbols)[codes].max(axis=0)


def one_column_too_far_right(codes, n_symbols):
    return np.eye(n_symbols, k=1)[codes]


def sorted_rows(codes, n_symbols):
    return np.eye(n_symbols)[np.sort(codes)]


# --- 3.1: a leak detector -----------------------------------------------------------------------------------------


def takes_them_for_ranges(train, test):
    return max(0, min(max(train), max(test)) - max(min(train), min(test)) + 1)


def row_0_counts_as_no_row(train, test):
    return sum(1 for row in train if row and row in test)


def counts_what_is_not_zero(train, test):
    return int(np.count_nonzero(np.intersect1d(train, test)))


def stops_at_the_first(train, test):
    for row in train:
        if row in test:
            return 1
    return 0


def takes_both_for_sorted(train, test):
    i = j = shared = 0
    while i < len(train) and j < len(test):
        if train[i] == test[j]:
            i, j, shared = i + 1, j + 1, shared + 1
        elif train[i] < test[j]:
            i += 1
        else:
            j += 1
    return shared


def searches_digits_in_text(train, test):
    return sum(str(row) in str(test) for row in train)


def counts_those_in_one_part_only(train, test):
    return len(set(train) ^ set(test))


def share_of_the_test_rows(train, test):
    return len(set(train) & set(test)) / max(len(test), 1)


def sorts_in_place(train, test):
    train.sort()
    test.sort()
    return len(set(train) & set(test))


def fails_without_rows(train, test):
    return len(set(train) & set(test)) if min(test) >= 0 else 0


def looks_at_all_but_the_last(train, test):
    return len(set(train) & set(test[:-1]))


# --- 3.2: the right mean ------------------------------------------------------------------------------------------


def rows_of_the_example(means, sizes):
    return (means * sizes).sum() / 36


def numbers_of_the_example(means, sizes):
    return np.average([0.70, 0.68, 0.61], weights=[16, 16, 4])


def all_but_the_last_are_alike(means, sizes):
    return (means[:-1].sum() * sizes[0] + means[-1] * sizes[-1]) / sizes.sum()


def all_as_large_as_the_first(means, sizes):
    return (means * sizes).sum() / (len(sizes) * sizes[0])


def drops_the_last_batch(means, sizes):
    return np.average(means[:-1], weights=sizes[:-1]) if len(means) > 1 else means[0]


def weighs_by_roots(means, sizes):
    return np.average(means, weights=np.sqrt(sizes))


def rounds_to_two_digits(means, sizes):
    return round(np.average(means, weights=sizes), 2)


def median_over_rows(means, sizes):
    return np.median(np.repeat(means, sizes))


def weighted_but_not_summed(means, sizes):
    return means * sizes / sizes.sum()


def divides_whole_numbers(means, sizes):
    return (means * sizes).sum() // sizes.sum()


# --- 3.5: score without the padding -------------------------------------------------------------------------------


def drops_state_0_too(named, truth):
    return (named == truth)[truth > 0].mean()


def looks_for_padding_in_named(named, truth):
    return (named == truth)[named != PAD].mean()


def cuts_at_the_shortest_row(named, truth):
    n = (truth != PAD).sum(axis=1).min()
    return (named == truth)[:, :n].mean()


def first_row_only(named, truth):
    return (named[0] == truth[0])[truth[0] != PAD].mean()


def stops_at_the_first_padding(named, truth):
    flat = truth.ravel()
    n = int(np.argmax(flat == PAD)) or len(flat)
    return (named.ravel() == flat)[:n].mean()


def matches_by_all_positions(named, truth):
    return (named == truth)[truth != PAD].sum() / truth.size


def mean_of_both_states(named, truth):
    return np.mean([(named == truth)[truth == state].mean() for state in (0, 1)])


def share_of_mistakes(named, truth):
    return (named != truth)[truth != PAD].mean()


def whole_rows(named, truth):
    return np.mean([(n == t)[t != PAD].all() for n, t in zip(named, truth, strict=True)])


def one_share_a_row(named, truth):
    return [(n == t)[t != PAD].mean() for n, t in zip(named, truth, strict=True)]


def overwrites_the_padding(named, truth):
    real = truth != PAD
    truth[~real] = 2
    return (named == truth).sum() / real.sum()


# --- 4.1: one step of the GRU -------------------------------------------------------------------------------------


def gates(x, h, w_x, w_h, b_x, b_h):
    xs, hs = (x @ w_x.T + b_x).chunk(3, -1), (h @ w_h.T + b_h).chunk(3, -1)
    return torch.sigmoid(xs[0] + hs[0]), torch.sigmoid(xs[1] + hs[1]), xs[2], hs[2]


def mixes_with_the_reset_gate(x, h, *weights):
    r, _, x_new, h_new = gates(x, h, *weights)
    return r * h + (1 - r) * torch.tanh(x_new + r * h_new)


def update_inside_the_candidate(x, h, *weights):
    _, z, x_new, h_new = gates(x, h, *weights)
    return z * h + (1 - z) * torch.tanh(x_new + z * h_new)


def forgets_one_minus(x, h, *weights):
    r, z, x_new, h_new = gates(x, h, *weights)
    return z * h + z * torch.tanh(x_new + r * h_new)


def keeps_all_of_the_old(x, h, *weights):
    r, z, x_new, h_new = gates(x, h, *weights)
    return h + (1 - z) * torch.tanh(x_new + r * h_new)


def squeezes_once_more(x, h, *weights):
    return torch.tanh(gru_step(x, h, *weights))


def candidate_rows_first(x, h, w_x, w_h, b_x, b_h):
    return gru_step(x, h, *(torch.cat(w.chunk(3)[::-1]) for w in (w_x, w_h, b_x, b_h)))


def every_third_row(x, h, w_x, w_h, b_x, b_h):
    """Takes the gates for interleaved; with a memory of 1 that is the same."""
    return gru_step(x, h, *(torch.cat([w[gate::3] for gate in range(3)]) for w in (w_x, w_h, b_x, b_h)))


def first_row_of_the_batch(x, h, *weights):
    return gru_step(x[:1], h[:1], *weights).expand(h.shape)


def first_memory_of_the_batch(x, h, *weights):
    return gru_step(x, h[:1].expand(h.shape), *weights)


def no_gates_from_the_memory(x, h, w_x, w_h, b_x, b_h):
    xs = (x @ w_x.T + b_x).chunk(3, -1)
    r, z = torch.sigmoid(xs[0]), torch.sigmoid(xs[1])
    return z * h + (1 - z) * torch.tanh(xs[2] + r * (h @ w_h.T + b_h).chunk(3, -1)[2])


def memorys_bias_only(x, h, w_x, w_h, b_x, b_h):
    return gru_step(x, h, w_x, w_h, 0 * b_x, b_h)


def matrices_not_turned(x, h, w_x, w_h, b_x, b_h):
    xs, hs = (x @ w_x + b_x).chunk(3, -1), (h @ w_h + b_h).chunk(3, -1)
    return xs[0] + hs[0]


def memory_of_ten(x, h, w_x, w_h, b_x, b_h):
    """The number of the notebook's network."""
    xs, hs = x @ w_x.T + b_x, h @ w_h.T + b_h
    r, z = torch.sigmoid(xs[:, :10] + hs[:, :10]), torch.sigmoid(xs[:, 10:20] + hs[:, 10:20])
    return z * h + (1 - z) * torch.tanh(xs[:, 20:] + r * hs[:, 20:])


def returns_candidate_too(x, h, *weights):
    r, _, x_new, h_new = gates(x, h, *weights)
    return gru_step(x, h, *weights), torch.tanh(x_new + r * h_new)


def starts_from_zero(x, h, *weights):
    return gru_step(x, torch.zeros_like(h), *weights)


def writes_into_the_memory(x, h, *weights):
    h *= 1 - gates(x, h, *weights)[1]
    return h


# --- 5.2: the loss by hand ----------------------------------------------------------------------------------------


def log_probabilities(logits, y):
    real = y != PAD
    return logits[real].log_softmax(-1), y[real]


def state_0_is_no_position(logits, y):
    return cross_entropy(logits[y > 0], y[y > 0])


def rows_not_masked(logits, y):
    """y without the padding meets the first rows of all logits."""
    real = y[y != PAD]
    return -logits.log_softmax(-1)[torch.arange(len(real)), real].mean()


def always_column_0(logits, y):
    return -log_probabilities(logits, y)[0][:, 0].mean()


def always_column_1(logits, y):
    return -log_probabilities(logits, y)[0][:, 1].mean()


def best_column(logits, y):
    return -log_probabilities(logits, y)[0].amax(-1).mean()


def mean_of_both_columns(logits, y):
    return -log_probabilities(logits, y)[0].mean()


def sum_of_both_columns(logits, y):
    return -log_probabilities(logits, y)[0].sum(-1).mean()


def entropy_of_the_prediction(logits, y):
    log_p = log_probabilities(logits, y)[0]
    return -(log_p.exp() * log_p).sum(-1).mean()


def log_softmax_of_softmax(logits, y):
    return cross_entropy(logits.log_softmax(-1).exp(), y)


def one_minus_p(logits, y):
    log_p, states = log_probabilities(logits, y)
    return -(1 - log_p.exp()[torch.arange(len(states)), states]).log().mean()


def logs_to_base_two(logits, y):
    log_p, states = log_probabilities(logits, y)
    return -log_p.exp().log2()[torch.arange(len(states)), states].mean()


def one_loss_a_position(logits, y):
    log_p, states = log_probabilities(logits, y)
    return -log_p[torch.arange(len(states)), states]


def median_loss(logits, y):
    return one_loss_a_position(logits, y).median()


def drops_the_last_position(logits, y):
    return cross_entropy(logits[:-1], y[:-1])


def rounds_the_loss(logits, y):
    return round(cross_entropy(logits, y).item(), 3)


HONEST_BUGS = {
    "0.2": [
        asks_for_both_letters_at_once, or_with_a_text, and_instead_of_or, looks_for_the_pair, asks_the_whole_text,
        keeps_what_is_not_c_or_g, leaves_t_as_it_is, drops_a_and_t, returns_in_the_loop, starts_at_the_second_letter,
        stops_before_the_last, looks_at_the_letter_before, the_example_only, compares_small_letters,
        shows_the_letters_in_a_list, a_final_newline,
    ],
    "1.3": [
        uses_the_notebooks_filtered, uses_the_stationary_law, takes_the_row_of_the_emission, counts_letters_from_one,
        divides_by_the_largest, normalises_with_softmax, moves_two_steps, adds_the_emission, keeps_the_best_way_only,
        rounds_to_three_digits, returns_p_h_alone, writes_into_the_belief, names_the_state,
    ],
    "2.1": [
        raises_a_key_error, skips_strangers, encodes_in_lower_case_too, strips_white_space, removes_inner_spaces,
        looks_at_the_first_letter_only, looks_at_the_last_letter_only, wants_both_letters, refuses_the_empty_sequence,
        refuses_more_than_two_letters, lets_a_final_newline_pass, looks_for_a_part, numbers_letters_as_they_come,
        returns_the_error, asserts_instead_of_raising, returns_digits_in_a_string,
    ],
    "2.3": [
        compares_values_with_a_list, compares_sets, forgets_t, any_instead_of_all, trusts_the_order_of_keys,
        sorts_letters_by_code, allows_equal_neighbours, or_for_the_last, one_sum_with_weights, returns_the_codes,
    ],
    "2.4": [
        always_four_columns, as_many_symbols_as_codes, stops_before_the_last_row, finds_a_code_at_its_first_place,
        one_list_many_times, columns_that_occur, one_long_row, one_row_for_all, one_column_too_far_right, sorted_rows,
    ],
    "3.1": [
        takes_them_for_ranges, row_0_counts_as_no_row, counts_what_is_not_zero, stops_at_the_first,
        takes_both_for_sorted, searches_digits_in_text, counts_those_in_one_part_only, share_of_the_test_rows,
        sorts_in_place, fails_without_rows, looks_at_all_but_the_last,
    ],
    "3.2": [
        rows_of_the_example, numbers_of_the_example, all_but_the_last_are_alike, all_as_large_as_the_first,
        drops_the_last_batch, weighs_by_roots, rounds_to_two_digits, median_over_rows, weighted_but_not_summed,
        divides_whole_numbers,
    ],
    "3.5": [
        drops_state_0_too, looks_for_padding_in_named, cuts_at_the_shortest_row, first_row_only,
        stops_at_the_first_padding, matches_by_all_positions, mean_of_both_states, share_of_mistakes, whole_rows,
        one_share_a_row, overwrites_the_padding,
    ],
    "4.1": [
        mixes_with_the_reset_gate, update_inside_the_candidate, forgets_one_minus, keeps_all_of_the_old,
        squeezes_once_more, candidate_rows_first, every_third_row, first_row_of_the_batch, first_memory_of_the_batch,
        no_gates_from_the_memory, memorys_bias_only, matrices_not_turned, memory_of_ten, returns_candidate_too,
        starts_from_zero, writes_into_the_memory,
    ],
    "5.2": [
        state_0_is_no_position, rows_not_masked, always_column_0, always_column_1, best_column, mean_of_both_columns,
        sum_of_both_columns, entropy_of_the_prediction, log_softmax_of_softmax, one_minus_p, logs_to_base_two,
        one_loss_a_position, median_loss, drops_the_last_position, rounds_the_loss,
    ],
}  # fmt: skip
