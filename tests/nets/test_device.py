import pytest
import torch

from recollect.errors import OptionError
from recollect.nets.device import pick


@pytest.mark.parametrize(("available", "expected"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_the_gpu_if_there_is_one(monkeypatch, available, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert pick("auto") == torch.device(expected)


def test_a_device_by_name():
    assert pick("cpu") == torch.device("cpu")
    assert pick(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("device", ["gpu", "", 1.5])
def test_a_device_nobody_knows_is_refused(device):
    with pytest.raises(OptionError, match=f"device {device!r} is none that PyTorch knows: say 'auto'"):
        pick(device)


def test_a_device_that_is_not_here_is_refused_in_one_line():
    with pytest.raises(OptionError, match=r"device 'cuda:99' is not on this machine \(.*\): say 'auto'") as error:
        pick("cuda:99")
    assert "\n" not in str(error.value)
