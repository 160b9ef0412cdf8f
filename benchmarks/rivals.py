"""What the course is compared with: the loops of the workshop it grew out of, and hmmlearn.

The workshop's functions do here, operation by operation, what they do there. Its network and its way to train it are
built as there: time first, one sequence a step, no clipping, a constant learning rate.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

STATES = ["H", "L"]
NUCLEOTIDES = ["A", "C", "G", "T"]


def encode_seq(symbols, encdr=NUCLEOTIDES):
    return np.array([encdr.index(s) for s in symbols])


class Workshop(nn.Module):
    """Four symbols, ten hidden numbers, two states: x (B, L) to log-probabilities (L, B, 2)."""

    def __init__(self):
        super().__init__()
        self.embedding, self.gru, self.linear = nn.Embedding(4, 4), nn.GRU(4, 10), nn.Linear(10, 2)

    def forward(self, x, hidden=None):
        vectors, hidden = self.gru(self.embedding(x).transpose(0, 1), hidden)
        return self.linear(vectors).log_softmax(dim=2), hidden


def workshop_steps(network, loader, epochs: int) -> Iterator[float]:
    """Train; after every step, its loss."""
    measure, optimizer = nn.NLLLoss(), torch.optim.Adam(network.parameters(), lr=0.02)
    network.train()
    for _ in range(epochs):
        for x, y in loader:
            network.zero_grad()
            log_probabilities, _ = network(x, torch.zeros(1, len(x), 10))
            loss = measure(log_probabilities.permute(1, 2, 0), y)  # NLLLoss wants (B, S, L)
            loss.backward()
            optimizer.step()
            yield loss.item()


def predict(model, dna):
    """One sequence: the states as text, and their probabilities."""
    assert all([x in NUCLEOTIDES for x in dna])
    dna_encode = torch.LongTensor(encode_seq(dna))[None, :]
    model.zero_grad()
    out, _ = model(dna_encode)
    out = torch.nn.functional.log_softmax(out, dim=2)
    out_state_indices = [int(torch.argmax(x)) for x in out[0]]
    out_probs = np.array([torch.exp(x).detach().numpy() for x in out[0]])
    return "".join([STATES[s] for s in out_state_indices]), out_probs


def fraction_matches(seq1, seq2):
    matches = 0
    for i, c1 in enumerate(seq1):
        if c1 == seq2[i]:
            matches += 1
    return matches / len(seq1)


def random_matches(length, n_draws):
    """The share of matches between two random strings of H and L, n_draws times."""
    fraction_distribution = []
    for _ in range(n_draws):
        seqs = np.random.choice(STATES, size=[2, length], replace=True)  # noqa: NPY002
        fraction_distribution.append(fraction_matches("".join(seqs[0, :]), "".join(seqs[1, :])))
    return np.array(fraction_distribution)


def hmmlearn_model(hmm, implementation="log", **options):
    """The same chain in hmmlearn. Its priors are flat (all 1) unless one asks for others."""
    from hmmlearn.hmm import CategoricalHMM

    model = CategoricalHMM(len(hmm.start), init_params="", implementation=implementation, **options)
    model.startprob_, model.transmat_, model.emissionprob_ = map(np.array, (hmm.start, hmm.transition, hmm.emission))
    model.n_features = hmm.emission.shape[1]
    return model


def hmmlearn_input(rows):
    """Symbols (N, L) as hmmlearn wants them: one column, and the lengths."""
    return rows.reshape(-1, 1), [rows.shape[1]] * len(rows)


def hmmlearn_filter(model, x, lengths):
    """hmmlearn offers no filter. This is the first half of its predict_proba, by the functions that it calls inside."""
    from hmmlearn import _hmmc

    filtered = []
    for piece in np.split(x, np.cumsum(lengths)[:-1]):
        if model.implementation == "scaling":
            likelihood = model._compute_likelihood(piece)
            filtered.append(_hmmc.forward_scaling(model.startprob_, model.transmat_, likelihood)[1])
        else:
            likelihood = model._compute_log_likelihood(piece)
            _, lattice = _hmmc.forward_log(model.startprob_, model.transmat_, likelihood)
            filtered.append(np.exp(lattice - np.logaddexp.reduce(lattice, axis=1, keepdims=True)))
    return np.concatenate(filtered)
