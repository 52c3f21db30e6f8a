import os

import numpy as np
import pytest
from sklearn.datasets import load_digits
from tiny_images import write_cifar10, write_cifar100, write_idx, write_npz, write_pictures

import recollect
from recollect.envs.images.sources import read_images
from recollect.errors import DataError, OptionError, UnknownName


def test_digits_are_images():
    train, test = read_images("digits")
    assert test is None
    assert train["x"].shape == (1797, 8, 8)
    assert np.array_equal(train["x"] * 16, load_digits().images)


def test_every_layout_is_recognised(tmp_path):
    shapes = {
        write_idx(tmp_path / "idx"): (28, 28),
        write_cifar10(tmp_path / "ten"): (32, 32, 3),
        write_cifar100(tmp_path / "hundred"): (32, 32, 3),
        write_npz(tmp_path / "a.npz"): (28, 28, 3),
    }
    for place, shape in shapes.items():
        train, test = read_images(str(place))
        assert train["x"].shape[1:] == test["x"].shape[1:] == shape
        assert train["x"].dtype == np.uint8


@pytest.mark.parametrize(("name", "classes"), [("mnist", 10), ("cifar10", 10), ("cifar100", 100), ("pathmnist", 9)])
def test_sets_by_name(name, classes):
    assert set(read_images(name)[0]["y"]) == set(range(classes))


def test_coarse_labels_are_cifar_100s():
    assert set(read_images("cifar100", "coarse")[0]["y"]) == set(range(20))
    for source in ("digits", "mnist", "cifar10"):
        with pytest.raises(OptionError, match="labels='coarse' is for CIFAR-100"):
            read_images(source, "coarse")


def test_what_was_read_is_shared_until_a_file_changes(tmp_path):
    path = write_npz(tmp_path / "a.npz", classes=2)
    first = read_images(str(path))[0]["x"]
    assert np.shares_memory(first, read_images(str(path))[0]["x"])
    write_npz(path, classes=3)
    os.utime(path, ns=(1, 1))
    assert len(read_images(str(path))[0]["x"]) == 120


def test_mnist_has_ten_classes(tmp_path, monkeypatch):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    write_idx(tmp_path / "images" / "mnist", classes=11)
    with pytest.raises(DataError, match="labels must be 0 to 9, got 10 in row 10"):
        read_images("mnist")
    assert set(read_images(str(tmp_path / "images" / "mnist"))[0]["y"]) == set(range(11))  # a path may have any


def test_missing_data_say_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    with pytest.raises(
        DataError, match="'mnist' is missing: comes from MNIST .*`recollect data fetch mnist`, or put it"
    ):
        read_images("mnist")
    with pytest.raises(UnknownName, match="image set 'mnits' does not exist. Did you mean mnist"):
        read_images("mnits")


def test_other_layouts_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    for place in (tmp_path, tmp_path / "a.txt", write_pictures(tmp_path / "pictures")):
        with pytest.raises(DataError, match="expected a MedMNIST-like .npz file, .* recollect/ImageFolder-v0"):
            read_images(str(place))


def test_what_is_read_makes_a_stream_in_one_line(tmp_path):
    train, test = read_images(str(write_idx(tmp_path, per_class=20, packed=False)))
    stream = recollect.stream_from((train["x"], train["y"]), test=(test["x"], test["y"]), tasks=2).unwrapped
    assert np.shares_memory(stream.division.x["train"], train["x"])  # uint8 and mapped, as it was
    assert np.array_equal(stream.data(0, "test")["x"], test["x"][test["y"] < 5])
