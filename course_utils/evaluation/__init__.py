"""Did the network learn the chain? Scores, nulls, p-values, intervals, equivalence (notebook 06).

Throughout: N sequences of L positions. Positions of one sequence depend on each other, sequences do not,
so whatever claims an uncertainty takes one number a sequence. Random draws come from the seed (or Generator) given.
"""

from course_utils.evaluation.intervals import (
    Equivalence,
    bootstrap_ci,
    design_effect,
    equivalence,
    monte_carlo_p,
    sign_flip_p,
)
from course_utils.evaluation.nulls import (
    null_coin,
    null_composition,
    null_permute,
    null_shift,
    null_swap,
)
from course_utils.evaluation.scores import (
    calibration_error,
    calibration_table,
    kl_divergence,
    sequence_accuracy,
    sequence_nll,
)

__all__ = [
    "Equivalence",
    "bootstrap_ci",
    "calibration_error",
    "calibration_table",
    "design_effect",
    "equivalence",
    "kl_divergence",
    "monte_carlo_p",
    "null_coin",
    "null_composition",
    "null_permute",
    "null_shift",
    "null_swap",
    "sequence_accuracy",
    "sequence_nll",
    "sign_flip_p",
]
