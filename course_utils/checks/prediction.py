"""Checkers of lesson 06."""

from itertools import groupby, pairwise

import numpy as np

from course_utils.checks import Function, Number


def _matches(truth, prediction):
    if len(truth) != len(prediction):
        raise ValueError("the lengths differ")
    return sum(t == p for t, p in zip(truth, prediction, strict=True)) / len(truth)


def _matches_numpy(truth, prediction):
    if len(truth) != len(prediction):
        raise ValueError("the lengths differ")
    return np.mean(np.array(list(truth)) == np.array(list(prediction)))


share_of_matches = Function(
    "6.2",
    answer=_matches,
    also_right=(_matches_numpy,),
    wrong=[
        (
            lambda a, b: sum(x == y for x, y in zip(a, b, strict=False)) / min(len(a), len(b)),
            "zip stops at the end of the shorter one: compare the lengths first",
        ),
        (
            lambda a, b: sum(x == y for x, y in zip(a, b, strict=False)) / len(a),
            "zip stops at the end of the shorter one: compare the lengths first",
        ),
        (
            lambda a, b: sum(x == y for x, y in zip(a, b, strict=True)),
            "that is the number of matches; divide by the length",
        ),
        (lambda a, b: sum(x != y for x, y in zip(a, b, strict=True)) / len(a), "that is the share of mismatches"),
        (lambda a, b: _matches(a, b) * 100, "give it as a share between 0 and 1, not in per cent"),
        (lambda a, b: float(a == b), "that is 1 or 0 for the whole string; compare position by position"),
        (
            lambda a, b: np.mean(np.array(list(a)) == np.array(list(b))),
            "NumPy stretches one letter to the length of the other string; compare the lengths first",
        ),
    ],
    # NumPy stretches a single letter to the other's length
    cases=[
        ("HHL", "HLL"),
        ("HHLL", "HLLL"),
        ("HLHLL", "LHLHH"),
        ("HH", "HH"),
        ("HHL", "HH"),
        ("HH", "HHLL"),
        ("H", "HHH"),
        ("HHH", "H"),
        ("", "HL"),
    ],
    expects=lambda truth, prediction: (
        f"The pairs are {' '.join(map(''.join, zip(truth, prediction, strict=True)))}: "
        "count those of two equal letters, and divide by the number of pairs"
    ),
)

_probabilities = np.array([[0.9, 0.1], [0.5, 0.5], [0.0, 1.0], [0.4, 0.6], [0.648, 0.352], [0.65, 0.35]])
name_states = Function(
    "6.1",
    answer=lambda probabilities, threshold: "".join("H" if p >= threshold else "L" for p, _ in probabilities),
    also_right=(lambda p, threshold: "".join(np.where(p[:, 0] >= threshold, "H", "L").tolist()),),
    wrong=[
        (
            lambda p, t: "".join("H" if row[0] > t else "L" for row in p),
            "at the threshold itself the answer should be H: `>=`",
        ),
        (lambda p, t: "".join("H" if row[1] >= t else "L" for row in p), "column 1 is P(L); column 0 is P(H)"),
        (
            lambda p, t: "".join("HL"[row.argmax()] for row in p),
            "the threshold makes no difference; compare P(H) with it",
        ),
        (
            lambda p, t: "".join("H" if row[0] >= max(t, 0.5) else "L" for row in p),
            "a threshold below .5 names H even where L is more probable: compare P(H) with the threshold only",
        ),
        (lambda p, t: "".join("L" if row[0] >= t else "H" for row in p), "H and L are swapped"),
        (lambda p, t: ["H" if row[0] >= t else "L" for row in p], "return one string: join the letters"),
    ],
    cases=[
        (_probabilities[:2], 0.5),
        (_probabilities[:1], 0.95),
        (_probabilities[3:], 0.4),
        (_probabilities[2:], 0.0),
        (_probabilities[1:], 0.65),
    ],
    expects="Each pair is P(H), P(L). Name H where P(H) is the threshold or more",
)

expected_score = Number(
    "6.4",
    answer=(200 * 0.55 + 300 * 0.65) / 500,
    also_right=(305 / 500, np.float64(0.61)),
    wrong=[
        ((200 * 0.55 + 300 * 0.35) / 500, "where P(H) is .35 the network names L, and L has .65"),
        (0.6, "weigh the two by how many positions each has"),
        (0.45, "where P(H) is .35 the network names L, and L has .65; then weigh by the positions"),
        (305, "that is the number of positions; what share is it?"),
        (0.55, "that is the share at the first 200 positions only"),
    ],
    tolerance=0.001,
    otherwise="how often is it right at the first 200, and how often at the other 300?",
)


def _runs(states):
    lengths = [1]
    for before, after in pairwise(states):
        if before == after:
            lengths[-1] += 1
        else:
            lengths.append(1)
    return lengths


def _runs_numpy(states):
    letters = np.array(list(states))
    ends = np.flatnonzero(np.append(letters[1:] != letters[:-1], True))
    return np.diff(np.append(-1, ends))


run_lengths = Function(
    "6.3",
    answer=_runs,
    also_right=(_runs_numpy,),
    wrong=[
        (lambda s: _runs(s)[:-1], "the last run is missing: it ends with the string, not with a change"),
        (lambda s: [n - 1 for n in _runs(s)], "each run is one too short: its first position counts"),
        (lambda s: [s.count("H"), s.count("L")], "that counts the letters; a run ends wherever the letter changes"),
        (lambda s: sorted(_runs(s)), "keep the order in which the runs come"),
        (lambda s: len(_runs(s)), "that is the number of runs; how long is each?"),
    ],
    cases=[("HHLLLH",), ("LLLL",), ("H",), ("HLHLLLLHH",), ("L" * 12 + "H",)],
    expects=lambda states: f"Its runs are {', '.join(''.join(run) for _, run in groupby(states))}",
)
