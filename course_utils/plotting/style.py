"""What the figures have in common: colours, lines, markers, axes.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; lines also differ in dashes and markers,
bars in hatching.
"""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

ORANGE, BLUE, GREEN, VERMILION, PURPLE, GREY = "#E69F00", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#666666"
STATE_COLOUR = {"H": ORANGE, "L": BLUE}
LINES = [
    dict(color=BLUE, ls="-"),
    dict(color=VERMILION, ls="--"),
    dict(color=GREEN, ls="-."),
    dict(color=PURPLE, ls=":"),
    dict(color=ORANGE, ls=(0, (5, 1, 1, 1, 1, 1))),
    dict(color=GREY, ls=(0, (1, 1))),
]
MARKERS = "osD^vP"


def logarithmic(ax: Axes, axes: str) -> None:
    """Ticks at 1, 10, 100, and where there is room at 2 and 5 too, written as plain numbers."""
    for name in axes:
        ax.set(**{f"{name}scale": "log"})
        low, high = getattr(ax, f"get_{name}lim")()
        axis = getattr(ax, f"{name}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


def tell_apart(what: str, named: Mapping, most: int) -> None:
    if len(named) > most:
        raise ValueError(f"at most {most} {what} can be told apart in one figure; got {len(named)}")
