"""Beyond one process: one training on several, which can be broken off and goes on (lesson 14)."""

from course_utils.scaling.command import main  # noqa: F401
