"""Tiny pictures with masks in the exact layouts of the big sets."""

import numpy as np
from PIL import Image


def write_pair(picture, mask, codes, rng, size=(24, 32), mode="P"):
    """One picture of noise and a mask whose columns have `codes`, in stripes of equal width."""
    for path in (picture, mask):
        path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rng.integers(256, size=(*size, 3), dtype=np.uint8)).save(picture)
    stripes = np.array(codes, np.uint8)[np.arange(size[1]) * len(codes) // size[1]]
    image = Image.fromarray(np.tile(stripes, (size[0], 1)))
    if mode == "P":
        image.putpalette([value for colour in range(256) for value in (colour, 0, 255 - colour)])
    image.save(mask)


def write_beside(folder, codes, splits=("train", "val"), count=16, seed=0):
    """Pictures beside masks: picture i has four stripes of `codes`, from number i on."""
    rng = np.random.default_rng(seed)
    for split in splits:
        for i in range(count):
            mine = [codes[(i + j) % len(codes)] for j in range(4)]
            write_pair(folder / split / f"{i:02}.png", folder / f"{split}annot" / f"{i:02}.png", mine, rng)
    return folder


def write_voc(folder, count=21):
    """VOC's folders and lists: picture i has background, class i + 1 and its neighbour, and void."""
    rng = np.random.default_rng(0)
    lists = folder / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    for split in ("train", "val"):
        names = [f"{split}-{i}" for i in range(count)]
        lists.joinpath(f"{split}.txt").write_text("\n".join(names) + "\n")
        for i, name in enumerate(names):
            codes = [0, i % 20 + 1, (i + 1) % 20 + 1, 255]
            write_pair(folder / "JPEGImages" / f"{name}.jpg", folder / "SegmentationClass" / f"{name}.png", codes, rng)
    return folder


def write_cityscapes(folder, count=12):
    """Cityscapes' folders: each picture has codes of `*_labelIds.png`, void ones among them."""
    rng, codes = np.random.default_rng(0), range(34)
    for split in ("train", "val"):
        for i in range(count):
            place, name = f"{split}/ulm", f"ulm_{i:06}_000019"
            mine = [codes[(3 * i + j) % 34] for j in range(16)]
            picture = folder / "leftImg8bit" / place / f"{name}_leftImg8bit.png"
            write_pair(picture, folder / "gtFine" / place / f"{name}_gtFine_labelIds.png", mine, rng, mode="L")
    return folder
