"""Layouts: where the pictures and masks of a set lie, and what the codes in its masks mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recollect.envs.images.folder import SUFFIXES
from recollect.envs.segmentation.masked import VOID
from recollect.errors import DataError

VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
CITYSCAPES = {  # the 19 classes that are judged, by the code in *_labelIds.png
    7: "road", 8: "sidewalk", 11: "building", 12: "wall", 13: "fence", 17: "pole", 19: "traffic light",
    20: "traffic sign", 21: "vegetation", 22: "terrain", 23: "sky", 24: "person", 25: "rider", 26: "car", 27: "truck",
    28: "bus", 31: "train", 32: "motorcycle", 33: "bicycle",
}  # fmt: skip
CITYSCAPES_CODES = 34
EXPECTED = (
    "expected VOC's folders JPEGImages, SegmentationClass and ImageSets/Segmentation, Cityscapes' leftImg8bit and "
    "gtFine, or pictures in train and val (or test) beside masks in trainannot and valannot (or testannot)"
)
Pairs = list[tuple[Path, Path]]


@dataclass(frozen=True)
class Layout:
    """The files of a set.

    Attributes:
        pairs: split -> pictures and their masks.
        names: of the classes; None where the masks alone say how many there are.
        codes: code in a mask -> our number (0 background, 255 void); a code that is missing is unknown.
    """

    pairs: dict[str, Pairs]
    names: tuple[str, ...] | None
    codes: dict[int, int]


def find(place: Path) -> Layout:
    """The layout of a folder.

    Raises:
        DataError: if it is none that is known, and for a picture without a mask.
    """
    for root in (place, place / "VOC2012", place / "VOCdevkit" / "VOC2012"):
        if (root / "SegmentationClass").is_dir():
            return voc(root)
    if (place / "leftImg8bit").is_dir():
        return cityscapes(place)
    if (place / "trainannot").is_dir():
        return Layout(beside(place), None, {code: code for code in range(VOID + 1)})
    raise DataError(f"{place}: {EXPECTED}")


def voc(root: Path) -> Layout:
    """PASCAL VOC: the lists say which pictures; 0 is background, 255 the border of objects, void."""
    pairs: dict[str, Pairs] = {}
    for split, listed in (("train", "train"), ("test", "val")):
        path = root / "ImageSets" / "Segmentation" / f"{listed}.txt"
        if not path.is_file():
            raise DataError(f"{path} is missing: it lists the pictures, one name a line")
        names = path.read_text().split()
        pairs[split] = [
            (root / "JPEGImages" / f"{name}.jpg", root / "SegmentationClass" / f"{name}.png") for name in names
        ]
    codes = {code: code for code in (*range(len(VOC_CLASSES) + 1), VOID)}
    return Layout(_there(pairs, root), VOC_CLASSES, codes)


def cityscapes(root: Path) -> Layout:
    """Cityscapes: 19 of the 34 codes are classes, the others (and 255, its -1) are void."""
    pairs: dict[str, Pairs] = {}
    for split, folder in (("train", "train"), ("test", "val")):
        pictures = sorted((root / "leftImg8bit" / folder).glob("*/*_leftImg8bit.png"))
        pairs[split] = [
            (path, root / "gtFine" / folder / path.parent.name / path.name.replace("leftImg8bit", "gtFine_labelIds"))
            for path in pictures
        ]
    codes = dict.fromkeys((*range(CITYSCAPES_CODES), VOID), VOID)
    codes |= {code: number for number, code in enumerate(CITYSCAPES, start=1)}
    return Layout(_there(pairs, root), tuple(CITYSCAPES.values()), codes)


def beside(root: Path) -> dict[str, Pairs]:
    """Pictures in train and val (or test), masks of the same names in trainannot and valannot (or testannot).

    Raises:
        DataError: for a missing folder or mask.
    """
    folders = {"train": "train", "test": "test" if (root / "test").is_dir() else "val"}
    pairs = {}
    for split, folder in folders.items():
        for wanted in (root / folder, root / f"{folder}annot"):
            if not wanted.is_dir():
                raise DataError(f"{wanted} is missing: {EXPECTED}")
        pictures = sorted(path for path in (root / folder).iterdir() if path.suffix.lower() in SUFFIXES)
        pairs[split] = [(path, root / f"{folder}annot" / f"{path.stem}.png") for path in pictures]
    return _there(pairs, root)


def _there(pairs: dict[str, Pairs], root: Path) -> dict[str, Pairs]:
    for split, found in pairs.items():
        if not found:
            raise DataError(f"{root}: there are no {split} pictures; {EXPECTED}")
        for path in (path for pair in found for path in pair):
            if not path.is_file():
                raise DataError(f"{path} is missing: every picture needs a mask of the same name. Complete the set")
    return pairs


def table(codes: dict[int, int]) -> np.ndarray:
    """Our number for each code of a mask, (256,) int64, -1 for an unknown one."""
    found = np.full(VOID + 1, -1)
    found[list(codes)] = list(codes.values())
    return found


def numbered(classes: int, names: Sequence[str] | None) -> tuple[str, ...]:
    """The names of `classes` classes: as given, or their numbers.

    Raises:
        DataError: where fewer are named than there are.
    """
    if names is None:
        return tuple(map(str, range(1, classes + 1)))
    if len(set(names)) != len(names) or len(names) < classes:
        raise DataError(f"the masks have classes up to {classes}, and classes= names {len(names)}: {list(names)}")
    return tuple(map(str, names))
