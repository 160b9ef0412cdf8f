"""The figures of the course. Every function returns a matplotlib Figure and changes no setting."""

from course_utils.plotting.models import emission_bars, gru_cell, state_diagram
from course_utils.plotting.results import (
    against,
    heat,
    intervals,
    labelled,
    ladder,
    learning_curves,
    null_distributions,
    per_sequence,
    reliability,
)
from course_utils.plotting.sequences import genome_map, tracks

__all__ = [
    "against",
    "emission_bars",
    "genome_map",
    "gru_cell",
    "heat",
    "intervals",
    "labelled",
    "ladder",
    "learning_curves",
    "null_distributions",
    "per_sequence",
    "reliability",
    "state_diagram",
    "tracks",
]
