import pytest
from tiny_masks import write_beside, write_cityscapes, write_voc

from recollect.envs.segmentation.layouts import CITYSCAPES, VOC_CLASSES, find, numbered, table
from recollect.errors import DataError


def test_layouts_are_recognised(tmp_path):
    beside, voc, city = (tmp_path / name for name in ("beside", "voc", "city"))
    found = find(write_beside(beside, range(4), count=4))
    assert [(path.name, mask.parent.name) for path, mask in found.pairs["test"]][:1] == [("00.png", "valannot")]
    assert found.names is None
    assert find(write_voc(voc)).names == VOC_CLASSES
    found = find(write_cityscapes(city))
    assert found.names == tuple(CITYSCAPES.values())
    assert found.pairs["train"][0][1].name == "ulm_000000_000019_gtFine_labelIds.png"


def test_codes_of_cityscapes(tmp_path):
    codes = table(find(write_cityscapes(tmp_path)).codes)
    assert len(CITYSCAPES) == 19
    assert codes[[0, 6, 7, 33, 34, 254, 255]].tolist() == [255, 255, 1, 19, -1, -1, 255]


def test_masks_without_pictures_are_no_set(tmp_path):
    write_beside(tmp_path, range(4), count=1)
    (tmp_path / "train" / "00.png").unlink()
    with pytest.raises(DataError, match="there are no train pictures"):
        find(tmp_path)


def test_names_of_classes():
    assert numbered(2, None) == ("1", "2")
    assert numbered(2, ["a", "b", "c"]) == ("a", "b", "c")
    for names in (["a"], ["a", "a"]):
        with pytest.raises(DataError, match="classes up to 2"):
            numbered(2, names)
