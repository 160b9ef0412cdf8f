"""How time and memory grow with the size of the work: one curve a kind of size, and its exponent.

Time ~ size ** exponent: 1 means twice the work, twice the time.
"""

import tracemalloc
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import torch
from genomes import long_sequence, write_genome
from harness import run_child
from torch.nn.functional import cross_entropy

from course_utils import hmm
from course_utils.gru import GRUTagger


def measure(quick: bool) -> list[dict]:
    """One entry a curve: {"what", "size" (its unit), "sizes", "seconds", "memory_mb" or None, exponents}."""
    cut = 1000 if quick else 1
    lengths = [size // cut for size in (10_000, 100_000, 1_000_000, 4_000_000)]
    numbers = [max(size // cut, 1) for size in (100, 1_000, 10_000)]
    widths, windows = ([4, 8], [10, 20]) if quick else ([4, 16, 64, 256], [25, 50, 100, 200, 400])
    long = {size: long_sequence(hmm.STICKY, size, seed=1) for size in lengths}
    many = {size: hmm.simulate(hmm.STICKY, size, 500 // (10 if quick else 1), seed=1)[0] for size in numbers}
    smoother, viterbi = partial(hmm.smoother_probabilities, hmm.STICKY), partial(hmm.viterbi, hmm.STICKY)
    curves = [
        ("smoother, one sequence", "letters", lengths, lambda size: smoother(long[size])),
        ("Viterbi, one sequence", "letters", lengths, lambda size: viterbi(long[size])),
        ("smoother, many of 500", "sequences", numbers, lambda size: smoother(many[size])),
        ("training step", "letters a window", windows, lambda size: training_step(hidden_size=10, window=size)),
        ("training step", "hidden size", widths, lambda size: training_step(hidden_size=size, window=50)),
    ]
    entries = []
    for what, unit, sizes, work in curves:
        figures = [time_and_memory(work, size, repeats=1 if quick else 3) for size in sizes]
        entries.append(entry(what, unit, sizes, *map(list, zip(*figures, strict=True))))
    entries.append(segmenting([5_000, 10_000] if quick else [1_000_000, 3_000_000, 10_000_000]))
    return entries


def time_and_memory(work, size: int, repeats: int) -> tuple[float, float]:
    """CPU seconds (the quickest, after one to warm up), and the peak of NumPy's memory while it works (MB)."""
    tracemalloc.start()
    work(size)
    memory = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    times = []
    for _ in range(repeats):
        start = process_time()
        work(size)
        times.append(process_time() - start)
    return min(times), memory


def training_step(hidden_size: int, window: int, batch_size: int = 100) -> None:
    model = GRUTagger(hidden_size=hidden_size, seed=0)
    x = torch.randint(4, (batch_size, window))
    cross_entropy(model(x)[0].flatten(0, 1), x.flatten() % 2).backward()


def segmenting(lengths: list[int]) -> dict:
    """`python -m course_utils.genome`: CPU time and peak memory of the process."""
    figures = []
    with TemporaryDirectory() as folder:
        fasta, table = Path(folder) / "genome.fasta", Path(folder) / "segments.tsv"
        for length in lengths:
            write_genome(fasta, length)
            used = run_child("-m", "course_utils.genome", str(fasta), "--out", str(table), "--force")
            figures.append((used["cpu_s"], used["peak_mb"]))
    return entry("segment a genome, file to table", "letters", lengths, *map(list, zip(*figures, strict=True)))


def entry(what: str, unit: str, sizes: list[int], seconds: list[float], memory_mb: list[float]) -> dict:
    x, y = np.log(sizes), np.log(seconds)
    return {
        "what": what, "unit": unit, "sizes": sizes, "seconds": seconds,
        "memory_mb": None if what == "training step" else memory_mb,  # PyTorch's memory is not NumPy's
        "exponent": float(np.polyfit(x, y, 1)[0]), "last_exponent": float((y[-1] - y[-2]) / (x[-1] - x[-2])),
    }  # fmt: skip
