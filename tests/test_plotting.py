"""plotting: every figure looks as it did when its picture in tests/figures/ was accepted (`make figures`)."""

import itertools
from functools import partial

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.text import Annotation

from course_utils import plotting
from course_utils.hmm import HMM, STICKY, TOY

matplotlib.use("Agg")
SAME_TEXT = matplotlib.__version_info__ >= (3, 11)  # before 3.11 letters came out otherwise: no comparison there
picture = partial(
    pytest.mark.mpl_image_compare,
    tolerance=3 if SAME_TEXT else 255,
    style="default",
    savefig_kwargs={"dpi": 60, "bbox_inches": "tight"},
)

X = np.arange(30)
TRUTH, DNA = "HHHHHHHHHHHHLLLLLLHHLLLLLLLLLL", "GCACGGTGGATGTATCGCTGTGCAAGTTCA"
CURVES = {"filter": 0.5 + 0.4 * np.cos(X / 5), "GRU": 0.5 + 0.35 * np.cos(X / 5 + 0.3)}
WAVES = {name: 0.6 + width * np.sin(np.arange(200) ** 2) for name, width in [("coin", 0.02), ("shift", 0.1)]}
TABLE = pd.DataFrame({"n": [10, 60, 30], "mean_probability": [0.2, 0.5, 0.9], "share": [0.3, 0.5, 0.8]})


@pytest.fixture(autouse=True)
def every_figure_is_closed_and_no_setting_changed():
    before = dict(matplotlib.rcParams)
    yield
    plt.close("all")
    assert dict(matplotlib.rcParams) == before


@picture(filename="state_diagram.png")
def test_state_diagram():
    return plotting.state_diagram(TOY)


@picture(filename="emission_bars.png")
def test_emission_bars():
    return plotting.emission_bars(STICKY)


@picture(filename="tracks.png")
def test_tracks():
    return plotting.tracks(TRUTH, CURVES, start=100)


@picture(filename="tracks_with_dna.png")
def test_tracks_with_dna_and_no_truth():
    return plotting.tracks(None, CURVES, dna=DNA)


@picture(filename="heat.png")
def test_heat():
    return plotting.heat([[0.25, -1.5], [0, 2]], ["A", "C"], ["0", "1"], "symbol", "dimension")


@picture(filename="heat_one_hot.png")
def test_heat_of_whole_numbers():
    return plotting.heat(np.eye(4, dtype=int)[[2, 0, 3]], list("GAT"), list("ACGT"), "position", "symbol")


@picture(filename="gru_cell.png")
def test_gru_cell():
    return plotting.gru_cell()


@picture(filename="learning_curves.png")
def test_learning_curves():
    curves = {"training": (X[:9], 0.7 - X[:9] / 300), "validation": (X, 0.7 - X / 900)}
    return plotting.learning_curves(curves, {"Bayes limit": 0.667, "ln 2": 0.693}, "epoch")


@picture(filename="learning_curves_log.png")
def test_learning_curves_on_logarithmic_axes():
    sizes = np.array([10, 100, 1000])
    return plotting.learning_curves({"GRU": (sizes, 1 / sizes)}, {}, "sequences", "KL (nats per position)", log=True)


@picture(filename="ladder.png")
def test_ladder():
    return plotting.ladder(pd.Series({"coin": 0.5, "always L": 0.55, "GRU": 0.595}), limit=0.6)


@picture(filename="null_distributions.png")
def test_null_distributions():
    return plotting.null_distributions(WAVES, observed=0.61)


@picture(filename="per_sequence.png")
def test_per_sequence():
    return plotting.per_sequence({k: v[:40] for k, v in WAVES.items()}, {"chance": 0.5, "limit": 0.6}, "accuracy")


@picture(filename="per_sequence_log.png")
def test_per_sequence_on_a_logarithmic_axis():
    return plotting.per_sequence(
        {"GRU": 10 ** np.sin(X), "table": 0.3 + X / 10}, {}, "KL (nats per position)", log=True
    )


