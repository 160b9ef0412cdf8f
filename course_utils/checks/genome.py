"""Checkers of lesson 12."""

import re
from itertools import groupby

import numpy as np

from course_utils.checks import Choice, Function
from course_utils.checks._values import show


def _gc(sequence):
    gc = sequence.count("G") + sequence.count("C")
    return gc / (gc + sequence.count("A") + sequence.count("T"))


def _gc_letter_by_letter(sequence):
    return _share_of_gc([letter for letter in sequence if letter in "ACGT"])


def _share_of_gc(letters):
    return sum(letter in "GC" for letter in letters) / len(letters)


gc_share = Function(
    "12.1",
    answer=_gc,
    also_right=(_gc_letter_by_letter,),
    wrong=[
        (
            lambda s: (s.count("G") + s.count("C")) / len(s),
            "an N is not evidence for A or T: divide by the known letters, not by the length",
        ),
        (lambda s: s.count("G") + s.count("C"), "that is a count; the question is a share"),
        (lambda s: 1 - _gc(s), "that is the share of A and T"),
        (lambda s: 100 * _gc(s), "that is in per cent; give a share between 0 and 1"),
        (
            lambda s: _share_of_gc(s.replace("N", "")),
            "N is not the only letter that is not known: divide by the number of A, C, G and T",
        ),
        (
            lambda s: (s.count("G") + s.count("C")) / (s.count("A") + s.count("T")),
            "that is the ratio of GC to AT; divide by all known letters",
        ),
        (lambda s: s.count("GC") / max(len(s), 1), 'that counts the pair "GC", not the letters G and C'),
        (
            lambda s: s.count("G") / (s.count("A") + s.count("C") + s.count("G") + s.count("T")),
            "that is G alone; C counts too",
        ),
    ],
    # what a file may hold beside A, C, G, T, N: U of RNA, gaps, and letters for "one of two" or "one of three"
    cases=[
        ("GATTACA",),
        ("GCNN",),
        ("ANGCN",),
        ("AAAA",),
        ("GGC",),
        ("ACGTNRY",),
        ("GATSU-",),
        ("GATSWKMBDHV",),
    ],
    expects=lambda sequence: f"The known letters are {re.sub('[^ACGT]', '', sequence)}",
)


def _rows(pairs):
    counts = pairs.sum(axis=0)
    return counts / counts.sum(axis=1, keepdims=True)


def _rows_in_a_loop(pairs):
    return np.array([row / row.sum() for row in sum(pairs)])


def _row_by_row(table):
    return table / table.sum(axis=-1, keepdims=True)


_pairs = np.random.default_rng(0).dirichlet(np.full(9, 0.5), 40).reshape(40, 3, 3)
rows_to_probabilities = Function(
    "12.2",
    answer=_rows,
    also_right=(_rows_in_a_loop,),
    wrong=[
        (
            lambda p: _row_by_row(p).mean(axis=0),
            "first add up over the positions, then divide: a position where state i is improbable must count less",
        ),
        (lambda p: p.sum(axis=0), "those are the expected counts; divide each row by its sum"),
        (lambda p: p.mean(axis=0), "that sums to 1 as a whole; each row must: divide it by its sum"),
        (_row_by_row, "that is one table a position; add up over the positions first"),
        (lambda p: _row_by_row(p.sum(axis=0).T).T, "the columns sum to 1 now; row i is what happens after state i"),
        (
            lambda p: p.sum(axis=0) / p.sum(axis=0).sum(axis=1),
            "without keepdims this divides along the columns; the rows must sum to 1",
        ),
        (lambda p: _rows(p).T, "transposed: the state before belongs in the rows"),
        (
            lambda p: _row_by_row(
                np.bincount(p.reshape(len(p), -1).argmax(1), minlength=p[0].size).reshape(p[0].shape)
            ),
            "each pair counts with its probability, not only the most probable one",
        ),
    ],
    # two positions, the first almost surely H; one position with a pair that cannot be; three states
    cases=[
        (np.array([[[0.85, 0.1], [0.01, 0.04]], [[0.1, 0.2], [0.3, 0.4]]]),),
        (np.array([[[0.0, 0.5], [0.1, 0.4]]]),),
        (_pairs,),
    ],
    expects=lambda pairs: f"The expected counts are {show(pairs.sum(axis=0))}; each row of the result sums to 1",
)


def _segments(path):
    found, start = [], 1
    for _, run in groupby(path):
        end = start + len(list(run)) - 1
        found.append((start, end))
        start = end + 1
    return found


def _segments_by_changes(path):
    edges = [0, *[i for i in range(1, len(path)) if path[i] != path[i - 1]], len(path)]
    return np.stack([np.array(edges[:-1]) + 1, edges[1:]], axis=1)


def _moved(start, end):
    return lambda path: [(a + start, b + end) for a, b in _segments(path)]


_NO_STATE = "leave the state out: each segment is its start and its end only"
table_of_segments = Function(
    "12.4",
    answer=_segments,
    also_right=(_segments_by_changes,),
    wrong=[
        (_moved(-1, -1), "positions count from 1 here, not from 0"),
        (_moved(-1, 0), "that is the half-open form, counted from 0; here the first position is 1"),
        (_moved(0, 1), "the end is one too far: both ends are included"),
        (lambda path: _segments(path)[:-1], "the last segment is missing: it ends with the string, not with a change"),
        (lambda path: [(a, b - a + 1) for a, b in _segments(path)], "start and *end*, not start and length"),
        (lambda path: _segments(path)[1:], "the first segment is missing"),
        (lambda path: [a for a, _ in _segments(path)], "those are the starts; each segment needs its end as well"),
        (lambda path: [(a, b, path[a - 1]) for a, b in _segments(path)], _NO_STATE),
        (lambda path: [(path[a - 1], a, b) for a, b in _segments(path)], _NO_STATE),
    ],
    cases=[("HHL",), ("HLLL",), ("H",), ("LLLL",), ("HLHL",), ("LLHHHHHLLH",)],
    expects=lambda path: (
        f"Its runs are {', '.join(''.join(run) for _, run in groupby(path))}; the first letter is number 1"
    ),
)

best_path = Choice(
    "12.3",
    answer="a",
    also_right=("A", "(a)"),
    wrong=[
        ("b", "it finds the best path exactly; the search through all 512 agreed"),
        ("c", "it uses the whole sequence, more than the table does"),
        ("d", "logarithms keep the order of the paths; nothing is lost"),
    ],
)
