"""inputs.py: one rule for sizes, of Python's or NumPy's kind; and errors that stay short, whatever they quote."""

import numpy as np
import pytest
import torch

from course_utils.gru import GRUTagger
from course_utils.inputs import quoted, whole_number


@pytest.mark.parametrize("size", [0, -1, True, 2.0, np.float64(2), "3", None, float("nan")])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(ValueError, match=r"^n must be a whole number of at least 1; got "):
        whole_number("n", size)


def test_the_value_comes_back_as_pythons_own():
    assert type(whole_number("n", np.int8(3))) is int and whole_number("n", 0, least=0) == 0
    assert GRUTagger(hidden_size=np.int64(7)).architecture == GRUTagger(hidden_size=7).architecture


def test_what_is_quoted_is_short_however_large_it_is():
    for value in ("x" * 10**6, 10**1000, torch.zeros(10**6), ["x" * 99] * 99):
        assert 0 < len(quoted(value)) <= 80
    assert [quoted(value) for value in (2.0, "3", [1, None])] == ["2.0", "'3'", "[1, None]"]
