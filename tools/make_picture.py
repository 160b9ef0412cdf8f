"""Draw the picture of README.md: a trained network and the exact filter on one sticky sequence.

Usage: python tools/make_picture.py
"""

import io

import matplotlib

matplotlib.use("Agg")

from course_utils import DATA, hmm, plotting
from course_utils.encoding import NUCLEOTIDES, STATES, decode
from course_utils.files import write_whole
from course_utils.prediction import predict
from course_utils.training import load_checkpoint


def main() -> None:
    (symbols,), (states,) = hmm.simulate(hmm.STICKY, n_sequences=1, length=400, seed=12)
    network = predict(load_checkpoint(DATA / "checkpoints" / "sticky_2.pt"), decode(symbols, NUCLEOTIDES))
    curves = {
        "table of four numbers": hmm.lookup_probabilities(hmm.STICKY, symbols)[:, 0],
        "exact Bayes filter": hmm.filter_probabilities(hmm.STICKY, symbols)[:, 0],
        "GRU": network.probabilities[:, 0],
    }
    figure = plotting.tracks(decode(states, STATES), curves)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100)
    write_whole(DATA.parent / "docs" / "picture.png", content.getvalue())


if __name__ == "__main__":
    main()
