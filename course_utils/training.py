"""The training loop and its measure (notebook 04). Checkpoints are in checkpoints.py and can be imported from here."""

import contextlib
import math

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

from course_utils.checkpoints import load_checkpoint, save_checkpoint
from course_utils.encoding import PAD
from course_utils.inputs import quoted, whole_number

__all__ = ["History", "evaluate", "fit", "load_checkpoint", "one_thread", "reading", "save_checkpoint"]

#: One row an epoch: epoch, train_nll and, with a validation loader, validation_nll and validation_accuracy.
#: The loss of every single step is in history.attrs["steps"]. All losses are in nats per position.
History = pd.DataFrame


def fit(
    model: nn.Module, train_loader: DataLoader, validation_loader: DataLoader | None = None,
    *, epochs: int, learning_rate: float, seed: int, cosine: bool = True, verbose: bool = True,
) -> History:  # fmt: skip
    """Train the model in place: cross-entropy, Adam, gradients clipped at norm 1.

    seed: the order of the batches. Same first weights and same seed, same result.
    cosine: let the learning rate fall to 0 along a cosine over the whole training; False keeps it constant.
    verbose: print one line an epoch.  Runs on one thread: at these sizes a second one gains nothing.
    The model keeps the weights of the last step, whatever the validation says.
    train_nll is the mean over the epoch's batches, measured while the weights move.
    Raises: ValueError for epochs below 1, a learning rate that is not between 0 and 1000 or a loader without batches;
    FloatingPointError if the loss stops being a number.
    """
    _check_settings(train_loader, epochs, learning_rate)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = _schedule(optimizer, epochs * len(train_loader), cosine)
    rows, steps = [], []
    with one_thread(), _batch_order(train_loader, seed):
        for epoch in range(1, epochs + 1):
            model.train()
            losses, sizes = [], []
            for x, y in train_loader:
                logits, _ = model(x)
                loss = cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=PAD)
                _stop_if_not_finite(loss, epoch, learning_rate)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
                optimizer.step()
                schedule.step()
                losses.append(loss.item())
                sizes.append(int((y != PAD).sum()))
            steps += losses
            row = {"epoch": epoch, "train_nll": np.average(losses, weights=sizes)}
            rows.append(row | _validate(model, validation_loader))
            _report(rows[-1], verbose)
    return _history(rows, steps)


def evaluate(model: nn.Module, loader: DataLoader) -> dict[str, float]:
    """{"nll": nats per position, "accuracy": share of positions named right}, means over all positions but padding.

    Leaves the model as it was. Raises: ValueError if the loader holds no positions, or the model gives NaN.
    """
    nll, right, positions = 0.0, 0, 0
    with reading(model):
        for x, y in loader:
            logits = logits_of(model, x)
            nll += cross_entropy(logits.flatten(0, 1).double(), y.flatten(), ignore_index=PAD, reduction="sum").item()
            right += int((logits.argmax(-1) == y).sum())
            positions += int((y != PAD).sum())
    if positions == 0:
        raise ValueError("nothing to evaluate: the loader holds no positions")
    return {"nll": nll / positions, "accuracy": right / positions}


@contextlib.contextmanager
def reading(model: nn.Module):
    """Use the model without changing it: evaluation mode, no gradients, one thread; all as before afterwards."""
    was_training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with one_thread(), torch.inference_mode():
            yield model
    finally:
        for module, training in was_training.items():
            module.training = training


def logits_of(model: nn.Module, x: Tensor) -> Tensor:
    """The model's logits for x.  Raises: ValueError if one is NaN: `argmax` would name a state all the same."""
    logits, _ = model(x)
    if logits.isnan().any():
        raise ValueError("the model gives NaN (not a number) where it should give logits: its training has failed")
    return logits


@contextlib.contextmanager
def one_thread():
    """Let PyTorch use one thread inside, as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _batch_order(loader: DataLoader, seed: int):
    """Start the loader's shuffling at `seed`; the global random state is as before afterwards."""
    generator = getattr(loader, "generator", None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(seed))  # for a loader without a generator of its own
        if generator is not None:
            generator.manual_seed(int(seed))
        yield


def _check_settings(loader: DataLoader, epochs: int, learning_rate: float) -> None:
    whole_number("epochs", epochs)
    refuse_learning_rate(learning_rate)
    if len(loader) == 0:
        raise ValueError("nothing to train on: the loader holds no batches")


def refuse_learning_rate(learning_rate: float) -> None:
    """Raises: ValueError for a rate that is not positive, or so large that its steps overflow."""
    if not 0 < learning_rate < 1000:
        raise ValueError(f"learning_rate must be a number above 0 and below 1000; got {quoted(learning_rate)}")


def _schedule(optimizer: torch.optim.Optimizer, n_steps: int, cosine: bool) -> LambdaLR:
    def share(step: int) -> float:
        return (1 + math.cos(math.pi * step / n_steps)) / 2 if cosine else 1.0

    return LambdaLR(optimizer, share)


def _stop_if_not_finite(loss: Tensor, epoch: int, learning_rate: float) -> None:
    if not torch.isfinite(loss):
        raise FloatingPointError(
            f"the loss became {loss.item()} in epoch {epoch}, and training stopped. Try a smaller learning rate than "
            f"{learning_rate:g}; if that does not help, look for NaN in the data or in the first weights."
        )


def _validate(model: nn.Module, loader: DataLoader | None) -> dict[str, float]:
    return {} if loader is None else {f"validation_{name}": v for name, v in evaluate(model, loader).items()}


def _report(row: dict[str, float], verbose: bool) -> None:
    if verbose:
        measures = "  ".join(f"{name} {value:.3f}" for name, value in row.items() if name != "epoch")
        print(f"epoch {row['epoch']:2d}  {measures}")


def _history(rows: list[dict[str, float]], steps: list[float]) -> History:
    history = History(rows)
    history.attrs["steps"] = steps
    return history
