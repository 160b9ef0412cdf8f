"""Checkers of lesson 09."""

import numpy as np

from course_utils.checks import Choice, Function, Number

moves_an_epoch = Number(
    "9.1",
    answer=200 * (500 // 100) // 50 * 100,
    also_right=(2000.0,),
    wrong=[
        (20, "that is the number of steps; each takes as many moves as a window is long"),
        (100_000, "that is the number of letters; a batch makes its moves side by side"),
        (10_000, "the windows are 100 long, not 500"),
        (100, "that is one step; how many steps has the epoch?"),
        (1980, "the first letter of a window is a move too"),
        (1000, "that is the number of windows; how many batches of 50 are they, and how many moves does a batch make?"),
    ],
    tolerance=0.1,
    otherwise="how many windows, how many batches, and how many moves in each?",
)

what_is_cut = Choice(
    "9.2",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", "the memory is handed on: its numbers come from all letters before the window"),
        ("c", "only one of the two is cut: `detach` keeps the numbers of the memory"),
        ("d", "`detach` forgets how the memory was made, so the gradient ends at the window's beginning"),
    ],
)

epochs_of_few = Number(
    "9.3",
    answer=30,
    also_right=(150 / 5, np.int64(30)),
    wrong=[
        (5, "that is the number of steps in one epoch; how many epochs are 150 steps?"),
        (24, "five of the 25 sequences are kept for validation: 20 are cut into windows"),
        (120, "that counts the five validation sequences; 20 are cut into windows"),
        (6, "that counts 5000 windows; 20 sequences of 500 give 1000 windows of 10"),
        (750, "that is 150 times 5; an epoch takes 5 steps, so divide"),
        (1000, "that is the number of windows; how many batches are they?"),
        (3, "a batch holds 200 windows of 10 letters, not 200 letters: an epoch takes 5 steps, not 50"),
    ],
    tolerance=0.01,
    otherwise="how many windows do 20 sequences give, how many batches are these, and how often do they fit into 150?",
)


def _stop(losses, patience):
    best = 0
    for position, loss in enumerate(losses):
        if loss < losses[best]:
            best = position
        elif position - best >= patience:
            break
    return best


def _stop_at_the_first_end(losses, patience):
    lowest = np.minimum.accumulate(losses)
    for end in range(patience, len(losses)):
        if lowest[end] == lowest[end - patience]:
            return int(np.argmin(losses[: end + 1]))
    return int(np.argmin(losses))


def _counted(losses, patience, *, lower=lambda new, best: new < best, against_the_last=False, in_a_row=True):
    """(position kept, position where it stops)."""
    best, waited = 0, 0
    for position in range(1, len(losses)):
        if lower(losses[position], losses[position - 1] if against_the_last else losses[best]):
            best, waited = position, waited * (not in_a_row)
        else:
            waited += 1
            if waited == patience:
                return best, position
    return best, len(losses) - 1


stop = Function(
    "9.4",
    answer=_stop,
    also_right=(_stop_at_the_first_end,),
    wrong=[
        (lambda losses, patience: int(np.argmin(losses)), "that is the lowest of all; training may stop before it"),
        (
            lambda losses, patience: _counted(losses, patience)[1],
            "that is where training stops; the weights to keep are those of the lowest loss until then",
        ),
        (
            lambda losses, patience: _counted(losses, patience, against_the_last=True)[0],
            "compare each loss with the lowest so far, not with the one just before",
        ),
        (
            lambda losses, patience: _counted(losses, patience, lower=lambda new, best: new <= best)[0],
            "an equal loss is not lower: it counts against the patience, and the first lowest one is kept",
        ),
        (
            lambda losses, patience: _counted(losses, patience, in_a_row=False)[0],
            "in a row: a new lowest loss starts the count again",
        ),
        (lambda losses, patience: _stop(losses, patience + 1), "it waits for one loss more than `patience`"),
        (lambda losses, patience: _stop(losses, patience - 1), "it stops one loss too soon"),
        (lambda losses, patience: _stop(losses, patience) + 1, "positions count from 0"),
        (lambda losses, patience: losses[_stop(losses, patience)], "that is the loss; its position is asked for"),
    ],
    cases=[
        ([0.7, 0.68, 0.69, 0.7, 0.6], 2),
        ([0.7, 0.68, 0.69, 0.66, 0.67, 0.65, 0.68, 0.69, 0.5], 2),
        ([0.7, 0.6, 0.65, 0.64, 0.66, 0.5], 3),
        ([0.7, 0.6, 0.65, 0.64, 0.55, 0.7, 0.7, 0.7, 0.5], 2),
        ([0.7, 0.7, 0.7, 0.6], 2),
        ([0.9, 0.8, 0.7], 1),
        ([0.7, 0.71, 0.6], 1),
        ([0.8, 0.9, 0.7, 0.9, 0.6], 2),
        ([0.5], 3),
    ],
    expects=lambda losses, patience: (
        f"Training ends after position {_counted(losses, patience)[1]}, and the lowest loss until then is "
        f"{losses[_stop(losses, patience)]}"
    ),
)