@picture(filename="intervals.png")
def test_intervals():
    rows = {"GRU - filter": (-0.002, 0.001, 0.004), "GRU - table": (-0.02, -0.015, -0.008)}
    return plotting.intervals(rows, 0.005, "difference (nats per position)")


@picture(filename="reliability.png")
def test_reliability():
    return plotting.reliability({"filter": TABLE, "GRU": TABLE.assign(share=[0.1, 0.6, 0.95])})


@picture(filename="ladder_no_limit.png")
def test_ladder_without_a_limit():
    return plotting.ladder(pd.Series({"usage": 1.14, "pair": 1.05, "HMM": 0.95}), limit=None, xlabel="NLL")


@picture(filename="labelled.png")
def test_labelled():
    points = {"1 x 10": (518, 0.02), "2 x 20": (5_000, 0.004), "table": (130, 0.03), "exact": (10_000, 0.0015)}
    return plotting.labelled(points, "weights", "KL (nats per position)")


@picture(filename="against.png")
def test_against():
    x = np.cos(np.arange(150) ** 2)
    return plotting.against(x, {"unit 3": 0.9 * x + 0.1 * np.sin(X[-1] * x), "unit 7": x**3}, "exact", "read out")


GC = pd.DataFrame({"start": range(1, 1000, 100), "end": [*range(100, 1000, 100), 930]})
GC["gc"] = [0.6, 0.58, 0.63, 0.55, 0.42, 0.4, 0.44, 0.38, 0.52, 0.95]
READERS = {"chain": (np.arange(930), np.r_[np.ones(400), np.zeros(400), np.ones(130)]),
           "GRU": (np.arange(25, 930, 50), 0.5 + 0.45 * np.cos(np.arange(25, 930, 50) / 140))}  # fmt: skip
SEGMENTS = pd.DataFrame({"start": [1, 401, 801, 911], "end": [400, 800, 910, 930], "state": ["H", "L", "H", "L"]})
GENOME_GENES = pd.DataFrame(
    {
        "gene": ["cro", "cI", "N", "int"],
        "start": [20, 250, 480, 700],
        "end": [210, 440, 640, 905],
        "strand": list("+--+"),
    }
)


@picture(filename="genome_map.png")
def test_genome_map():
    return plotting.genome_map(GC, READERS, SEGMENTS, GENOME_GENES)


@picture(filename="genome_map_gc.png")
def test_genome_map_of_gc_alone():
    return plotting.genome_map(GC)


@picture(filename="genome_map_three_states.png")
def test_genome_map_of_three_states_without_curves():
    return plotting.genome_map(GC, segments=SEGMENTS.assign(state=["S1", "S2", "S3", "S1"]))


def test_neighbours_on_a_genome_map_differ_in_colour_whatever_the_states_are_called():
    for names in (["H", "L", "H", "L"], ["S1", "S2", "S3", "S1"], ["S4", "S3", "S4", "S5"]):
        ax = plotting.genome_map(GC, segments=SEGMENTS.assign(state=names)).axes[-1]
        colours = [patch.get_facecolor() for patch in ax.patches]
        assert [a == b for a, b in itertools.combinations(colours, 2)] == [
            a == b for a, b in itertools.combinations(names, 2)
        ]


def test_a_window_of_unknown_letters_leaves_a_gap_in_the_genome_map(recwarn):
    ax = plotting.genome_map(GC.assign(gc=GC["gc"].where(GC["start"] != 301))).axes[0]
    ax.figure.canvas.draw()
    assert np.isfinite(ax.get_ylim()).all() and not recwarn.list


def test_every_layer_of_a_genome_map_gets_a_panel_of_its_own_and_all_share_the_positions():
    for layers in itertools.product([None, READERS], [None, SEGMENTS], [None, GENOME_GENES]):
        axes = plotting.genome_map(GC, *layers).axes
        assert len(axes) == 1 + sum(layer is not None for layer in layers)
        assert {ax.get_xlim() for ax in axes} == {(0, 930)} and axes[-1].get_xlabel() == "position (bp)"


