"""A plain tianshou program, with tianshou's own Collector and trainer, whose buffer is a strategy of ours."""

import gymnasium as gym
import tianshou as ts
from tianshou.algorithm.modelfree.dqn import DiscreteQLearningPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.trainer import OffPolicyTrainerParams
from tianshou.utils.net.common import Net

import recollect
from recollect.agents.tianshou import buffer

NUM_ENVS = 4
train, test = (ts.env.DummyVectorEnv([lambda: gym.make("CartPole-v1")] * count) for count in (NUM_ENVS, 2))
train.seed(0)
test.seed(1)
env = gym.make("CartPole-v1")
net = Net(state_shape=env.observation_space.shape, action_shape=env.action_space.n, hidden_sizes=[64])
policy = DiscreteQLearningPolicy(model=net, action_space=env.action_space, eps_training=0.1)
algorithm = ts.algorithm.DQN(policy=policy, optim=AdamOptimizerFactory(lr=1e-3), target_update_freq=100)

memory = recollect.make_replay("prioritized", capacity=5000, seed=0)  # or any other name in `recollect list replays`
window = buffer(memory, num_envs=NUM_ENVS)
collector = ts.data.Collector(algorithm, train, window, exploration_noise=True)
result = algorithm.run_training(
    OffPolicyTrainerParams(
        training_collector=collector, test_collector=ts.data.Collector(algorithm, test), max_epochs=2,
        epoch_num_steps=600, collection_step_num_env_steps=20, update_step_num_gradient_steps_per_sample=0.5,
        batch_size=32, test_step_num_episodes=2, show_progress=False, verbose=False,
    )
)  # fmt: skip
print(f"{collector.collect_step} steps lived, {len(memory)} rows in the strategy")
print(f"best test return {result.best_reward:.0f}; priorities of {memory.draw.draws} samples came back")
