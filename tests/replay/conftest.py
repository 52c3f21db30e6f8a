import numpy as np
import pytest


@pytest.fixture
def numbered():
    """Rows start, start + 1, ...: every field tells which row it belongs to, in several dtypes and shapes."""

    def make(start, count):
        n = np.arange(start, start + count)
        return {
            "obs": np.stack([n, n + 0.5, -n], axis=1).astype(np.float32),  # (count, 3)
            "terminated": n % 2 == 0,
            "x": np.broadcast_to((n % 256).astype(np.uint8)[:, None, None], (count, 2, 2)).copy(),
            "y": n,
            "name": np.array([f"row {i:05d}" for i in n]),
        }

    return make


@pytest.fixture
def whole():
    """Whether every field of sampled rows belongs to the same numbered row."""

    def check(rows):
        n = rows["y"]
        np.testing.assert_array_equal(rows["obs"], np.stack([n, n + 0.5, -n], axis=1))
        np.testing.assert_array_equal(rows["terminated"], n % 2 == 0)
        np.testing.assert_array_equal(rows["x"], np.broadcast_to((n % 256)[:, None, None], (len(n), 2, 2)))
        assert list(rows["name"]) == [f"row {i:05d}" for i in n]

    return check
