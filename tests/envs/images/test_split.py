import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from tiny_images import write_npz

import recollect
from recollect.envs.images.split import SplitImages
from recollect.envs.samples import SCENARIOS
from recollect.errors import OptionError


def test_the_usual_splits():
    for name, tasks, size in (("SplitMnist", 5, 2), ("SplitCifar10", 5, 2), ("SplitCifar100", 20, 5)):
        stream = gym.make(f"recollect/{name}-v0").unwrapped
        assert len(stream.tasks) == tasks
        assert stream.division.members.sum(1).tolist() == [size] * tasks
    assert gym.make("recollect/SplitCifar100-v0", tasks=10).unwrapped.tasks[0] == "0-1-...-9"


def test_rows_are_those_of_the_set():
    stream = SplitImages("mnist")
    train, test = recollect.envs.images.sources.read_images("mnist")
    for split, rows in (("train", train), ("test", test)):
        found = stream.data(3, split)
        assert np.array_equal(found["x"], rows["x"][np.isin(rows["y"], (6, 7))])
        assert found["x"].dtype == np.uint8
    assert SplitImages("mnist", scenario="domain").data(3)["y"].tolist() == (stream.data(3)["y"] - 6).tolist()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenarios_conform(scenario, conform):
    conform(gym.make("recollect/SplitMnist-v0", scenario=scenario, batch_size=8))


def test_order_seed_and_coarse_labels():
    order = np.random.default_rng(3).permutation(20)
    stream = SplitImages("cifar100", labels="coarse", tasks=10, order_seed=3)
    assert stream.tasks[0] == f"{order[0]}-{order[1]}"
    assert set(stream.data(0)["y"]) == set(order[:2])


def test_digits_are_split_as_split_digits_splits_them():
    mine, other = SplitImages("digits"), gym.make("recollect/SplitDigits-v0").unwrapped
    for task in range(5):
        for split in ("train", "test"):
            assert np.array_equal(mine.data(task, split)["x"].reshape(-1, 64), other.data(task, split)["x"])


def test_a_path_stands_in_the_spec(tmp_path):
    path = str(write_npz(tmp_path / "mine.npz", classes=4))
    stream = gym.make("recollect/MedMnist-v0", source=path, tasks=[[3, 0], [1, 2]])
    again = gym.make(EnvSpec.from_json(stream.spec.to_json()))
    assert again.unwrapped.tasks == ("3-0", "1-2")
    assert np.shares_memory(again.unwrapped.division.x["train"], stream.unwrapped.division.x["train"])
    with pytest.raises(OptionError, match="1 to 4, the number of classes"):
        gym.make("recollect/MedMnist-v0", source=path)


def test_images_are_learned():
    stream = gym.make("recollect/SplitMnist-v0", source="digits", scenario="task")
    agent = recollect.make_agent("er", stream, replay="reservoir", capacity=100, seed=0, device="cpu")
    history = recollect.run(stream, agent, seed=0, passes=4)
    assert history.scores["accuracy"][-1].mean() > 0.9
