import numpy as np
import pytest

from recollect.envs.division import divide
from recollect.errors import DataError, OptionError


def labelled(y, task=None):
    y = np.asarray(y)
    rows = {"x": np.arange(len(y), dtype=np.float32)[:, None], "y": y}
    return rows if task is None else rows | {"task": np.asarray(task)}


def test_classes_are_grouped_in_ascending_order():
    division = divide(labelled([5, 3, 5, 3, 9, 9, 7, 7]), tasks=2, test_fraction=0.5)
    assert division.names == ("3-5", "7-9")
    # labels are numbered by rank: 3 -> 0, 5 -> 1, 7 -> 2, 9 -> 3
    assert division.y["train"].tolist() == [1, 0, 1, 0, 3, 3, 2, 2]
    assert division.members.tolist() == [[True, True, False, False], [False, False, True, True]]
    assert division.ranks.tolist() == [[0, 1, -1, -1], [-1, -1, 0, 1]]


def test_every_row_is_learned_or_tested_once_and_in_its_task():
    y = np.repeat(np.arange(6), 10)
    division = divide(labelled(y), tasks=3, test_fraction=0.2, split_seed=4)
    met = np.concatenate([*division.rows["train"], *division.rows["test"]])
    assert sorted(met.tolist()) == list(range(60))
    for task in range(3):
        for split, count in (("train", 8), ("test", 2)):
            assert np.bincount(y[division.rows[split][task]], minlength=6).tolist() == [
                count if label // 2 == task else 0 for label in range(6)
            ]


def test_uneven_classes_and_order_seed():
    y = np.repeat(np.arange(5), 4)
    assert divide(labelled(y), tasks=2).names == ("0-1-2", "3-4")
    shuffled = divide(labelled(y), tasks=2, order_seed=1)
    order = np.random.default_rng(1).permutation(5)
    assert shuffled.names == ("-".join(map(str, order[:3])), "-".join(map(str, order[3:])))
    assert shuffled.ranks[0, order[:3]].tolist() == [0, 1, 2]  # within the task in the order of the task


def test_many_classes_have_a_short_name():
    assert divide(labelled(np.repeat(np.arange(12), 2)), tasks=2).names == ("0-1-...-5", "6-7-...-11")


def test_groups_of_ones_own_and_names():
    division = divide(labelled(np.repeat([0, 1, 2], 2)), tasks=[[2], [1, 0]], names=["two", "rest"])
    assert division.names == ("two", "rest")
    assert division.ranks.tolist() == [[-1, -1, 0], [1, 0, -1]]


def test_split_seed_changes_which_rows_are_tested_not_how_many():
    rows = labelled(np.repeat([0, 1], 20))
    first, again, other = (divide(rows, tasks=2, split_seed=seed).rows["test"][0].tolist() for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert len(first) == len(other) == 4


def test_task_column():
    y, task = [0, 1, 0, 1, 2, 2, 0, 0], ["b", "b", "b", "b", "a", "a", "a", "a"]
    division = divide(labelled(y, task), test_fraction=0.5)
    assert division.names == ("a", "b")
    assert division.members.tolist() == [[True, False, True], [True, True, False]]
    assert division.ranks.tolist() == [[0, -1, 1], [0, 1, -1]]
    assert set(division.rows["train"][0]) | set(division.rows["test"][0]) == {4, 5, 6, 7}


def test_given_test_rows():
    division = divide(labelled([0, 1, 2, 3]), labelled([3, 2, 1, 0, 0]), tasks=2)
    assert division.x["test"].shape == (5, 1)
    assert [rows.tolist() for rows in division.rows["test"]] == [[2, 3, 4], [0, 1]]
    assert [rows.tolist() for rows in division.rows["train"]] == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("error", "words", "options"),
    [
        (OptionError, "1 to 3, the number of classes, got 4", {"tasks": 4}),
        (OptionError, "number of classes, got 0", {"tasks": 0}),
        (OptionError, "a number of tasks or a list of lists", {"tasks": "five"}),
        (OptionError, "a number of tasks or a list of lists", {"tasks": True}),
        (OptionError, "class 1 stands twice", {"tasks": [[0, 1], [1, 2]]}),
        (OptionError, r"leaves out the classes \[2\]", {"tasks": [[0], [1]]}),
        (OptionError, "names class 8", {"tasks": [[0, 1, 2], [8]]}),
        (OptionError, "without classes", {"tasks": [[0, 1, 2], []]}),
        (OptionError, "order_seed", {"tasks": [[0, 1], [2]], "order_seed": 1}),
        (OptionError, "test_fraction", {"tasks": 3, "test_fraction": 1.0}),
        (OptionError, "3 different names", {"tasks": 3, "names": ["a", "b"]}),
        (OptionError, "3 different names", {"tasks": 3, "names": ["a", "b", "b"]}),
    ],
)
def test_bad_options(error, words, options):
    with pytest.raises(error, match=words):
        divide(labelled([0, 0, 1, 1, 2, 2]), **options)


def test_a_class_of_one_row_cannot_be_divided():
    with pytest.raises(DataError, match=r"class 2 of task 2 has a single row \(row 4\)"):
        divide(labelled([0, 0, 1, 1, 2]), tasks=3)


def test_test_rows_must_have_the_shape_of_those_learned():
    test = labelled([0, 1])
    test["x"] = test["x"][:, None]
    with pytest.raises(DataError, match=r"the test rows have x of shape \(1,.*they must be alike"):
        divide(labelled([0, 1]), test, tasks=2)


def test_test_rows_must_be_of_the_tasks():
    with pytest.raises(DataError, match=r"the test rows have label 7 \(row 1\), which no training row has"):
        divide(labelled([0, 1]), labelled([0, 7]), tasks=2)
    with pytest.raises(DataError, match="task '1' has no test rows"):
        divide(labelled([0, 1]), labelled([0, 0]), tasks=2)
    with pytest.raises(DataError, match="test row 1 has label 1 in a task whose training rows do not have it"):
        divide(labelled([0, 1], [0, 1]), labelled([0, 1, 1], [0, 0, 1]))
