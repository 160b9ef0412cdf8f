"""Draw the pictures of README.md and of the lessons: docs/picture.png and docs/drawings/*.svg.

Usage: python tools/draw.py [NAME ...]      (without a name: all)
Everything in them is computed. Run it twice and nothing changes.
"""

import io
import sys
from runpy import run_path

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.patches import Circle, Rectangle

from course_utils import DATA, hmm, plotting
from course_utils.encoding import NUCLEOTIDES, STATES, decode
from course_utils.files import write_whole
from course_utils.genome import codes, read_fasta, segment_fasta
from course_utils.hmm import STICKY, TOY
from course_utils.prediction import predict
from course_utils.training import load_checkpoint

DOCS = DATA.parent / "docs"
TRAIN, TEST = "#2F7F7F", "#8F4C8F"
H, L, GREY, DARK = "#D55E00", "#0072B2", "#8C8C8C", "#222222"
WORDS = dict(ha="center", va="center", color=DARK)


def canvas(width: float, height: float):
    figure, ax = plt.subplots(figsize=(width, height), layout="constrained")
    ax.axis("off")
    return figure, ax


def arrow(ax, begin, end, text="", **look):
    ax.annotate("", end, begin, arrowprops=dict(arrowstyle="-|>", color=DARK, lw=1.2) | look)
    ax.text((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2 + 0.06, text, **WORDS | {"va": "bottom"}, fontsize=10)


def picture():
    """A trained network and the exact filter on one sticky sequence."""
    (symbols,), (states,) = hmm.simulate(STICKY, n_sequences=1, length=400, seed=12)
    network = predict(load_checkpoint(DATA / "checkpoints" / "sticky_2.pt"), decode(symbols, NUCLEOTIDES))
    curves = {
        "table of four numbers": hmm.lookup_probabilities(STICKY, symbols)[:, 0],
        "exact Bayes filter": hmm.filter_probabilities(STICKY, symbols)[:, 0],
        "GRU": network.probabilities[:, 0],
    }
    return plotting.tracks(decode(states, STATES), curves)


def lambda_map():
    """Phage lambda: GC in windows, the most probable path of the fitted chain, and the genes."""
    path = DATA / "lambda_phage.fasta"
    (sequence,) = read_fasta(path).values()
    shares = np.isin(codes(sequence)[:48_500], [1, 2]).reshape(-1, 500).mean(axis=1)
    genes = pd.read_csv(DATA / "lambda_genes.tsv", sep="\t")
    (genome_map,) = run_path(str(DATA / "make_data.py"))["from_lesson"]("12_lambda_phage", "genome_map")
    return genome_map(shares, genes, path=segment_fasta(path))


def chain():
    """The two states of TOY as circles, and the probabilities of staying and of changing as arrows."""
    figure, ax = canvas(5, 2.3)
    look = dict(arrowstyle="-|>", color="black", shrinkA=0, shrinkB=0)
    for i, (row, name, x, away) in enumerate(zip(TOY.transition, STATES, (0, 3), (-1, 1), strict=True)):
        ax.add_patch(Circle((x, 0), 0.5, alpha=0.75, edgecolor="white", **plotting.STATES[name]))
        ax.add_patch(Circle((x, 0), 0.5, facecolor="none", edgecolor="black"))
        ax.text(x, 0, name, ha="center", va="center", fontsize=15, bbox=dict(boxstyle="circle", fc="white", lw=0))
        begin, end = (x + away * 0.35, 0.4), (x + away * 0.35, -0.4)
        ax.annotate("", end, begin, arrowprops=look | {"connectionstyle": f"arc3,rad={-1.4 * away}"})
        ax.text(x + away * 1.4, 0, f"stay\n{row[i]:g}", ha="center", va="center")
        begin, end = (x - away * 0.45, -away * 0.25), (3 - x + away * 0.45, -away * 0.25)
        ax.annotate("", end, begin, arrowprops=look | {"connectionstyle": "arc3,rad=-0.3"})
        ax.text(1.5, -away * 0.87, f"{row[1 - i]:g}", ha="center", va="center")
    ax.set(xlim=(-1.9, 4.9), ylim=(-1.15, 1.15), aspect="equal")
    return figure


def belief():
    """One step of the filter: after a G, predict, and weigh by another G, and normalise."""
    after = np.array([0.6, 0.4])
    predicted = after @ TOY.transition
    weighed = predicted * TOY.emission[:, NUCLEOTIDES.index("G")]
    stages = [
        ("belief after\nthe letter before", after, ""),
        ("belief before\nthe next letter", predicted, "predict\n× transition"),
        ("times the chance\nof the letter G", weighed, "weigh\n× emission of G"),
        ("belief after\nthe letter G", weighed / weighed.sum(), "normalise\n/ sum"),
    ]  # fmt: skip
    figure, ax = canvas(7, 2.7)
    for i, (title, pair, move) in enumerate(stages):
        x = 3 * i
        for j, (value, colour) in enumerate(zip(pair, (H, L), strict=True)):
            look = dict(facecolor=colour, edgecolor=DARK, hatch="" if j else "////", alpha=0.85)
            ax.add_patch(Rectangle((x + 0.62 * j, 0), 0.55, 2 * value, **look))
            ax.text(x + 0.62 * j + 0.27, 2 * value + 0.09, f"{value:.3g}".lstrip("0"), **WORDS, fontsize=10)
            ax.text(x + 0.62 * j + 0.27, -0.13, "HL"[j], **WORDS, fontsize=11)
        ax.text(x + 0.58, -0.5, title, **WORDS, fontsize=10)
        if move:
            arrow(ax, (x - 1.6, 0.75), (x - 0.15, 0.75), move)
    ax.set(xlim=(-0.2, 10.5), ylim=(-0.75, 1.6))
    return figure


def leak():
    """Train and test from a table that was cut first, and from one shuffled list."""
    figure, ax = canvas(6.8, 2.4)
    bars = [  # text, y, from, to, colour
        ("table", 3, 0, 100, GREY), ("train", 2, 0, 50, TRAIN), ("test", 1, 0, 50, TEST),
    ]  # fmt: skip
    for name, y, begin, end, colour in bars:
        ax.add_patch(Rectangle((begin, y), end - begin, 0.7, facecolor=colour, alpha=0.8, edgecolor=DARK))
        ax.text(-2, y + 0.35, name, **WORDS | {"ha": "right"}, fontsize=11)
    ax.text(25, 2.35, "rows 0 to 49", color="white", ha="center", va="center", fontsize=11)
    ax.text(25, 1.35, "rows 0 to 49", color="white", ha="center", va="center", fontsize=11)
    ax.text(50, 3.35, "rows 0 to 99", **WORDS, fontsize=11)
    ax.text(75, 1.85, "never used", **WORDS, fontsize=11)
    order = np.random.default_rng(0).permutation(100)
    part = np.repeat(["train", "choose", "judge"], [60, 20, 20])
    colours = dict(train=TRAIN, choose=GREY, judge=TEST)
    for row, where in zip(order, part, strict=True):
        ax.add_patch(Rectangle((row, -0.6), 1, 0.7, facecolor=colours[where], edgecolor="white", lw=0.4))
    ax.text(-2, -0.25, "the table, split", **WORDS | {"ha": "right"}, fontsize=11)
    for x, (where, colour) in zip((8, 42, 76), colours.items(), strict=True):
        ax.add_patch(Rectangle((x, -1.45), 3, 0.5, facecolor=colour))
        ax.text(x + 4, -1.2, {"train": "60 rows: train", "choose": "20 rows: choose", "judge": "20 rows: judge"}[where],
                **WORDS | {"ha": "left"}, fontsize=10)  # fmt: skip
    ax.set(xlim=(-24, 101), ylim=(-1.6, 3.8))
    return figure


def batch():
    """A row, its windows, a batch, and padding."""
    figure, ax = canvas(7.2, 3)

    def cells(x, y, n, colour, width=0.3, hatch=""):
        for i in range(n):
            ax.add_patch(
                Rectangle((x + width * i, y), width, 0.4, facecolor=colour, edgecolor=DARK, lw=0.6, hatch=hatch)
            )

    rows = ["#4C9A8A", "#B07A2A", "#7F6BA8"]
    for i, colour in enumerate(rows[:2]):
        cells(0, 3 - i, 20, colour)
        ax.text(-0.15, 3.2 - i, f"row {i}", **WORDS | {"ha": "right"}, fontsize=11)
    cells(0, 1, 3, rows[2])
    ax.text(-0.15, 1.2, "row 2, short", **WORDS | {"ha": "right"}, fontsize=11)
    for cut in (1.5, 3.0, 4.5):
        ax.plot([cut, cut], [1.85, 3.55], color=DARK, lw=1.6, ls="--")
    ax.text(3, 3.75, "cut into windows", **WORDS, fontsize=11)
    arrow(ax, (6.3, 2.4), (7.9, 2.4), "shuffle,\nstack")
    for i, which in enumerate([1, 0, 2, 0]):
        n = 3 if which == 2 else 5
        cells(8.2, 3.0 - 0.55 * i, n, rows[which])
        for j in range(n, 5):
            ax.add_patch(
                Rectangle(
                    (8.2 + 0.3 * j, 3.0 - 0.55 * i), 0.3, 0.4, facecolor="white", edgecolor=DARK, lw=0.6, hatch="xxx"
                )
            )
    ax.text(8.95, 3.75, "a batch: (B, L)", **WORDS, fontsize=11)
    ax.text(8.95, 0.95, "crossed: padding, code -100", **WORDS, fontsize=10)
    ax.set(xlim=(-2, 10.9), ylim=(0.7, 4))
    return figure


def downhill():
    """The loss of a model with one weight, and eight steps of gradient descent with rate 2."""

    def sigmoid(w):
        return 1 / (1 + np.exp(-w))

    def loss(w):
        return -4 / 9 * np.log(sigmoid(w)) - 5 / 9 * np.log(1 - sigmoid(w))

    figure, ax = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
    line = np.linspace(-2.2, 2.3, 200)
    ax.plot(line, loss(line), color=DARK)
    w = 2.0
    for _ in range(6):
        following = w - 2 * (sigmoid(w) - 4 / 9)
        ax.annotate(
            "",
            (following, loss(following)),
            (w, loss(w)),
            arrowprops=dict(arrowstyle="-|>", color=H, lw=1.6, shrinkA=3),
        )
        ax.plot(w, loss(w), "o", color=H, ms=6)
        w = following
    ax.annotate("start", (2.0, loss(2.0)), xytext=(-34, 0), textcoords="offset points", color=DARK)
    best = np.log(4 / 5)
    ax.annotate("lowest point", (best, loss(best)), xytext=(-150, -2), textcoords="offset points", color=DARK,
                arrowprops=dict(arrowstyle="-", color=GREY))  # fmt: skip
    ax.set(xlabel="weight w", ylabel="loss (nats)", ylim=(0.6, 1.36))
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def boxes(ax, texts: dict[str, tuple], fontsize: float) -> dict:
    """A box around each text at its place, in its colour."""
    look = dict(boxstyle="round,pad=0.5", edgecolor="black")
    return {
        text: ax.text(*place, text, **WORDS, fontsize=fontsize, zorder=3, bbox=look | {"facecolor": colour})
        for text, (place, colour) in texts.items()
    }


def link(ax, begin, end, bend: float = 0) -> None:
    """An arrow from the border of one box to that of another."""
    ends = dict(patchA=begin.get_bbox_patch(), patchB=end.get_bbox_patch(), shrinkA=2, shrinkB=2)
    look = dict(arrowstyle="-|>", color=DARK, lw=1.2, connectionstyle=f"arc3,rad={bend}")
    ax.annotate("", end.get_position(), begin.get_position(), arrowprops=look | ends, zorder=4)


def gru():
    """One step of the GRU as a drawing: what is computed from what."""
    figure, ax = canvas(6.8, 3.6)
    x, h, r, z, n, mix, new = boxes(ax, {
        "letter $x$": ((0.3, 3.1), "#E8E8E8"),
        "memory $h$": ((0.3, -0.3), "#FFF0C2"),
        "reset gate $r$": ((3, 2.3), "#F6D9CC"),
        "update gate $z$": ((3, 0.9), "#D2EBDD"),
        "candidate $n$": ((5.8, 2.3), "#E6DDF2"),
        "mix: $z\\,h + (1-z)\\,n$": ((8.2, 0.9), "#D3E4F2"),
        "new memory $h'$": ((8.2, -0.3), "#FFF0C2"),
    }, fontsize=11).values()  # fmt: skip
    for begin, end in [(x, r), (x, z), (h, r), (h, z), (r, n), (n, mix), (z, mix), (h, mix), (mix, new)]:
        link(ax, begin, end)
    link(ax, x, n, bend=-0.15)
    link(ax, h, n, bend=0.4)
    ax.set(xlim=(-0.8, 9.9), ylim=(-0.7, 3.5))
    return figure


def redraw():
    """Five differences, three redraws of them, and the means of ten thousand redraws."""
    values = np.array([0.031, 0.018, 0.001, 0.015, -0.016])
    random = np.random.default_rng(3)
    figure, (ax, histogram) = plt.subplots(1, 2, figsize=(7, 2.9), layout="constrained", width_ratios=(1.25, 1))
    colours = ["#0072B2", "#D55E00", "#007A4D", "#7A4B00", "#5B2A86"]

    def row(y, picks, name):
        seen = {}
        for i in picks:
            seen[i] = seen.get(i, -1) + 1
            ax.plot(values[i], y + 0.13 * seen[i], "o", color=colours[i], ms=8)
        ax.plot(values[picks].mean(), y, "|", color=DARK, ms=22, mew=2)
        ax.text(-0.021, y + 0.05, name, **WORDS | {"ha": "right"}, fontsize=10)

    row(3, np.arange(5), "five differences")
    for k in range(3):
        row(2 - k, random.integers(0, 5, 5), f"redraw {k + 1}")
    ax.set(yticks=[], xticks=[-0.02, 0, 0.02], xlim=(-0.034, 0.036), ylim=(-0.4, 3.6))
    ax.set_xlabel("difference (bar: the mean)")
    ax.spines[["top", "right", "left"]].set_visible(False)
    means = values[random.integers(0, 5, (9999, 5))].mean(axis=1)
    histogram.hist(means, bins=40, color=GREY)
    low, high = np.quantile(means, [0.025, 0.975])
    histogram.axvspan(low, high, color="#007A4D", alpha=0.18)
    histogram.set_ylim(0, histogram.get_ylim()[1] * 1.15)
    histogram.text(
        (low + high) / 2, histogram.get_ylim()[1] * 0.98, "middle 95 %", **WORDS | {"va": "top"}, fontsize=10
    )
    histogram.set(yticks=[], xlabel="means of 9999 redraws")
    histogram.spines[["top", "right", "left"]].set_visible(False)
    return figure


def concepts():
    """How the ideas of the course hang together, for the instructor's guide."""
    figure, ax = canvas(7, 3.9)
    states, table, bayes, numbers, gru, limit, gap, nulls, verdict, unit = boxes(ax, {
        "hidden states\nwrite letters\n01": ((0, 0), "#E8E8E8"),
        "table:\none letter\n01": ((3.2, 1.8), "#D3E4F2"),
        "exact filter:\nall letters so far\n01": ((3.2, 0), "#D3E4F2"),
        "letters as numbers,\nbatches, no leak\n02 03": ((3.2, -1.8), "#D2EBDD"),
        "GRU, trained\n04 05 06": ((6.7, -1.8), "#D2EBDD"),
        "the limit: best\npossible score\n01": ((6.7, 1.8), "#FFF0C2"),
        "the gap: how far\nfrom the filter\n05": ((6.7, 0), "#FFF0C2"),
        "nulls and\nimpostors\n07": ((9.7, 1.8), "#F6D9CC"),
        "the verdict\n08": ((9.7, 0), "#E6DDF2"),
        "the sequence\nas the unit\n08": ((9.7, -1.8), "#F6D9CC"),
    }, fontsize=9.5).values()  # fmt: skip
    for begin, end in [
        (states, table), (states, bayes), (states, numbers), (table, limit), (bayes, limit), (bayes, gap),
        (numbers, gru), (gru, gap), (limit, verdict), (gap, verdict), (nulls, verdict), (unit, verdict),
    ]:  # fmt: skip
        link(ax, begin, end)
    ax.set(xlim=(-1.3, 11), ylim=(-2.5, 2.5))
    return figure


DRAWINGS = {
    "lambda": lambda_map,
    "chain": chain,
    "belief": belief,
    "leak": leak,
    "batch": batch,
    "downhill": downhill,
    "gru": gru,
    "redraw": redraw,
    "concepts": concepts,
}


def main(names: list[str]) -> None:
    matplotlib.rcParams.update({"svg.hashsalt": "course", "svg.fonttype": "path", "hatch.linewidth": 0.6})
    for name in names or ["picture", *DRAWINGS]:
        figure, content = (picture if name == "picture" else DRAWINGS[name])(), io.BytesIO()
        if name == "picture":
            figure.savefig(content, format="png", dpi=144)
            write_whole(DOCS / "picture.png", content.getvalue())
        else:
            figure.savefig(content, format="svg", facecolor="white", metadata={"Date": None})
            write_whole(DOCS / "drawings" / f"{name}.svg", content.getvalue())
        plt.close(figure)


if __name__ == "__main__":
    main(sys.argv[1:])
