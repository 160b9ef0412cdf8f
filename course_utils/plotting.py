"""The figures of the course. Every function returns a matplotlib Figure and changes no setting.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; lines also differ in dashes and markers,
bars in hatching.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import ArrayLike

from course_utils.encoding import NUCLEOTIDES, STATES
from course_utils.hmm import HMM

ORANGE, BLUE, GREEN, VERMILION, PURPLE, GREY = "#E69F00", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#666666"
STATE_COLOUR = {"H": ORANGE, "L": BLUE}
_LINES = [
    dict(color=BLUE, ls="-"),
    dict(color=VERMILION, ls="--"),
    dict(color=GREEN, ls="-."),
    dict(color=PURPLE, ls=":"),
    dict(color=ORANGE, ls=(0, (5, 1, 1, 1, 1, 1))),
    dict(color=GREY, ls=(0, (1, 1))),
]
_MARKERS = "osD^vP"


def state_diagram(hmm: HMM, states: str = STATES) -> Figure:
    """The two states of a chain as circles, and the probabilities of staying and of changing as arrows."""
    if len(hmm.start) != 2 or len(states) != 2:
        raise ValueError(f"draws chains of two states; this one has {len(hmm.start)}, named {states!r}")
    fig, ax = plt.subplots(figsize=(5, 2.3))
    for i, (name, x) in enumerate(zip(states, (0, 3), strict=True)):
        ax.add_patch(Circle((x, 0), 0.5, facecolor=STATE_COLOUR.get(name, GREY), alpha=0.35, edgecolor="black"))
        ax.text(x, 0, name, ha="center", va="center", fontsize=16)
        away = 1 if i else -1
        loop = [(x + away * 0.35, 0.4), (x + away * 0.35, -0.4)]
        _arrow(ax, *loop, bend=-1.4 * away)
        ax.text(x + away * 1.35, 0, f"stay\n{hmm.transition[i, i]:g}", ha="center", va="center")
    _arrow(ax, (0.45, 0.25), (2.55, 0.25), bend=-0.3)
    _arrow(ax, (2.55, -0.25), (0.45, -0.25), bend=-0.3)
    ax.text(1.5, 0.78, f"{hmm.transition[0, 1]:g}", ha="center")
    ax.text(1.5, -0.95, f"{hmm.transition[1, 0]:g}", ha="center")
    ax.set(xlim=(-1.8, 4.8), ylim=(-1.15, 1.15), aspect="equal")
    ax.axis("off")
    return fig


def emission_bars(hmm: HMM, states: str = STATES, symbols: str = NUCLEOTIDES) -> Figure:
    """Each state's probability of each symbol.  Raises: ValueError if there are not as many names as of these."""
    if hmm.emission.shape != (len(states), len(symbols)):
        raise ValueError(
            f"the emission is {hmm.emission.shape}; there are names for {len(states)} states, {len(symbols)} symbols"
        )
    fig, ax = plt.subplots(figsize=(5, 2.4), layout="constrained")
    width = 0.8 / len(states)
    for i, name in enumerate(states):
        x = np.arange(len(symbols)) + (i - (len(states) - 1) / 2) * width
        colour = STATE_COLOUR.get(name, GREY)
        ax.bar(
            x, hmm.emission[i], width, label=f"state {name}", color=colour, hatch=["", "///"][i % 2], edgecolor="black"
        )
    ax.set(xticks=range(len(symbols)), xticklabels=list(symbols), xlabel="nucleotide", ylabel="P(nucleotide | state)")
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


