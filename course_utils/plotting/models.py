"""Figures that explain a model: its states, what they emit, and the GRU's cell."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from course_utils.encoding import NUCLEOTIDES, STATES
from course_utils.hmm import HMM
from course_utils.plotting.style import BLUE, GREEN, GREY, ORANGE, PURPLE, STATE_COLOUR, VERMILION


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


def _arrow(ax: Axes, begin: tuple[float, float], end: tuple[float, float], bend: float = 0.0) -> None:
    style = f"arc3,rad={bend}"
    ax.add_patch(FancyArrowPatch(begin, end, arrowstyle="-|>", mutation_scale=12, connectionstyle=style, color="black"))
