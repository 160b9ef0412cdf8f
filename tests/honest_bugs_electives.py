"""Slips that a learner may honestly make in the function exercises of lessons 06 to 14. No checker may let one pass.

Each function is a wrong answer; its name or its first line says what is wrong with it. Few of them stand among the
wrong answers of a checker, so it is the cases that have to find them.
"""

from itertools import groupby, pairwise

import numpy as np

HONEST_BUGS = {}


def slip(exercise):
    """Enter a function under its exercise."""

    def enter(function):
        HONEST_BUGS.setdefault(exercise, []).append(function)
        return function

    return enter


# --- 6.1: name_states(probabilities, threshold) -------------------------------------------------------------------


@slip("6.1")
def h_must_also_be_the_more_probable(probabilities, threshold):
    return "".join("H" if p >= threshold and p >= q else "L" for p, q in probabilities)


@slip("6.1")
def a_threshold_of_zero_counts_as_none_given(probabilities, threshold):
    threshold = threshold or 0.5
    return "".join("H" if p >= threshold else "L" for p, _ in probabilities)


@slip("6.1")
def probabilities_rounded_first(probabilities, threshold):
    return "".join("H" if round(p, 1) >= threshold else "L" for p, _ in probabilities)


@slip("6.1")
def threshold_on_the_other_state(probabilities, threshold):
    return "".join("L" if q >= threshold else "H" for _, q in probabilities)


@slip("6.1")
def last_position_forgotten(probabilities, threshold):
    return "".join("H" if probabilities[i, 0] >= threshold else "L" for i in range(len(probabilities) - 1))


@slip("6.1")
def threshold_on_the_difference(probabilities, threshold):
    return "".join("H" if p - q >= threshold else "L" for p, q in probabilities)


@slip("6.1")
def length_typed_in(probabilities, threshold):
    return "".join("H" if probabilities[i, 0] >= threshold else "L" for i in range(4))


@slip("6.1")
def string_of_a_list(probabilities, threshold):
    return str(["H" if p >= threshold else "L" for p, _ in probabilities])


@slip("6.1")
def letters_kept_between_calls(probabilities, threshold, letters=[]):  # noqa: B006
    letters += ["H" if p >= threshold else "L" for p, _ in probabilities]
    return "".join(letters)


# --- 6.2: share_of_matches(truth, prediction) ---------------------------------------------------------------------


@slip("6.2")
def numpy_without_a_length_check(truth, prediction):
    """NumPy refuses 2 letters against 4, but stretches a single letter over all of the other's."""
    return np.mean(np.array(list(truth)) == np.array(list(prediction)))


@slip("6.2")
def only_a_longer_prediction_refused(truth, prediction):
    if len(prediction) > len(truth):
        raise ValueError
    return sum(t == p for t, p in zip(truth, prediction, strict=False)) / len(truth)


@slip("6.2")
def an_empty_string_scores_nothing_whatever_the_other(truth, prediction):
    if not truth or not prediction:
        return 0.0
    if len(truth) != len(prediction):
        raise ValueError
    return sum(t == p for t, p in zip(truth, prediction, strict=True)) / len(truth)


@slip("6.2")
def a_difference_of_one_forgiven(truth, prediction):
    if abs(len(truth) - len(prediction)) > 1:
        raise ValueError
    return sum(t == p for t, p in zip(truth, prediction, strict=False)) / len(truth)


@slip("6.2")
def letters_counted_wherever_they_stand(truth, prediction):
    if len(truth) != len(prediction):
        raise ValueError
    return sum(min(truth.count(s), prediction.count(s)) for s in "HL") / len(truth)


@slip("6.2")
def stops_at_the_first_mismatch(truth, prediction):
    if len(truth) != len(prediction):
        raise ValueError
    for i, (t, p) in enumerate(zip(truth, prediction, strict=True)):
        if t != p:
            return i / len(truth)
    return 1.0


@slip("6.2")
def whole_numbers_divided(truth, prediction):
    return sum(t == p for t, p in zip(truth, prediction, strict=True)) // len(truth)


@slip("6.2")
def asserts_instead_of_raising(truth, prediction):
    assert len(truth) == len(prediction)
    return sum(t == p for t, p in zip(truth, prediction, strict=True)) / len(truth)


