import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec

from recollect.envs.images.permuted import PermutedImages
from recollect.errors import OptionError


def test_task_0_is_the_set_and_the_others_move_its_pixels():
    stream, plain = PermutedImages("mnist", tasks=3), gym.make("recollect/SplitMnist-v0", tasks=1).unwrapped
    assert stream.tasks == ("identity", "permutation 1", "permutation 2")
    images = plain.data(0)["x"]
    assert np.array_equal(stream.data(0)["x"], images)
    for task in (1, 2):
        order = np.random.default_rng([0, task]).permutation(784)
        moved = stream.data(task)["x"]
        assert moved.shape == images.shape
        for i in (0, 300, 783):
            assert np.array_equal(moved[:, i // 28, i % 28], images[:, order[i] // 28, order[i] % 28])
    assert np.array_equal(
        stream.data(1, "test")["x"].reshape(-1, 784)[0], stream.look(plain.data(0, "test")["x"], 1, 0)[0].ravel()
    )


def test_without_identity_and_by_seed():
    first, other = (PermutedImages("digits", identity_first=False, permutation_seed=seed) for seed in (0, 1))
    assert first.tasks[0] == "permutation 0"
    assert len({tuple(order) for order in [*first.orders, *other.orders]}) == 20
    assert np.array_equal(first.orders[3], PermutedImages("digits").orders[3])


def test_colours_stay_together():
    stream = PermutedImages("cifar10", tasks=2)
    before, after = stream.data(0)["x"].reshape(-1, 1024, 3), stream.data(1)["x"].reshape(-1, 1024, 3)
    assert np.array_equal(after, before[:, stream.orders[1]])


def test_spec_round_trip_and_options():
    stream = gym.make("recollect/PermutedDigits-v0", tasks=4, permutation_seed=7, scenario="class", rows_per_task=50)
    again = gym.make(EnvSpec.from_json(stream.spec.to_json())).unwrapped
    assert np.array_equal(again.data(3)["x"], stream.unwrapped.data(3)["x"])
    assert set(again.data(3)["y"]) <= set(range(30, 40))
    for tasks in (0, True, 2.0):
        with pytest.raises(OptionError, match="tasks must be a whole number of permutations"):
            PermutedImages("digits", tasks=tasks)