def tracks(truth: str | None, curves: Mapping[str, ArrayLike], dna: str | None = None, start: int = 0) -> Figure:
    """P(state H) along a sequence, one line a reader, over a band that shows the true states.

    truth: a string of H and L, or None; curves: name -> probabilities (L,); dna: letters to write below each position.
    """
    lengths = {len(c) for c in curves.values()} | {len(t) for t in (truth, dna) if t is not None}
    _tell_apart("curves", curves, len(_LINES))
    if truth is not None and not set(truth) <= set(STATE_COLOUR):
        raise ValueError(f"the truth must consist of H and L; it has {sorted(set(truth) - set(STATE_COLOUR))}")
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"truth, curves and dna must have one length above 0; they have {sorted(lengths)}")
    length = lengths.pop()
    fig, ax = plt.subplots(figsize=(8, 2.6), layout="constrained")
    x = np.arange(start, start + length)
    if truth is not None:
        _state_band(ax, truth, start)
    for (name, curve), style in zip(curves.items(), _LINES, strict=False):
        ax.plot(x, curve, label=name, lw=1.6, marker="o" if length <= 30 else None, ms=4, **style)
    ax.axhline(0.5, color="black", lw=0.6)
    ax.set(xlim=(start - 0.5, start + length - 0.5), ylim=(-0.02, 1.02 if truth is None else 1.16), yticks=[0, 0.5, 1])
    ax.set(xlabel="position (nucleotides)", ylabel="P(state H)")
    if dna is not None:
        ax.set_xticks(x, list(dna))
        ax.set_xlabel("nucleotide")
    if curves:
        ax.legend(frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return fig


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


def gru_cell() -> Figure:
    """One step of the GRU as a drawing: what is computed from what."""
    fig, ax = plt.subplots(figsize=(7.6, 3.4))
    boxes = [  # text, centre, width, colour
        ("reset gate $r$", (2.6, 2.1), 1.5, VERMILION),
        ("update gate $z$", (2.6, 0.95), 1.5, GREEN),
        ("candidate $n$", (5.0, 2.1), 1.5, PURPLE),
        ("mix: $z\\,h_{t-1} + (1-z)\\,n$", (7.3, 0.95), 2.7, BLUE),
        ("symbol $x_t$", (0.2, 3.1), 1.3, GREY),
        ("memory $h_{t-1}$", (0.2, -0.2), 1.5, ORANGE),
        ("memory $h_t$", (7.3, -0.2), 1.3, ORANGE),
    ]
    for text, (x, y), width, colour in boxes:
        shape = (x - width / 2, y - 0.22), width, 0.44, "round,pad=0.05"
        ax.add_patch(FancyBboxPatch(*shape, facecolor="white", zorder=2))  # hides the arrows that pass behind
        box = FancyBboxPatch(*shape, facecolor=to_rgba(colour, 0.25), edgecolor="black", zorder=3)
        ax.add_patch(box)
        ax.text(x, y, text, ha="center", va="center", fontsize=10, zorder=4)
    arrows = [
        ((0.7, 2.8), (1.8, 2.2)), ((0.3, 2.8), (1.8, 1.1)), ((0.95, 3.1), (4.6, 2.42)),
        ((0.2, 0.12), (1.8, 1.95)), ((0.5, 0.12), (1.8, 0.85)), ((1.05, -0.2), (6.2, 0.67)),
        ((3.45, 2.1), (4.15, 2.1)), ((5.7, 1.83), (6.7, 1.27)), ((3.45, 0.95), (5.85, 0.95)), ((7.3, 0.65), (7.3, 0.1)),
    ]  # fmt: skip
    for begin, end in arrows:
        _arrow(ax, begin, end)
    _arrow(ax, (1.02, 0.0), (4.7, 1.83), bend=0.22)  # around the update gate
    ax.set(xlim=(-0.7, 8.8), ylim=(-0.55, 3.45))
    ax.axis("off")
    return fig


def learning_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    limits: Mapping[str, float],
    xlabel: str,
    ylabel: str = "NLL (nats per position)",
    log: bool = False,
) -> Figure:
    """Measured curves (name -> x and y) and the known levels (name -> y) that they should be judged by."""
    _tell_apart("curves", curves, len(_LINES))
    _tell_apart("limits", limits, 3)
    fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for (name, (x, y)), style, marker in zip(curves.items(), _LINES, _MARKERS, strict=False):
        ax.plot(x, y, label=name, marker=marker if len(x) < 40 else None, ms=4, lw=1.5, **style)
    for (name, level), dash in zip(limits.items(), ("--", ":", "-."), strict=False):
        ax.axhline(level, color="black", lw=1, ls=dash, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if log:
        _logarithmic(ax, "xy")
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
    _tell_apart("marks", marks, 4)
    if log and any(np.min(dots) <= 0 for dots in values.values()):
        raise ValueError("a logarithmic axis shows values above 0 only")
    fig, ax = plt.subplots(figsize=(6.4, 0.6 * len(values) + 1.1), layout="constrained")
    for row, (name, dots) in enumerate(reversed(values.items())):
        # dots of like value are stacked around the row's middle instead of hiding each other
        order = np.argsort(dots)
        height = ((np.arange(len(order)) % 5) - 2) * 0.11
        ax.plot(
            np.asarray(dots)[order], row + height, _MARKERS[row % 6], ms=4, alpha=0.7, color=_LINES[row % 6]["color"]
        )
        ax.text(-0.01, row, name, ha="right", va="center", transform=ax.get_yaxis_transform())
    for (name, x), dash in zip(marks.items(), ("--", ":", "-.", "-"), strict=False):
        ax.axvline(x, color="black", lw=1, ls=dash, label=name)
    ax.set(yticks=[], ylim=(-0.6, len(values) - 0.4), xlabel=xlabel)
    if log:
        _logarithmic(ax, "x")
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
    _tell_apart("tables", tables, len(_LINES))
    fig, ax = plt.subplots(figsize=(4.6, 3.6), layout="constrained")
    ax.plot([0, 1], [0, 1], color="black", lw=0.8, label="perfectly calibrated")
    for (name, table), style, marker in zip(tables.items(), _LINES, _MARKERS, strict=False):
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
    for (name, (x, y)), marker, up in zip(in_order, cycle(_MARKERS), cycle((4, -12)), strict=False):
        ax.plot(x, y, marker, color=BLUE, ms=7)
        ax.annotate(name, (x, y), xytext=(7, up), textcoords="offset points", fontsize=9)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.margins(x=0.2, y=0.15)
    _logarithmic(ax, "xy")
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


def genome_map(
    gc: pd.DataFrame, curves: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    segments: pd.DataFrame | None = None, genes: pd.DataFrame | None = None,
) -> Figure:  # fmt: skip
    """A genome from left to right: GC in windows, P(state H) by several readers, segments, and genes as arrows.

    gc: columns start, end, gc; curves: name -> positions (bp) and probabilities; segments: columns start, end, state;
    genes: columns gene, start, end, strand.
    """
    curves = curves or {}
    _tell_apart("curves", curves, len(_LINES))
    heights = [1.4, *([1.1] if curves else []), *([0.35] if segments is not None else []),
               *([0.8] if genes is not None else [])]  # fmt: skip
    size = (8, 0.5 + 1.05 * sum(heights))
    fig, axes = plt.subplots(len(heights), 1, figsize=size, sharex=True, height_ratios=heights, layout="constrained",
                             squeeze=False)  # fmt: skip
    panels = iter(axes[:, 0])
    ax = next(panels)
    ax.stairs(gc["gc"], [*(gc["start"] - 1), gc["end"].iloc[-1]], baseline=None, color=BLUE)
    full = gc["gc"][gc["end"] - gc["start"] == (gc["end"] - gc["start"]).max()]  # a last, short window may say anything
    ax.set(ylabel="GC share", ylim=(full.min() - 0.03, full.max() + 0.03))
    if curves:
        ax = next(panels)
        for (name, (x, y)), style in zip(curves.items(), _LINES, strict=False):
            ax.plot(x, y, label=name, lw=1.2, **style)
        ax.set(ylim=(-0.03, 1.03), yticks=[0, 0.5, 1], ylabel="P(state H)")
        ax.legend(frameon=False, fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 0.98))
    if segments is not None:
        ax = next(panels)
        others = sorted(set(segments["state"]) - set(STATE_COLOUR))
        colour = STATE_COLOUR | dict(zip(others, cycle(style["color"] for style in _LINES), strict=False))
        for begin, end, state in zip(segments["start"], segments["end"], segments["state"], strict=True):
            ax.axvspan(begin - 1, end, color=colour[state], alpha=0.5, lw=0,
                       hatch="////" if state == "H" else None)  # fmt: skip
            if end - begin > gc["end"].iloc[-1] / 40:
                ax.text((begin + end) / 2, 0.5, state, ha="center", va="center", fontsize=9)
        ax.set(yticks=[], ylabel="path", ylim=(0, 1))
    if genes is not None:
        ax = next(panels)
        for row, (name, begin, end, strand) in enumerate(genes[["gene", "start", "end", "strand"]].to_numpy()):
            y = row % 3  # neighbours on different heights, so that their names do not collide
            ends = (begin, end) if strand == "+" else (end, begin)
            ax.annotate("", (ends[1], y), (ends[0], y), arrowprops=dict(arrowstyle="-|>", color=GREEN, lw=2))
            ax.text((begin + end) / 2, y + 0.22, name, ha="center", va="bottom", fontsize=7, style="italic")
        ax.set(yticks=[], ylim=(-0.4, 2.9))
        ax.set_ylabel("genes", labelpad=12)  # beside the name of a gene at the left edge
    axes[-1, 0].set(xlabel="position (bp)", xlim=(0, gc["end"].iloc[-1]))
    return fig


