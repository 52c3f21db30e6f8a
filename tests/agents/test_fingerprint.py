import copy

import numpy as np
import torch

from recollect.agents.fingerprint import fingerprint

ROWS = {"x": np.arange(6.0).reshape(3, 2), "y": np.array([0, 1, 0])}


def test_it_is_the_same_for_the_same_and_another_for_any_change():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    marks = [fingerprint(ROWS, network), fingerprint(copy.deepcopy(ROWS), copy.deepcopy(network))]
    assert marks[0] == marks[1]
    marks = {marks[0], fingerprint(ROWS)}
    marks.add(fingerprint({field: values[::-1] for field, values in ROWS.items()}, network))
    marks.add(fingerprint(ROWS | {"x": ROWS["x"].reshape(2, 3)}, network))
    marks.add(fingerprint(ROWS | {"y": ROWS["y"].astype(np.int32)}, network))
    with torch.no_grad():
        network[0].bias[0] += 1e-6
        marks.add(fingerprint(ROWS, network))
        network[1].running_mean += 1
        marks.add(fingerprint(ROWS, network))
    assert len(marks) == 7
