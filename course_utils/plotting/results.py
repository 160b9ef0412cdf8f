"""Figures that show results. A dictionary has a name for each curve or row; the name of a reader decides its look."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_utils.plotting.style import OTHERS, READERS, above, logarithmic, reader, styles

DASHES = ("--", ":", "-.", (0, (1, 3)))


def learning_curves(curves: dict, limits: dict, xlabel: str, ylabel="NLL (nats per position)", log=False) -> Figure:
    """Measured curves (name -> x and y) and known levels (name -> y); log: True for both axes, "x" or "y" for one."""
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    for (name, (x, y)), style in zip(curves.items(), styles(curves), strict=True):
        ax.plot(x, y, label=name, ms=5, **style | ({} if len(x) < 40 else {"marker": None}))
    for (name, level), dash in zip(limits.items(), cycle(DASHES), strict=False):
        look = READERS.get(reader(name), {"color": "black"})
        ax.axhline(level, label=name, lw=1.2, ls=dash, color=look["color"])
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


def _look(name: str) -> dict:
    """A row has its name beside it, so two networks look alike, and so do two of no reader."""
    return READERS.get(reader(name), OTHERS[0])


def _rows(ax, names: list[str], xlabel: str) -> None:
    """A row for each name, from below, without an axis line or ticks that say nothing."""
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(-0.6, len(names) - 0.4), xlabel=xlabel)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
