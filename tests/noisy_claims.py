"""A stream and claims for tests: an agent's accuracy is what its option says, and noise of its seed."""

import numpy as np

from recollect.claim import Arm, Claim, Scale
from recollect.core import Agent
from recollect.registry import registry
from recollect.schema import SAMPLE
from recollect.testing import register_toys

STREAM = "recollect/ToyBlobs-v0"


class NoisyGuesser(Agent):
    """Says the right class with a probability of `skill`, drawn anew for every seed around it; it learns nothing."""

    schema = SAMPLE

    def __init__(self, stream, replay, *, penalty=None, seed=0, device="auto", skill: float = 0.5, fails: bool = False):
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        self.fails = fails
        self.skill = skill + 0.1 * self.rng.uniform(-1, 1)
        self.means = stream.unwrapped.means

    def act(self, obs, *, task=None, explore=False):
        return self.predict({"x": obs})["y"]

    def predict(self, rows):
        x = rows["x"]
        nearest = ((x[:, None] - self.means) ** 2).sum(2).argmin(1)  # (N, C, D) -> (N,)
        right = (np.abs(x[:, 2]) * 1e4) % 1 < self.skill  # digits of x that nothing else depends on
        y = np.where(right, nearest, (nearest + 1) % len(self.means))
        return {"y": y, "logits": np.eye(len(self.means))[y]}

    def update(self, new, replayed):
        if self.fails:
            raise ZeroDivisionError("as told")
        return {}


def arm(name, **options):
    return Arm(name, "noisy-guesser", replay="none", options=options)


ABLE, PLAIN, SIMILAR = arm("able", skill=0.8), arm("plain", skill=0.4), arm("similar", skill=0.41)


def claim(*arms, seeds=(1, 2, 3, 4, 5), scales=("cpu", "smoke"), **changes):
    return Claim(
        says="the first guesses better",
        stream=STREAM,
        arms=arms,
        metric="accuracy",
        direction="higher",
        scales={one: Scale(seeds[:1] if one == "smoke" else seeds, run={"steps_per_task": 1}) for one in scales},
        tuned_on=(0,),
        **changes,
    )


TRUE, NONE, REVERSED = claim(ABLE, PLAIN), claim(SIMILAR, PLAIN), claim(PLAIN, ABLE)


def register(monkeypatch):
    """Names them, and the toys, until the end of a test."""
    register_toys()
    monkeypatch.setattr(registry, "entries", dict(registry.entries))
    here = __name__
    registry.agent("noisy-guesser", f"{here}:NoisyGuesser", "guesses", replay="none")
    registry.claim("noisy/true", f"{here}:TRUE", "a true effect")
    registry.claim("noisy/none", f"{here}:NONE", "no effect")
    registry.claim("noisy/reversed", f"{here}:REVERSED", "a reversed effect")
