"""Keeping a trained model in a file and getting it back (notebook 04)."""

import os
import pickle
from pathlib import Path

import torch

from course_utils.gru import GRUTagger


def save_checkpoint(model: GRUTagger, path: str | os.PathLike) -> None:
    """Write architecture and weights. The file appears whole or not at all."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        torch.save({"architecture": model.architecture, "weights": model.state_dict()}, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: str | os.PathLike) -> GRUTagger:
    """The model that `save_checkpoint` wrote, in evaluation mode. Reads numbers only; a file cannot run code.

    Raises: FileNotFoundError; ValueError saying what is wrong if the file is damaged or is not such a checkpoint.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ValueError(f"{path} is damaged or not a checkpoint: {reason}") from None
    if not isinstance(content, dict) or set(content) != {"architecture", "weights"}:
        raise ValueError(f"{path} is not a checkpoint of this course: it does not hold an architecture and weights")
    try:
        model = GRUTagger(**content["architecture"])
        model.load_state_dict(content["weights"])
    except (TypeError, RuntimeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{path}: architecture and weights do not fit together: {str(error).splitlines()[0]}"
        ) from None
    return model.eval()
