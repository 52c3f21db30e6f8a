import gymnasium as gym
import numpy as np
import pytest

from recollect.envs.segmentation.masked import VOID, check_masked
from recollect.envs.segmentation.stream import Segmentation
from recollect.errors import DataError, OptionError, StreamError, UnknownName

NAMES = ("a", "b", "c")


def made(masks, classes=3):
    y = np.array(masks, np.uint8)[:, None]  # (N, 1, W)
    x = np.zeros((*y.shape, 3), np.uint8)
    x[..., 0] = np.arange(len(y))[:, None, None]  # says which picture it is
    return check_masked(x, y, classes, "here")


# classes 1, 2 | 3; test pictures: 0 and 1 are of the first task's exam, all of the second's
TRAIN = made([[1, 2, 0, 0], [3, 1, 0, 0], [3, 2, 0, 0]])
TEST = made([[1, 1, 2, 0], [3, 1, 0, VOID], [3, 3, 0, 0]])


def stream(**options):
    return Segmentation({"train": TRAIN, "test": TEST}, NAMES, **{"tasks": "2-1", "batch_size": 2} | options)


class Fixed:
    """Predicts a mask that is known for each picture."""

    def __init__(self, *masks):
        self.masks, self.seen = np.array(masks)[:, None], []

    def predict(self, rows):
        self.seen.append(rows)
        return {"y": self.masks[rows["x"][:, 0, 0, 0]]}


RIGHT = Fixed([1, 1, 2, 0], [3, 1, 0, 0], [3, 3, 0, 0])
MIXED = Fixed([1, 3, 2, 0], [3, 0, 0, 2], [0, 3, 3, 1])


def test_scores_by_hand():
    found = stream().score(MIXED, [0, 1], episodes=None, seed=0)
    # second task, all pictures: truth 1 1 2 0 | 3 1 0 | 3 3 0 0, predicted 1 3 2 0 | 3 0 0 | 0 3 3 1
    # 0: hits 2, true 4, predicted 4; 1: 1, 3, 2; 2: 1, 1, 1; 3: 2, 3, 4
    iou = np.array([2 / 6, 1 / 4, 1, 2 / 5])
    assert found["miou"][1] == pytest.approx(iou.mean())
    assert found["old"][1] == pytest.approx(iou[1:3].mean())
    assert found["new"][1] == pytest.approx(iou[3])
    # first task, pictures 0 and 1, 3 is background: truth 1 1 2 0 | 0 1 0, predicted 1 0 2 0 | 0 0 0
    # 0: hits 3, true 3, predicted 5; 1: 1, 3, 1; 2: 1, 1, 1
    iou = np.array([3 / 5, 1 / 3, 1])
    assert found["miou"][0] == pytest.approx(iou.mean())
    assert found["old"][0] == found["new"][0] == pytest.approx(iou[1:].mean())


def test_what_is_right_scores_one_and_void_is_not_judged():
    found = stream().score(RIGHT, [1, 0], episodes=None, seed=3)
    assert {name: values.tolist() for name, values in found.items()} == {
        "miou": [1.0, 1.0], "old": [1.0, 1.0], "new": [1.0, 1.0],
    }  # fmt: skip


def test_pictures_are_predicted_once_without_task_and_answer():
    agent = Fixed(*RIGHT.masks[:, 0])
    stream().score(agent, [0, 1], episodes=None, seed=0)
    assert [sorted(rows["x"][:, 0, 0, 0].tolist()) for rows in agent.seen] == [[0, 1, 2]]
    assert all(set(rows) == {"x"} for rows in agent.seen)
    agent.seen.clear()
    stream().score(agent, [0], episodes=1, seed=0)
    assert sum(len(rows["x"]) for rows in agent.seen) == 1


def test_predictions_must_be_masks_of_known_classes():
    for wrong in (
        Fixed([4] * 4, [0] * 4, [0] * 4),
        Fixed([-1] * 4, [0] * 4, [0] * 4),
        Fixed([0] * 3, [0] * 3, [0] * 3),
    ):
        with pytest.raises(StreamError, match=r"Fixed.predict must give masks y \(3, 1, 4\) of classes 0 to 3"):
            stream().score(wrong, [1], episodes=None, seed=0)
    with pytest.raises(StreamError, match="call score"):
        stream().measure({}, {})


def test_rows_are_copies_with_the_labels_of_the_task():
    one = stream()
    assert one.data(1)["y"].reshape(-1, 4).tolist() == [[3, 0, 0, 0], [3, 0, 0, 0]]
    assert one.data(1, "test")["y"][1].tolist() == [[3, 1, 0, VOID]]
    assert one.data(0)["y"].dtype == np.uint8
    one.data(0)["y"][:] = 7
    assert one.data(0)["y"].max() == 2
    assert stream(mode="sequential", tasks=[["a", "b"], ["c"]]).data(1)["y"][0].tolist() == [[3, 1, 0, 0]]


def test_order_of_classes():
    one = stream(tasks=[["c"], ["b", "a"]])
    assert one.class_names == ("background", "c", "b", "a")
    assert one.tasks == ("c", "b-a")
    assert one.data(1)["y"][0].tolist() == [[3, 2, 0, 0]]


def test_rewards_leave_void_out():
    one = stream(batch_size=3)
    obs, info = one.reset(seed=0, options={"task": 1, "split": "test"})
    assert (info["target"] == VOID).all()
    answer = RIGHT.predict({"x": obs})["y"]
    answer[obs[:, 0, 0, 0] == 2] = 1  # 4 pixels of the 11 that are judged
    _, rew, _, _, info = one.step(answer)
    assert rew == info["score"] == pytest.approx(7 / 11)
    assert one.judge(np.zeros(2), np.full(2, VOID)) == 1


def test_too_little_shift_is_refused():
    rare = made([[1, 2, 0, 0], *[[3, 0, 0, 0]] * 5, [3, 1, 0, 0]])  # 1 of 6
    splits = {"train": rare, "test": TEST}
    with pytest.raises(DataError, match=r"only 17% of the pictures .* expected at least 20%: .* least_shift=0"):
        Segmentation(splits, NAMES, tasks="2-1")
    assert Segmentation(splits, NAMES, tasks="2-1", least_shift=0.1).shift.tolist() == [0, pytest.approx(1 / 6)]
    assert Segmentation(splits, NAMES, tasks="2-1", mode="sequential").mode == "sequential"
    assert len(Segmentation(splits, NAMES, tasks=1).tasks) == 1


def test_wrong_options():
    with pytest.raises(UnknownName, match="overlap"):
        stream(mode="overlapping")
    with pytest.raises(OptionError, match=r"a share in \[0, 1\]"):
        stream(least_shift=2)
    wide = check_masked(np.zeros((1, 1, 5, 3), np.uint8), np.zeros((1, 1, 5), np.uint8), 3, "there")
    with pytest.raises(DataError, match=r"\(1, 4, 3\), test pictures \(1, 5, 3\): give size="):
        Segmentation({"train": TRAIN, "test": wide}, NAMES, tasks="2-1")


def test_without_images_of_ones_own_they_are_missed(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    for name, wanted in (("CamVid", "camvid"), ("SegmentationFolder", "segmentation-folder")):
        with pytest.raises(DataError, match=f"data set '{wanted}' is missing: .* put it at"):
            gym.make(f"recollect/{name}-v0")
