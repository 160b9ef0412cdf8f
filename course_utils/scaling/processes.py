"""One training on several processes, which gives the same weights as on one (notebook 10)."""

import contextlib
import gc
import math
import os
import traceback
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset
from tqdm import tqdm

from course_utils.hmm import STICKY, simulate
from course_utils.inputs import whole_number
from course_utils.scaling.runs import Run, Settings, save_run
from course_utils.training import one_thread


@contextlib.contextmanager
def process_group(kind: str) -> Iterator[torch.device]:
    """Join the other processes that torchrun started, or be the only one; leave on the way out, whatever happens.

    kind: "cuda", a GPU for each process and NCCL between them, or "cpu" and Gloo.  Yields: this process's device.
    Raises: ValueError if there is no GPU for this process.
    """
    device = torch.device(kind)
    if kind == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        if device.index >= torch.cuda.device_count():
            raise ValueError(f"no {device}: every process needs a GPU, and there are {torch.cuda.device_count()}")
        torch.cuda.set_device(device)
    store, rank, n = _meeting_point()
    dist.init_process_group("nccl" if kind == "cuda" else "gloo", store=store, rank=rank, world_size=n)
    try:
        yield device
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # their variables hold on to DistributedDataParallel
        raise
    finally:
        # It must be gone before the group: the last to let go of the group waits for the group's threads, and these may
        # be waiting for Python's lock, which DistributedDataParallel does not give back meanwhile.
        gc.collect()
        dist.destroy_process_group()


def _meeting_point() -> tuple[dist.Store, int, int]:
    """Where the processes find each other, this one's rank, and their number."""
    if "RANK" not in os.environ:  # which torchrun sets; one process needs no network
        return dist.HashStore(), 0, 1
    store, rank, n = next(dist.rendezvous("env://"))
    if os.environ.get("GROUP_WORLD_SIZE") == "1":
        # torchrun keeps its store over restarts: without a new corner of it, processes look for the dead ones there.
        # It counts the restarts of each machine apart, so this helps on one machine only.
        store = dist.PrefixStore(os.environ["TORCHELASTIC_RESTART_COUNT"], store)
    return store, rank, n


def batches(settings: Settings, step: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
    """This process's part of the batch of every step from `step` on: x and y (batch / processes, length), for ever.

    Every epoch, all n processes draw the same order, from seed and epoch alone, and process r takes the places
    r, r + n, r + 2n, ... of it. So the k-th parts of all processes are the k-th batch of that order, whatever n is.
    Call it inside `process_group`.
    Raises: ValueError if the batch cannot be dealt out equally: then the mean of the parts' means is not the mean.
    """
    n = dist.get_world_size()
    if settings.batch % n:
        raise ValueError(f"a batch of {settings.batch} cannot be dealt out to {n} processes: take a multiple of {n}")
    pairs = TensorDataset(*map(torch.from_numpy, simulate(STICKY, settings.sequences, settings.length, settings.seed)))
    sampler = DistributedSampler(pairs, seed=settings.seed, drop_last=True)
    loader = DataLoader(pairs, settings.batch // n, sampler=sampler, drop_last=True)
    first_epoch, done = divmod(step, len(loader))
    for epoch in count(first_epoch):
        sampler.set_epoch(epoch)
        yield from islice(loader, done if epoch == first_epoch else 0, None)


def train(run: Run, device: torch.device, checkpoint: Path | None = None, every: int = 50, progress=False) -> None:
    """Train to the last step; write the checkpoint every `every` steps and after the last.

    Call it inside `process_group`.  progress: show the bar even where stderr is not a terminal.
    Raises: ValueError as `batches`, or if every is below 1; OSError as `save_run`; FloatingPointError if the loss stops
    being a number.
    """
    whole_number("every", every)
    model, last, first = DistributedDataParallel(run.model), run.settings.steps, dist.get_rank() == 0
    no_bar = (False if progress else None) if first else True  # None: a bar on a terminal only
    with one_thread(), tqdm(total=last, initial=run.step, unit="step", disable=no_bar) as bar:
        for x, y in islice(batches(run.settings, run.step), last - run.step):
            logits, _ = model(x.to(device))
            loss = cross_entropy(logits.flatten(0, 1), y.flatten().to(device))
            run.optimizer.zero_grad()
            loss.backward()  # DistributedDataParallel makes every gradient its mean over the processes
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            run.optimizer.step()
            run.schedule.step()
            run.step += 1
            bar.update()
            if run.step % every == 0 or run.step == last:
                run.loss = _mean_over_processes(loss)
                bar.set_postfix(loss=f"{run.loss:.3f}")
                if not math.isfinite(run.loss):
                    raise FloatingPointError(f"the loss became {run.loss} by step {run.step}: lower the learning rate")
                if first and checkpoint:
                    save_run(run, checkpoint)


def _mean_over_processes(loss: Tensor) -> float:
    total = loss.detach().clone()
    dist.all_reduce(total)
    return total.item() / dist.get_world_size()
