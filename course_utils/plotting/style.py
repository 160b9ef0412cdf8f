"""What the figures have in common: one look, and one colour for each reader and each state in the whole course.

Colour-blind readers can tell the colours apart; readers also differ in dash and marker, states in hatching.
"""

import re
from collections.abc import Iterable
from itertools import cycle

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

LOOK = {"figure.dpi": 72, "figure.constrained_layout.use": True, "axes.spines.top": False, "axes.spines.right": False,
        "font.size": 11.5, "legend.frameon": False, "legend.fontsize": "small", "legend.handlelength": 3.5}  # fmt: skip
plt.rcParams.update(LOOK)
STATES = {"H": dict(facecolor="#D55E00", hatch="////"), "L": dict(facecolor="#0072B2", hatch="")}
#: The last ones are drawn on top: the GRU's dashes show the filter below.
READERS = {
    "coin": dict(color="#5E5E5E", ls=(0, (1, 1)), marker="X", zorder=2.0),
    "table": dict(color="#7A4B00", ls="-.", marker="s", zorder=2.1, lw=1),
    "filter": dict(color="#000000", ls="-", marker="o", zorder=2.2, lw=2),
    "smoother": dict(color="#5B2A86", ls=(0, (7, 2)), marker="D", zorder=2.3),
    "Viterbi": dict(color="#CC3377", ls=(0, (5, 1, 1, 1, 1, 1)), marker="^", zorder=2.4),
    "GRU": dict(color="#007A4D", ls=(0, (3, 1.5)), marker="v", zorder=2.5),
    "bi-GRU": dict(color="#00939C", ls=(0, (3, 1, 1, 1)), marker="P", zorder=2.6),
}
#: What is none of the readers.
OTHERS = [READERS["smoother"] | {"color": "#44546A"}, READERS["Viterbi"] | {"color": "#8A5A44"},
          READERS["GRU"] | {"color": "#6B7A1E"}, READERS["bi-GRU"] | {"color": "#8F4C8F"}]  # fmt: skip
_WORDS = {name.lower(): name for name in READERS} | {"always": "coin", "chance": "coin", "network": "GRU",
          "causal": "GRU", "both": "bi-GRU", "bidirectional": "bi-GRU"}  # fmt: skip


def reader(name: str) -> str | None:
    """Whose curve it is, by the first such word in its name: "exact filter" is the filter's, "network" the GRU's."""
    found = re.search(rf"\b({'|'.join(_WORDS)})", name.lower())
    return _WORDS[found[0]] if found else None


def styles(names: Iterable[str]) -> list[dict]:
    """Colour, dash and marker for each name of a figure. A reader's second curve has hollow markers."""
    found, others = [], cycle(OTHERS)
    for name in names:
        style = READERS.get(reader(name)) or next(others)
        if style in found:
            style = style | {"fillstyle": "none", "lw": 0.9}
        found.append(next(others) if style in found else style)
    return found


def above(ax: Axes, ncols: int = 3) -> None:
    """The legend above the figure, where it covers nothing."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=ncols)


def logarithmic(ax: Axes, axes: str) -> None:
    """Ticks at 1, 10, 100, and where there is room at 2 and 5 too, written as plain numbers."""
    for name in axes:
        ax.set(**{f"{name}scale": "log"})
        low, high = getattr(ax, f"get_{name}lim")()
        axis = getattr(ax, f"{name}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
