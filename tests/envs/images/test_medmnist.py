import numpy as np
import pytest
from tiny_images import write_npz

from recollect.envs.images.medmnist import read_npz
from recollect.errors import DataError

IMAGES = np.zeros((4, 3, 3), np.uint8)


def test_images_and_labels(tmp_path):
    train, test = read_npz(write_npz(tmp_path / "a.npz", classes=3, per_class=2))
    assert train["x"].shape == (6, 28, 28, 3)
    assert train["x"].dtype == np.uint8
    assert train["y"].tolist() == [0, 1, 2] * 2
    assert test["y"].tolist() == [0, 1, 2] * 2


def test_grey_images_flat_labels_and_no_validation_split(tmp_path):
    labels = np.array([0, 1, 0, 1])
    changes = {
        f"{split}_{kind}": a for split in ("train", "test") for kind, a in (("images", IMAGES), ("labels", labels))
    }
    train, _ = read_npz(write_npz(tmp_path / "a.npz", val_images=None, val_labels=None, **changes))
    assert train["x"].shape == (4, 3, 3)
    assert train["y"].tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"test_labels": None}, r"expected the arrays .*test_labels, got train_images, train_labels, val_images"),
        (
            {"train_labels": np.zeros((360, 14), np.uint8)},
            r"train_labels: .*several labels per image are not one class",
        ),
        ({"train_images": np.zeros((360, 28, 28, 28), np.uint8)}, r"got \(360, 28, 28, 28\)"),
        ({"train_images": np.zeros((360, 8, 8), np.float32)}, "must be uint8, 0 to 255, got float32"),
        ({"test_labels": np.full(18, -1)}, "test_labels: labels must be at least 0, got -1 in row 0"),
        ({"test_labels": np.zeros(18, int)}, "class 1 has no test images"),
        ({"train_images": np.array([{}] * 360, object)}, "cannot be read as an npz file of arrays: Object arrays"),
    ],
)
def test_what_is_refused(tmp_path, changes, words):
    path = write_npz(tmp_path / "a.npz", **changes)
    with pytest.raises(DataError, match=words) as refused:
        read_npz(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"no zip file", lambda b: b[99:]]
)
def test_a_damaged_file(tmp_path, damage):
    path = write_npz(tmp_path / "a.npz")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"a.npz cannot be read as an npz file of arrays: .*Get the file anew"):
        read_npz(path)


def test_flipped_bits(tmp_path):
    path = write_npz(tmp_path / "a.npz")
    content = bytearray(path.read_bytes())
    content[500:600] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        read_npz(path)


def test_a_single_array_is_not_the_layout(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES)
    (tmp_path / "a.npy").rename(tmp_path / "a.npz")
    with pytest.raises(DataError, match="cannot be read as an npz file"):
        read_npz(tmp_path / "a.npz")
