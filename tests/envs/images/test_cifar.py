import numpy as np
import pytest
from tiny_images import cifar_records, write_cifar10, write_cifar100

from recollect.envs.images.cifar import is_cifar, read_cifar
from recollect.errors import DataError


@pytest.fixture
def ten(tmp_path):
    """The folder of CIFAR-10's files."""
    return write_cifar10(tmp_path / "ten") / "cifar-10-batches-bin"


def test_planes_become_channels(ten):
    record = np.zeros(3073, np.uint8)
    record[0] = 7
    record[1 + 0 * 1024 + 32 * 5 + 3] = 11  # red, row 5, column 3
    record[1 + 2 * 1024 + 32 * 31 + 30] = 13  # blue, row 31, column 30
    content = np.fromfile(ten / "data_batch_2.bin", np.uint8)
    content[:3073] = record
    content.tofile(ten / "data_batch_2.bin")
    train, test = read_cifar(ten)
    assert train["x"].shape == (200, 32, 32, 3)
    assert test["x"].shape == (40, 32, 32, 3)
    image = train["x"][40]
    assert train["y"][40] == 7
    assert (image[5, 3].tolist(), image[31, 30].tolist(), int(image.sum())) == ([11, 0, 0], [0, 0, 13], 24)
    assert train["x"].flags.c_contiguous


def test_the_archive_and_the_folder_in_it_are_one(ten):
    assert np.array_equal(read_cifar(ten.parent)[0]["x"], read_cifar(ten)[0]["x"])
    assert is_cifar(ten)
    assert is_cifar(ten.parent)


def test_fine_and_coarse_labels(tmp_path):
    folder = write_cifar100(tmp_path, per_class=2)
    fine, coarse = read_cifar(folder)[0], read_cifar(folder, "coarse")[0]
    assert fine["y"].tolist() == [*range(100)] * 2
    assert coarse["y"].tolist() == [label // 5 for label in range(100)] * 2
    assert np.array_equal(fine["x"], coarse["x"])
    expected = cifar_records(np.zeros((200, 2)))[0, 2:].reshape(3, 32, 32).transpose(1, 2, 0)
    assert np.array_equal(fine["x"][0], expected)


@pytest.mark.parametrize("names", [("data_batch_1", "batches.meta"), ("train", "test", "meta")])
def test_pickles_are_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(b"\x80\x02}.")
    assert is_cifar(tmp_path)
    with pytest.raises(DataError, match=r"never unpickles.*binary version, cifar-10-binary.tar.gz .*kriz/cifar.html"):
        read_cifar(tmp_path)


def test_the_folder_of_the_python_archive_is_refused_too(tmp_path):
    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"\x80\x02}.")
    assert is_cifar(tmp_path)
    with pytest.raises(DataError, match="never unpickles"):
        read_cifar(tmp_path)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            "whole records of 3073 bytes, got 122919 bytes, 3072 too",
        ),
        (lambda path: path.write_bytes(b""), "whole records of 3073 bytes, got 0 bytes"),
        (lambda path: path.write_bytes(path.read_bytes()[:-3073]), "39 images, but data_batch_1.bin has 40"),
        (lambda path: path.unlink(), "cannot be read: .*No such file"),
        (lambda path: path.write_bytes(b"\x0a" + path.read_bytes()[1:]), "labels must be 0 to 9, got 10 in record 0"),
    ],
)
def test_a_damaged_file_is_named(ten, damage, words):
    damage(ten / "data_batch_3.bin")
    with pytest.raises(DataError, match=f"data_batch_3.bin.*{words}"):
        read_cifar(ten)


def test_a_class_without_test_images(ten):
    cifar_records(np.arange(9)[:, None]).tofile(ten / "test_batch.bin")
    with pytest.raises(DataError, match="cifar-10-batches-bin: class 9 has no test images"):
        read_cifar(ten)
