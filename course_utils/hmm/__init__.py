"""A hidden Markov model over DNA: the chain, the exact answers, and finding a chain from symbols (lesson 01)."""
# ruff: noqa: F401

from course_utils.hmm.baum_welch import baum_welch_step, fit
from course_utils.hmm.chain import HMM, STICKY, TOY, simulate, sticky
from course_utils.hmm.inference import (
    filter_probabilities,
    log_likelihood,
    lookup_probabilities,
    path_log_probability,
    smoother_probabilities,
    viterbi,
)
