"""Figures that show results. A dictionary has a name for each curve or row; the name of a reader decides its look."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_utils.plotting.style import READERS, above, logarithmic, reader, styles

DASHES = ("--", ":", "-.", (0, (1, 3)))


def learning_curves(curves: dict, limits: dict, xlabel: str, ylabel="NLL (nats per position)", log=False) -> Figure:
    """Measured curves (name -> x and y) and known levels (name -> y); log: True for both axes, "x" or "y" for one."""
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    for (name, (x, y)), style in zip(curves.items(), styles(curves), strict=True):
        ax.plot(x, y, label=name, ms=5, **style | ({} if len(x) < 40 else {"marker": None}))
    _lines(ax.axhline, limits)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if all(np.equal(x, np.round(x)).all() for x, _ in curves.values()):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    logarithmic(ax, "xy" if log is True else log or "")
    above(ax, ncols=2)
    return fig


def ladder(scores: pd.Series, limit: float | None, xlabel: str = "accuracy") -> Figure:
    """One score a reader, the first one lowest, and the limit that nobody can pass (None: nobody knows it)."""
    fig, ax = plt.subplots(figsize=(6.4, 0.32 * len(scores) + 0.9))
    for row, (score, style) in enumerate(zip(scores, styles(scores.index), strict=True)):
        ax.axhline(row, color="#D0D0D0", lw=0.8, zorder=0)
        ax.plot(score, row, ms=8, **style | {"ls": ""})
    if limit is not None:
        ax.axvline(limit, color="black", lw=1, ls="--", zorder=0)
        ax.text(limit, len(scores) - 0.3, "Bayes limit", ha="center", va="bottom", fontsize="small")
    _rows(ax, list(scores.index), xlabel)
    return fig


def per_sequence(values: dict, marks: dict, xlabel: str, log: bool = False) -> Figure:
    """One dot a sequence, one row a reader, and vertical lines at the marks."""
    fig, ax = plt.subplots(figsize=(6.4, 0.6 * len(values) + 1.1))
    for row, (dots, style) in enumerate(reversed(list(zip(values.values(), styles(values), strict=True)))):
        # dots of like value are stacked around the row's middle instead of hiding each other
        height = ((np.arange(len(dots)) % 5) - 2) * 0.11
        ax.plot(np.sort(dots), row + height, ms=4, alpha=0.8, **style | {"ls": ""})
    _lines(ax.axvline, marks)
    _rows(ax, list(reversed(values)), xlabel)
    logarithmic(ax, "x" if log else "")
    if marks:
        above(ax)
    return fig


def intervals(rows: dict, margin: float | None, xlabel: str) -> Figure:
    """Estimates with their intervals (name -> low, estimate, high) around 0, and the margin of equivalence."""
    fig, ax = plt.subplots(figsize=(6.4, 0.36 * len(rows) + 1.0))
    for y, ((low, middle, high), style) in enumerate(reversed(list(zip(rows.values(), styles(rows), strict=True)))):
        ax.plot([low, high], [y, y], color=style["color"], lw=2, marker="|", ms=8)
        ax.plot(middle, y, **style)
    ax.axvline(0, color="black", lw=0.8)
    if margin is not None:
        ax.axvspan(-margin, margin, color="#E3E3E3", zorder=0, label="margin of equivalence")
        above(ax)
    _rows(ax, list(reversed(rows)), xlabel)
    return fig


def labelled(points: dict, xlabel: str, ylabel: str) -> Figure:
    """Points (name -> x and y) with their names beside them, on two logarithmic axes."""
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    # from left to right, names above and below in turn: neighbours do not write over each other
    for i, name in enumerate(sorted(points, key=points.get)):
        ax.plot(*points[name], ms=7, **styles([name])[0])
        ax.annotate(name, points[name], xytext=(7, -12 if i % 2 else 4), textcoords="offset points", fontsize="small")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.margins(x=0.2, y=0.15)
    logarithmic(ax, "xy")
    return fig


def against(x: np.ndarray, y: dict, xlabel: str, ylabel: str) -> Figure:
    """Clouds of points y over the same x, one panel a name, and the line on which both are equal."""
    fig, axes = plt.subplots(1, len(y), figsize=(3.2 * len(y), 3), sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes[0], y.items(), strict=True):
        ax.plot(x, values, ".", ms=2, color=READERS["GRU"]["color"], alpha=0.6)
        ax.axline((0, 0), slope=1, color="black", lw=0.8, ls="--")
        ax.set(title=name, xlabel=xlabel)
    axes[0, 0].set_ylabel(ylabel)
    return fig


def _rows(ax, names: list[str], xlabel: str) -> None:
    """A row for each name, from below, without an axis line or ticks that say nothing."""
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(-0.6, len(names) - 0.4), xlabel=xlabel)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _lines(draw, levels: dict) -> None:
    """Known levels: in a reader's own colour where one is named, else black."""
    for (name, level), dash in zip(levels.items(), cycle(DASHES), strict=False):
        draw(level, label=name, lw=1.2, ls=dash, color=READERS.get(reader(name), {"color": "black"})["color"])
