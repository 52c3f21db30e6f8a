"""Where does the bias to new classes sit, in angles or in norms? Experience replay, UER, and cosines throughout.

Prints accuracy, forgetting, accuracy of each task when it was learned, and three numbers at task ends: the share of
old test rows taken for new classes, how far angles lean to new classes, and their norms beside those of old classes.
"""

import gymnasium as gym

import recollect
from recollect.plugins.observers.bias import Bias

METRICS = ("accuracy", "forgetting", "learning-accuracy")
ARMS = {
    "er (dot, dot)": {"new_logits": "dot", "lr": 0.15},
    "uer (cosine, dot)": {"lr": 0.2},
    "cosine-er": {"new_logits": "cosine", "replayed_logits": "cosine", "head": "cosine", "lr": 0.05},
    "reversed (dot, cosine)": {"new_logits": "dot", "replayed_logits": "cosine", "lr": 0.02},
}
print(f"{'new rows, replayed rows':24}", *METRICS, "old-as-new", "angles", "norms", sep="  ")
for name, options in ARMS.items():
    stream, bias = gym.make("recollect/SplitDigits-v0", order_seed=7), Bias()
    agent = recollect.make_agent("uer", stream, capacity=50, seed=7, **options)
    history = recollect.run(stream, agent, seed=7, plugins=[bias])
    numbers = [recollect.metric(metric)(history) for metric in METRICS]
    ends = bias.records  # one for every task but the first, as there are evaluations at task ends only
    for number in ("old_as_new", "angle_bias", "norm_bias"):
        numbers.append(sum(record[number] for record in ends) / len(ends))
    print(f"{name:24}", *(f"{number:8.3f}" for number in numbers))
