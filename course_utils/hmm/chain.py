"""A hidden Markov model over DNA: the chain and how to draw from it (lesson 01)."""

from dataclasses import dataclass

import numpy as np

from course_utils.inputs import whole_number


@dataclass(frozen=True, eq=False)
class HMM:
    """A chain of S hidden states, each of which emits one of V symbols.

    Parameters
    ----------
    start : array of float, shape (S,): P(first state)
    transition : array of float, shape (S, S): row i is P(next state | state i)
    emission : array of float, shape (S, V): row i is P(symbol | state i)

    Raises
    ------
    ValueError: shapes disagree, an entry is negative or not finite, or a row does not sum to 1
    """

    start: np.ndarray
    transition: np.ndarray
    emission: np.ndarray

    def __post_init__(self):
        for name in ("start", "transition", "emission"):
            table = np.array(np.asarray(getattr(self, name)), dtype=np.float64, order="C")
            sums = table.sum(-1, keepdims=True)
            if not (table >= 0).all() or abs(sums - 1).max(initial=0) > 1e-6:
                raise ValueError(f"{name}: no entry below 0, and every row must sum to 1; the sums are {sums[..., 0]}")
            if abs(sums - 1).max(initial=0) > 1e-12:  # a table in single precision
                table /= sums
            table.flags.writeable = False
            object.__setattr__(self, name, table)
        shapes, n = [table.shape for table in (self.start, self.transition, self.emission)], self.start.size
        if shapes[:2] != [(n,), (n, n)] or len(shapes[2]) != 2 or shapes[2][0] != n:
            raise ValueError(f"start must be (S,), transition (S, S) and emission (S, V); got {shapes}")

    @property
    def stationary(self) -> np.ndarray:
        """The share of time in each state in the long run, shape (S,). ValueError if there is more than one answer.

        Grassmann, Taksar and Heyman (1985), Operations Research 33, 1107-1116: nothing is subtracted.
        """
        with np.errstate(divide="ignore"):
            change = np.log(self.transition * ~np.eye(len(self.start), dtype=bool))  # on logarithms nothing vanishes
        law, taken_out = np.zeros(len(self.start)), []
        for _ in law[1:]:
            # Take out the state that is left most readily: who came to it now goes straight on to where it leads.
            out = np.logaddexp.reduce(change, axis=1)
            state = out.argmax()
            if np.isneginf(out[state]):
                raise ValueError("the chain falls into separate parts: it has more than one stationary law")
            into = change[:, state] - out[state]
            taken_out.append((state, into))
            change = np.logaddexp(change, into[:, None] + change[state])
            change[state], change[:, state], law[state] = -np.inf, -np.inf, -np.inf
            np.fill_diagonal(change, -np.inf)  # staying does not matter
        for state, into in reversed(taken_out):
            law[state] = np.logaddexp.reduce(law + into)
        return np.exp(law - np.logaddexp.reduce(law))

    def sample(self, length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """One sequence, drawn symbol by symbol: int64 symbols (length,) and states (length,).

        Each draw takes the first index whose cumulative probability exceeds a number of RandomState(seed).
        """
        random, law = np.random.RandomState(seed), self.start
        symbols, states = np.empty((2, whole_number("length", length)), dtype=np.int64)
        for t in range(length):
            states[t] = (np.cumsum(law) > random.rand()).argmax()
            symbols[t] = (np.cumsum(self.emission[states[t]]) > random.rand()).argmax()
            law = self.transition[states[t]]
        return symbols, states


_EMISSION = [[0.2, 0.3, 0.3, 0.2], [0.3, 0.2, 0.2, 0.3]]  # over A, C, G, T: H favours C and G, L favours A and T

#: The textbook chain: states change almost as often as a coin would.
TOY = HMM(start=[0.5, 0.5], transition=[[0.5, 0.5], [0.4, 0.6]], emission=_EMISSION)


def sticky(stay: float) -> HMM:
    """TOY's emissions on a chain that keeps its state with probability `stay` at every step.

    Parameters
    ----------
    stay : float from 0 to 1 (otherwise ValueError)
    """
    return HMM(start=[0.5, 0.5], transition=[[stay, 1 - stay], [1 - stay, stay]], emission=_EMISSION)


#: A chain with memory: runs of about 100 positions.
STICKY = sticky(0.99)


def simulate(hmm: HMM, n_sequences: int, length: int, seed) -> tuple[np.ndarray, np.ndarray]:
    """Draw many sequences at once: the loop runs over positions, and all sequences take each step together.

    Parameters
    ----------
    hmm, seed : HMM, and int or numpy Generator
    n_sequences, length : int, at least 1 (otherwise ValueError)

    Returns
    -------
    symbols, states : arrays of int64, shape (n_sequences, length)
    """
    shape = whole_number("length", length), whole_number("n_sequences", n_sequences)
    random = np.random.default_rng(seed)
    start, transition, emission = (p.cumsum(-1)[..., :-1].T for p in (hmm.start[None], hmm.transition, hmm.emission))

    def draw(bounds):  # (outcomes - 1, n_sequences or 1): a number between 0 and 1 lies above how many of them?
        numbers = random.random(n_sequences)
        return sum(bound <= numbers for bound in bounds)

    symbols, states = np.empty((2, *shape), dtype=np.int64)
    for t in range(length):
        states[t] = draw(transition.take(states[t - 1], axis=1) if t else start)
        symbols[t] = draw(emission.take(states[t], axis=1))
    return np.ascontiguousarray(symbols.T), np.ascontiguousarray(states.T)
