"""The figures. A dictionary has a name for each curve or row; the name of a reader decides its look."""

from itertools import cycle, groupby

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_utils.plotting.style import OTHERS, READERS, STATES, above, logarithmic, reader, styles

DASHES = ("--", ":", "-.", (0, (1, 3)))


def learning_curves(curves: dict, limits: dict, xlabel: str, ylabel="NLL (nats per position)", log=False) -> Figure:
    """Measured curves (name -> x and y) and known levels (name -> y); log: True for both axes, "x" or "y" for one."""
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    for (name, (x, y)), style in zip(curves.items(), styles(curves), strict=True):
        ax.plot(x, y, label=name, ms=5, **style | ({} if len(x) < 40 else {"marker": None}))
    for (name, level), dash in zip(limits.items(), cycle(DASHES), strict=False):
        ax.axhline(level, label=name, lw=1.2, ls=dash, color=READERS.get(reader(name), {"color": "black"})["color"])
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if all(np.equal(x, np.round(x)).all() for x, _ in curves.values()):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    logarithmic(ax, "xy" if log is True else log or "")
    above(ax, ncols=2)
    return fig


def ladder(scores: pd.Series, limit: float | None, xlabel: str = "accuracy") -> Figure:
    """One score a reader, the first one lowest, and the limit that nobody can pass (None: nobody knows it)."""
    fig, ax = plt.subplots(figsize=(6.4, 0.32 * len(scores) + 0.9))
    for row, (name, score) in enumerate(scores.items()):
        ax.axhline(row, color="#D0D0D0", lw=0.8, zorder=0)
        ax.plot(score, row, ms=8, **_look(name) | {"ls": ""})
    if limit is not None:
        ax.axvline(limit, color="black", lw=1, ls="--", zorder=0)
        ax.text(limit, len(scores) - 0.3, "Bayes limit", ha="center", va="bottom", fontsize="small")
    _rows(ax, list(scores.index), xlabel)
    return fig


def intervals(rows: dict, margin: float | None, xlabel: str) -> Figure:
    """Estimates with their intervals (name -> low, estimate, high) around 0, and the margin of equivalence."""
    fig, ax = plt.subplots(figsize=(6.4, 0.36 * len(rows) + 1.0))
    for y, (name, (low, middle, high)) in enumerate(reversed(rows.items())):
        ax.plot([low, high], [y, y], color=_look(name)["color"], lw=2, marker="|", ms=8)
        ax.plot(middle, y, **_look(name))
    ax.axvline(0, color="black", lw=0.8)
    if margin is not None:
        ax.axvspan(-margin, margin, color="#E3E3E3", zorder=0, label="margin of equivalence")
        above(ax)
    _rows(ax, list(reversed(rows)), xlabel)
    return fig


def tracks(truth: str | None, curves: dict, dna: str | None = None) -> Figure:
    """P(state H) along a sequence, one line a reader, below a strip that shows the true states.

    truth: a string of H and L, or None; curves: name -> probabilities (L,); dna: letters to write below each position.
    """
    x = np.arange(len(next(iter(curves.values()))))
    fig, ax = plt.subplots(figsize=(7.6, 2.5))
    for (name, curve), style in zip(curves.items(), styles(curves), strict=True):
        ax.plot(x, curve, label=name, ms=4, **style | ({} if len(x) <= 30 else {"marker": None}))
    ax.axhline(0.5, color="black", lw=0.5, zorder=0)
    ticks = {0: "0", 0.5: "0.5", 1: "1"}
    if truth is not None:
        begin, tag = -0.5, dict(facecolor="white", edgecolor="none", pad=1.2)
        for state, run in groupby(truth):
            length = len(list(run))
            ax.bar(begin, 0.13, length, 1.08, align="edge", edgecolor="white", lw=0, alpha=0.75, **STATES[state])
            if length > len(truth) / 22:  # there is room for its name
                look = dict(ha="center", va="center_baseline", fontsize="x-small", bbox=tag)
                ax.text(begin + length / 2, 1.145, state, **look)
            begin += length
        ticks[1.145] = "truth"
    ax.set(xlim=(x[0] - 0.5, x[-1] + 0.5), ylim=(-0.02, max(ticks) + 0.07))
    ax.set(yticks=list(ticks), yticklabels=ticks.values(), xlabel="position (nucleotides)", ylabel="P(state H)")
    if dna is not None:
        ax.set_xticks(x, list(dna))
        ax.set_xlabel("nucleotide")
    above(ax, ncols=4)
    return fig


def _look(name: str) -> dict:
    """A row has its name beside it, so two networks look alike, and so do two of no reader."""
    return READERS.get(reader(name), OTHERS[0])


def _rows(ax, names: list[str], xlabel: str) -> None:
    """A row for each name, from below, without an axis line or ticks that say nothing."""
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(-0.6, len(names) - 0.4), xlabel=xlabel)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
