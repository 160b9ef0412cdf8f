"""States and probabilities for new DNA (notebook 05)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from course_utils.encoding import NUCLEOTIDES, PAD, STATES, decode, encode
from course_utils.gru import GRUTagger
from course_utils.inputs import whole_number
from course_utils.training import logits_of, reading

_BATCH = 100  # sequences read at a time, so that memory does not grow with their number


@dataclass(frozen=True)
class Prediction:
    """states: one letter a position.  probabilities: float32 (L, S), one column a state, rows sum to 1."""

    states: str
    probabilities: np.ndarray


def predict(
    model: GRUTagger, dna: str | Sequence[str], *, alphabet: Sequence[str] = NUCLEOTIDES, states: str = STATES
) -> Prediction | list[Prediction]:
    """The most probable state and the probabilities at every position of one sequence, or of each in a list.

    Lower case is read as upper case. Sequences in a list may differ in length; each gets what it would get alone.
    The model is left as it was, in training or evaluation mode, without gradients.
    Raises: ValueError naming the sequence, symbol and position that cannot be read, if the model's sizes do not
    fit the alphabets, or if the model gives NaN.
    """
    if isinstance(dna, str):
        return predict(model, [dna], alphabet=alphabet, states=states)[0]
    sizes = model.architecture["n_symbols"], model.architecture["n_states"]
    if sizes != (len(alphabet), len(states)):
        raise ValueError(
            f"the model has {sizes[0]} symbols and {sizes[1]} states, the alphabets {len(alphabet)} and {len(states)}"
        )
    codes = [_encode(sequence, alphabet, number) for number, sequence in enumerate(dna)]
    by_length = sorted(range(len(codes)), key=lambda i: len(codes[i]))  # neighbours of like length need little padding
    predictions = [None] * len(codes)
    for start in range(0, len(codes), _BATCH):
        chosen = by_length[start : start + _BATCH]
        for i, probabilities in zip(chosen, _probabilities(model, [codes[i] for i in chosen]), strict=True):
            predictions[i] = Prediction(decode(probabilities.argmax(-1), states), probabilities)
    return predictions


def _probabilities(model: GRUTagger, codes: list[np.ndarray]) -> list[np.ndarray]:
    x = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(c) for c in codes], batch_first=True, padding_value=PAD)
    with reading(model):
        probabilities = logits_of(model, x).softmax(-1).numpy()
    return [row[: len(c)] for row, c in zip(probabilities, codes, strict=True)]


def _encode(sequence: str, alphabet: Sequence[str], number: int) -> np.ndarray:
    if not isinstance(sequence, (str, Sequence)) or isinstance(sequence, bytes):
        raise ValueError(f"sequence {number} is not text but {type(sequence).__name__}")
    if len(sequence) == 0:
        raise ValueError(f"sequence {number} is empty")
    try:
        return encode(sequence.upper() if isinstance(sequence, str) else sequence, alphabet)
    except ValueError as error:
        raise ValueError(f"sequence {number}: {error}") from None


def compare_tracks(truth: str, prediction: str, width: int = 60) -> str:
    """Two tracks one above the other, `width` positions a block, with a * wherever they differ.

    Every line begins with the position of its first letter, counted from 0.
    Raises: ValueError if the tracks differ in length or width is below 1.

    >>> print(compare_tracks("HHLL", "HLLL", width=3))
         0  truth       HHL
                         *
            prediction  HLL
    <BLANKLINE>
         3  truth       L
    <BLANKLINE>
            prediction  L
    """
    if len(truth) != len(prediction):
        raise ValueError(f"the truth has {len(truth)} positions, the prediction {len(prediction)}")
    width = whole_number("width", width)
    marks = "".join(" " if t == p else "*" for t, p in zip(truth, prediction, strict=True))
    blocks = []
    for i in range(0, len(truth), width):
        j = i + width
        lines = [f"{i:6d}  truth       {truth[i:j]}", f"{'':20}{marks[i:j]}", f"{'':8}prediction  {prediction[i:j]}"]
        blocks.append("\n".join(line.rstrip() for line in lines))
    return "\n\n".join(blocks)
