"""Training a network, measuring it, keeping it (lessons 05 and 09)."""

import contextlib
import math

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

from course_utils.checkpoints import load_checkpoint, save_checkpoint  # noqa: F401
from course_utils.encoding import PAD
from course_utils.inputs import whole_number


def fit(
    model: nn.Module, train_loader: DataLoader, validation_loader: DataLoader | None = None,
    *, epochs: int, learning_rate: float, seed: int, cosine: bool = True, verbose: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """Train the model in place: cross-entropy, Adam, gradients clipped at norm 1, on one thread.

    Parameters
    ----------
    model, train_loader, validation_loader : the model ends with the weights of the last step, not of the best
    epochs, learning_rate, seed : int, float above 0, int that decides the order of the batches
    cosine, verbose : let the learning rate fall to 0 along a cosine over the whole training; print a line an epoch

    Returns
    -------
    DataFrame, one row an epoch, with attrs["steps"], the loss of every step; the columns are
        epoch, train_nll (nats per position, while the weights move), and validation_nll, validation_accuracy

    Raises
    ------
    ValueError: a setting is out of range, or there are no batches; FloatingPointError if the loss stops being a number
    """
    n_steps = whole_number("epochs", epochs) * len(train_loader)
    if n_steps == 0 or not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0, the loader not empty; got {learning_rate}, {n_steps} steps")
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / n_steps)) / 2 if cosine else 1.0)
    rows, steps = [], []
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # for a loader without a generator of its own
        if getattr(train_loader, "generator", None) is not None:
            train_loader.generator.manual_seed(int(seed))
        for epoch in range(1, epochs + 1):
            model.train()
            losses, sizes = [], []
            for x, y in train_loader:
                logits, _ = model(x)
                loss = cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=PAD)
                if not loss.isfinite():
                    raise FloatingPointError(f"loss {loss.item()} in epoch {epoch}: lower the rate of {learning_rate}")
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
                optimizer.step()
                schedule.step()
                losses.append(loss.item())
                sizes.append(int((y != PAD).sum()))
            steps += losses
            row = {"train_nll": np.average(losses, weights=sizes)}
            if validation_loader is not None:
                row |= {f"validation_{name}": value for name, value in evaluate(model, validation_loader).items()}
            rows.append({"epoch": epoch} | row)
            if verbose:
                print(f"epoch {epoch:2d} ", "  ".join(f"{name} {value:.3f}" for name, value in row.items()))
    history = pd.DataFrame(rows)
    history.attrs["steps"] = steps
    return history


def evaluate(model: nn.Module, loader: DataLoader) -> dict[str, float]:
    """Means over all positions but padding. Raises ValueError if there are none, or the model gives NaN.

    Parameters
    ----------
    model, loader : nn.Module, left as it was, and batches of x and y

    Returns
    -------
    {"nll": nats per position, "accuracy": share of positions named right}
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
    """`with reading(model):` uses it in evaluation mode, without gradients, on one thread; all as before afterwards."""
    was_training = model.training
    try:
        with one_thread(), torch.inference_mode():
            yield model.eval()
    finally:
        model.train(was_training)


def logits_of(model: nn.Module, x: Tensor) -> Tensor:
    """The model's logits for x. Raises ValueError if one is NaN: `argmax` would name a state all the same."""
    logits, _ = model(x)
    if logits.isnan().any():
        raise ValueError("the model gives NaN (not a number) where it should give logits: its training has failed")
    return logits


@contextlib.contextmanager
def one_thread():
    """Let PyTorch use one thread inside, as many as before afterwards: at these sizes a second one gains nothing."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
