"""The figures of the course. Every function returns a matplotlib Figure. Importing them sets the look of all."""

# ruff: noqa: F401, I001
from IPython import get_ipython
from matplotlib_inline.config import InlineBackend

from course_utils.plotting.models import emission_bars, heat, state_diagram
from course_utils.plotting.results import against, intervals, labelled, ladder, learning_curves
from course_utils.plotting.results import null_distributions, per_sequence, reliability
from course_utils.plotting.sequences import boundaries, genome_map, tracks

if get_ipython() is not None:
    InlineBackend.instance(parent=get_ipython()).figure_formats = {"retina"}  # two dots for one, at the same size
