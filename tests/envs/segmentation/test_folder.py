import importlib
import sys

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from PIL import Image
from tiny_masks import write_beside, write_cityscapes, write_voc

from recollect.envs.segmentation.folder import SegmentationFolder
from recollect.errors import DataError, MissingExtra, OptionError


def test_masks_beside_pictures(tmp_path, conform):
    write_beside(tmp_path, [0, 1, 2, 255], splits=("train", "test"))
    stream = SegmentationFolder(source=str(tmp_path), tasks=2, classes=["cat", "dog"])
    assert stream.tasks == ("cat", "dog")
    assert stream.data(0)["y"][0, 0].tolist() == [0] * 8 + [1] * 8 + [0] * 8 + [255] * 8
    assert stream.data(1)["y"][0, 0].tolist() == [0] * 16 + [2] * 8 + [255] * 8
    conform(gym.make("recollect/SegmentationFolder-v0", source=str(tmp_path), tasks=2, batch_size=4))


def test_voc(tmp_path):
    write_voc(tmp_path / "VOCdevkit" / "VOC2012")
    stream = SegmentationFolder(source=str(tmp_path), tasks="15-1", least_shift=0)
    assert len(stream.tasks) == 6
    assert stream.class_names[:2] == ("background", "aeroplane")
    assert stream.class_names[-1] == stream.tasks[-1] == "tvmonitor"
    assert stream.data(5)["y"][0, 0].tolist() == [0] * 16 + [20] * 8 + [255] * 8  # picture 18: 0, 19, 20, 255


def test_cityscapes(tmp_path):
    write_cityscapes(tmp_path)
    stream = SegmentationFolder(source=str(tmp_path), tasks="14-5")
    assert len(stream.class_names) == 20
    assert stream.class_names[1:4] == ("road", "sidewalk", "building")
    columns = stream.data(0)["y"][0, 0, ::2].tolist()  # codes 0 to 15: 7, 8, 11, 12, 13 are judged
    assert columns == [255] * 7 + [1, 2] + [255] * 2 + [3, 4, 5] + [255] * 2
    assert stream.class_names[stream.division.y["train"][6, 0, 30]] == "bicycle"  # codes 18 to 33, two columns each


def test_size_scales_pictures_and_keeps_classes(tmp_path):
    write_beside(tmp_path, range(4))
    stream = SegmentationFolder(source=str(tmp_path), size=12)
    assert stream.data(0)["x"].shape[1:] == (12, 12, 3)
    assert set(np.unique(stream.division.y["train"])) == set(range(4))  # nothing between two classes
    assert stream.division.y["train"][0, 0].tolist() == [0] * 2 + [1] * 4 + [2] * 4 + [3] * 2  # the middle square


def test_a_path_stands_in_the_spec(tmp_path):
    write_beside(tmp_path, range(4))
    stream = gym.make("recollect/SegmentationFolder-v0", source=str(tmp_path), tasks=[["2"], ["1", "3"]])
    again = gym.make(EnvSpec.from_json(stream.spec.to_json()))
    assert again.unwrapped.tasks == ("2", "1-3")
    assert np.shares_memory(again.unwrapped.division.x["train"], stream.unwrapped.division.x["train"])


def replaced(path, *shape, mode="L", value=0):
    Image.new(mode, shape, value).save(path)


def test_what_is_refused(tmp_path):
    def refused(match, **options):
        with pytest.raises(DataError, match=match):
            SegmentationFolder(source=str(tmp_path), **options)

    refused("expected VOC's folders")
    write_beside(tmp_path, range(4))
    mask, picture = tmp_path / "trainannot" / "03.png", tmp_path / "train" / "03.png"
    refused("masks have classes up to 3, and classes= names 2", classes=["cat", "dog"])
    replaced(mask, 30, 24)
    refused(r"03.png is \(24, 30\), its picture \(24, 32\): a mask has one pixel for each of it")
    refused(r"03.png is \(24, 30\), its picture \(24, 32\): a mask", size=8)
    replaced(picture, 30, 24, mode="RGB")
    refused(r"03.png is \(24, 30, 3\), the first picture \(24, 32, 3\): give size=")
    replaced(mask, 30, 24, mode="RGB")
    refused("03.png has mode RGB: a mask holds one class")
    mask.write_bytes(b"no picture")
    refused("03.png is no mask that can be read")
    mask.unlink()
    refused("03.png is missing: every picture needs a mask")
    for path in (tmp_path / "valannot").iterdir():
        path.unlink()
    (tmp_path / "valannot").rmdir()
    refused("valannot is missing")


def test_unknown_classes_and_empty_ones(tmp_path):
    voc = write_voc(tmp_path / "voc")
    replaced(voc / "SegmentationClass" / "train-4.png", 32, 24, value=21)
    with pytest.raises(DataError, match=r"train-4.png has class 21, which is unknown; known are \[0, 1, 2"):
        SegmentationFolder(source=str(voc), tasks="15-1")
    (voc / "ImageSets" / "Segmentation" / "train.txt").write_text("train-0\n")
    with pytest.raises(DataError, match="class 'bird' has no train picture"):
        SegmentationFolder(source=str(voc), tasks="15-1")
    (voc / "ImageSets" / "Segmentation" / "val.txt").unlink()
    with pytest.raises(DataError, match=r"val.txt is missing: it lists the pictures"):
        SegmentationFolder(source=str(voc))


def test_options(tmp_path):
    write_voc(tmp_path)
    with pytest.raises(OptionError, match="classes= is for masks side by side"):
        SegmentationFolder(source=str(tmp_path), classes=["cat"])
    for size in (0, 1.5, True):
        with pytest.raises(OptionError, match="size must be a whole number of pixels"):
            SegmentationFolder(source=str(tmp_path), size=size)
    with pytest.raises(DataError, match="is no folder"):
        SegmentationFolder(source=str(tmp_path / "nothing"))


@pytest.mark.parametrize(("module", "name"), [("folder", "SegmentationFolder"), ("camvid", "CamVid")])
def test_without_pillow(monkeypatch, module, name):
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, f"recollect.envs.segmentation.{module}", raising=False)
    with pytest.raises(MissingExtra, match=rf"recollect/{name}-v0 needs PIL: pip install 'recollect\[images\]'"):
        importlib.import_module(f"recollect.envs.segmentation.{module}")