@slip("6.2")
def returns_the_error(truth, prediction):
    if len(truth) != len(prediction):
        return ValueError("lengths differ")
    return sum(t == p for t, p in zip(truth, prediction, strict=True)) / len(truth)


@slip("6.2")
def rounded_to_two_decimals(truth, prediction):
    return round(sum(t == p for t, p in zip(truth, prediction, strict=True)) / len(truth), 2)


@slip("6.2")
def h_only(truth, prediction):
    return sum(t == p == "H" for t, p in zip(truth, prediction, strict=True)) / len(truth)


# --- 6.3: run_lengths(states) -------------------------------------------------------------------------------------


@slip("6.3")
def sorted_before_grouping(states):
    return [len(list(run)) for _, run in groupby(sorted(states))]


@slip("6.3")
def supposes_that_it_starts_with_h(states):
    current, lengths = "H", [0]
    for state in states:
        if state == current:
            lengths[-1] += 1
        else:
            lengths.append(1)
            current = state
    return lengths


@slip("6.3")
def runs_of_h_only(states):
    return [len(run) for run in states.split("L") if run]


@slip("6.3")
def between_changes_only(states):
    changes = [i for i in range(1, len(states)) if states[i] != states[i - 1]]
    return np.diff(changes)


@slip("6.3")
def first_run_missing(states):
    return [len(list(run)) for _, run in groupby(states)][1:]


@slip("6.3")
def runs_of_one_dropped(states):
    return [n for n in (len(list(run)) for _, run in groupby(states)) if n > 1]


@slip("6.3")
def the_first_letter_compared_with_the_last(states):
    """states[-1] is the last letter, not nothing."""
    lengths = [0]
    for i in range(len(states)):
        if states[i] != states[i - 1]:
            lengths.append(0)
        lengths[-1] += 1
    return lengths


@slip("6.3")
def one_length_a_state(states):
    longest = {}
    for state, run in groupby(states):
        longest[state] = len(list(run))
    return list(longest.values())


@slip("6.3")
def nothing_for_a_single_run(states):
    lengths = [len(list(run)) for _, run in groupby(states)]
    return lengths if len(lengths) > 1 else []


@slip("6.3")
def counter_not_set_back(states):
    lengths, n = [], 1
    for before, after in pairwise(states):
        if before != after:
            lengths.append(n)
        n += 1
    return [*lengths, n]


# --- 7.4: my_p(observed, null) ------------------------------------------------------------------------------------


@slip("7.4")
def the_smaller_tail(observed, null):
    """One tail, but whichever is smaller: at or below chance it is the wrong one."""
    return (min((null >= observed).sum(), (null <= observed).sum()) + 1) / (len(null) + 1)


@slip("7.4")
def lower_tail_below_the_mean(observed, null):
    reached = null >= observed if observed >= null.mean() else null <= observed
    return (reached.sum() + 1) / (len(null) + 1)


@slip("7.4")
def plus_one_only_if_none_reaches_it(observed, null):
    return max((null >= observed).mean(), 1 / (len(null) + 1))


@slip("7.4")
def plus_one_below_only_if_none_reaches_it(observed, null):
    b = (null >= observed).sum()
    return b / len(null) if b else 1 / (len(null) + 1)


@slip("7.4")
def plus_one_outside_the_fraction(observed, null):
    return (null >= observed).sum() + 1 / (len(null) + 1)


@slip("7.4")
def normal_approximation(observed, null):
    from math import erfc

    return erfc((observed - null.mean()) / null.std() / 2**0.5) / 2


@slip("7.4")
def a_thousand_draws_typed_in(observed, null):
    return ((null >= observed).sum() + 1) / 1000


@slip("7.4")
def searchsorted_behind_the_ties(observed, null):
    above = len(null) - np.searchsorted(np.sort(null), observed, side="right")
    return (above + 1) / (len(null) + 1)


@slip("7.4")
def equal_draws_counted_once(observed, null):
    null = np.unique(null)
    return ((null >= observed).sum() + 1) / (len(null) + 1)


@slip("7.4")
def ties_count_half(observed, null):
    return ((null > observed).sum() + (null == observed).sum() / 2 + 1) / (len(null) + 1)


