from pathlib import Path

import gymnasium as gym
import numpy as np
from PIL import Image

from recollect import data
from recollect.envs.segmentation.camvid import CLASSES, CODES


def test_its_own_coding_is_shifted():
    assert CODES == {0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7, 7: 8, 8: 9, 9: 10, 10: 11, 11: 255}
    stream = gym.make("recollect/CamVid-v0").unwrapped
    for split, folder in (("train", "trainannot"), ("test", "valannot")):
        files = sorted(Path(data.path("camvid"), folder).glob("*.png"))
        own = np.stack([np.asarray(Image.open(path)) for path in files])
        assert own.min() == 0  # sky
        assert own.max() == 11  # void
        assert np.array_equal(stream.division.y[split], np.where(own == 11, 255, own + 1))
    assert stream.class_names == ("background", *CLASSES)
    assert stream.class_names[1] == "sky"


def test_background_is_what_a_task_does_not_label():
    stream = gym.make("recollect/CamVid-v0").unwrapped
    assert len(stream.tasks) == 3
    assert set(np.unique(stream.data(1)["y"])) == {0, 8, 9, 255}
    assert stream.shift[1:].min() > 0.2


def test_it_conforms(conform):
    conform(gym.make("recollect/CamVid-v0", batch_size=4, size=16, tasks="7-4"))
