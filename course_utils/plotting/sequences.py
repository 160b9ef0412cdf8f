"""Figures along a sequence: what readers believe, over the truth or over a genome."""

from collections.abc import Mapping
from itertools import cycle, pairwise

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.plotting.style import BLUE, GREEN, LINES, STATE_COLOUR, tell_apart


def tracks(truth: str | None, curves: Mapping[str, ArrayLike], dna: str | None = None, start: int = 0) -> Figure:
    """P(state H) along a sequence, one line a reader, over a band that shows the true states.

    truth: a string of H and L, or None; curves: name -> probabilities (L,); dna: letters to write below each position.
    """
    lengths = {len(c) for c in curves.values()} | {len(t) for t in (truth, dna) if t is not None}
    tell_apart("curves", curves, len(LINES))
    if truth is not None and not set(truth) <= set(STATE_COLOUR):
        raise ValueError(f"the truth must consist of H and L; it has {sorted(set(truth) - set(STATE_COLOUR))}")
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"truth, curves and dna must have one length above 0; they have {sorted(lengths)}")
    length = lengths.pop()
    fig, ax = plt.subplots(figsize=(8, 2.6), layout="constrained")
    x = np.arange(start, start + length)
    if truth is not None:
        _state_band(ax, truth, start)
    for (name, curve), style in zip(curves.items(), LINES, strict=False):
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


def genome_map(
    gc: pd.DataFrame, curves: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    segments: pd.DataFrame | None = None, genes: pd.DataFrame | None = None,
) -> Figure:  # fmt: skip
    """A genome from left to right: GC in windows, P(state H) by several readers, segments, and genes as arrows.

    gc: columns start, end, gc; curves: name -> positions (bp) and probabilities; segments: columns start, end, state;
    genes: columns gene, start, end, strand.
    """
    curves = curves or {}
    tell_apart("curves", curves, len(LINES))
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
        for (name, (x, y)), style in zip(curves.items(), LINES, strict=False):
            ax.plot(x, y, label=name, lw=1.2, **style)
        ax.set(ylim=(-0.03, 1.03), yticks=[0, 0.5, 1], ylabel="P(state H)")
        ax.legend(frameon=False, fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 0.98))
    if segments is not None:
        ax = next(panels)
        others = sorted(set(segments["state"]) - set(STATE_COLOUR))
        colour = STATE_COLOUR | dict(zip(others, cycle(style["color"] for style in LINES), strict=False))
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
