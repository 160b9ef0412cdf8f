"""Training a network, measuring it, keeping it (lessons 05 and 09)."""

from course_utils.training.checkpoints import load_checkpoint, save_checkpoint
from course_utils.training.loop import evaluate, fit, logits_of, one_thread, reading

__all__ = ["evaluate", "fit", "load_checkpoint", "logits_of", "one_thread", "reading", "save_checkpoint"]
