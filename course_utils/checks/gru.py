"""Checkers of lesson 04."""

import torch

from course_utils.checks import Choice, Function, Number
from course_utils.checks._values import show
from course_utils.gru import gru_step

gate_weights = Number(
    "4.3",
    answer=3 * 16 * (4 + 16 + 2),
    also_right=(1056.0,),
    wrong=[
        (3 * 16 * (4 + 16 + 1), "each gate has two biases, one for the letter and one for the memory"),
        (3 * 16 * (4 + 16 + 2) + 16, "the embedding is counted too; the question is the GRU alone"),
        (3 * 16 * (4 + 16 + 2) + 34, "the last layer is counted too; the question is the GRU alone"),
        (3 * 16 * (4 + 16 + 2) + 16 + 34, "embedding and last layer are counted too; the question is the GRU alone"),
        (3 * 16 * (4 + 16), "the biases are missing: two for each gate and entry"),
        (16 * (4 + 16 + 2), "that is one of the three: reset, update, candidate"),
        (2 * 16 * (4 + 16 + 2), "two gates, and the candidate has weights as well"),
    ],
    tolerance=0.1,
    otherwise="three times: a matrix for the letter, one for the memory, two biases",
)


def _step_by_gate(x, h, w_x, w_h, b_x, b_h):
    d = h.shape[1]
    from_x, from_h = torch.nn.functional.linear(x, w_x, b_x), torch.nn.functional.linear(h, w_h, b_h)
    reset = torch.sigmoid(from_x[:, :d] + from_h[:, :d])
    update = torch.sigmoid(from_x[:, d : 2 * d] + from_h[:, d : 2 * d])
    new = torch.tanh(from_x[:, 2 * d :] + reset * from_h[:, 2 * d :])
    return new + update * (h - new)


def _mix(z, h, n):
    return z * h + (1 - z) * n


def _variant(mix=_mix, squeeze=torch.tanh, gate=torch.sigmoid, order=(0, 1, 2), new=None):
    """A step that differs in one place. new: the candidate, before it is squeezed, from x's part, r, h, w and b."""

    def step(x, h, w_x, w_h, b_x, b_h):
        xs, hs = (x @ w_x.T + b_x).chunk(3, -1), (h @ w_h.T + b_h).chunk(3, -1)
        r, z, k = gate(xs[order[0]] + hs[order[0]]), gate(xs[order[1]] + hs[order[1]]), order[2]
        n = new(xs[k], r, h, w_h.chunk(3)[k], b_h.chunk(3)[k]) if new else xs[k] + r * hs[k]
        return mix(z, h, squeeze(n))

    return step


_RESET_FIRST = "the reset gate comes before the matrix here, as in the textbooks; PyTorch applies it after"
_BIAS_OUTSIDE = "the memory's bias of the candidate belongs inside the bracket: reset * (h @ w.T + b_h)"
_RESETS_ALL = "in the candidate, reset multiplies the memory's part only, not the letter's part"
_NO_RESET = "the reset gate has no part in the candidate"
_SWAPPED = "reset and update are swapped: the rows come in the order reset, update, candidate"


def _in_words(x, h, w_x, w_h, b_x, b_h):
    rows, d = h.shape
    if rows > 1:
        return f"One row with a memory of 1 or 2 comes out right; here are {rows} rows, and D is {d}"
    xs, hs = (x @ w_x.T + b_x).chunk(3, -1), (h @ w_h.T + b_h).chunk(3, -1)
    r, z = torch.sigmoid(xs[0] + hs[0]), torch.sigmoid(xs[1] + hs[1])
    return (
        f"Here D, the size of the memory, is {d}. The reset gate should be {show(r)}, the update gate {show(z)}, the "
        f"candidate {show(torch.tanh(xs[2] + r * hs[2]))}; the result lies between the candidate and the old memory"
    )


# a memory of 1 and one of 2, with numbers that can be followed by hand
_one = [[[1.0]], [[0.5]], [[1.0], [0.5], [-1.0]], [[-2.0], [1.0], [2.0]], [0.5, -0.5, 0.2], [0.1, 0.3, 1.0]]
_two = [
    *([[1.0]], [[0.5, -1.0]], [[1.0], [-1.0], [0.5], [2.0], [-1.0], [1.0]]),
    *([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0], [-1.0, 0.0], [2.0, -1.0], [0.0, 1.0]], [0.0, 1.0] * 3, [0.5] * 6),
]
_by_hand = [tuple(map(torch.tensor, arguments)) for arguments in (_one, _two)]
_stream = torch.Generator().manual_seed(30)
# the last memory is larger: up to 3 numbers, cutting 3D into four pieces gives the same three
_shapes = [[(2, 4), (2, d), (3 * d, 4), (3 * d, d), (3 * d,), (3 * d,)] for d in (3, 5)]
_random = [tuple(torch.randn(shape, generator=_stream) for shape in shapes) for shapes in _shapes]

my_step = Function(
    "4.1",
    answer=gru_step,
    also_right=(_step_by_gate,),
    wrong=[
        (
            _variant(mix=lambda z, h, n: _mix(z, n, h)),
            "the mix is the wrong way round: update says how much of the OLD stays",
        ),
        (_variant(mix=lambda z, h, n: n), "the old memory is thrown away: mix it with the candidate"),
        (_variant(new=lambda x, r, h, w, b: x + (r * h) @ w.T + b), _RESET_FIRST),
        (_variant(new=lambda x, r, h, w, b: x + r * (h @ w.T) + b), _BIAS_OUTSIDE),
        (_variant(new=lambda x, r, h, w, b: r * (x + h @ w.T + b)), _RESETS_ALL),
        (_variant(new=lambda x, r, h, w, b: x + h @ w.T + b), _NO_RESET),
        (_variant(squeeze=lambda a: a), "the candidate is not squeezed: tanh is missing"),
        (_variant(squeeze=torch.sigmoid), "the candidate goes through a sigmoid here; it should be tanh"),
        (_variant(gate=torch.tanh), "the gates go through tanh here; each should be a sigmoid, between 0 and 1"),
        (_variant(gate=lambda a: a.softmax(-1)), "the gates go through softmax here; each entry has its own sigmoid"),
        (_variant(order=(1, 0, 2)), _SWAPPED),
        (lambda x, h, u, w, b, c: gru_step(x, h, u, w, b, b), "b_x is added twice: h @ w_h.T takes b_h"),
        (lambda x, h, u, w, b, c: gru_step(x, h, u, w, 0 * b, 0 * c), "the biases are missing: b_x and b_h"),
    ],
    cases=_by_hand + _random,
    tolerance=1e-5,
    expects=_in_words,
)

softmax_of = Number(
    "4.2",
    answer=0.75,
    also_right=(3 / 4,),
    wrong=[
        (0.25, "that is the probability of the other one"),
        (3, "that is how many times as likely; a probability is a share of the sum"),
        (1.0986, "that is the logit itself"),
        (0.5, "equal probabilities need equal logits"),
        (1.0, "a share of the *logits*; exponentiate first"),
    ],
    tolerance=0.002,
    otherwise="exponentiate both, then divide by the sum",
)


which_test = Choice(
    "4.4",
    answer="d",
    also_right=("D", "(d)"),
    wrong=[
        ("a", "the shapes fit: both orders give (8, 500, 10)"),
        ("b", "softmax sums to 1 whatever it is fed with"),
        ("c", "alone in a batch of one there is no other row to mix with; nothing before the flipped letter moves"),
    ],
)
