"""plotting: every figure looks as it did when its picture in tests/figures/ was accepted (`make figures`)."""

import itertools
from functools import partial

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from course_utils import plotting
from course_utils.encoding import decode
from course_utils.hmm import (
    STICKY,
    filter_probabilities,
    lookup_probabilities,
    simulate,
    smoother_probabilities,
)
from course_utils.plotting.style import LOOK, OTHERS, READERS, STATES, reader, styles

matplotlib.use("Agg")
SAME_TEXT = matplotlib.__version_info__ >= (3, 11)  # before 3.11 letters came out otherwise: no comparison there
picture = partial(
    pytest.mark.mpl_image_compare,
    tolerance=3 if SAME_TEXT else 255,
    style=["default", LOOK],
    savefig_kwargs={"dpi": 60, "bbox_inches": "tight"},
)

X = np.arange(30)
TRUTH, DNA = "HHHHHHHHHHHHLLLLLLHHLLLLLLLLLL", "GCACGGTGGATGTATCGCTGTGCAAGTTCA"
CURVES = {"filter": 0.5 + 0.4 * np.cos(X / 5), "GRU": 0.5 + 0.35 * np.cos(X / 5 + 0.3)}


@pytest.fixture(autouse=True)
def every_figure_is_closed_and_no_setting_changed():
    before = dict(matplotlib.rcParams)
    yield
    plt.close("all")
    assert dict(matplotlib.rcParams) == before


@picture(filename="tracks.png")
def test_tracks():
    return plotting.tracks(TRUTH, CURVES)


@picture(filename="learning_curves.png")
def test_learning_curves():
    curves = {"training": (X[:9], 0.7 - X[:9] / 300), "validation": (X, 0.7 - X / 900)}
    return plotting.learning_curves(curves, {"Bayes limit": 0.667, "table": 0.693}, "epoch")


@picture(filename="ladder.png")
def test_ladder():
    return plotting.ladder(pd.Series({"coin": 0.5, "always L": 0.55, "GRU": 0.595}), limit=0.6)


@picture(filename="intervals.png")
def test_intervals():
    rows = {"GRU - filter": (-0.002, 0.001, 0.004), "table - filter": (-0.02, -0.015, -0.008)}
    return plotting.intervals(rows, 0.005, "difference (nats per position)")


def luminance(colour):
    """Relative luminance, as WCAG 2.2 defines it."""
    return linear(colour) @ [0.2126, 0.7152, 0.0722]


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


COLOURS = {name: look["color"] for name, look in READERS.items()} | {s: look["facecolor"] for s, look in STATES.items()}


@pytest.mark.parametrize("colour", sorted({*COLOURS.values(), *(look["color"] for look in OTHERS)}))
def test_every_colour_stands_out_from_white(colour):
    """WCAG 2.2, 1.4.11: at least 3 to 1."""
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def lab(rgb):
    """CIE L*a*b* of linear RGB, white point D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    f = np.cbrt(np.clip(to_xyz @ rgb, 1e-4, None) / [0.9505, 1, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


#: Machado, Oliveira and Fernandes (2009), severity 1: what is left of linear RGB.
SIGHT = {
    "all colours": np.eye(3),
    "no red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "no green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
}  # fmt: skip


@pytest.mark.parametrize("sight", SIGHT)
def test_readers_and_states_differ_in_colour_also_for_the_colour_blind(sight):
    seen = {name: lab(SIGHT[sight] @ linear(colour)) for name, colour in COLOURS.items()}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 11, (a, b)


def test_readers_differ_in_dash_and_marker_and_only_h_is_hatched():
    for part in ("ls", "marker"):
        assert len({look[part] for look in READERS.values()}) == len(READERS)
    assert STATES["H"]["hatch"] and not STATES["L"]["hatch"]
    bars = plotting.tracks(TRUTH, CURVES).axes[0].patches
    boxes = [bar for bar in bars if bar.get_facecolor()[:3] == to_rgb(STATES["H"]["facecolor"])]
    assert boxes and all(bar.get_hatch() for bar in boxes)


@pytest.mark.parametrize(
    ("name", "whose"),
    [("exact filter", "filter"), ("HMM of codons, smoother", "smoother"), ("course network", "GRU"), ("causal", "GRU"),
     ("bidirectional GRU", "bi-GRU"), ("bi-GRU", "bi-GRU"), ("both ways", "bi-GRU"),
     ("table, told codon before", "table"),
     ("GRU - filter", "GRU"), ("Viterbi", "Viterbi"), ("always L", "coin"), ("bins", None), ("training loss", None)],
)  # fmt: skip
def test_a_name_says_whose_curve_it_is(name, whose):
    assert reader(name) == whose


def test_no_two_names_of_a_figure_look_the_same():
    looks = styles(["filter", "exact filter", "the filter", "GRU", "loss", "other loss"])
    assert all(a != b for a, b in itertools.combinations(looks, 2)) and looks[0] == READERS["filter"]


def test_figures_are_sharp_in_notebooks_and_small_on_disk(tmp_path):
    """A notebook stores two dots for one: twice the figure's dpi."""
    (symbols,), (states,) = simulate(STICKY, 1, 300, seed=1)
    readers = {"table": lookup_probabilities, "filter": filter_probabilities, "smoother": smoother_probabilities}
    figure = plotting.tracks(
        decode(states, "HL"), {name: read(STICKY, symbols)[:, 0] for name, read in readers.items()}
    )
    assert 2 * LOOK["figure.dpi"] >= 144
    figure.savefig(tmp_path / "t.png", dpi=2 * LOOK["figure.dpi"], bbox_inches="tight")
    assert (tmp_path / "t.png").stat().st_size < 100_000


def test_counts_have_whole_ticks_and_one_axis_alone_may_be_logarithmic():
    ax = plotting.learning_curves({"GRU": ([0, 1, 20], [3, 2, 1])}, {}, "neighbours").axes[0]
    assert all(tick == round(tick) for tick in ax.get_xticks()) and ax.get_xscale() == "linear"
    ax = plotting.learning_curves({"GRU": ([1, 10, 100], [3, 2, 1])}, {}, "letters", log="x").axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plotting.tracks(TRUTH, CURVES | {"a": [0.5]}),
        lambda: plotting.tracks(TRUTH, CURVES, dna="ACG"),
    ],
)
def test_what_does_not_fit_is_refused(draw):
    with pytest.raises(ValueError):
        draw()