def test_the_arrow_of_a_gene_points_where_its_strand_does():
    ax = plotting.genome_map(GC, genes=GENOME_GENES).axes[-1]
    tips = [(text.xyann[0], text.xy[0]) for text in ax.texts if isinstance(text, Annotation)]
    assert tips == [(20, 210), (440, 250), (640, 480), (700, 905)]
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["cro", "cI", "N", "int"]


def test_a_panel_of_the_cloud_for_each_name_and_the_line_where_both_are_equal():
    figure = plotting.against([0, 1, 2], {"a": [0, 1, 2], "b": [2, 1, 0]}, "x", "y")
    assert [ax.get_title() for ax in figure.axes] == ["a", "b"]
    for ax, expected in zip(figure.axes, ([0, 1, 2], [2, 1, 0]), strict=True):
        cloud, line = ax.lines
        assert cloud.get_ydata().tolist() == expected and cloud.get_xdata().tolist() == [0, 1, 2]
        assert line.get_slope() == 1 and tuple(line.get_xy1()) == (0, 0)


def test_every_point_of_any_number_is_labelled():
    points = {f"model {i}": (10.0**i, 1 + i) for i in range(15)}
    ax = plotting.labelled(points, "x", "y").axes[0]
    assert {text.get_text(): text.xy for text in ax.texts} == points and len(ax.lines) == 15


THREE_STATES = HMM([0.2, 0.3, 0.5], np.full((3, 3), 1 / 3), np.full((3, 4), 0.25))
SEVEN = [f"reader {i}" for i in range(7)]
BAD = {
    "three states": (lambda: plotting.state_diagram(THREE_STATES), "chains of two states; this one has 3"),
    "curve too long": (lambda: plotting.tracks(TRUTH, {"a": [0.5]}), r"one length above 0; they have \[1, 30\]"),
    "dna too short": (lambda: plotting.tracks(TRUTH, CURVES, dna="ACG"), r"one length above 0; they have \[3, 30\]"),
    "nothing to draw": (lambda: plotting.tracks(None, {}), r"one length above 0; they have \[\]"),
    "names of rows": (lambda: plotting.heat([[1, 2]], ["a", "b"], ["c", "d"], "", ""), "there are 2 row and 2 column"),
    "a point at zero": (lambda: plotting.labelled({"a": (1, 2), "b": (0, 1)}, "", ""), "show values above 0 only"),
    "a point below zero": (lambda: plotting.labelled({"a": (1, -2)}, "", ""), "show values above 0 only"),
    "clouds of two sizes": (lambda: plotting.against([1, 2], {"a": [1, 2, 3]}, "", ""), "same first dimension"),
    "flat matrix": (lambda: plotting.heat([1, 2], ["a"], ["b", "c"], "", ""), r"values have shape \(2,\)"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name):
    draw, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        draw()


CROWDED = {
    "tracks": lambda: plotting.tracks("HL", {name: [0.5, 0.5] for name in SEVEN}),
    "learning_curves": lambda: plotting.learning_curves(dict.fromkeys(SEVEN, ([1, 2], [1, 2])), {}, "x"),
    "limits": lambda: plotting.learning_curves({"a": ([1, 2], [1, 2])}, dict.fromkeys(SEVEN, 1.5), "x"),
    "per_sequence": lambda: plotting.per_sequence({"a": [1, 2]}, dict.fromkeys(SEVEN, 1.5), "x"),
    "genome_map": lambda: plotting.genome_map(GC, dict.fromkeys(SEVEN, ([1, 2], [0, 1]))),
    "reliability": lambda: plotting.reliability(dict.fromkeys(SEVEN, TABLE)),
}


@pytest.mark.parametrize("name", CROWDED)
def test_more_than_the_styles_can_tell_apart_is_refused_or_drawn_but_never_dropped(name):
    try:
        figure = CROWDED[name]()
    except ValueError:
        return
    assert set(SEVEN) <= {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