# --- 8.4: is_equal(low, high, margin) -----------------------------------------------------------------------------


@slip("8.4")
def the_middle_inside_and_the_interval_narrow(low, high, margin):
    return abs(low + high) / 2 < margin and high - low < 2 * margin


@slip("8.4")
def one_end_is_enough(low, high, margin):
    return -margin < low or high < margin


@slip("8.4")
def narrower_than_the_margin(low, high, margin):
    return high - low < margin


@slip("8.4")
def half_the_margin_on_each_side(low, high, margin):
    return -margin / 2 < low and high < margin / 2


@slip("8.4")
def twice_the_margin(low, high, margin):
    return -2 * margin < low and high < 2 * margin


@slip("8.4")
def not_worse_counted_from_the_lower_end(low, high, margin):
    return low > -margin


@slip("8.4")
def not_significant_and_narrow(low, high, margin):
    return low <= 0 <= high and high - low < 2 * margin


@slip("8.4")
def the_lower_end_without_its_sign(low, high, margin):
    return abs(low) < margin


@slip("8.4")
def ends_rounded(low, high, margin):
    return -margin < round(low, 3) and round(high, 3) < margin


@slip("8.4")
def outside_instead_of_inside(low, high, margin):
    return low < -margin and high > margin


# --- 9.4: my_stop(losses, patience) -------------------------------------------------------------------------------


@slip("9.4")
def lowest_of_the_whole_list(losses, patience):
    return losses.index(min(losses))


@slip("9.4")
def stops_when_a_loss_is_higher_than_the_one_before(losses, patience):
    worse = 0
    for i in range(1, len(losses)):
        worse = worse + 1 if losses[i] >= losses[i - 1] else 0
        if worse == patience:
            return losses.index(min(losses[: i + 1]))
    return losses.index(min(losses))


@slip("9.4")
def last_of_equal_losses(losses, patience):
    best = 0
    for i, loss in enumerate(losses):
        if loss <= losses[best]:
            best = i
        elif i - best >= patience:
            break
    return best


@slip("9.4")
def more_than_patience(losses, patience):
    best = 0
    for i, loss in enumerate(losses):
        if loss < losses[best]:
            best = i
        elif i - best > patience:
            break
    return best


@slip("9.4")
def count_not_started_again(losses, patience):
    best, worse = 0, 0
    for i in range(1, len(losses)):
        if losses[i] < losses[best]:
            best = i
        else:
            worse += 1
        if worse == patience:
            break
    return best


@slip("9.4")
def the_first_entry_counts_as_not_lower(losses, patience):
    best, worse = 0, 0
    for i, loss in enumerate(losses):
        if loss < losses[best]:
            best, worse = i, 0
        else:
            worse += 1
        if worse == patience:
            break
    return best


@slip("9.4")
def patience_typed_in(losses, patience):
    best = 0
    for i, loss in enumerate(losses):
        if loss < losses[best]:
            best = i
        elif i - best >= 2:
            break
    return best


@slip("9.4")
def nothing_returned_unless_it_stops(losses, patience):
    best = 0
    for i, loss in enumerate(losses):
        if loss < losses[best]:
            best = i
        elif i - best >= patience:
            return best


@slip("9.4")
def a_gain_must_be_at_least_a_hundredth(losses, patience):
    best = 0
    for i, loss in enumerate(losses):
        if loss < losses[best] - 0.01:
            best = i
        elif i - best >= patience:
            break
    return best


# --- 10.3: explained(truth, prediction) ----------------------------------------------------------------------------


@slip("10.3")
def cut_off_at_minus_one(truth, prediction):
    return max(-1.0, 1 - np.mean((truth - prediction) ** 2) / np.var(truth))


@slip("10.3")
def absolute_value(truth, prediction):
    return abs(1 - np.mean((truth - prediction) ** 2) / np.var(truth))


@slip("10.3")
def around_the_mean_of_the_prediction(truth, prediction):
    return 1 - np.mean((truth - prediction) ** 2) / np.mean((truth - prediction.mean()) ** 2)


