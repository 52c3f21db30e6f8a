import datasets
import numpy as np
import pytest
import torch

from recollect.envs.sources import read
from recollect.errors import DataError, OptionError, UnknownName

X, Y = np.arange(12, dtype=np.float64).reshape(4, 3), np.array([0, 1, 0, 1], np.int32)


class Pairs(torch.utils.data.Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, row):
        return self.items[row]


def test_arrays():
    rows = read((X, Y))
    assert rows["x"].dtype == np.float32
    assert rows["y"].dtype == np.int64
    assert np.array_equal(rows["x"], X)
    assert np.array_equal(rows["y"], Y)
    assert set(read((X, Y, ["a", "b", "a", "b"]))) == {"x", "y", "task"}
    assert read((X, Y), task=np.array([1, 1, 2, 2]))["task"].tolist() == [1, 1, 2, 2]


def test_images_stay_bytes_and_float32_is_not_copied():
    assert read((np.zeros((4, 2, 2, 3), np.uint8), Y))["x"].dtype == np.uint8
    x = X.astype(np.float32)
    assert np.shares_memory(read((x, Y))["x"], x)


def test_lists_and_tensors():
    tensors = torch.tensor(X, requires_grad=True), torch.tensor(Y)
    for x, y in (tensors, (X.tolist(), Y.tolist())):
        rows = read((x, y))
        assert np.array_equal(rows["x"], X)
        assert np.array_equal(rows["y"], Y)


@pytest.mark.parametrize(
    "dataset",
    [
        torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y)),
        torch.utils.data.Subset(torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y)), [0, 1, 2, 3]),
        Pairs([(x, int(y)) for x, y in zip(X, Y, strict=True)]),
        [(x, y) for x, y in zip(X, Y, strict=True)],
    ],
    ids=["tensors", "subset", "own", "list"],
)
def test_datasets_of_pairs(dataset):
    rows = read(dataset)
    assert rows["x"].dtype == np.float32
    assert np.array_equal(rows["x"], X)
    assert np.array_equal(rows["y"], Y)


def huggingface(**more):
    features = {"pixels": datasets.List(datasets.Value("float32")), "label": datasets.ClassLabel(names=["cat", "dog"])}
    columns = {"pixels": X.tolist(), "label": Y.tolist()}
    for name, values in more.items():
        columns[name] = values
        features[name] = datasets.Value("string" if isinstance(values[0], str) else "int64")
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


def test_huggingface_columns_are_found_or_named():
    for rows in (read(huggingface()), read(huggingface(year=[1, 1, 2, 2]), x="pixels", y="label")):
        assert np.array_equal(rows["x"], X)
        assert np.array_equal(rows["y"], Y)
    assert read(huggingface(year=[1, 1, 2, 2]), task="year")["task"].tolist() == [1, 1, 2, 2]
    assert read(huggingface(place=["a", "b", "b", "b"]), task="place")["task"].tolist() == ["a", "b", "b", "b"]
    assert np.array_equal(read(huggingface(year=[5, 6, 7, 8]), x="pixels", y="year")["y"], [5, 6, 7, 8])


def test_huggingface_images():
    pictures = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("int64")})
    rows = read(datasets.Dataset.from_dict({"image": list(pictures), "label": [0, 1]}, features=features))
    assert rows["x"].dtype == np.uint8
    assert np.array_equal(rows["x"], pictures)


def test_huggingface_mistakes():
    with pytest.raises(UnknownName, match="Did you mean pixels"):
        read(huggingface(), x="pixel")
    with pytest.raises(OptionError, match=r"say which columns to use.*pixels, label, year"):
        read(huggingface(year=[1, 1, 2, 2]))
    with pytest.raises(DataError, match=r"a dictionary \(train\): pass one split"):
        read(datasets.DatasetDict({"train": huggingface()}))
    with pytest.raises(DataError, match="without streaming=True"):
        read(huggingface().to_iterable_dataset())


def changed(row, value):
    x = X.copy()
    x[row, 1] = value
    return x


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ((X, Y[:3]), "unequal lengths: {'x': 4, 'y': 3}"),
        ((X, Y, [1, 2]), "unequal lengths"),
        ((X[:0], Y[:0]), "has no rows"),
        ((X[:, 0], Y), "must have shape"),
        ((X.astype(object), Y), "train x has dtype object"),
        (([[1.0, 2.0], [1.0]], [0, 1]), "train x cannot be an array"),
        ((X.astype(str), Y), "must hold numbers"),
        ((X, Y.astype(float)), "must be integers"),
        ((X, Y.astype(str)), "must be integers"),
        ((X, Y[:, None]), "must be integers"),
        ((changed(2, np.nan), Y), "train x is NaN in row 2"),
        ((changed(3, np.inf), Y), "infinite, or beyond float32, in row 3"),
        ((changed(1, 1e60), Y), "infinite, or beyond float32, in row 1"),
        ((X, Y, [0.5, 1, 1, 1]), "task ids must be"),
        ((X,), "got a tuple of 1"),
        (X, "item 0 of ndarray is a ndarray"),
        (Pairs([{"x": 1}]), "item 0 of Pairs is a dict"),
        (Pairs([(X[0], 1), (X[0], 1, 2)]), "item 1 of Pairs is a tuple of 3"),
        (Pairs([(X[0], 1), (X[0, :2], 1)]), "train x cannot be an array"),
        (iter([(X[0], 1)]), "cannot read samples from list_iterator"),
        (7, "cannot read samples from int"),
        ("cifar", "cannot read samples from str"),
    ],
)
def test_bad_sources(source, words):
    with pytest.raises(DataError, match=words):
        read(source)


def test_columns_are_for_datasets_that_have_them():
    with pytest.raises(OptionError, match="columns of a Hugging Face dataset, got tuple"):
        read((X, Y), x="pixels")
    with pytest.raises(OptionError, match="columns of a Hugging Face dataset, got tuple"):
        read((X, Y), task="year")
