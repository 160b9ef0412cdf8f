"""Beyond one process: one training on several, which can be broken off and goes on (lesson 14)."""

from course_utils.scaling.command import main
from course_utils.scaling.processes import train
from course_utils.scaling.workarounds import process_group

__all__ = ["main", "process_group", "train"]
