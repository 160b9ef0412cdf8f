"""Right answers to the function exercises, as people write them who think in PyTorch, pandas or float32."""

import re
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from test_checks import CHECKERS


def _codes(text):
    return torch.tensor([ord(letter) for letter in text])


def _compared_in_torch(truth, prediction):
    if len(truth) != len(prediction):
        raise ValueError("lengths differ")
    return (_codes(truth) == _codes(prediction)).float().mean()


def _runs_in_pandas(states):
    letters = pd.Series(list(states))
    return letters.groupby((letters != letters.shift()).cumsum()).size()


def _segments_in_pandas(path):
    table = pd.DataFrame({"state": list(path), "position": range(1, len(path) + 1)})
    runs = table.groupby((table["state"] != table["state"].shift()).cumsum())["position"]
    return pd.DataFrame({"start": runs.min(), "end": runs.max()})


def _stop_recursively(losses, patience, best=0):
    later = [i for i in range(best + 1, min(best + patience + 1, len(losses))) if losses[i] < losses[best]]
    return _stop_recursively(losses, patience, later[0]) if later else best


def _r2_in_torch(truth, prediction):
    truth, prediction = torch.tensor(truth).float(), torch.tensor(prediction).float()
    return 1 - (truth - prediction).square().mean() / truth.var(unbiased=False)


def _padding_in_torch(lengths):
    rows = torch.nn.utils.rnn.pad_sequence([torch.ones(n) for n in lengths], batch_first=True)
    return 1 - rows.mean()


def _padding_in_numpy(lengths):
    lengths = np.array(lengths)
    return ((lengths.max() - lengths) / lengths.max()).mean()


