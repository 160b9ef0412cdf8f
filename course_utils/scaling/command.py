r"""Train a GRUTagger on STICKY sequences with several processes (lesson 14).

One machine, two processes (with `python` for all up to -m, it is one process):
    torchrun --standalone --nproc_per_node 2 -m course_utils.scaling --steps 200 --batch 100 --checkpoint run.pt
With --max-restarts 3, torchrun starts all processes again when one dies; they go on from the last checkpoint.
Two machines, one of them called HOST, and run.pt on a disk that both see; the same line on each:
    TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 torchrun --nnodes 2 --nproc_per_node 2 \
        --rdzv-backend c10d --rdzv-endpoint HOST:29500 -m course_utils.scaling ...
"""

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_utils.commands import command
from course_utils.gru import GRUTagger
from course_utils.hmm import STICKY, filter_probabilities, simulate
from course_utils.scaling.processes import train
from course_utils.scaling.workarounds import process_group
from course_utils.training import evaluate

#: Name: default, least, most, help.
OPTIONS = {
    "steps": (200, 1, 10**9, "in all; the learning rate falls to 0 along a cosine over them"),
    "batch": (100, 1, 10**6, "sequences a step, all processes together; an epoch has ten batches"),
    "length": (100, 1, 10**6, "letters of a sequence"),
    "hidden_size": (16, 1, 10**4, "numbers in the network's memory"),
    "learning_rate": (0.02, 1e-9, 1, "that of Adam at the first step"),
    "seed": (0, 0, 2**32, "decides the sequences, their order and the first weights"),
    "every": (50, 1, 10**9, "steps from one checkpoint to the next"),
}


@command
def main(arguments: list[str] | None = None) -> int:
    """Train; then process 0 prints the loss on new sequences, and the exact filter's on the same ones."""
    parser = ArgumentParser("course_utils.scaling", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    for name, (default, _, _, text) in OPTIONS.items():
        option, text = "--" + name.replace("_", "-"), f"{text} (default: {default})"
        parser.add_argument(option, type=type(default), default=default, help=text)
    parser.add_argument("--checkpoint", type=Path, help="file to go on from if it is there, and to save to")
    options = vars(parser.parse_args(arguments))
    for name, (_, least, most, _) in OPTIONS.items():
        if not least <= options[name] <= most:
            raise ValueError(f"{name} must be from {least} to {most}; got {options[name]}")
    seed, length = options["seed"], options.pop("length")
    model = GRUTagger(hidden_size=options.pop("hidden_size"), seed=seed)
    old = TensorDataset(*map(torch.from_numpy, simulate(STICKY, 10 * options["batch"], length, seed)))
    with process_group():
        train(model, old, **options)
    if os.environ.get("RANK", "0") == "0":
        symbols, states = simulate(STICKY, 2000, length, np.random.default_rng([seed, 1]))
        new = TensorDataset(torch.from_numpy(symbols), torch.from_numpy(states))
        loss = evaluate(model, DataLoader(new, batch_size=100))["nll"]
        exact = -np.log(np.take_along_axis(filter_probabilities(STICKY, symbols), states[..., None], axis=-1)).mean()
        print(f"{options['steps']} steps: final loss {loss:.4f} on new sequences, the exact filter's {exact:.4f}")
    return 0
