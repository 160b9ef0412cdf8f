"""Did the network learn the chain? Scores, nulls, p-values, intervals, equivalence.

N sequences have L positions each. Positions of one sequence depend on each other, sequences do not: what claims an
uncertainty takes one number a sequence. Random draws come from the seed (or Generator) given.
"""

# ruff: noqa: F401, I001
from course_utils.evaluation.nulls import null_coin, null_composition, null_permute, null_shift, null_swap
from course_utils.evaluation.scores import calibration_table, kl_divergence, sequence_accuracy, sequence_nll
from course_utils.evaluation.intervals import Equivalence, bootstrap_ci, design_effect, equivalence
from course_utils.evaluation.intervals import monte_carlo_p, sign_flip_p
