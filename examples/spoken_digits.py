"""What does a network that writes down what it hears remember of an earlier task, with and without replay?

The recordings here are hummed: three notes for every digit, in the layout of the Free Spoken Digit Dataset. Put the
real ones below $RECOLLECT_DATA (`recollect data list`), leave out source=, and the same lines learn them.
"""

from pathlib import Path

import gymnasium as gym
import numpy as np
import soundfile

import recollect

rng, folder = np.random.default_rng(0), Path("hummed/recordings")
folder.mkdir(parents=True)
for digit in range(10):
    for take in range(25):
        notes = 300 * 1.2 ** np.repeat([digit, 7 * digit % 10, 3 * digit % 10], rng.integers(600, 900))  # Hz, by sample
        hum = 0.3 * np.sin(2 * np.pi * np.cumsum(notes) / 8000) + 0.03 * rng.standard_normal(len(notes))
        soundfile.write(folder / f"{digit}_nobody_{take}.wav", hum, 8000)

stream = gym.make("recollect/SpokenDigits-v0", source="hummed", tasks=2)
for agent_name, replay in (("sequence-finetune", "none"), ("sequence-er", "herding")):
    agent = recollect.make_agent(
        agent_name, stream, replay=replay, capacity=20, batch_size=8, lr=5e-3, width=32, seed=0
    )
    history = recollect.run(stream, agent, passes=12, seed=0)
    (old, new), wer = history.scores["intent"][-1], history.scores["wer"][-1].mean()
    print(f"{agent_name:>17}: old digits {old:.2f}, new digits {new:.2f}, word error rate {wer:.2f}")
