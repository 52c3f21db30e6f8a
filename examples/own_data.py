"""Your own data as a stream of tasks, in three ways."""

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from torch.utils.data import TensorDataset

import recollect


def learn(stream):
    agent = recollect.make_agent("er", stream, replay="reservoir", capacity=60, lr=0.03, seed=0)
    history = recollect.run(stream, agent, passes=10, seed=0)
    scores = zip(history.tasks, history.scores["accuracy"][-1], strict=True)
    print(f"{stream.unwrapped}:", ", ".join(f"{task} {score:.2f}" for task, score in scores))


# Arrays, class-incremental: one kind of wine after another, one head over all three.
x, y = load_wine(return_X_y=True)
learn(recollect.stream_from(((x - x.mean(0)) / x.std(0), y), tasks=3))

# A torch Dataset, domain-incremental: five times two digits, always "the first or the second of the two?"
digits = load_digits()
dataset = TensorDataset(torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target))
learn(recollect.stream_from(dataset, scenario="domain", tasks=5))

# Arrays with a task id for every row: tumours by size, small ones first, the same two labels in every task.
x, y = load_breast_cancer(return_X_y=True)
size = np.digitize(x[:, 0], np.quantile(x[:, 0], [1 / 3, 2 / 3]))
learn(recollect.stream_from(((x - x.mean(0)) / x.std(0), y), task=size, names=["small", "middle", "large"]))
