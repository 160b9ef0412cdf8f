"""A figure along a sequence: what readers believe, below the truth."""

from itertools import groupby

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from course_utils.plotting.style import STATES, above, styles


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
