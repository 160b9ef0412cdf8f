"""One training on several processes: the weights are those that one process gives (lesson 14)."""

import io
from itertools import islice
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from course_utils.commands import say
from course_utils.files import refuse_target, write_whole
from course_utils.training import one_thread


def train(
    model: nn.Module, pairs: Dataset, *, steps: int, batch: int, learning_rate: float, seed: int,
    checkpoint: Path | None = None, every: int = 50,
) -> None:  # fmt: skip
    """Train the model in place, all processes of a `process_group` together; `batch` is what they share out.

    If the checkpoint is there, go on from it. It is written every `every` steps and after the last.
    """
    n_processes = dist.get_world_size()
    if batch % n_processes:  # with unequal shares, the mean of the shares' gradients is not the batch's gradient
        raise ValueError(f"a batch of {batch} cannot be shared equally by {n_processes} processes")
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = CosineAnnealingLR(optimizer, steps)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    settings = dict(steps=steps, batch=batch, length=len(pairs[0][0]), learning_rate=learning_rate, seed=seed)
    step = load(checkpoint, parts, settings) if checkpoint else 0

    # Every epoch, all processes draw the same order of the pairs; the first of two takes places 0, 2, 4, ... of it.
    sampler = DistributedSampler(pairs, seed=seed, drop_last=True)
    loader = DataLoader(pairs, batch // n_processes, sampler=sampler, drop_last=True)
    wrapped = DistributedDataParallel(model)
    with one_thread():
        while step < steps:
            epoch, done = divmod(step, len(loader))
            sampler.set_epoch(epoch)
            for x, y in islice(loader, done, done + steps - step):
                logits, _ = wrapped(x)
                loss = cross_entropy(logits.flatten(0, 1), y.flatten())
                optimizer.zero_grad()
                loss.backward()  # here DistributedDataParallel replaces every gradient by its mean over the processes
                nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0, error_if_nonfinite=True)
                optimizer.step()
                schedule.step()
                step += 1
                if checkpoint and (step % every == 0 or step == steps) and dist.get_rank() == 0:
                    save(checkpoint, parts, settings, step)


def save(checkpoint: Path, parts: dict, settings: dict, step: int) -> None:
    """Write weights, the optimizer's memory, the schedule, and how far the training has come."""
    content, states = io.BytesIO(), {name: part.state_dict() for name, part in parts.items()}
    torch.save({"settings": settings, "step": step, **states}, content)
    write_whole(checkpoint, content.getvalue())


def load(checkpoint: Path, parts: dict, settings: dict) -> int:
    """Bring the parts to where the checkpoint has them: the steps that are done, 0 if there is no checkpoint."""
    refuse_target(checkpoint)  # before the training, not after it
    if not checkpoint.exists():
        return 0
    content = io.BytesIO(checkpoint.read_bytes())
    try:
        state = torch.load(content, weights_only=True)  # numbers only: no file can run code
        step, same = int(state["step"]), state["settings"] == settings
        for name, part in parts.items():
            part.load_state_dict(state[name])
    except Exception:  # a damaged file, or one from elsewhere, can fail in any way
        step, same = 0, False
    if not same:
        raise ValueError(f"{checkpoint} is damaged, or was made with other options than these: {settings}")
    say(f"{checkpoint}: {'going on from' if step < settings['steps'] else 'nothing left to do after'} step {step}")
    return step
