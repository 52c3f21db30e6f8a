import gymnasium as gym
import numpy as np
import pytest

from recollect.envs.segmentation.masked import VOID
from recollect.envs.segmentation.scenes import SHAPES, scenes
from recollect.errors import OptionError


@pytest.mark.parametrize("mode", ["sequential", "disjoint", "overlap"])
def test_modes_conform(mode, conform):
    conform(gym.make("recollect/Scenes-v0", mode=mode, train=120, test=40, batch_size=4))


@pytest.mark.parametrize("seed", range(3))
def test_a_fifth_of_later_pictures_hide_old_objects(seed):
    for mode in ("disjoint", "overlap"):
        stream = gym.make("recollect/Scenes-v0", data_seed=seed, mode=mode).unwrapped
        truth = stream.division.y["train"]
        for task, first in ((1, 4), (2, 5)):
            whole, rows = truth[stream.division.rows["train"][task]], stream.data(task)["y"]
            old = (whole > 0) & (whole < first)
            hidden = old.any((1, 2)) & (rows[old].max() == 0)
            assert hidden.mean() >= 0.2
            assert stream.shift[task] == pytest.approx(hidden.mean())


def test_the_seed_decides():
    first = scenes(5, 24, 1, 0)
    again, other, test = scenes.__wrapped__(5, 24, 1, 0), scenes(5, 24, 2, 0), scenes(5, 24, 1, 1)
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.x, other.x)
    assert not np.array_equal(first.x, test.x)


def test_pictures_show_one_to_three_shapes():
    found = scenes(300, 32, 0, 0)
    shown = found.shows[:, 1:].sum(1)
    assert set(shown.tolist()) <= {0, 1, 2, 3}
    assert shown.max() == 3
    assert (shown == 0).mean() < 0.02
    assert (found.shows[:, 1:].mean(0) > 0.2).all()  # every class is common
    assert found.shows.shape[1] == len(SHAPES) + 1
    assert VOID not in found.y
    assert 0.6 < (found.y == 0).mean() < 0.95


def test_shapes_differ_from_the_ground():
    found = scenes(200, 32, 0, 0)
    means = [found.x[found.y == number].mean(0) for number in range(len(SHAPES) + 1)]
    apart = np.linalg.norm(np.array(means)[:, None] - means, axis=-1)
    assert apart[np.triu_indices(len(means), 1)].min() > 15


@pytest.mark.parametrize("options", [{"size": 8}, {"train": 0}, {"test": 1.5}, {"size": True}])
def test_wrong_options(options):
    with pytest.raises(OptionError, match="must be a whole number of at least"):
        gym.make("recollect/Scenes-v0", **options)
