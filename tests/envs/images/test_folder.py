import importlib
import sys

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from PIL import Image
from tiny_images import CLASSES, write_pictures

from recollect.envs.images.folder import ImageFolder, read_folder
from recollect.errors import DataError, MissingExtra, OptionError, UnknownName


def test_pictures_and_classes(tmp_path):
    classes, train, test = read_folder(write_pictures(tmp_path))
    assert classes == CLASSES
    assert train["x"].shape == (15, 6, 8, 3)  # (N, H, W, C)
    assert train["x"].dtype == np.uint8
    assert train["x"][:, 0, 0, 1].tolist() == [25 * c + i for c in range(5) for i in range(3)]
    assert train["y"].tolist() == [c for c in range(5) for _ in range(3)]
    assert np.array_equal(test["x"], train["x"])


def test_size_and_grayscale(tmp_path):
    write_pictures(tmp_path, classes=CLASSES[:2])
    assert read_folder(tmp_path, grayscale=True)[1]["x"].shape == (6, 6, 8)
    assert read_folder(tmp_path, size=4)[1]["x"].shape == (6, 4, 4, 3)
    wide = np.zeros((10, 40), np.uint8)
    wide[:, 15:25] = 255  # the middle square
    Image.fromarray(wide).save(tmp_path / "train" / "ant" / "0.png")
    found = read_folder(tmp_path, size=10, grayscale=True)[1]["x"][0]
    assert found.shape == (10, 10)
    assert found.min() == 255  # cropped around the middle, not squeezed


def test_kinds_of_pictures(tmp_path):
    write_pictures(tmp_path, classes=("ant",), count=1)
    image = Image.new("RGB", (8, 6), (255, 0, 0))
    for name, picture in (("a.jpg", image), ("b.BMP", image.convert("P")), ("deep/c.png", image.convert("RGBA"))):
        (tmp_path / "train" / "ant" / name).parent.mkdir(exist_ok=True)
        picture.save(tmp_path / "train" / "ant" / name)
    (tmp_path / "train" / "ant" / "notes.txt").write_text("no picture")
    found = read_folder(tmp_path)[1]["x"]
    assert len(found) == 4
    assert all(abs(int(value) - 255) < 3 for value in found[1:, 0, 0, 0])


def test_tasks_have_the_names_of_their_classes(tmp_path):
    write_pictures(tmp_path)
    assert ImageFolder(str(tmp_path), tasks=2).tasks == ("ant-bee-cow", "dog-elk")
    stream = ImageFolder(str(tmp_path), tasks=[["elk", "ant"], [1, "cow", 3]])
    assert stream.tasks == ("elk-ant", "bee-cow-dog")
    assert set(stream.data(0)["y"]) == {0, 4}
    order = np.random.default_rng(2).permutation(5)
    assert ImageFolder(str(tmp_path), tasks=5, order_seed=2).tasks == tuple(CLASSES[i] for i in order)
    with pytest.raises(UnknownName, match="class 'elf' does not exist. Did you mean elk"):
        ImageFolder(str(tmp_path), tasks=[["elf"], ["ant"]])


def test_one_folder_is_divided_and_val_serves_for_test(tmp_path):
    write_pictures(tmp_path / "one", splits=(".",), count=10)
    stream = ImageFolder(str(tmp_path / "one"), tasks=5)
    assert [len(stream.data(0, split)["y"]) for split in ("train", "test")] == [8, 2]
    write_pictures(tmp_path / "two", splits=("train", "val"))
    assert read_folder(tmp_path / "two")[2] is not None
    write_pictures(tmp_path / "three", splits=("train",), count=10)
    assert read_folder(tmp_path / "three")[2] is None


def test_spec_round_trip_shares_the_pictures(tmp_path):
    write_pictures(tmp_path)
    stream = gym.make("recollect/ImageFolder-v0", source=str(tmp_path), size=5, grayscale=True, tasks=2)
    again = gym.make(EnvSpec.from_json(stream.spec.to_json()))
    assert again.observation_space == gym.spaces.Box(0, 255, (32, 5, 5), np.uint8)
    assert np.shares_memory(again.unwrapped.division.x["train"], stream.unwrapped.division.x["train"])


def broken(path):
    path.write_bytes(path.read_bytes()[:40])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda root: broken(root / "train/bee/1.png"), r"train/bee/1.png is no picture that can be read"),
        (lambda root: (root / "test/cow/0.png").write_bytes(b""), r"test/cow/0.png is no picture that can be read"),
        (lambda root: (root / "train/bee/1.png").write_text("hello"), r"train/bee/1.png is no picture"),
        (
            lambda root: Image.new("RGB", (9, 6)).save(root / "test/bee/1.png"),
            r"bee/1.png is \(6, 9, 3\), .* give size=",
        ),
        (lambda root: Image.new("I;16", (8, 6)).save(root / "train/ant/0.png"), r"ant/0.png has more than 8 bits"),
        (lambda root: (root / "train/fox").mkdir(), r"train: expected a folder per class .* got none in fox"),
        (lambda root: (root / "test/elk").rename(root / "test/yak"), "only one of them has elk, yak"),
    ],
)
def test_damage_is_named(tmp_path, damage, words):
    damage(write_pictures(tmp_path))
    with pytest.raises(DataError, match=words):
        read_folder(tmp_path)


def test_bad_input(tmp_path):
    with pytest.raises(DataError, match="is no folder: give one with a folder of pictures per class"):
        ImageFolder(str(tmp_path / "nothing"))
    with pytest.raises(DataError, match="got no folders"):
        ImageFolder(str(tmp_path))
    for size in (0, 2.5, True):
        with pytest.raises(OptionError, match="size must be a whole number of pixels"):
            ImageFolder(str(tmp_path), size=size)


def test_without_pillow(monkeypatch):
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "recollect.envs.images.folder")
    with pytest.raises(MissingExtra, match=r"recollect/ImageFolder-v0 needs PIL: pip install 'recollect\[images\]'"):
        importlib.import_module("recollect.envs.images.folder")
