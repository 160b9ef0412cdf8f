"""Figures that explain a model: its states, what they emit, the GRU's cell, a small matrix."""

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from course_utils.encoding import NUCLEOTIDES
from course_utils.encoding import STATES as NAMES
from course_utils.hmm import HMM
from course_utils.plotting.style import STATES


def state_diagram(hmm: HMM, states: str = NAMES) -> Figure:
    """The two states of a chain as circles, and the probabilities of staying and of changing as arrows."""
    if len(hmm.start) != 2 or len(states) != 2:
        raise ValueError(f"draws chains of two states; this one has {len(hmm.start)}, named {states!r}")
    fig, ax = plt.subplots(figsize=(5, 2.3))
    for i, (name, x, away) in enumerate(zip(states, (0, 3), (-1, 1), strict=True)):
        ax.add_patch(Circle((x, 0), 0.5, alpha=0.75, edgecolor="white", **STATES.get(name, {})))
        ax.add_patch(Circle((x, 0), 0.5, facecolor="none", edgecolor="black"))
        ax.text(x, 0, name, ha="center", va="center", fontsize=15, bbox=dict(boxstyle="circle", fc="white", lw=0))
        _arrow(ax, (x + away * 0.35, 0.4), (x + away * 0.35, -0.4), bend=-1.4 * away)
        ax.text(x + away * 1.4, 0, f"stay\n{hmm.transition[i, i]:g}", ha="center", va="center")
        _arrow(ax, (x - away * 0.45, -away * 0.25), (3 - x + away * 0.45, -away * 0.25), bend=-0.3)
        ax.text(1.5, -away * 0.87, f"{hmm.transition[i, 1 - i]:g}", ha="center", va="center")
    ax.set(xlim=(-1.9, 4.9), ylim=(-1.15, 1.15), aspect="equal")
    ax.axis("off")
    return fig


def emission_bars(hmm: HMM, states: str = NAMES, symbols: str = NUCLEOTIDES) -> Figure:
    """Each state's probability of each symbol."""
    fig, ax = plt.subplots(figsize=(5, 2.4))
    width = 0.8 / len(states)
    for i, (name, row) in enumerate(zip(states, hmm.emission, strict=True)):
        places = np.arange(len(symbols)) + (i - (len(states) - 1) / 2) * width
        ax.bar(places, row, width, label=f"state {name}", edgecolor="white", **STATES.get(name, {}))
    ax.set(xticks=range(len(symbols)), xticklabels=list(symbols), xlabel="nucleotide", ylabel="P(nucleotide | state)")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=2)
    return fig


def heat(values: ArrayLike, rows: Sequence[str], columns: Sequence[str], row_label: str, column_label: str) -> Figure:
    """A small matrix as shaded squares with its numbers written in: values (len(rows), len(columns))."""
    values = np.asarray(values) * 1  # True is 1
    fig, ax = plt.subplots(figsize=(0.5 * len(columns) + 1.6, 0.38 * len(rows) + 0.9))
    limit = 1.6 * (np.abs(values).max() or 1)
    ax.imshow(values, cmap="PuOr_r", vmin=-limit, vmax=limit, aspect="auto")
    whole = (values == values.round()).all()
    for (i, j), value in np.ndenumerate(values):
        ax.text(j, i, f"{value:.0f}" if whole else f"{value:.2f}", ha="center", va="center", fontsize="small")
    ax.set(xticks=range(len(columns)), xticklabels=columns, yticks=range(len(rows)), yticklabels=rows)
    ax.set(xlabel=column_label, ylabel=row_label)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return fig


def _arrow(ax, begin: tuple[float, float], end: tuple[float, float], bend: float = 0.0) -> None:
    look = dict(arrowstyle="-|>", connectionstyle=f"arc3,rad={bend}", color="black", shrinkA=0, shrinkB=0)
    ax.annotate("", end, begin, arrowprops=look)
