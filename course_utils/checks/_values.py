"""Reading and showing values: the same numbers may come as a list, an array, a tensor or a table."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

#: float32, PyTorch's default, keeps about seven digits: no result has to be nearer to the right one than this share
SHARE = 1e-6


def plain(value: Any) -> Any:
    """Tensors and tables as arrays, also inside a list; everything else as it is."""
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return float(value) if isinstance(value, (Fraction, Decimal)) else value


def array(value: Any) -> np.ndarray:
    """An array of what can be read as numbers, bools or text; of objects if it cannot (a set, rows of two lengths)."""
    value = plain(value)
    try:
        return np.asarray(value)
    except ValueError:
        return np.array(None)


def close(a: np.ndarray, b: np.ndarray, tolerance: float) -> np.ndarray:
    return np.isclose(a, b, rtol=SHARE, atol=tolerance, equal_nan=True)


def same(a: tuple, b: tuple, tolerance: float) -> bool:
    """Did two functions do the same?  Parameters: a, b, what `run` says of them."""
    if a[0] != b[0] or a[0] != "returned":
        return a[0] == b[0] and type(a[1]) is type(b[1])
    a, b = array(a[1]), array(b[1])
    if a.size == b.size == 1:
        a, b = a.reshape(()), b.reshape(())
    if a.shape != b.shape or not {a.dtype.kind, b.dtype.kind} <= set("biuf"):
        return a.dtype.kind == b.dtype.kind != "O" and bool(np.array_equal(a, b))
    return bool(close(a, b, tolerance).all())


def show(value: Any) -> str:
    """A small value in full, numbers to four digits; a large one by its kind and size. Always one line."""
    shape = getattr(value, "shape", None)
    size = np.prod(shape) if shape is not None else len(value) if hasattr(value, "__len__") else 1
    text = _text(plain(value)) if size <= 40 else ""
    if text and len(text) <= 70 and "\n" not in text and not text.startswith("<"):
        return text
    kind = type(value).__name__.removeprefix("nd")
    if shape is not None:
        return f"{kind} of shape {tuple(shape)}"
    return f"{kind} of length {size}" if hasattr(value, "__len__") else kind


def _text(value: Any) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.10g}"
    return repr(value)
