"""Beyond one process: streams, batches by length, runs that can be broken off, several processes (notebook 10)."""

from course_utils.scaling.command import exact_loss, main
from course_utils.scaling.paper import step_time
from course_utils.scaling.processes import batches, process_group, train
from course_utils.scaling.runs import Run, Settings, load_run, resume, save_run
from course_utils.scaling.streaming import SimulatedStream, bucket_batches, padding_share, stream_loader

__all__ = [
    "Run",
    "Settings",
    "SimulatedStream",
    "batches",
    "bucket_batches",
    "exact_loss",
    "load_run",
    "main",
    "padding_share",
    "process_group",
    "resume",
    "save_run",
    "step_time",
    "stream_loader",
    "train",
]
