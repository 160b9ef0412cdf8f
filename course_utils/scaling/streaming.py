"""Sequences that no file has to hold, and batches that waste little on padding (notebook 10)."""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, Sampler, get_worker_info

from course_utils.hmm import HMM, simulate
from course_utils.inputs import quoted, whole_number


class SimulatedStream(IterableDataset):
    """Pairs of x (length,) int64 and y (length,) int64, symbols and states of `hmm`, without end.

    The stream is made of blocks of `block` sequences, and block number i is drawn from (seed, i) alone. Process
    `rank` of `world_size`, and within it each worker of a DataLoader, simulates every n-th block: together they make
    the blocks that one would make alone, and no two make the same. Each iteration starts again at the first block.
    Raises: ValueError naming the argument that is out of range.
    """

    def __init__(self, hmm: HMM, length: int, seed: int, *, rank: int = 0, world_size: int = 1, block: int = 100):
        self.hmm, self.length, self.seed = hmm, whole_number("length", length), whole_number("seed", seed, least=0)
        self.world_size, self.block = whole_number("world_size", world_size), whole_number("block", block)
        if isinstance(rank, bool) or rank not in range(world_size):
            raise ValueError(
                f"rank must be one of 0..{world_size - 1}, the processes of a world of {world_size}; got {quoted(rank)}"
            )
        self.rank = rank

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = get_worker_info()
        worker_id, n_workers = (worker.id, worker.num_workers) if worker else (0, 1)
        for i in itertools.count(self.rank * n_workers + worker_id, self.world_size * n_workers):
            # a spawn key, not seed + i: the blocks of seed 1 must not be those of seed 0, one later
            random = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(i,)))
            symbols, states = simulate(self.hmm, self.block, self.length, random)
            yield from zip(torch.from_numpy(symbols), torch.from_numpy(states), strict=True)


def stream_loader(hmm: HMM, batch_size: int, length: int, n_batches: int, seed: int) -> DataLoader:
    """Batches of x (batch_size, length) int64 and y (batch_size, length) int64 that never come twice.

    An epoch is the next `n_batches` of the stream, so len() and `training.fit` work as with any loader. A new loader
    with the same arguments starts the same stream again.
    Raises: ValueError naming the size that is not a whole number of at least 1, or the seed.
    """
    batch_size, n_batches = whole_number("batch_size", batch_size), whole_number("n_batches", n_batches)
    stream = SimulatedStream(hmm, length, seed, block=batch_size)
    return DataLoader(_NextPairs(stream, batch_size * n_batches), batch_size)


class _NextPairs(IterableDataset):
    """Each iteration gives the next `n` pairs of one stream."""

    def __init__(self, stream: SimulatedStream, n: int):
        self.pairs, self.n = iter(stream), n

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return itertools.islice(self.pairs, self.n)


class BucketBatches(Sampler[list[int]]):
    """What `bucket_batches` returns. Its generator draws the order of the next epoch."""

    def __init__(self, lengths: np.ndarray, batch_size: int, seed: int, bucket_size: int):
        self.lengths, self.batch_size, self.bucket_size = lengths, batch_size, bucket_size
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.randperm(len(self.lengths), generator=self.generator).numpy()
        batches = []
        for bucket in _cut(order, self.bucket_size * self.batch_size):
            by_length = bucket[np.argsort(self.lengths[bucket], kind="stable")]
            batches += _cut(by_length, self.batch_size)
        # the batches too: else every bucket would go from short to long
        for i in torch.randperm(len(batches), generator=self.generator):
            yield batches[i].tolist()


def bucket_batches(lengths: ArrayLike, batch_size: int, seed: int, bucket_size: int = 10) -> BucketBatches:
    """Batches of sequences of similar length in random order: lists of indices, each index once an epoch.

    Every epoch deals all indices out at random into buckets of `bucket_size` batches, sorts each bucket by length,
    cuts it into batches and shuffles these. Larger buckets pad less and mix less. The last batch cut may be smaller.
    lengths: (N,), of the sequences.  seed: where the order starts; it goes on from epoch to epoch.
    For `DataLoader(pairs, batch_sampler=batches, generator=batches.generator, collate_fn=pad_batch)`: with the
    generator, `training.fit` decides the order by its own seed, as it does for `make_loader`.
    Raises: ValueError naming the argument, or the length, that is not a whole number of at least 1; or the seed.
    """
    batch_size, bucket_size = whole_number("batch_size", batch_size), whole_number("bucket_size", bucket_size)
    return BucketBatches(_check_lengths(lengths), batch_size, whole_number("seed", seed, least=0), bucket_size)


def padding_share(lengths: ArrayLike, batches: Iterable[list[int]]) -> float:
    """The share of positions that are padding when each batch is as long as its longest sequence.

    lengths: (N,).  batches: lists of indices, such as `bucket_batches` gives.
    Raises: ValueError if there is no batch, one is empty, or an index is not that of a length.

    >>> padding_share([1, 4], [[0, 1]])
    0.375
    """
    lengths = _check_lengths(lengths)
    real = total = 0
    for number, batch in enumerate(batches):
        if len(batch) == 0 or min(batch) < 0 or max(batch) >= len(lengths):
            raise ValueError(f"batch {number} must hold indices of 0..{len(lengths) - 1}; it is {list(batch)}")
        chosen = lengths[batch]
        real += int(chosen.sum())
        total += int(chosen.max()) * len(batch)
    if total == 0:
        raise ValueError("no batches: there is nothing to share")
    return 1 - real / total


def _cut(indices: np.ndarray, size: int) -> list[np.ndarray]:
    return [indices[i : i + size] for i in range(0, len(indices), size)]


def _check_lengths(lengths: ArrayLike) -> np.ndarray:
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or len(lengths) == 0 or not np.issubdtype(lengths.dtype, np.integer):
        raise ValueError(f"lengths must be whole numbers (N,); got shape {lengths.shape}, {lengths.dtype}")
    if lengths.min() < 1:
        i = int(lengths.argmin())
        raise ValueError(f"lengths must be at least 1; sequence {i} has {lengths[i]}")
    return lengths
