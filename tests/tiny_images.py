"""Tiny sets of images in the exact layouts of the big ones, so that tests need no download."""

import gzip
import struct
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("ant", "bee", "cow", "dog", "elk")


def idx_bytes(values):
    values = np.asarray(values, np.uint8)
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def write_idx(folder, per_class=4, classes=10, side=28, packed=True, seed=0):
    """MNIST's four files; the labels go round."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for split, count in (("train", per_class * classes), ("t10k", 2 * classes)):
        images = rng.integers(256, size=(count, side, side))
        for kind, values in (("images-idx3", images), ("labels-idx1", np.arange(count) % classes)):
            content, name = idx_bytes(values), f"{split}-{kind}-ubyte"
            (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(content) if packed else content)
    return folder


def cifar_records(labels, seed=0):
    """Records with the label columns `labels` (N, 1 or 2)."""
    labels = np.asarray(labels, np.uint8)
    pixels = np.random.default_rng(seed).integers(256, size=(len(labels), 3072), dtype=np.uint8)
    return np.concatenate([labels, pixels], axis=1)


def write_cifar10(folder, per_batch=40):
    folder = folder / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    for number, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        cifar_records(np.arange(per_batch)[:, None] % 10, number).tofile(folder / f"{name}.bin")
    return folder.parent


def write_cifar100(folder, per_class=8):
    folder = folder / "cifar-100-binary"
    folder.mkdir(parents=True)
    labels = np.stack([np.arange(100) // 5, np.arange(100)], axis=1)  # coarse, fine
    for number, (name, times) in enumerate((("train", per_class), ("test", 1))):
        cifar_records(np.tile(labels, (times, 1)), number).tofile(folder / f"{name}.bin")
    return folder.parent


def write_npz(path, classes=9, per_class=40, **changes):
    """MedMNIST's layout; `changes` replace arrays, None leaves one out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng, arrays = np.random.default_rng(0), {}
    for split, count in (("train", per_class), ("val", 1), ("test", 2)):
        arrays[f"{split}_images"] = rng.integers(256, size=(count * classes, 28, 28, 3), dtype=np.uint8)
        arrays[f"{split}_labels"] = (np.arange(count * classes) % classes).astype(np.uint8)[:, None]
    np.savez_compressed(path, **{name: value for name, value in (arrays | changes).items() if value is not None})
    return path


def write_pictures(folder, splits=("train", "test"), classes=CLASSES, count=3, size=(8, 6), mode="RGB"):
    """`count` one-coloured pictures (width, height) per class, number i of class c being 25 c + i all over."""
    for split in splits:
        for number, name in enumerate(classes):
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                colour = 25 * number + i
                picture = Image.new(mode, size, colour if mode == "L" else (colour,) * 3)
                picture.save(folder / split / name / f"{i}.png")
    return folder


def write_all(folder):
    """Every set that built-in streams are made of without options; a task has more images than a batch."""
    images = Path(folder) / "images"
    write_idx(images / "mnist", per_class=20)
    write_cifar10(images / "cifar10")
    write_cifar100(images / "cifar100")
    write_npz(images / "medmnist" / "pathmnist.npz")
    write_pictures(images / "folder", classes=[f"class-{i}" for i in range(10)], count=20)
    return folder
