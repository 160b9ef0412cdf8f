"""Keeping a trained model in a file and getting it back (notebook 04)."""

import io
import os
import zipfile
from pathlib import Path

import torch

from course_utils.gru import GRUTagger


def save_checkpoint(model: GRUTagger, path: str | os.PathLike) -> None:
    """Write architecture and weights. The file appears whole or not at all.

    Raises: OSError if the folder is missing or cannot be written.
    """
    path = Path(path)
    content = io.BytesIO()
    torch.save({"architecture": model.architecture, "weights": model.state_dict()}, content)
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content.getvalue())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: str | os.PathLike) -> GRUTagger:
    """The model that `save_checkpoint` wrote, in evaluation mode. Reads numbers only: a file cannot run code.

    Raises: OSError if the file cannot be opened; ValueError saying what is wrong if it is damaged, is something
    else, or holds weights that do not fit its architecture or are not numbers.
    """
    content = _unpack(Path(path).read_bytes(), path)
    if not isinstance(content, dict) or set(content) != {"architecture", "weights"}:
        raise ValueError(f"{path} is not a checkpoint of this course: it does not hold an architecture and weights")
    try:
        if set(content["architecture"]) != set(GRUTagger().architecture):
            raise ValueError(f"the architecture names {sorted(content['architecture'])}")
        model = GRUTagger(**content["architecture"], seed=0)
        model.load_state_dict(content["weights"])
    except (TypeError, RuntimeError, ValueError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: architecture and weights do not fit together: {reason}") from None
    if not all(torch.isfinite(weight).all() for weight in model.parameters()):
        raise ValueError(f"{path}: some weights are not finite numbers")
    return model.eval()


def _unpack(data: bytes, path: str | os.PathLike):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            damaged = archive.testzip()  # torch.load does not compare the stored checksums
        if damaged:
            raise ValueError(f"the part {damaged} has changed since it was written")
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception:  # a damaged file can fail in any way, and PyTorch's own advice is to switch the safety off
        raise ValueError(f"{path} is damaged or not a checkpoint: it cannot be read as numbers") from None
