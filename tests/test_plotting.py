"""plotting.py: every figure looks as it did when its picture in tests/figures/ was accepted (`make figures`)."""

from functools import partial

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

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


THREE_STATES = HMM([0.2, 0.3, 0.5], np.full((3, 3), 1 / 3), np.full((3, 4), 0.25))
SEVEN = [f"reader {i}" for i in range(7)]
BAD = {
    "three states": (lambda: plotting.state_diagram(THREE_STATES), "chains of two states; this one has 3"),
    "curve too long": (lambda: plotting.tracks(TRUTH, {"a": [0.5]}), r"one length above 0; they have \[1, 30\]"),
    "dna too short": (lambda: plotting.tracks(TRUTH, CURVES, dna="ACG"), r"one length above 0; they have \[3, 30\]"),
    "nothing to draw": (lambda: plotting.tracks(None, {}), r"one length above 0; they have \[\]"),
    "names of rows": (lambda: plotting.heat([[1, 2]], ["a", "b"], ["c", "d"], "", ""), "there are 2 row and 2 column"),
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
    "reliability": lambda: plotting.reliability(dict.fromkeys(SEVEN, TABLE)),
}


@pytest.mark.parametrize("name", CROWDED)
def test_more_than_the_styles_can_tell_apart_is_refused_or_drawn_but_never_dropped(name):
    try:
        figure = CROWDED[name]()
    except ValueError:
        return
    assert set(SEVEN) <= {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
