"""A hidden Markov model over DNA: the chain and how to draw from it (notebook 00).

Shapes: S states, V symbols, N sequences of L positions. The exact answers to questions about the states
(filter, smoother, Viterbi, likelihood) are in inference.py, finding a chain from symbols is in baum_welch.py; both can
be imported from here as well.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.inputs import whole_number


@dataclass(frozen=True, eq=False)
class HMM:
    """A chain of hidden states, each of which emits one symbol.

    start (S,): P(first state).  transition (S, S): row i is P(next state | state i).
    emission (S, V): row i is P(symbol | state i).
    Raises: ValueError if shapes disagree, an entry is negative or not finite, or a row does not sum to 1.
    """

    start: np.ndarray
    transition: np.ndarray
    emission: np.ndarray

    def __post_init__(self):
        for name in ("start", "transition", "emission"):
            given = np.asarray(getattr(self, name))
            table = np.array(given, dtype=np.float64, order="C")
            if table.ndim != (1 if name == "start" else 2):
                raise ValueError(f"{name} has shape {table.shape}; start is (S,), transition (S, S), emission (S, V)")
            if not np.isfinite(table).all() or (table < 0).any():
                raise ValueError(f"{name} holds an entry that is negative or not finite")
            single = given.dtype == np.float32  # whose rows sum to 1 only as far as its seven digits go
            if not np.allclose(table.sum(-1), 1, rtol=0, atol=1e-6 if single else 1e-8):
                raise ValueError(f"{name}: every row must sum to 1; the sums are {table.sum(-1)}")
            if single:
                table /= table.sum(-1, keepdims=True)
            table.flags.writeable = False
            object.__setattr__(self, name, table)
        n = len(self.start)
        if self.transition.shape != (n, n) or len(self.emission) != n:
            raise ValueError(
                f"start says {n} states, but transition is {self.transition.shape} and emission {self.emission.shape}"
            )

    @property
    def stationary(self) -> np.ndarray:
        """(S,): the share of time the chain spends in each state in the long run.

        It is the law that one more step does not change: stationary @ transition == stationary.
        Raises: ValueError if there is more than one (the chain falls into separate parts).
        Source: Grassmann, Taksar and Heyman (1985), Operations Research 33, 1107-1116. Nothing is subtracted, so the
        shares are right to the last digits, also where a change has probability 1e-100.
        """
        change = self.transition * ~np.eye(len(self.start), dtype=bool)  # staying does not matter for the shares
        left, taken = np.arange(len(self.start)), []
        while len(left) > 1:
            # Take out the state that is left most readily: who came to it now goes straight on to where it leads.
            out = change[np.ix_(left, left)].sum(1)
            state, left = left[out.argmax()], np.delete(left, out.argmax())
            if not out.any():
                raise ValueError("the chain falls into separate parts: it has more than one stationary law")
            change[left, state] /= out.max()
            change[np.ix_(left, left)] += np.outer(change[left, state], change[state, left])
            change[left, left] = 0
            taken.append(state)
        law = np.zeros(len(self.start))
        law[left] = 1
        for state in reversed(taken):
            law[state] = law @ change[:, state]
        return law / law.sum()

    def sample(self, length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """One sequence, drawn symbol by symbol: int64 symbols (length,) and states (length,).

        Each draw takes the first index whose cumulative probability exceeds one uniform number of
        numpy.random.RandomState(seed), whose stream never changes: TOY.sample(500, seed=i) is row i of
        data/toy_hmm.tsv.  Raises: ValueError if length is not a whole number of at least 1.
        """
        length = whole_number("length", length)
        random = np.random.RandomState(seed)

        def draw(probabilities):
            return int((np.cumsum(probabilities) > random.rand()).argmax())

        symbols, states = np.empty((2, length), dtype=np.int64)
        state = draw(self.start)
        for t in range(length):
            states[t], symbols[t] = state, draw(self.emission[state])
            if t + 1 < length:
                state = draw(self.transition[state])
        return symbols, states


_EMISSION = [[0.2, 0.3, 0.3, 0.2], [0.3, 0.2, 0.2, 0.3]]  # over A, C, G, T: H favours C and G, L favours A and T

#: The textbook chain: states change almost as often as a coin would.
TOY = HMM(start=[0.5, 0.5], transition=[[0.5, 0.5], [0.4, 0.6]], emission=_EMISSION)


def sticky(stay: float) -> HMM:
    """TOY's emissions on a chain that keeps its state with probability `stay` at every step.

    Raises: ValueError if stay is not between 0 and 1.
    """
    return HMM(start=[0.5, 0.5], transition=[[stay, 1 - stay], [1 - stay, stay]], emission=_EMISSION)


#: A chain with memory: runs of about 100 positions.
STICKY = sticky(0.99)


def simulate(hmm: HMM, n_sequences: int, length: int, seed) -> tuple[np.ndarray, np.ndarray]:
    """Many sequences at once: int64 symbols (n_sequences, length) and states (n_sequences, length).

    seed: an integer or a numpy Generator.  The loop runs over positions; all sequences take each step together.
    Raises: ValueError if a size is not a whole number of at least 1.
    """
    n_sequences, length = whole_number("n_sequences", n_sequences), whole_number("length", length)
    random = np.random.default_rng(seed)
    start, transition, emission = (p.cumsum(-1)[..., :-1].T for p in (hmm.start[None], hmm.transition, hmm.emission))

    def draw(bounds):  # (outcomes - 1, n_sequences or 1): a number between 0 and 1 lies above how many of them?
        numbers = random.random(n_sequences)
        return sum(bound <= numbers for bound in bounds)

    symbols, states = np.empty((2, length, n_sequences), dtype=np.int64)
    for t in range(length):
        states[t] = draw(transition.take(states[t - 1], axis=1) if t else start)
        symbols[t] = draw(emission.take(states[t], axis=1))
    return np.ascontiguousarray(symbols.T), np.ascontiguousarray(states.T)
