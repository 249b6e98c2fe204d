"""What all tests share."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    """A generator that gives each test the same numbers every time."""
    return np.random.default_rng(20240229)