@slip("10.3")
def square_of_the_truth_instead_of_its_variance(truth, prediction):
    return 1 - np.sum((truth - prediction) ** 2) / np.sum(truth**2)


@slip("10.3")
def absolute_errors(truth, prediction):
    return 1 - np.mean(np.abs(truth - prediction)) / np.mean(np.abs(truth - truth.mean()))


@slip("10.3")
def sum_over_a_mean(truth, prediction):
    return 1 - np.sum((truth - prediction) ** 2) / np.var(truth)


@slip("10.3")
def standard_deviation_instead_of_variance(truth, prediction):
    return 1 - np.mean((truth - prediction) ** 2) / np.std(truth)


@slip("10.3")
def around_the_median(truth, prediction):
    return 1 - np.sum((truth - prediction) ** 2) / np.sum((truth - np.median(truth)) ** 2)


@slip("10.3")
def rounded_to_three_decimals(truth, prediction):
    return round(1 - np.mean((truth - prediction) ** 2) / np.var(truth), 3)


@slip("10.3")
def last_entry_dropped(truth, prediction):
    return 1 - np.mean((truth[:-1] - prediction[:-1]) ** 2) / np.var(truth)


# --- 11.1: my_pairs(codes) -----------------------------------------------------------------------------------------


@slip("11.1")
def says_the_first_letter_again(codes):
    return codes[:-1], np.append(codes[1:-1], codes[0])


@slip("11.1")
def the_last_two_left_out(codes):
    return codes[:-2], codes[1:-1]


@slip("11.1")
def sees_the_last_says_the_first(codes):
    return codes[1:], codes[:-1]


@slip("11.1")
def pairs_as_rows(codes):
    return list(pairwise(codes))


@slip("11.1")
def backwards(codes):
    return codes[::-1][:-1], codes[::-1][1:]


@slip("11.1")
def length_of_four(codes):
    return codes[:3], codes[1:4]


@slip("11.1")
def padded_with_minus_one(codes):
    return codes, np.append(codes[1:], -1)


# --- 11.2: my_next_law(belief, transition, emission) ---------------------------------------------------------------


@slip("11.2")
def transition_turned(belief, transition, emission):
    return belief @ transition.T @ emission


@slip("11.2")
def stays_where_it_is(belief, transition, emission):
    return belief @ (np.diag(transition)[:, None] * emission)


@slip("11.2")
def letters_weighed_before_the_step(belief, transition, emission):
    return (belief[:, None] * emission).sum(axis=0)


@slip("11.2")
def two_states_only(belief, transition, emission):
    p = belief[0] * transition[0, 0] + belief[1] * transition[1, 0]
    return p * emission[0] + (1 - p) * emission[1]


@slip("11.2")
def mean_instead_of_sum(belief, transition, emission):
    return ((belief @ transition)[:, None] * emission).mean(axis=0)


@slip("11.2")
def only_the_most_probable_letter(belief, transition, emission):
    return (belief @ transition @ emission).argmax()


@slip("11.2")
def rounded_belief(belief, transition, emission):
    return np.round(belief) @ transition @ emission


# --- 11.4: my_distance(says, w, d) ---------------------------------------------------------------------------------


@slip("11.4")
def to_minus_one(says, w, d):
    return (-1 - says) / (w @ d)


@slip("11.4")
def lengths_multiplied(says, w, d):
    return -2 * says / (np.linalg.norm(w) * np.linalg.norm(d))


@slip("11.4")
def first_entry_only(says, w, d):
    return -2 * says / (w[0] * d[0])


@slip("11.4")
def the_other_way_up(says, w, d):
    return -(w @ d) / (2 * says)


@slip("11.4")
def always_forward(says, w, d):
    return abs(2 * says / (w @ d))


@slip("11.4")
def the_new_place_instead_of_the_distance(says, w, d):
    return -2 * says / (w @ d) * d


# --- 12.1: gc_share(sequence) --------------------------------------------------------------------------------------


@slip("12.1")
def only_n_taken_out(sequence):
    known = sequence.replace("N", "")
    return (known.count("G") + known.count("C")) / len(known)


@slip("12.1")
def only_n_r_and_y_taken_out(sequence):
    known = [letter for letter in sequence if letter not in "NRY"]
    return sum(letter in "GC" for letter in known) / len(known)


