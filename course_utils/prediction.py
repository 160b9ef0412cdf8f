"""States and probabilities for new DNA (lesson 06)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from course_utils.encoding import NUCLEOTIDES, PAD, STATES, decode, encode
from course_utils.gru import GRUTagger
from course_utils.inputs import whole_number
from course_utils.training import logits_of, reading


@dataclass(frozen=True)
class Prediction:
    """states: one letter a position.  probabilities: float32 (L, S), one column a state, rows sum to 1."""

    states: str
    probabilities: np.ndarray


def predict(
    model: GRUTagger, dna: str | Sequence[str], *, alphabet: Sequence[str] = NUCLEOTIDES, states: str = STATES
) -> Prediction | list[Prediction]:
    """The most probable state and the probabilities at every position. The model is left as it was.

    Parameters
    ----------
    model : GRUTagger, of as many symbols and states as there are in alphabet and states
    dna : one sequence, or a list of sequences of any lengths, which gives a list; lower case is read as upper case

    Raises
    ------
    ValueError: names the sequence, symbol and position that cannot be read
    """
    if isinstance(dna, str):
        return predict(model, [dna], alphabet=alphabet, states=states)[0]
    sizes = model.architecture["n_symbols"], model.architecture["n_states"]
    if sizes != (len(alphabet), len(states)):
        raise ValueError(f"the model has {sizes} symbols and states, the alphabets {len(alphabet), len(states)}")
    codes = []
    for number, sequence in enumerate(dna):
        letters = sequence.upper() if isinstance(sequence, str) else sequence
        try:
            codes.append(torch.from_numpy(encode(letters, alphabet)))
        except ValueError as error:
            raise ValueError(f"sequence {number}: {error}") from None
        if len(sequence) == 0:
            raise ValueError(f"sequence {number} is empty")
    by_length = sorted(range(len(codes)), key=lambda i: len(codes[i]))  # neighbours of like length need little padding
    predictions = [None] * len(codes)
    for start in range(0, len(codes), 250):  # some at a time, so that memory does not grow with their number
        chosen = by_length[start : start + 250]
        with reading(model):
            logits = logits_of(model, pad_sequence([codes[i] for i in chosen], True, PAD))
        for i, row in zip(chosen, logits.softmax(-1).numpy(), strict=True):
            predictions[i] = Prediction(decode(row[: len(codes[i])].argmax(-1), states), row[: len(codes[i])])
    return predictions


def compare_tracks(truth: str, prediction: str, width: int = 60) -> str:
    """Two tracks one above the other, with a * wherever they differ and the position at the start of every line.

    Parameters
    ----------
    truth, prediction, width : str, of one length (otherwise ValueError); int, positions in a line
    """
    if len(truth) != len(prediction):
        raise ValueError(f"the truth has {len(truth)} positions, the prediction {len(prediction)}")
    marks = "".join(" " if t == p else "*" for t, p in zip(truth, prediction, strict=True))
    blocks = []
    for i in range(0, len(truth), whole_number("width", width)):
        j = i + width
        lines = [f"{i:6d}  truth       {truth[i:j]}", f"{'':20}{marks[i:j]}", f"{'':8}prediction  {prediction[i:j]}"]
        blocks.append("\n".join(line.rstrip() for line in lines))
    return "\n\n".join(blocks)
