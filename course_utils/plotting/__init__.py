"""The figures of the course. Every function returns a matplotlib Figure. Importing them sets the look of all."""

# ruff: noqa: F401
from IPython import get_ipython
from matplotlib_inline.config import InlineBackend

from course_utils.plotting.figures import intervals, ladder, learning_curves, tracks
from course_utils.plotting.style import READERS, STATES

if get_ipython() is not None:
    InlineBackend.instance(parent=get_ipython()).figure_formats = {"retina"}  # two dots for one, at the same size
