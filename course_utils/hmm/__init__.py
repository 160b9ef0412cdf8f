"""A hidden Markov model over DNA: the chain, the exact answers, and finding a chain from symbols (lesson 01)."""

# ruff: noqa: F401, I001
from course_utils.hmm.chain import HMM, STICKY, TOY, simulate, sticky
from course_utils.hmm.inference import filter_probabilities, lookup_probabilities, smoother_probabilities
from course_utils.hmm.inference import log_likelihood, path_log_probability, viterbi
from course_utils.hmm.baum_welch import baum_welch_step, fit