@slip("12.1")
def all_ambiguity_letters_out_but_gaps_counted(sequence):
    known = [letter for letter in sequence if letter not in "NRYSWKMBDHV"]
    return sum(letter in "GC" for letter in known) / len(known)


@slip("12.1")
def s_counted_as_g_or_c(sequence):
    """S is "G or C" in the code of ambiguous letters; W is "A or T"."""
    gc = sum(letter in "GCS" for letter in sequence)
    return gc / (gc + sum(letter in "ATW" for letter in sequence))


@slip("12.1")
def u_counted_as_t(sequence):
    known = [letter for letter in sequence if letter in "ACGTU"]
    return sum(letter in "GC" for letter in known) / len(known)


@slip("12.1")
def all_letters_of_the_alphabet_known(sequence):
    known = [letter for letter in sequence if letter.isalpha() and letter != "N"]
    return sum(letter in "GC" for letter in known) / len(known)


@slip("12.1")
def stops_at_the_first_n(sequence):
    known = sequence.split("N")[0]
    return sum(letter in "GC" for letter in known) / len(known)


@slip("12.1")
def n_taken_off_the_ends_only(sequence):
    known = sequence.strip("NRY")
    return sum(letter in "GC" for letter in known) / len(known)


@slip("12.1")
def distinct_letters(sequence):
    known = set(sequence) & set("ACGT")
    return len(known & set("GC")) / len(known)


@slip("12.1")
def pairs_cg_and_gc(sequence):
    known = [letter for letter in sequence if letter in "ACGT"]
    return (sequence.count("GC") + sequence.count("CG")) / len(known)


@slip("12.1")
def t_forgotten_below_the_line(sequence):
    gc = sequence.count("G") + sequence.count("C")
    return gc / (gc + sequence.count("A"))


# --- 12.2: rows_to_probabilities(pairs) ---------------------------------------------------------------------------


@slip("12.2")
def three_decimals(pairs):
    counts = pairs.sum(axis=0)
    return np.round(counts / counts.sum(axis=1, keepdims=True), 3)


@slip("12.2")
def no_probability_below_a_thousandth(pairs):
    counts = pairs.sum(axis=0)
    return np.maximum(counts / counts.sum(axis=1, keepdims=True), 1e-3)


@slip("12.2")
def one_added_to_every_count(pairs):
    counts = pairs.sum(axis=0)
    return (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)


@slip("12.2")
def one_added_to_an_empty_count(pairs):
    counts = pairs.sum(axis=0)
    counts = np.where(counts == 0, 1.0, counts)
    return counts / counts.sum(axis=1, keepdims=True)


@slip("12.2")
def made_symmetric(pairs):
    counts = pairs.sum(axis=0)
    both = counts + counts.T
    return both / both.sum(axis=1, keepdims=True)


@slip("12.2")
def two_states_typed_in(pairs):
    counts = pairs.sum(axis=0)
    stay = np.diag(counts) / counts.sum(axis=1)
    return np.array([[stay[0], 1 - stay[0]], [1 - stay[1], stay[1]]])


@slip("12.2")
def what_does_not_stay_dealt_out_evenly(pairs):
    counts = pairs.sum(axis=0)
    stay = np.diag(counts) / counts.sum(axis=1)
    rest = np.repeat((1 - stay)[:, None] / (len(counts) - 1), len(counts), axis=1)
    np.fill_diagonal(rest, stay)
    return rest


@slip("12.2")
def mean_of_the_row(pairs):
    counts = pairs.sum(axis=0)
    return counts / counts.mean(axis=1, keepdims=True)


@slip("12.2")
def unit_length(pairs):
    counts = pairs.sum(axis=0)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


@slip("12.2")
def written_into_the_pairs(pairs):
    for table in pairs[1:]:
        pairs[0] += table
    return pairs[0] / pairs[0].sum(axis=1, keepdims=True)


@slip("12.2")
def last_position_left_out(pairs):
    counts = pairs[:-1].sum(axis=0)
    return counts / counts.sum(axis=1, keepdims=True)


