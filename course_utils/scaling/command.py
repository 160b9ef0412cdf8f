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
import os
from dataclasses import fields
from functools import cache
from pathlib import Path

import numpy as np
import torch

from course_utils.commands import command, say
from course_utils.hmm import STICKY, filter_probabilities, simulate, smoother_probabilities
from course_utils.scaling.processes import process_group, train
from course_utils.scaling.runs import Run, Settings, resume


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
