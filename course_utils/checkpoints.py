"""Keeping a trained model in a file and getting it back (notebook 04)."""

import io
import os
import zipfile

import torch
from torch import nn

from course_utils.commands import one_line
from course_utils.files import read_bytes, write_whole
from course_utils.gru import GRUTagger
from course_utils.inputs import quoted


def save_checkpoint(model: nn.Module, path: str | os.PathLike) -> None:
    """Write architecture and weights of a GRUTagger (or another model with `.architecture`), whole or not at all.

    Raises: OSError if the folder is missing or cannot be written.
    """
    content = io.BytesIO()
    torch.save({"architecture": model.architecture, "weights": model.state_dict()}, content)
    write_whole(path, content.getvalue())


def load_checkpoint(path: str | os.PathLike, kind: type[nn.Module] = GRUTagger) -> nn.Module:
    """The model that `save_checkpoint` wrote, in evaluation mode. Reads numbers only: a file cannot run code.

    kind: the class of the model; its constructor takes the architecture's entries.

    Raises: OSError if the file cannot be opened; ValueError saying what is wrong if it is damaged, is something
    else, or holds weights that do not fit its architecture or are not numbers.
    """
    data = read_bytes(path)
    content = unpack(data, path)
    if not isinstance(content, dict) or set(content) != {"architecture", "weights"}:
        raise ValueError(f"{path} is not a checkpoint of this course: it does not hold an architecture and weights")
    try:
        if set(content["architecture"]) != set(kind().architecture):
            raise ValueError(f"the architecture names {', '.join(map(quoted, sorted(content['architecture'])))}")
        refuse_giant(content["architecture"], len(data))
        model = kind(**content["architecture"], seed=0)
        model.load_state_dict(content["weights"])
    except Exception as error:  # what stands in a file of unknown origin can fail in any way
        raise ValueError(f"{path}: architecture and weights do not fit together: {one_line(error)}") from None
    refuse_failed(model, path)
    return model.eval()


def refuse_failed(model: nn.Module, path: str | os.PathLike) -> None:
    """Raises: ValueError if a weight is NaN or infinite, as after a training that failed."""
    if not all(torch.isfinite(weight).all() for weight in model.parameters()):
        raise ValueError(f"{path}: some weights are not finite numbers")


def unpack(data: bytes, path: str | os.PathLike) -> object:
    """What `torch.save` packed, read as numbers only.  Raises: ValueError if it is damaged or something else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > len(data):  # torch.save packs nothing smaller
                raise ValueError("it would unpack to more than it holds")
            damaged = archive.testzip()  # torch.load does not compare the stored checksums
        if damaged:
            raise ValueError(f"the part {damaged} has changed since it was written")
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception:  # a damaged file can fail in any way, and PyTorch's own advice is to switch the safety off
        raise ValueError(f"{path} is damaged or not a checkpoint: it cannot be read as numbers") from None


def refuse_giant(architecture: dict, n_bytes: int) -> None:
    """Raises: ValueError if the model would have more weights than its file has bytes, before anybody makes room."""
    size = {name: n for name, n in architecture.items() if isinstance(n, int)}  # what is none, the model refuses itself
    hidden, embedding, layers = (size.get(name, 1) for name in ("hidden_size", "embedding_size", "n_layers"))
    least = hidden * (3 * hidden * layers + size.get("n_states", 1)) + embedding * (size.get("n_symbols", 1) + hidden)
    if least > n_bytes:
        raise ValueError("the file is too small for a model of that size")
