"""Figures that show results: curves, ladders, distributions, intervals."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.plotting.style import BLUE, GREEN, GREY, LINES, MARKERS, VERMILION, logarithmic, tell_apart


def heat(values: ArrayLike, rows: Sequence[str], columns: Sequence[str], row_label: str, column_label: str) -> Figure:
    """A small matrix as shaded squares with its numbers written in."""
    values = np.asarray(values)
    values = values.astype(int) if values.dtype == bool else values
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"values have shape {values.shape}; there are {len(rows)} row and {len(columns)} column names")
    fig, ax = plt.subplots(figsize=(0.5 * len(columns) + 1.6, 0.38 * len(rows) + 0.9), layout="constrained")
    limit = np.abs(values).max() or 1
    ax.imshow(values, cmap="PuOr_r", vmin=-limit * 1.6, vmax=limit * 1.6, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        text = f"{value:.2f}" if np.issubdtype(values.dtype, np.floating) and values.max() != 1 else f"{value:g}"
        ax.text(j, i, text, ha="center", va="center", fontsize=9)
    ax.set(xticks=range(len(columns)), xticklabels=columns, yticks=range(len(rows)), yticklabels=rows)
    ax.set(xlabel=column_label, ylabel=row_label)
    ax.tick_params(length=0)
    return fig


def learning_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    limits: Mapping[str, float],
    xlabel: str,
    ylabel: str = "NLL (nats per position)",
    log: bool = False,
) -> Figure:
    """Measured curves (name -> x and y) and the known levels (name -> y) that they should be judged by."""
    tell_apart("curves", curves, len(LINES))
    tell_apart("limits", limits, 3)
    fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for (name, (x, y)), style, marker in zip(curves.items(), LINES, MARKERS, strict=False):
        ax.plot(x, y, label=name, marker=marker if len(x) < 40 else None, ms=4, lw=1.5, **style)
    for (name, level), dash in zip(limits.items(), ("--", ":", "-."), strict=False):
        ax.axhline(level, color="black", lw=1, ls=dash, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if log:
        logarithmic(ax, "xy")
    ax.legend(frameon=False, fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return fig


def ladder(scores: pd.Series, limit: float | None, xlabel: str = "accuracy") -> Figure:
    """One score a reader, the first one lowest, and the limit that nobody can pass (None: nobody knows it)."""
    fig, ax = plt.subplots(figsize=(6.4, 0.32 * len(scores) + 0.9), layout="constrained")
    y = np.arange(len(scores))
    ax.hlines(y, scores.min() if limit is None else min(scores.min(), limit), scores, color=GREY, lw=1)
    ax.plot(scores, y, "o", color=BLUE, ms=7)
    if limit is not None:
        ax.axvline(limit, color="black", lw=1, ls="--")
        ax.text(limit, len(scores) - 0.4, "Bayes limit", ha="center", va="bottom", fontsize=9)
    ax.set(yticks=y, yticklabels=list(scores.index), xlabel=xlabel, ylim=(-0.6, len(scores) - 0.4))
    return fig


def null_distributions(
    nulls: Mapping[str, ArrayLike], observed: float, xlabel: str = "share of matching positions"
) -> Figure:
    """The scores of unrelated worlds, one row a null, and the observed score through all of them.

    Raises: ValueError if a null has no draws, or one that is not a finite number.
    """
    for name, draws in nulls.items():
        if np.size(draws) == 0 or not np.isfinite(draws).all():
            raise ValueError(f"{name}: needs draws, all of them finite numbers")
    fig, ax = plt.subplots(figsize=(6.4, 0.62 * len(nulls) + 0.9), layout="constrained")
    for row, (name, draws) in enumerate(reversed(nulls.items())):
        counts, edges = np.histogram(draws, bins=_bin_edges(np.asarray(draws)))
        ax.stairs(row + 0.8 * counts / counts.max(), edges, baseline=row, fill=True, color=BLUE, alpha=0.45)
        ax.plot([np.quantile(draws, 0.95)] * 2, [row, row + 0.45], color="black", lw=1.5)
        ax.text(-0.01, row + 0.3, name, ha="right", va="center", transform=ax.get_yaxis_transform())
    ax.axvline(observed, color=VERMILION, lw=1.6, ls="--")
    ax.text(observed, len(nulls) + 0.02, "observed", color=VERMILION, ha="center", va="bottom", fontsize=9)
    ax.set(yticks=[], ylim=(0, len(nulls)), xlabel=f"{xlabel} (black tick: 95 % of the draws lie left of it)")
    return fig


def per_sequence(values: Mapping[str, ArrayLike], marks: Mapping[str, float], xlabel: str, log: bool = False) -> Figure:
    """One dot a sequence, one row a reader, and vertical lines at the marks.

    Raises: ValueError for values that a logarithmic axis cannot show, or more marks than can be told apart.
    """
    tell_apart("marks", marks, 4)
    if log and any(np.min(dots) <= 0 for dots in values.values()):
        raise ValueError("a logarithmic axis shows values above 0 only")
    fig, ax = plt.subplots(figsize=(6.4, 0.6 * len(values) + 1.1), layout="constrained")
    for row, (name, dots) in enumerate(reversed(values.items())):
        # dots of like value are stacked around the row's middle instead of hiding each other
        order = np.argsort(dots)
        height = ((np.arange(len(order)) % 5) - 2) * 0.11
        ax.plot(np.asarray(dots)[order], row + height, MARKERS[row % 6], ms=4, alpha=0.7, color=LINES[row % 6]["color"])
        ax.text(-0.01, row, name, ha="right", va="center", transform=ax.get_yaxis_transform())
    for (name, x), dash in zip(marks.items(), ("--", ":", "-.", "-"), strict=False):
        ax.axvline(x, color="black", lw=1, ls=dash, label=name)
    ax.set(yticks=[], ylim=(-0.6, len(values) - 0.4), xlabel=xlabel)
    if log:
        logarithmic(ax, "x")
    if marks:
        ax.legend(frameon=False, fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return fig


def intervals(rows: Mapping[str, tuple[float, float, float]], margin: float | None, xlabel: str) -> Figure:
    """Estimates with their intervals (name -> low, estimate, high) around 0, and the margin of equivalence."""
    fig, ax = plt.subplots(figsize=(6.4, 0.36 * len(rows) + 1.0), layout="constrained")
    for y, (low, middle, high) in enumerate(reversed(rows.values())):
        ax.plot([low, high], [y, y], color=BLUE, lw=2, marker="|", ms=8)
        ax.plot(middle, y, "o", color=BLUE)
    if margin is not None:
        ax.axvspan(-margin, margin, color=GREEN, alpha=0.2, label="margin of equivalence")
        ax.legend(frameon=False, fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    ax.axvline(0, color="black", lw=0.8)
    ax.set(yticks=range(len(rows)), yticklabels=list(reversed(rows)), xlabel=xlabel, ylim=(-0.6, len(rows) - 0.4))
    return fig


def reliability(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Stated probability against the share of positions where it came true; area of a marker = number of positions."""
    tell_apart("tables", tables, len(LINES))
    fig, ax = plt.subplots(figsize=(4.6, 3.6), layout="constrained")
    ax.plot([0, 1], [0, 1], color="black", lw=0.8, label="perfectly calibrated")
    for (name, table), style, marker in zip(tables.items(), LINES, MARKERS, strict=False):
        ax.plot(table["mean_probability"], table["share"], lw=1, **style)
        size = 12 + 120 * table["n"] / table["n"].sum()
        ax.scatter(table["mean_probability"], table["share"], size, marker=marker, color=style["color"], label=name)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="stated P(state H)", ylabel="share of these positions in H")
    ax.legend(frameon=False, fontsize=9)
    return fig


