r"""Train a GRUTagger on STICKY sequences with several processes (notebook 10).

One machine, two processes (with `python` for all up to -m, it is one process):
    torchrun --standalone --nproc_per_node 2 -m course_utils.scaling --steps 200 --batch 100 --checkpoint run.pt
Two machines, one of them called HOST, and run.pt on a disk that both see; the same line on each:
    torchrun --nnodes 2 --nproc_per_node 2 --rdzv-backend c10d --rdzv-endpoint HOST:29500 -m course_utils.scaling ...
Slurm, in a job of two nodes:
    HOST=$(scontrol show hostnames $SLURM_JOB_NODELIST | head -n 1)
    srun --ntasks-per-node 1 torchrun --nnodes 2 --nproc_per_node 2 --rdzv-id $SLURM_JOB_ID --rdzv-backend c10d \
        --rdzv-endpoint $HOST:29500 -m course_utils.scaling ...
With --max-restarts 3, torchrun starts all processes again when one dies; they go on from the last checkpoint. With
several machines, also set TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 (github.com/pytorch/pytorch/issues/135712).
"""

import argparse
import contextlib
import gc
import math
import os
import sys
import traceback
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from itertools import count, islice
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset
from tqdm import tqdm

from course_utils.commands import command, say
from course_utils.hmm import STICKY, filter_probabilities, simulate, smoother_probabilities
from course_utils.inputs import whole_number
from course_utils.runs import Run, Settings, resume, save_run
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


def step_time(
    n_workers: int, compute_s: float, n_parameters: int, bandwidth_bytes_per_s: float, latency_s: float
) -> float:
    """Seconds of a step on paper: n workers compute on 1/n of the batch each, then sum their float32 gradients.

    compute_s: what one worker needs for the whole batch.  The sums go round a ring: 2 (n - 1) messages in a row, each
    with 1/n of the gradients, each costing its bytes over the bandwidth, and latency_s.
    Raises: ValueError naming the argument that is out of range.  Source: Patarasuk and Yuan (2009).

    >>> round(step_time(2, 0.050, 1_250, 1e9, 1e-4), 6)  # half of .05, 2 x 2,500 bytes, 2 x .0001
    0.025205
    """
    least = dict(n_workers=1, compute_s=0, n_parameters=0, bandwidth_bytes_per_s=1, latency_s=0)
    for name, value in zip(least, (n_workers, compute_s, n_parameters, bandwidth_bytes_per_s, latency_s), strict=True):
        if not value >= least[name]:
            raise ValueError(f"{name} must be at least {least[name]}; got {value!r}")
    message_s = 4 * n_parameters / n_workers / bandwidth_bytes_per_s + latency_s
    return compute_s / n_workers + 2 * (n_workers - 1) * message_s


@command
def main(arguments: list[str] | None = None) -> int:
    """The command. Returns: the exit status, as `command` describes it.

    (torchrun reports the status of its processes, and itself ends with 1 if one is not 0.)
    """
    options = vars(_parser().parse_args(arguments))
    checkpoint, every, kind, progress = (options.pop(name) for name in ("checkpoint", "every", "device", "progress"))
    try:
        settings = Settings(**options)
        with process_group(kind) as device:
            run = Run(settings, device)
            if checkpoint and resume(run, checkpoint):
                if run.step == settings.steps:
                    say(f"nothing left to do: all {run.step} steps are done in {checkpoint}")
                else:
                    say(f"going on from step {run.step} of {checkpoint}")
            train(run, device, checkpoint, every, progress)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("if there is a checkpoint, the same command goes on from it") from None
    if os.environ.get("RANK", "0") == "0":
        reader = "smoother" if settings.bidirectional else "filter"
        best = f"the exact {reader}'s {exact_loss(settings.length, settings.bidirectional):.4f} on new sequences"
        print(f"{run.step} steps, final loss {run.loss:.4f}; {best}; {run.step * settings.batch} sequences seen")
    return 0


@cache
def exact_loss(length: int, bidirectional: bool) -> float:
    """The loss of the best possible reader of such sequences, in nats a position, over about a million positions."""
    symbols, states = simulate(STICKY, max(10**6 // length, 1), length, seed=0)
    read = smoother_probabilities if bidirectional else filter_probabilities
    return float(-np.log(np.take_along_axis(read(STICKY, symbols), states[..., None], -1)).mean())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "course_utils.scaling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for setting in fields(Settings):
        kind = dict(action="store_true") if setting.type is bool else dict(type=setting.type)
        text = f"{setting.metadata['help']} (default: {setting.default})"
        parser.add_argument("--" + setting.name.replace("_", "-"), default=setting.default, help=text, **kind)
    parser.add_argument("--checkpoint", type=Path, help="file to go on from if it is there, and to save to")
    parser.add_argument("--every", type=int, default=50, help="steps from one checkpoint to the next (default: 50)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--progress", action="store_true", help="show the bar even where stderr is not a terminal")
    return parser


if __name__ == "__main__":
    status = main()
    if "RANK" in os.environ:
        # Nothing is left to do, so leave at once: PyTorch's threads, if they still run while Python takes itself down,
        # can abort the process (github.com/pytorch/pytorch/issues/190489).
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
