"""Figures along a sequence: what readers believe, over the truth or over a genome."""

from itertools import cycle, groupby

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting.style import OTHERS, STATES, above, styles


def tracks(truth: str | None, curves: dict, dna: str | None = None) -> Figure:
    """P(state H) along a sequence, one line a reader, below a strip that shows the true states.

    truth: a string of H and L, or None; curves: name -> probabilities (L,); dna: letters to write below each position.
    """
    x = np.arange(len(truth or next(iter(curves.values()))))
    fig, ax = plt.subplots(figsize=(7.6, 2.5))
    for (name, curve), style in zip(curves.items(), styles(curves), strict=True):
        ax.plot(x, curve, label=name, ms=4, **style | ({} if len(x) <= 30 else {"marker": None}))
    ax.axhline(0.5, color="black", lw=0.5, zorder=0)
    ticks = {0: "0", 0.5: "0.5", 1: "1"}
    if truth is not None:
        ends = np.cumsum([0, *(len(list(run)) for _, run in groupby(truth))]) - 0.5
        _strip(ax, list(zip(ends, ends[1:], (state for state, _ in groupby(truth)), strict=False)), 1.08, 0.13)
        ticks[1.145] = "truth"
    ax.set(xlim=(x[0] - 0.5, x[-1] + 0.5), ylim=(-0.02, max(ticks) + 0.07))
    ax.set(yticks=list(ticks), yticklabels=ticks.values(), xlabel="position (nucleotides)", ylabel="P(state H)")
    if dna is not None:
        ax.set_xticks(x, list(dna))
        ax.set_xlabel("nucleotide")
    if curves:
        above(ax, ncols=4)
    return fig


def genome_map(gc: pd.DataFrame, curves: dict | None = None, segments=None, genes=None) -> Figure:
    """A genome from left to right: GC in windows, P(state H) by several readers, segments, and genes as arrows.

    gc: columns start, end, gc; curves: name -> positions (bp) and probabilities. Tables or None: segments, columns
    start, end, state; genes, columns gene, start, end, strand.
    """
    layers = [(1.4, gc), (1.1, curves or None), (0.35, segments), (0.8, genes)]
    heights = [height for height, layer in layers if layer is not None]
    size = (7.6, 0.5 + 1.05 * sum(heights))
    fig, axes = plt.subplots(len(heights), 1, figsize=size, sharex=True, height_ratios=heights, squeeze=False)
    panels, length = iter(axes[:, 0]), gc["end"].iloc[-1]
    ax = next(panels)
    ax.stairs(gc["gc"], [*(gc["start"] - 1), length], baseline=None, color=OTHERS[0]["color"], lw=1.2)
    full = gc["gc"][gc["end"] - gc["start"] == (gc["end"] - gc["start"]).max()]  # a last, short window may say anything
    ax.set(ylabel="GC share", ylim=(full.min() - 0.03, full.max() + 0.03))
    if curves:
        ax = next(panels)
        for (name, (x, y)), style in zip(curves.items(), styles(curves), strict=True):
            ax.plot(x, y, label=name, **style | {"marker": None, "lw": 1.2})
        ax.set(ylim=(-0.03, 1.03), yticks=[0, 0.5, 1], ylabel="P(state H)")
        above(ax)
    if segments is not None:
        ax = next(panels)
        _strip(ax, list(zip(segments["start"] - 1, segments["end"], segments["state"], strict=True)), 0, 1)
        ax.set(yticks=[], ylabel="path", ylim=(0, 1))
    if genes is not None:
        ax = next(panels)
        for row, (name, begin, end, strand) in enumerate(genes[["gene", "start", "end", "strand"]].to_numpy()):
            y = row % 3  # neighbours on different heights, so that their names do not collide
            ends = (begin, end) if strand == "+" else (end, begin)
            ax.annotate("", (ends[1], y), (ends[0], y), arrowprops=dict(arrowstyle="-|>", color="#44546A", lw=2))
            ax.text((begin + end) / 2, y + 0.22, name, ha="center", va="bottom", fontsize="x-small", style="italic")
        ax.set(yticks=[], ylim=(-0.4, 2.9))
        ax.set_ylabel("genes", labelpad=12)  # beside the name of a gene at the left edge
    axes[-1, 0].set(xlabel="position (bp)", xlim=(0, length))
    return fig


def _strip(ax: Axes, runs: list[tuple[float, float, str]], bottom: float, height: float) -> None:
    """States as boxes (begin, end, state): H hatched, L plain, named where there is room."""
    names = sorted({state for _, _, state in runs} - set(STATES))
    looks = STATES | {name: {"facecolor": other["color"]} for name, other in zip(names, cycle(OTHERS), strict=False)}
    for begin, end, state in runs:
        ax.bar(begin, height, end - begin, bottom, align="edge", edgecolor="white", lw=0, alpha=0.75, **looks[state])
        if end - begin > (runs[-1][1] - runs[0][0]) / 22:
            tag = dict(facecolor="white", edgecolor="none", pad=1.2)
            middle = (begin + end) / 2, bottom + height / 2
            ax.text(*middle, state, ha="center", va="center_baseline", fontsize="x-small", bbox=tag)