@slip("12.2")
def divided_by_the_number_of_positions_in_the_state_before(pairs):
    before = pairs.argmax(axis=2)
    return pairs.sum(axis=0) / np.bincount(before.ravel(), minlength=pairs.shape[1])[:, None]


@slip("12.2")
def moves_without_stays(pairs):
    counts = pairs.sum(axis=0)
    np.fill_diagonal(counts, 0)
    return counts / counts.sum(axis=1, keepdims=True)


@slip("12.2")
def first_row_only(pairs):
    counts = pairs.sum(axis=0)
    rows = counts.copy()
    rows[0] = counts[0] / counts[0].sum()
    return rows


# --- 12.4: table_of_segments(path) ---------------------------------------------------------------------------------


@slip("12.4")
def segments_of_h_only(path):
    found, start = [], 1
    for state, run in groupby(path):
        end = start + len(list(run)) - 1
        if state == "H":
            found.append((start, end))
        start = end + 1
    return found


@slip("12.4")
def next_start_not_moved_on(path):
    found, start = [], 1
    for _, run in groupby(path):
        end = start + len(list(run)) - 1
        found.append((start, end))
        start = end
    return found


@slip("12.4")
def last_segment_of_one_letter(path):
    """The last segment is opened when the string ends, so it is right only if it has one letter."""
    found, start = [], 1
    for i in range(1, len(path)):
        if path[i] != path[i - 1]:
            found.append((start, i))
            start = i + 1
    if found:
        found.append((len(path), len(path)))
    return found or [(1, len(path))]


@slip("12.4")
def found_with_find(path):
    """`find` gives the first place where such a run stands."""
    runs = ["".join(run) for _, run in groupby(path)]
    return [(path.find(run) + 1, path.find(run) + len(run)) for run in runs]


@slip("12.4")
def h_first_then_l(path):
    found, start = {"H": [], "L": []}, 1
    for state, run in groupby(path):
        end = start + len(list(run)) - 1
        found[state].append((start, end))
        start = end + 1
    return found["H"] + found["L"]


@slip("12.4")
def first_change_only(path):
    cut = next((i for i in range(1, len(path)) if path[i] != path[0]), len(path))
    return [(1, cut), (cut + 1, len(path))] if cut < len(path) else [(1, cut)]


@slip("12.4")
def segments_of_one_letter_dropped(path):
    found, start = [], 1
    for _, run in groupby(path):
        end = start + len(list(run)) - 1
        if end > start:
            found.append((start, end))
        start = end + 1
    return found


@slip("12.4")
def the_state_before_start_and_end(path):
    found, start = [], 1
    for state, run in groupby(path):
        end = start + len(list(run)) - 1
        found.append((state, start, end))
        start = end + 1
    return found


@slip("12.4")
def the_first_letter_compared_with_the_last_one(path):
    """path[-1] is the last letter, not nothing."""
    found, start = [], 1
    for i in range(len(path)):
        if path[i] != path[i - 1]:
            found.append((start, i))
            start = i + 1
    return [*found, (start, len(path))]


@slip("12.4")
def all_numbers_in_one_row(path):
    found, start = [], 1
    for _, run in groupby(path):
        end = start + len(list(run)) - 1
        found += [start, end]
        start = end + 1
    return found


# --- 13.3: mean_per_codon(nll_per_gene, codons_per_gene) -----------------------------------------------------------


@slip("13.3")
def start_or_stop_codon_left_out(nll_per_gene, codons_per_gene):
    return np.average(nll_per_gene, weights=codons_per_gene - 1)


@slip("13.3")
def total_over_the_mean_length(nll_per_gene, codons_per_gene):
    return np.sum(nll_per_gene * codons_per_gene) / np.mean(codons_per_gene)


@slip("13.3")
def products_averaged_over_genes(nll_per_gene, codons_per_gene):
    return np.mean(nll_per_gene * codons_per_gene) / np.sum(codons_per_gene)


@slip("13.3")
def lengths_sorted(nll_per_gene, codons_per_gene):
    return np.average(nll_per_gene, weights=np.sort(codons_per_gene))


@slip("13.3")
def last_gene_dropped(nll_per_gene, codons_per_gene):
    total = sum(nll_per_gene[i] * codons_per_gene[i] for i in range(len(nll_per_gene) - 1))
    return total / sum(codons_per_gene)


