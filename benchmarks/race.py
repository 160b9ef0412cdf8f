"""Row 1: the whole training of the course against the workshop's, from the first step on, and how near each comes."""

from time import process_time

import numpy as np
import rivals
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_utils import hmm
from course_utils.datasets import make_loader, to_frame
from course_utils.evaluation import kl_divergence
from course_utils.gru import GRUTagger
from course_utils.training import fit, reading

#: The course's recipe (lesson on training): new sequences, cut into short windows, many of them a batch, seen once.
SEQUENCES, WINDOW, BATCH, RATE = 130, 10, 100, 0.03
LEVEL = 0.002  # nats per position
FRESH, _ = hmm.simulate(hmm.TOY, 100, 500, seed=12345)
EXACT = hmm.filter_probabilities(hmm.TOY, FRESH)


def gap(probabilities: torch.Tensor) -> float:
    """KL divergence of beliefs (N, L, S) about new sequences from the exact filter's, in nats per position."""
    return float(kl_divergence(EXACT, probabilities.double().numpy()).mean())


def course(seed: int, n_sequences: int = SEQUENCES) -> tuple[float, float, float]:
    """CPU seconds of the whole training, of simulating and cutting before it, and the gap in the end."""
    start = process_time()
    frame = to_frame(*hmm.simulate(hmm.TOY, n_sequences, 500, seed))
    loader, model = make_loader(frame, batch_size=BATCH, window=WINDOW, shuffle=True), GRUTagger(seed=seed)
    made = process_time()
    fit(model, loader, epochs=1, learning_rate=RATE, seed=seed, verbose=False)
    ended = process_time()
    with reading(model):
        return ended - made, made - start, gap(model(torch.from_numpy(FRESH))[0].softmax(-1))


def workshop(seed: int, symbols: np.ndarray, states: np.ndarray, epochs: int = 5) -> tuple[float, float]:
    """CPU seconds until the gap is below LEVEL for good (all there were, if it never is), and the gap in the end."""
    torch.manual_seed(seed)
    network = rivals.Workshop()
    loader = DataLoader(TensorDataset(torch.from_numpy(symbols), torch.from_numpy(states)), batch_size=1, shuffle=True)
    steps, used, enough, last, start = rivals.workshop_steps(network, loader, epochs), 0.0, 0.0, 0.0, process_time()
    for number, _ in enumerate(steps, start=1):
        used += process_time() - start
        if number % 5 == 0 or number == epochs * len(loader):  # a look, off the clock
            with torch.inference_mode():
                last = gap(network(torch.from_numpy(FRESH))[0].exp().transpose(0, 1))
            if last >= LEVEL:
                enough = None
            elif enough is None:
                enough = used
        start = process_time()
    return enough or used, last
