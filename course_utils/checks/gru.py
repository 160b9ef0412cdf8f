"""Checkers of notebook 03."""

import torch

from course_utils.checks import Choice, Function, Number
from course_utils.gru import gru_step

gate_weights = Number(
    "3.2",
    answer=3 * 16 * (4 + 16 + 2),
    also_right=(1056.0,),
    wrong=[
        (3 * 16 * (4 + 16 + 1), "each gate has two biases, one for the letter and one for the memory"),
        (
            3 * 16 * (4 + 16 + 2) + 16 + 34,
            "the embedding or the last layer is counted too; the question is the GRU alone",
        ),
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


def _variant(
    mix=lambda z, h, n: z * h + (1 - z) * n, squeeze=torch.tanh, order=(0, 1, 2), reset_first=False, forget=False
):
    def step(x, h, w_x, w_h, b_x, b_h):
        xs, hs = (x @ w_x.T + b_x).chunk(3, -1), (h @ w_h.T + b_h).chunk(3, -1)
        r, z, k = torch.sigmoid(xs[order[0]] + hs[order[0]]), torch.sigmoid(xs[order[1]] + hs[order[1]]), order[2]
        memory = (r * h) @ w_h.chunk(3)[k].T + b_h.chunk(3)[k] if reset_first else hs[k] if forget else r * hs[k]
        return mix(z, h, squeeze(xs[k] + memory))

    return step


_stream = torch.Generator().manual_seed(30)
# the second memory is larger: up to 3 numbers, cutting 3D into four pieces gives the same three
_shapes = [[(2, 4), (2, d), (3 * d, 4), (3 * d, d), (3 * d,), (3 * d,)] for d in (3, 5)]
_arguments = [tuple(torch.randn(shape, generator=_stream) for shape in shapes) for shapes in _shapes]

my_step = Function(
    "3.1",
    answer=gru_step,
    also_right=(_step_by_gate,),
    wrong=[
        (
            _variant(mix=lambda z, h, n: (1 - z) * h + z * n),
            "the mix is turned round: the update gate says how much of the OLD memory stays",
        ),
        (
            _variant(reset_first=True),
            "the reset gate comes before the matrix here, as in the textbooks; PyTorch applies it after",
        ),
        (_variant(squeeze=lambda a: a), "the candidate is not squeezed: tanh is missing"),
        (
            _variant(order=(1, 0, 2)),
            "reset and update are swapped: the rows come in the order reset, update, candidate",
        ),
        (_variant(forget=True), "the reset gate has no part in the candidate"),
        (_variant(mix=lambda z, h, n: n), "the old memory is thrown away: mix it with the candidate"),
    ],
    cases=_arguments,
    tolerance=1e-5,
)

softmax_of = Number(
    "3.3",
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


def _first_moved(before, after):
    moved = (before - after).abs().amax(dim=-1) > 1e-6
    return int(moved.int().argmax()) if moved.any() else len(moved)


def _first_moved_in_a_loop(before, after):
    for t in range(len(before)):
        if not torch.allclose(before[t], after[t], rtol=0, atol=1e-6):
            return t
    return len(before)


def _smaller(a, b):
    """The smaller of the two columns' changes, in both columns."""
    return (a - b).abs().amin(-1, keepdim=True).expand(-1, 2)


_quiet = torch.zeros(7, 2)
_late, _both, _negative = _quiet.clone(), _quiet.clone(), _quiet.clone()
_late[5, 1] = 0.3
_both[[2, 4]] = 0.2
_negative[3:, 0] = -0.5
_growing = _quiet.clone()
_growing[1:] = torch.arange(1, 7)[:, None] / 10
_rounding = _quiet.clone()
_rounding[1], _rounding[4, 0] = 5e-7, 1.5e-6

first_moved = Function(
    "3.4",
    answer=_first_moved,
    also_right=(_first_moved_in_a_loop,),
    wrong=[
        (lambda a, b: int((a != b).any(-1).sum()), "that counts the positions that moved; where is the first?"),
        (
            lambda a, b: int((a - b).abs().amax(-1).argmax()),
            "that is the place of the largest change, not of the first",
        ),
        (
            lambda a, b: int(((b - a).amax(-1) > 1e-6).int().argmax()),
            "a change downwards is a change too: take the absolute value",
        ),
        (
            lambda a, b: int(((a - b).abs().amax(-1) > 1e-6).int().argmax()),
            "if nothing moves, argmax says 0: that would be the first position. Return the length then",
        ),
        (lambda a, b: int(((a - b)[:, 0].abs() > 1e-6).int().argmax()), "look at both columns"),
        (
            lambda a, b: _first_moved((a != b).float(), _quiet),
            "a difference of 1e-6 or less is rounding: only a larger one counts",
        ),
        (lambda a, b: _first_moved(a.clamp(min=b), b), "a change downwards is a change too: take the absolute value"),
        (lambda a, b: _first_moved(a[:, :1], b[:, :1]), "look at both columns"),
        (lambda a, b: _first_moved(_smaller(a, b), _quiet), "one column is enough: any, not all"),
        (lambda a, b: -1 if torch.equal(a, b) else _first_moved(a, b), "return L, the length, if nothing moves"),
        (lambda a, b: _first_moved(_quiet, b), "`before` is not zero everywhere: compare with it"),
    ],
    cases=[
        (_quiet, _late),
        (_quiet, _both),
        (_quiet, _growing),
        (_quiet, _negative),
        (_quiet, _quiet.clone()),
        (_both, _both + torch.eye(7)[:, :2]),
        (_both, _both + _late),
        (_quiet, _rounding),
    ],
)

which_test = Choice(
    "3.5",
    answer="d",
    also_right=("D", "(d)"),
    wrong=[
        ("a", "the shapes fit: both orders give (8, 500, 10)"),
        ("b", "softmax sums to 1 whatever it is fed with"),
        ("c", "alone in a batch of one there is no other row to mix with; nothing before the flipped letter moves"),
    ],
)
