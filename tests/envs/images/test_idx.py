import gzip
import struct

import numpy as np
import pytest
from tiny_images import idx_bytes, write_idx

from recollect.envs.images.idx import read_idx, read_idx_folder
from recollect.errors import DataError

NUMBERS = np.arange(24).reshape(2, 3, 4)


@pytest.fixture(params=["plain", "gzipped"])
def write(request, tmp_path):
    """Writes bytes as an idx file, gzipped or not, and gives its path."""

    def written(content, name="some-idx3-ubyte"):
        packed = request.param == "gzipped"
        path = tmp_path / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content) if packed else content)
        return path

    return written


def test_numbers_come_in_their_shape(write):
    found = read_idx(write(idx_bytes(NUMBERS)))
    assert found.dtype == np.uint8
    assert np.array_equal(found, NUMBERS)


def test_a_plain_file_is_mapped_not_read(tmp_path):
    (tmp_path / "a").write_bytes(idx_bytes(NUMBERS))
    found = read_idx(tmp_path / "a")
    assert isinstance(found, np.memmap)
    assert not found.flags.writeable


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"starts with 0, 0, 8 .* this one with \[\]"),
        (b"\x89PNG....", "this one with \\[137, 80, 78, 71\\]"),
        (b"\0\0\x0d\3" + bytes(12), r"this one with \[0, 0, 13, 3\]"),  # floats
        (b"\0\0\x08\0", r"this one with \[0, 0, 8, 0\]"),
        (idx_bytes(NUMBERS)[:9], "truncated in the header"),
        (idx_bytes(NUMBERS)[:-5], r"its header \(2, 3, 4\) asks for 24 bytes, there are 19"),
        (idx_bytes(NUMBERS) + b"x", "asks for 24 bytes, there are more"),
        (idx_bytes(NUMBERS[:, :0]), r"there is nothing in it, shape \(2, 0, 4\)"),
    ],
)
def test_a_damaged_file_is_named(write, content, words):
    path = write(content)
    with pytest.raises(DataError, match=words) as refused:
        read_idx(path)
    assert str(path) in str(refused.value)


def test_a_header_that_promises_more_than_gzip_can_hold_is_refused_without_reading(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 2**31, 2**15, 2**15) + bytes(100)))
    with pytest.raises(DataError, match="asks for 2305843009213693952 bytes, there are 0"):
        read_idx(path)


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"no gzip", lambda b: b[:90] + bytes(4) + b[94:]])
def test_a_damaged_gzip_file(tmp_path, damage):
    path = tmp_path / "a.gz"
    path.write_bytes(damage(gzip.compress(idx_bytes(np.random.default_rng(0).integers(256, size=(5, 9, 9))))))
    with pytest.raises(DataError, match=rf"{path} cannot be read: .*\. Get the file anew"):
        read_idx(path)


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder(tmp_path, packed):
    train, test = read_idx_folder(write_idx(tmp_path, per_class=3, classes=4, side=5, packed=packed), classes=4)
    assert (train["x"].shape, test["x"].shape) == ((12, 5, 5), (8, 5, 5))
    assert train["y"].tolist() == [0, 1, 2, 3] * 3
    assert train["x"][0, 0].tolist() == np.random.default_rng(0).integers(256, size=(12, 5, 5))[0, 0].tolist()


def test_a_file_beside_its_gzipped_twin(tmp_path):
    write_idx(write_idx(tmp_path, packed=True), packed=False)
    assert isinstance(read_idx_folder(tmp_path)[0]["x"], np.memmap)


def test_a_folder_that_lacks_a_file_or_has_two(tmp_path):
    write_idx(tmp_path)
    (tmp_path / "emnist-train-labels-idx1-ubyte.gz").write_bytes(b"")
    with pytest.raises(
        DataError, match="expected one file such as train-labels-idx1-ubyte.* got emnist-train-lab.*, t"
    ):
        read_idx_folder(tmp_path)
    (tmp_path / "emnist-train-labels-idx1-ubyte.gz").unlink()
    (tmp_path / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match="expected one file such as t10k-images-idx3-ubyte.* got none"):
        read_idx_folder(tmp_path)


def test_images_and_labels_that_do_not_go_together(tmp_path):
    write_idx(tmp_path, packed=False)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.arange(39) % 10))
    with pytest.raises(DataError, match="train-images-idx3-ubyte and train-labels-idx1-ubyte: 40 images but 39 labels"):
        read_idx_folder(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.arange(40) % 11))
    with pytest.raises(DataError, match="labels must be 0 to 9, got 10 in row 10"):
        read_idx_folder(tmp_path, classes=10)
