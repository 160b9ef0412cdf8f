"""What stands around a training on several processes because of PyTorch's own faults. Nobody needs to read it."""

import contextlib
import gc
import os
import sys
import traceback

import torch.distributed as dist


@contextlib.contextmanager
def process_group():
    """Join the other processes that torchrun started, or be the only one; leave on the way out, whatever happens."""
    store, rank, n_processes = dist.HashStore(), 0, 1  # one process needs no network
    if "RANK" in os.environ:  # torchrun sets it
        store, rank, n_processes = next(dist.rendezvous("env://"))
    if os.environ.get("GROUP_WORLD_SIZE") == "1":
        # torchrun keeps its store over restarts, and processes would look for the dead ones there: each restart gets
        # a corner of its own (github.com/pytorch/pytorch/issues/135712). Every machine counts its own restarts, so
        # several machines need TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 instead.
        store = dist.PrefixStore(os.environ["TORCHELASTIC_RESTART_COUNT"], store)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=n_processes)
    try:
        yield
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)  # their variables hold on to DistributedDataParallel
        raise
    finally:
        # DistributedDataParallel must be gone before the group, or leaving can wait for ever: it holds Python's lock
        # while it waits for the group's threads, and these may be waiting for the lock.
        gc.collect()
        dist.destroy_process_group()


def leave(status: int) -> None:
    """End the program. Under torchrun at once: PyTorch's threads, if they still run while Python takes itself down,
    can abort it (github.com/pytorch/pytorch/issues/190489)."""
    sys.stdout.flush()
    sys.stderr.flush()
    (os._exit if "RANK" in os.environ else sys.exit)(status)