def labelled(points: Mapping[str, tuple[float, float]], xlabel: str, ylabel: str) -> Figure:
    """Points with their names beside them, on two logarithmic axes.  Raises: ValueError for values not above 0."""
    if any(min(point) <= 0 for point in points.values()):
        raise ValueError("logarithmic axes show values above 0 only")
    fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    # from left to right, names above and below in turn: neighbours do not write over each other
    in_order = sorted(points.items(), key=lambda point: point[1])
    for (name, (x, y)), marker, up in zip(in_order, cycle(MARKERS), cycle((4, -12)), strict=False):
        ax.plot(x, y, marker, color=BLUE, ms=7)
        ax.annotate(name, (x, y), xytext=(7, up), textcoords="offset points", fontsize=9)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.margins(x=0.2, y=0.15)
    logarithmic(ax, "xy")
    return fig


def against(x: ArrayLike, y: Mapping[str, ArrayLike], xlabel: str, ylabel: str) -> Figure:
    """Clouds of points y over the same x, one panel a name, and the line on which both are equal."""
    fig, axes = plt.subplots(1, len(y), figsize=(3.2 * len(y), 3), sharey=True, layout="constrained", squeeze=False)
    for ax, (name, values) in zip(axes[0], y.items(), strict=True):
        ax.plot(x, values, ".", ms=2, color=BLUE, alpha=0.5)
        ax.axline((0, 0), slope=1, color="black", lw=0.8, ls="--")
        ax.set(title=name, xlabel=xlabel)
    axes[0, 0].set_ylabel(ylabel)
    return fig


def _bin_edges(draws: np.ndarray, most: int = 30) -> np.ndarray:
    """Bins as wide as a whole number of the steps a share of positions moves in: none is empty by arithmetic."""
    values = np.unique(np.round(draws, 9))
    step = np.diff(values).min() if len(values) > 1 else 0.01
    width = step * max(1, np.ceil((values[-1] - values[0]) / step / most))
    return np.arange(values[0] - step / 2, values[-1] + width, width)
