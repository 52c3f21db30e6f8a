"""A plain stable-baselines3 program whose replay buffer is a strategy of ours (extra: sb3)."""

import gymnasium as gym
from stable_baselines3 import DQN

import recollect
from recollect.agents.sb3 import buffer_class


class Shorter(gym.Wrapper):
    """CartPole, which changes the length of its pole in mid-run: the second task."""

    def step(self, action):
        self.unwrapped.length = 0.5 if memory.offered < 600 else 0.25
        return super().step(action)


memory = recollect.make_replay("reservoir", capacity=300, seed=0)  # or any other name in `recollect list replays`
model = DQN(
    "MlpPolicy", Shorter(gym.make("CartPole-v1")), replay_buffer_class=buffer_class(memory), learning_starts=100,
    policy_kwargs={"net_arch": [32]}, seed=0, device="cpu",
)  # fmt: skip
model.learn(1200)

drawn = memory.sample(1000)
old = (drawn["index"] // memory.capacity < 600).mean()  # an index says when its row arrived
print(f"{memory.offered} rows met, {len(memory)} kept, {old:.0%} of draws of the first task; a ring would give none")
