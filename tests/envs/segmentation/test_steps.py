import numpy as np
import pytest

from recollect.envs.segmentation.masked import check_masked
from recollect.envs.segmentation.steps import divided, grouped, renumbered, shift
from recollect.errors import DataError, OptionError, UnknownName

NAMES = ("a", "b", "c", "d")
SHOWN = ([1], [1, 2], [2, 3], [1, 4], [3, 4], [0], [4])  # classes of each picture; 0 alone is background


def masked(shown=SHOWN):
    y = np.zeros((len(shown), 2, 2), np.uint8)
    for row, classes in enumerate(shown):
        y[row].reshape(-1)[: len(classes)] = classes
        y[row, 1, 1] = 255
    return check_masked(np.zeros((*y.shape, 3), np.uint8), y, 4, "here")


def as_lists(groups):
    return [group.tolist() for group in groups]


def test_groups_of_classes():
    assert as_lists(grouped("2-1", NAMES, None)) == [[1, 2], [3], [4]]
    assert as_lists(grouped(2, NAMES, None)) == [[1, 2], [3, 4]]
    assert as_lists(grouped([["d", "a"], [2, "c"]], NAMES, None)) == [[4, 1], [2, 3]]
    order = np.random.default_rng(5).permutation([1, 2, 3, 4]).tolist()
    assert as_lists(grouped("1-3", NAMES, 5)) == [order[:1], order[1:]]


@pytest.mark.parametrize(
    ("tasks", "error", "message"),
    [
        ("2-3", OptionError, "does not come out even with 4 classes"),
        ("5-1", OptionError, "does not come out even"),
        ("2+1", OptionError, "such as '15-1'"),
        ([["a"], ["z"]], UnknownName, "z"),
        ([["a"], ["b"]], OptionError, "leaves out the classes"),
        ([["a", "b", "c", "d"], []], OptionError, "a task without classes"),
        ([["a", "b"], ["b", "c", "d"]], OptionError, "stands twice"),
        (5, OptionError, "1 to 4, the number of classes"),
    ],
)
def test_groups_that_are_refused(tasks, error, message):
    with pytest.raises(error, match=message):
        grouped(tasks, NAMES, None)


@pytest.mark.parametrize(
    ("mode", "rows", "labels"),
    [  # rows of the tasks {1, 2}, {3}, {4}; what picture 4, with 3 and 4, has in the last one
        ("overlap", [[0, 1, 2, 3], [2, 4], [3, 4, 6]], [0, 4]),
        ("disjoint", [[0, 1], [2], [3, 4, 6]], [0, 4]),
        ("sequential", [[0, 1], [2], [3, 4, 6]], [3, 4]),
    ],
)
def test_modes(mode, rows, labels):
    division, tables = divided({"train": masked(), "test": masked()}, [2, 1, 1], NAMES, mode)
    assert as_lists(division.rows["train"]) == rows
    assert as_lists(division.rows["test"]) == [[0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 6]]
    assert division.names == ("a-b", "c", "d")
    assert tables["train"][2][division.y["train"][4]].reshape(-1).tolist() == [*labels, 0, 255]
    first = tables["train"][0][division.y["train"][2]].reshape(-1).tolist()
    assert first == [2, 0, 0, 255]  # 3 comes later: background, in every mode
    assert tables["test"][1][division.y["test"][4]].reshape(-1).tolist() == [3, 0, 0, 255]
    assert tables["test"][2][division.y["test"][2]].reshape(-1).tolist() == [2, 3, 0, 255]


def test_shift_is_the_share_of_pictures_with_old_classes():
    division, _ = divided({"train": masked(), "test": masked()}, [2, 1, 1], NAMES, "overlap")
    # of pictures 2 and 4 one shows 1 or 2; of 3, 4 and 6 two show 1, 2 or 3
    assert shift(division, masked()) == pytest.approx([0, 1 / 2, 2 / 3])


def test_every_class_has_pictures():
    whole, empty = masked(), masked([[1], [2], [3]])
    with pytest.raises(DataError, match=r"class 'd' has no train picture: .*leave the class out"):
        divided({"train": empty, "test": whole}, [2, 1, 1], NAMES, "overlap")
    with pytest.raises(DataError, match="class 'd' has no test picture: "):
        divided({"train": whole, "test": empty}, [2, 1, 1], NAMES, "overlap")
    together = masked([[1, 4], [2], [3]])
    with pytest.raises(DataError, match="class 'a' has no train picture without later classes, which mode 'disjoint'"):
        divided({"train": together, "test": together}, [2, 1, 1], NAMES, "disjoint")


def test_classes_are_numbered_in_the_order_of_the_tasks():
    found = renumbered(masked(), np.array([3, 1, 4, 2]))  # class 3 becomes 1, class 2 becomes 4
    assert found.y[2].reshape(-1).tolist() == [4, 1, 0, 255]
    assert found.shows[2].tolist() == [True, True, False, False, True]
    same = masked()
    assert renumbered(same, np.arange(1, 5)) is same
