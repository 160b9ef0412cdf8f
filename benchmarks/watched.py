"""Row 1: one training by the course's `fit`, with the clock stopped after every step for a look at the gap."""

from time import process_time

import numpy as np
import torch

from course_utils import hmm
from course_utils.gru import GRUTagger
from course_utils.training import fit, reading


class Watched:
    """A loader that stands in for another one and looks at the gap between two batches, off the clock."""

    def __init__(self, loader, gap):
        self.loader, self.generator, self.gap = loader, loader.generator, gap
        self.times, self.gaps = [], []  # CPU seconds so far, and the gap, after every step
        self.spent, self.started = 0.0, process_time()

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        for batch in self.loader:
            yield batch  # and when `fit` asks for the next one, its step is done
            self.spent += process_time() - self.started
            self.times.append(self.spent)
            self.gaps.append(self.gap())
            self.started = process_time()

    def seconds_to_stay(self, level: float) -> float:
        """From then on below the level to the end. If it ends above: all the time there was (it would take more)."""
        above = np.flatnonzero(np.array(self.gaps) >= level)
        first = above[-1] + 1 if len(above) else 0
        return self.times[min(first, len(self.times) - 1)]


def train(loader, epochs: int, cosine: bool, seed: int, n_fresh: int) -> Watched:
    """A GRUTagger of ten hidden numbers by Adam at .02, and its gap on n_fresh toy sequences that it never sees.

    The gap is notebook 04's: the KL divergence of its beliefs from the exact filter's, in nats per position.
    """
    symbols, _ = hmm.simulate(hmm.TOY, n_fresh, 500, seed=12345)
    exact, x, model = hmm.filter_probabilities(hmm.TOY, symbols), torch.from_numpy(symbols), GRUTagger(seed=seed)

    def gap() -> float:
        with reading(model):
            log_beliefs = model(x)[0].double().log_softmax(-1).numpy()
        return float((exact * (np.log(exact) - log_beliefs)).sum(-1).mean())

    watched = Watched(loader, gap)
    fit(model, watched, epochs=epochs, learning_rate=0.02, seed=seed, cosine=cosine, verbose=False)
    return watched
