"""How far must the digits be turned before learning them upright and then turned makes a network forget?"""

import gymnasium as gym

import recollect

for angle in (30, 60, 90):
    stream = gym.make("recollect/RotatedDigits-v0", angles=[0, angle])
    for replay in ("none", "reservoir"):
        agent = recollect.make_agent("er", stream, replay=replay, capacity=100, lr=0.05, seed=0)
        history = recollect.run(stream, agent, passes=3, seed=0)
        upright, turned = history.scores["accuracy"][-1]
        print(f"turned by {angle}, replay {replay:>9}: upright {upright:.2f}, turned {turned:.2f}")