STYLES = {
    "0.2": [
        lambda dna: pd.Series(list(dna)).isin(["C", "G"]).map({True: "H", False: "L"}).str.cat(),
        lambda dna: "".join("LH"[int(strong)] for strong in (_codes(dna) == ord("C")) | (_codes(dna) == ord("G"))),
        lambda dna: re.sub("[AT]", "L", re.sub("[CG]", "H", dna)),
        lambda dna: np.str_("".join(map({"A": "L", "C": "H", "G": "H", "T": "L"}.get, dna))),
    ],
    "6.1": [
        lambda p, t: pd.DataFrame(p, columns=["H", "L"])["H"].ge(t).map({True: "H", False: "L"}).str.cat(),
        lambda p, t: "".join("LH"[int(enough)] for enough in torch.tensor(p)[:, 0] >= t),
        lambda p, t: np.str_("".join(np.where(p[:, 0] < t, "L", "H"))),
    ],
    "6.2": [
        lambda a, b: (pd.Series(list(a)) == pd.Series(list(b))).mean(),  # pandas refuses two lengths with a ValueError
        lambda a, b: Fraction(sum(x == y for x, y in zip(a, b, strict=True)), len(a)),
        _compared_in_torch,
    ],
    "6.3": [
        _runs_in_pandas,
        lambda states: torch.unique_consecutive(_codes(states), return_counts=True)[1],
        lambda states: tuple(len(run) for run in re.findall("H+|L+", states)),
    ],
    "7.4": [
        lambda observed, null: np.mean(np.append(null, observed) >= observed),
        lambda observed, null: np.float32((null >= observed).sum() + 1) / np.float32(len(null) + 1),
        lambda observed, null: ((torch.tensor(null) >= observed).sum() + 1) / (len(null) + 1),
        lambda observed, null: (pd.Series(null).ge(observed).sum() + 1) / (len(null) + 1),
    ],
    "8.4": [
        lambda low, high, margin: np.all(np.abs([low, high]) < margin),
        lambda low, high, margin: (torch.tensor([low, high]).abs() < margin).all(),
        lambda low, high, margin: np.array([-margin < low <= high < margin]),
        lambda low, high, margin: pd.Series([low, high]).between(-margin, margin, inclusive="neither").all(),
    ],
    "10.3": [
        _r2_in_torch,
        lambda t, p: 1 - pd.Series(t - p).pow(2).mean() / pd.Series(t).var(ddof=0),
        lambda t, p: 1 - np.float32(np.sum((t - p) ** 2)) / np.float32(np.sum((t - t.mean()) ** 2)),
        lambda t, p: np.array([1 - np.linalg.norm(t - p) ** 2 / np.linalg.norm(t - t.mean()) ** 2]),
    ],
    "9.4": [
        _stop_recursively,
        lambda losses, patience: torch.tensor(_stop_recursively(losses, patience)),
        lambda losses, patience: np.int64(_stop_recursively(losses, patience)),
    ],
    "11.1": [
        lambda codes: torch.tensor(codes).unfold(0, 2, 1).T,
        lambda codes: [list(codes[:-1]), list(codes[1:])],
        lambda codes: np.array(list(pairwise(codes))).T,
    ],
    "11.2": [
        lambda b, t, e: torch.tensor(b) @ torch.tensor(t) @ torch.tensor(e),
        lambda b, t, e: np.einsum("i,ij,jk->k", b, t, e),
        lambda b, t, e: pd.DataFrame(e).mul(b @ t, axis=0).sum(),
        lambda b, t, e: np.float32(b) @ (np.float32(t) @ np.float32(e)),
    ],
    "11.4": [
        lambda says, w, d: np.float32(-says - says) / np.float32(np.dot(d, w)),
        lambda says, w, d: torch.tensor(says).mul(-2) / torch.dot(torch.tensor(w), torch.tensor(d)),
        lambda says, w, d: np.array([2 * says / -(w * d).sum()]),
    ],
    "12.1": [
        lambda s: len(re.findall("[GC]", s)) / len(re.findall("[ACGT]", s)),
        lambda s: pd.Series(list(s))[lambda letters: letters.isin(list("ACGT"))].isin(["G", "C"]).mean(),
        lambda s: np.float32(np.isin(list(s), ["G", "C"]).sum() / np.isin(list(s), list("ACGT")).sum()),
        lambda s: (lambda n: torch.tensor((n["G"] + n["C"]) / sum(n[x] for x in "ACGT")))(Counter(s)),
    ],
    "12.2": [
        lambda pairs: pd.DataFrame(pairs.sum(axis=0)).pipe(lambda table: table.div(table.sum(axis=1), axis=0)),
        lambda pairs: [[value / sum(row) for value in row] for row in pairs.sum(axis=0).tolist()],
        lambda pairs: torch.nn.functional.normalize(torch.tensor(pairs).float().sum(0), p=1, dim=1),
        lambda pairs: pairs.mean(axis=0) / pairs.mean(axis=0).sum(axis=1)[:, None],
    ],
    "12.4": [
        _segments_in_pandas,
        lambda path: [[run.start() + 1, run.end()] for run in re.finditer("H+|L+", path)],
        lambda path: torch.tensor([(run.start() + 1, run.end()) for run in re.finditer("H+|L+", path)]),
    ],
    "13.3": [
        lambda nll, n: nll @ n / n.sum(),
        lambda nll, n: np.repeat(nll, n).mean(),
        lambda nll, n: np.float32(nll) @ np.float32(n) / np.float32(n.sum()),
        lambda nll, n: torch.tensor([(nll * n).sum() / n.sum()]),
        lambda nll, n: pd.Series(nll).mul(n).sum() / n.sum(),
    ],
    "14.2": [_padding_in_numpy, _padding_in_torch, lambda n: Fraction(max(n) * len(n) - sum(n), max(n) * len(n))],
    "14.4": [
        lambda n, compute, message: np.float32(compute) / n + 2 * (n - 1) * np.float32(message),
        lambda n, compute, message: torch.tensor(compute) / n + 2 * (n - 1) * message,
        lambda n, compute, message: sum([compute / n, *[message] * (n - 1), *[message] * (n - 1)]),
    ],
}


@pytest.mark.parametrize("number", STYLES)
def test_another_style_is_right_too(number, capsys):
    for attempt in STYLES[number]:
        CHECKERS[number](attempt)
        assert capsys.readouterr().out == f"Exercise {CHECKERS[number].exercise} - correct\n"