@slip("13.3")
def weighted_by_the_logarithm(nll_per_gene, codons_per_gene):
    return np.average(nll_per_gene, weights=np.log(codons_per_gene))


@slip("13.3")
def perplexity(nll_per_gene, codons_per_gene):
    return np.exp(np.average(nll_per_gene, weights=codons_per_gene))


@slip("13.3")
def the_longest_gene_alone(nll_per_gene, codons_per_gene):
    return nll_per_gene[np.argmax(codons_per_gene)]


@slip("13.3")
def short_genes_left_out(nll_per_gene, codons_per_gene):
    """A filter from another analysis: genes of fewer than thirty codons are thrown away."""
    keep = codons_per_gene >= min(30, codons_per_gene.max())
    return np.average(nll_per_gene[keep], weights=codons_per_gene[keep])


@slip("13.3")
def mean_of_probabilities(nll_per_gene, codons_per_gene):
    return -np.log(np.average(np.exp(-nll_per_gene), weights=codons_per_gene))


# --- 14.2: padding(lengths) ---------------------------------------------------------------------------------------


@slip("14.2")
def the_last_taken_for_the_longest(lengths):
    return 1 - sum(lengths) / (len(lengths) * lengths[-1])


@slip("14.2")
def the_first_taken_for_the_longest(lengths):
    return 1 - sum(lengths) / (len(lengths) * lengths[0])


@slip("14.2")
def rows_without_padding_not_counted(lengths):
    short = [n for n in lengths if n < max(lengths)]
    return sum(max(lengths) - n for n in short) / (len(short) * max(lengths)) if short else 0.0


@slip("14.2")
def equal_lengths_counted_once(lengths):
    lengths = set(lengths)
    return 1 - sum(lengths) / (len(lengths) * max(lengths))


@slip("14.2")
def one_longest_row_taken_off(lengths):
    lengths.remove(max(lengths))
    return 1 - sum(lengths) / (len(lengths) * max(lengths)) if lengths else 0.0


@slip("14.2")
def rounded_down(lengths):
    return 1 - sum(lengths) // (len(lengths) * max(lengths))


@slip("14.2")
def a_window_of_500_typed_in(lengths):
    return 1 - sum(lengths) / (len(lengths) * 500)


@slip("14.2")
def three_decimals_of_padding(lengths):
    return round(1 - sum(lengths) / (len(lengths) * max(lengths)), 3)


@slip("14.2")
def padded_to_the_mean(lengths):
    mean = sum(lengths) / len(lengths)
    return sum(max(mean - n, 0) for n in lengths) / (mean * len(lengths))


@slip("14.2")
def one_column_too_many(lengths):
    return 1 - sum(lengths) / (len(lengths) * (max(lengths) + 1))


# --- 14.4: paper_model(n, compute, message) -----------------------------------------------------------------------


@slip("14.4")
def a_tree_of_messages(n, compute, message):
    return compute / n + 2 * np.log2(n) * message


@slip("14.4")
def everybody_to_everybody(n, compute, message):
    return compute / n + n * (n - 1) * message


@slip("14.4")
def brackets_forgotten(n, compute, message):
    return compute / n + 2 * n - 1 * message


@slip("14.4")
def work_and_messages_at_the_same_time(n, compute, message):
    return max(compute / n, 2 * (n - 1) * message)


@slip("14.4")
def work_divided_by_the_other_workers(n, compute, message):
    return compute / max(n - 1, 1) + 2 * (n - 1) * message


@slip("14.4")
def message_time_typed_in(n, compute, message):
    return compute / n + 2 * (n - 1) * 1e-4


@slip("14.4")
def messages_counted_but_not_timed(n, compute, message):
    return compute / n + 2 * (n - 1)


@slip("14.4")
def divided_down_to_a_whole_number(n, compute, message):
    return compute // n + 2 * (n - 1) * message


@slip("14.4")
def to_the_millisecond(n, compute, message):
    return round(compute / n + 2 * (n - 1) * message, 3)


@slip("14.4")
def one_worker_pays_for_a_message(n, compute, message):
    return compute / n + 2 * max(n - 1, 1) * message
