"""Sources: the name of a data set, or a path, as labelled images; what was read last is kept for the next stream."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from recollect import data
from recollect.envs.digits import digits
from recollect.envs.division import Labelled
from recollect.envs.images.cifar import is_cifar, read_cifar
from recollect.envs.images.idx import read_idx_folder
from recollect.envs.images.medmnist import read_npz
from recollect.errors import DataError, OptionError, UnknownName

CLASSES = {"mnist": 10, "fashion-mnist": 10}
LAYOUTS = (
    "a MedMNIST-like .npz file, a folder of idx files (train-images-idx3-ubyte, ...), or one of CIFAR's binary files "
    "(data_batch_1.bin, ... or train.bin)"
)
Fingerprint = tuple[tuple[str, int, int], ...]


def read_images(source: str, labels: Literal["fine", "coarse"] = "fine") -> tuple[Labelled, Labelled | None]:
    """Training and test images of a set; no test images where the set does not say which they are.

    Args:
        source: "digits" (8 x 8, float32 in [0, 1]); the name of a data set (`recollect data list`); or a path, of which
            the layout is recognised. Images other than digits are uint8.
        labels: of CIFAR-100: "fine" or "coarse".

    Raises:
        UnknownName: for a source that is neither a data set nor a path.
        DataError: for data that are not there (it says how to get them), damaged, or of another layout.
        OptionError: for coarse labels of another set than CIFAR-100.
    """
    if source == "digits":
        if labels != "fine":
            raise OptionError(f"labels={labels!r} is for CIFAR-100, source is {source!r}: leave it out")
        rows = digits()
        return {"x": rows["x"].reshape(-1, 8, 8), "y": rows["y"]}, None
    if source in data.SETS:
        place = data.path(source)
    else:
        place = Path(source).expanduser()
        if not place.exists():
            raise UnknownName("image set", source, data.SETS, "A path of a file or a folder is taken too.")
    return _read(place, labels, CLASSES.get(source), fingerprint(place))


def fingerprint(place: Path) -> Fingerprint:
    """Name, size and time of every file of a set, by which a changed one is told from the one that was read."""
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)


@lru_cache(maxsize=4)
def _read(place: Path, labels: str, classes: int | None, known_by: Fingerprint) -> tuple[Labelled, Labelled]:
    fine = {name for name, _, _ in known_by if Path(name).name == "train.bin"}
    if labels != "fine" and not fine:
        raise OptionError(f"labels={labels!r} is for CIFAR-100, which {place} is not: leave it out")
    if place.suffix == ".npz":
        return read_npz(place)
    if place.is_dir() and is_cifar(place):
        return read_cifar(place, labels)
    if place.is_dir() and any("ubyte" in Path(name).name for name, _, _ in known_by):
        return read_idx_folder(place, classes)
    raise DataError(f"{place}: expected {LAYOUTS}. Pictures in a folder per class are read by recollect/ImageFolder-v0")
