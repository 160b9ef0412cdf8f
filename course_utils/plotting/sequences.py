"""Figures along a sequence: what readers believe, over the truth or over a genome."""

from collections.abc import Iterable, Mapping
from itertools import groupby

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from course_utils.plotting.style import OTHERS, READERS, STATES, above, styles


def tracks(truth: str | None, curves: Mapping[str, ArrayLike], dna: str | None = None, start: int = 0) -> Figure:
    """P(state H) along a sequence, one line a reader, below a strip that shows the true states.

    truth: a string of H and L, or None; curves: name -> probabilities (L,); dna: letters to write below each position.
    """
    lengths = {len(c) for c in [*curves.values(), *(t for t in (truth, dna) if t is not None)]}
    if len(lengths) != 1:
        raise ValueError(f"truth, curves and dna must have one length; they have {sorted(lengths)}")
    x = np.arange(start, start + lengths.pop())
    fig, ax = plt.subplots(figsize=(7.6, 2.5))
    for (name, curve), style in zip(curves.items(), styles(curves), strict=True):
        ax.plot(x, curve, label=name, ms=4, **style | ({} if len(x) <= 30 else {"marker": None}))
    ax.axhline(0.5, color="black", lw=0.5, zorder=0)
    ticks = {0: "0", 0.5: "0.5", 1: "1"}
    if truth is not None:
        ends = start - 0.5 + np.cumsum([0, *(len(list(run)) for _, run in groupby(truth))])
        _strip(ax, zip(ends, ends[1:], (state for state, _ in groupby(truth)), strict=False), 1.08, 0.13)
        ticks[1.145] = "truth"
    ax.set(xlim=(x[0] - 0.5, x[-1] + 0.5), ylim=(-0.02, max(ticks) + 0.07))
    ax.set(yticks=list(ticks), yticklabels=ticks.values(), xlabel="position (nucleotides)", ylabel="P(state H)")
    if dna is not None:
        ax.set_xticks(x, list(dna))
        ax.set_xlabel("nucleotide")
    if curves:
        above(ax, ncols=4)
    return fig


def genome_map(
    gc: pd.DataFrame, curves: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    segments: pd.DataFrame | None = None, genes: pd.DataFrame | None = None,
) -> Figure:  # fmt: skip
    """A genome from left to right: GC in windows, P(state H) by several readers, segments, and genes as arrows.

    gc: columns start, end, gc; curves: name -> positions (bp) and probabilities; segments: columns start, end, state;
    genes: columns gene, start, end, strand.
    """
    layers = [(1.4, gc), (1.1, curves or None), (0.35, segments), (0.8, genes)]
    heights = [height for height, layer in layers if layer is not None]
    size = (7.6, 0.5 + 1.05 * sum(heights))
    fig, axes = plt.subplots(len(heights), 1, figsize=size, sharex=True, height_ratios=heights, squeeze=False)
    panels = iter(axes[:, 0])
    ax, length = next(panels), gc["end"].iloc[-1]
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
        _strip(ax, zip(segments["start"] - 1, segments["end"], segments["state"], strict=True), 0, 1)
        ax.set(yticks=[], ylabel="path", xlim=(0, length), ylim=(0, 1))
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


def boundaries(curves: Mapping[str, ArrayLike], cuts: Iterable[int], around: int = 1000) -> Figure:
    """P(state H) by several readers around each cut, one panel a cut; grey where the last reader is unsure (.05-.95).

    curves: name -> probabilities (L,) of positions 1 to L; cuts: the first position of each segment but the first.
    """
    cuts = list(cuts)
    shape = dict(nrows=-(-len(cuts) // 3), ncols=3, figsize=(7.6, 0.5 + 1.5 * -(-len(cuts) // 3)))
    fig, axes = plt.subplots(**shape, sharey=True, squeeze=False)
    for ax, cut in zip(axes.flat, cuts, strict=False):
        for (name, curve), style in zip(curves.items(), styles(curves), strict=True):
            part = np.asarray(curve)[max(cut - around, 1) - 1 : cut + around]
            x = max(cut - around, 1) + np.arange(len(part))
            ax.plot(x, part, label=name, **style | {"marker": None, "lw": 1.2})
        ax.fill_between(x, 0, 1, where=(part > 0.05) & (part < 0.95), color="#D0D0D0", lw=0, step="mid", zorder=0)
        ax.axvline(cut, label="Viterbi", **READERS["Viterbi"] | {"marker": None, "lw": 1.2})
        ax.set(title=f"{cut:,}", xlim=(cut - around, cut + around), yticks=[0, 0.5, 1])
        ax.set_xticks([cut - around // 2, cut, cut + around // 2], [f"-{around // 2}", "0", f"+{around // 2}"])
    fig.supxlabel("letters from the cut", fontsize="medium")
    for ax in axes[:, 0]:
        ax.set_ylabel("P(state H)")
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return fig


def _strip(ax: Axes, runs: Iterable[tuple[float, float, str]], bottom: float, height: float) -> None:
    """States as boxes (begin, end, state): H hatched, L plain, named where there is room."""
    runs = list(runs)
    names = sorted({state for _, _, state in runs} - set(STATES))
    looks = STATES | {name: {"facecolor": OTHERS[i % len(OTHERS)]["color"]} for i, name in enumerate(names)}
    for begin, end, state in runs:
        ax.bar(begin, height, end - begin, bottom, align="edge", edgecolor="white", lw=0, alpha=0.75, **looks[state])
        if end - begin > (runs[-1][1] - runs[0][0]) / 22:
            tag = dict(facecolor="white", edgecolor="none", pad=1.2)
            middle = (begin + end) / 2, bottom + height / 2
            ax.text(*middle, state, ha="center", va="center_baseline", fontsize="x-small", bbox=tag)
