"""A trained model in a file (lesson 09)."""

import io
import os
import zipfile
from pathlib import Path

import torch
from torch import nn

from course_utils.files import write_whole
from course_utils.gru import GRUTagger


def save_checkpoint(model: nn.Module, path: str | os.PathLike) -> None:
    """Write a model, whole or not at all.

    Parameters
    ----------
    model, path : a GRUTagger or another nn.Module with `.architecture`; the file to write
    """
    content = io.BytesIO()
    torch.save({"architecture": model.architecture, "weights": model.state_dict()}, content)
    write_whole(path, content.getvalue())


def load_checkpoint(path: str | os.PathLike, kind: type[nn.Module] = GRUTagger) -> nn.Module:
    """The model that `save_checkpoint` wrote, in evaluation mode. Reads numbers only: a file cannot run code.

    Parameters
    ----------
    path, kind : the file, and the class of the model

    Raises
    ------
    OSError, or ValueError if the file is damaged, is something else, or holds weights that are not numbers
    """
    data = Path(path).read_bytes()
    try:
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        if max(content["architecture"].values()) > len(data):  # before anybody makes room for such a model
            raise ValueError
        with torch.random.fork_rng(devices=[]):  # the weights drawn here are replaced
            model = kind(**content["architecture"])
        model.load_state_dict(content["weights"])
        damaged = zipfile.ZipFile(io.BytesIO(data)).testzip()  # torch.load does not compare the checksums
        if damaged or not all(weight.isfinite().all() for weight in model.parameters()):
            raise ValueError
    except Exception:  # it can fail in any way, and PyTorch's own message advises to switch the safety off
        raise ValueError(f"{path} is damaged or not a checkpoint: it holds no {kind.__name__}") from None
    return model.eval()
