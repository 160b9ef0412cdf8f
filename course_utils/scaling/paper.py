"""What several workers gain, calculated on paper (notebook 10)."""


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
