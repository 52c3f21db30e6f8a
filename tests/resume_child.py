"""A run in a process of its own, to be killed: `python resume_child.py logged|lived FOLDER [STAGE]`.

It starts the run, or resumes it where the folder holds one; it says "going" at the first step, and at the end prints
a hash of everything that was learned. With a stage it kills itself there, inside its third checkpoint.
"""

import hashlib
import os
import signal
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch

import recollect
from recollect import checkpoint
from recollect.core import Agent
from recollect.rows import num_rows
from recollect.testing.toys import register_toys

KIND, FOLDER, STAGE = sys.argv[1], Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""


class TorchQ(Agent):
    """A small torch learner whose exploration and dropout use torch's own global random state."""

    memory = "required"
    replay_batch, replayed_per_new, warmup = 8, 2.0, 16

    def __init__(self, stream, replay, **given):
        super().__init__(stream, replay, **given)
        torch.manual_seed(self.seed)
        self.net = torch.nn.Sequential(
            torch.nn.Linear(5, 16), torch.nn.Dropout(0.1), torch.nn.ReLU(), torch.nn.Linear(16, 2)
        )
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=1e-2)

    def act(self, obs, *, task=None, explore=False):
        with torch.no_grad():
            values = self.net(torch.as_tensor(obs))
        if explore:
            return torch.multinomial(torch.softmax(values, 1), 1)[:, 0].numpy()
        return values.argmax(1).numpy()

    def update(self, new, replayed):
        if not num_rows(replayed):
            return {}
        rows = {field: torch.from_numpy(values) for field, values in replayed.items()}
        with torch.no_grad():
            ahead = self.net(rows["obs_next"]).max(1).values * ~rows["terminated"]
        values = self.net(rows["obs"]).gather(1, rows["act"][:, None])[:, 0]
        loss = (values - rows["rew"] - 0.9 * ahead).pow(2).mean()
        self.descend(loss, self.optimiser, new, replayed)
        return {"loss": loss.item()}


class Going:
    """Says when the first step of this process has ended."""

    said = False

    def recollect_step_end(self, run):
        if not self.said:
            print("going", flush=True)
            self.said = True


def lived_agent():
    """The lived run's agent, as it is at the start."""
    memory = recollect.make_replay("reservoir", 300, seed=1, replace=True)
    return TorchQ(gym.make("recollect/ToyCorridor-v0"), memory, seed=2)


def go():
    """Starts or resumes."""
    if (FOLDER / "run.json").exists():
        agent = lived_agent() if KIND == "lived" else None
        recollect.resume(FOLDER, agent=agent, plugins=[Going()])
    elif KIND == "lived":
        settings = {"num_envs": 3, "steps_per_task": 900, "evaluate_every": 100, "evaluate_episodes": 2}
        recollect.run(
            "recollect/ToyCorridor-v0", lived_agent(), seed=4, directory=FOLDER, checkpoint_seconds=0.02,
            plugins=[Going()], **settings,
        )  # fmt: skip
    else:
        stream = gym.make("recollect/SplitDigits-v0")
        agent = recollect.make_agent("er", stream, replay="reservoir", capacity=200, penalty="l2", seed=3, momentum=0.9)
        recollect.run(
            stream, agent, passes=12, evaluate_every=50, seed=5, directory=FOLDER, checkpoint_seconds=0.02,
            plugins=[Going()],
        )  # fmt: skip


def kill_inside_the_third_checkpoint():
    """Lets the wanted stage of the third checkpoint be the last thing this process does."""
    written = []

    def dying(name, function):
        def stage(*args, **kwargs):
            written.append(name)
            result = function(*args, **kwargs)
            if name == STAGE and written.count(name) >= 3:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return stage

    checkpoint.np.savez = dying("arrays", np.savez)
    checkpoint.save_file = dying("tensors", checkpoint.save_file)
    checkpoint.Path.rename = dying("rename", Path.rename)
    checkpoint.replace_text = dying("latest", checkpoint.replace_text)


def digest(tree, found):
    """Adds everything in a state tree to a hash."""
    if isinstance(tree, dict):
        for key in sorted(tree, key=str):
            found.update(str(key).encode())
            digest(tree[key], found)
    elif isinstance(tree, list | tuple):
        for item in tree:
            digest(item, found)
    else:
        found.update(tree.detach().numpy().tobytes() if isinstance(tree, torch.Tensor) else repr(tree).encode())
        if isinstance(tree, np.ndarray):
            found.update(tree.tobytes())
    return found


register_toys()
torch.set_num_threads(1)
if STAGE:
    kill_inside_the_third_checkpoint()
go()
trained = recollect.load(FOLDER, agent=lived_agent() if KIND == "lived" else None)
for name, parameter in trained.named_parameters():
    print(name, hashlib.sha256(parameter.detach().numpy().tobytes()).hexdigest())
print("state", digest([trained.state_dict(), trained.replay.state_dict()], hashlib.sha256()).hexdigest())