def _logarithmic(ax: Axes, axes: str) -> None:
    """Ticks at 1, 10, 100, and where there is room at 2 and 5 too, written as plain numbers."""
    for name in axes:
        ax.set(**{f"{name}scale": "log"})
        low, high = getattr(ax, f"get_{name}lim")()
        axis = getattr(ax, f"{name}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


def _tell_apart(what: str, named: Mapping, most: int) -> None:
    if len(named) > most:
        raise ValueError(f"at most {most} {what} can be told apart in one figure; got {len(named)}")


def _bin_edges(draws: np.ndarray, most: int = 30) -> np.ndarray:
    """Bins as wide as a whole number of the steps a share of positions moves in: none is empty by arithmetic."""
    values = np.unique(np.round(draws, 9))
    step = np.diff(values).min() if len(values) > 1 else 0.01
    width = step * max(1, np.ceil((values[-1] - values[0]) / step / most))
    return np.arange(values[0] - step / 2, values[-1] + width, width)


def _state_band(ax: Axes, truth: str, start: int) -> None:
    """A strip above the curves: orange and hatched where the true state is H, blue where it is L."""
    changes = [0, *(i for i in range(1, len(truth)) if truth[i] != truth[i - 1]), len(truth)]
    label = dict(facecolor="white", edgecolor="none", pad=1)
    for begin, end in pairwise(changes):
        hatch = "////" if truth[begin] == "H" else None
        box = dict(facecolor=STATE_COLOUR[truth[begin]], alpha=0.5, hatch=hatch, lw=0)
        ax.axvspan(start + begin - 0.5, start + end - 0.5, ymin=0.9, ymax=0.99, **box)
        if end - begin >= len(truth) / 40:
            ax.text(
                start + (begin + end - 1) / 2, 1.095, truth[begin], ha="center", va="center", fontsize=8, bbox=label
            )


def _arrow(ax: Axes, begin: tuple[float, float], end: tuple[float, float], bend: float = 0.0) -> None:
    style = f"arc3,rad={bend}"
    ax.add_patch(FancyArrowPatch(begin, end, arrowstyle="-|>", mutation_scale=12, connectionstyle=style, color="black"))
