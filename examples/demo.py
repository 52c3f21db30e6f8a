"""Real digits, two new ones in every task: what is learned and what is forgotten, with and without replay.

`make demo` runs it. It prints a table, and draws how each task fared while the next ones were learned.
"""

from pathlib import Path

import gymnasium as gym
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track
from rich.table import Table

import recollect

ARMS = {  # title -> agent, replay strategy
    "no replay": ("er", "none"),
    "fifo": ("er", "fifo"),
    "reservoir": ("er", "reservoir"),
    "joint training": ("joint", "none"),  # looks at all old data: what could be had at best
}
SEEDS, CAPACITY, PASSES = 5, 200, 5
METRICS = {"accuracy": "accuracy", "forgetting": "forgetting", "min-acc": "worst moment of old tasks"}
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")  # Okabe and Ito: told apart by everybody
MARKERS = "osD^v"


def learn(stream):
    """Title -> histories, one per seed."""
    jobs = [(title, seed) for title in ARMS for seed in range(SEEDS)]
    histories = {title: [] for title in ARMS}
    for title, seed in track(jobs, f"{len(ARMS)} ways to learn, {SEEDS} seeds each", console=Console(stderr=True)):
        name, replay = ARMS[title]
        agent = recollect.make_agent(name, stream, replay=replay, capacity=CAPACITY, seed=seed)
        histories[title].append(recollect.run(stream, agent, passes=PASSES, evaluate_every=5, seed=seed))
    return histories


def table(histories):
    """One line per way to learn: mean and standard deviation over the seeds."""
    setting = f"{PASSES} passes, {CAPACITY} images remembered; mean ± sd of {SEEDS} seeds"
    shown = Table(title=f"Digits 0-1, then 2-3, 4-5, 6-7, 8-9\n{setting}")
    shown.add_column("")
    for heading in METRICS.values():
        shown.add_column(heading, justify="right")
    for title, runs in histories.items():
        values = [[recollect.metric(name)(history) for history in runs] for name in METRICS]
        shown.add_row(title, *(f"{np.mean(v):.2f} ± {np.std(v, ddof=1):.2f}" for v in values))
    return shown


def picture(histories):
    """Above: accuracy of each task over the steps. Below: accuracy on each task when each task had ended."""
    tasks = next(iter(histories.values()))[0].tasks
    figure = Figure(figsize=(15, 7.6), layout="constrained")
    axes = figure.subplots(2, len(histories), height_ratios=(1, 1.1))
    for column, (title, runs) in enumerate(histories.items()):
        accuracy = np.stack([history.scores["accuracy"] for history in runs])  # (seeds, evaluations, tasks)
        above, below = axes[:, column]
        curves(above, accuracy, runs[0])
        above.set_title(f"{title}: {accuracy[:, -1].mean():.2f} in the end", fontsize=13, fontweight="bold")
        shades = heat(below, accuracy[:, runs[0].ended].mean(0), tasks)
    axes[0, 0].set_ylabel("accuracy")
    axes[1, 0].set_ylabel("after learning")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), title="test digits", loc="outside right upper")
    figure.colorbar(shades, ax=axes[1], label="accuracy", pad=0.01)
    figure.suptitle("What was learned, and what was forgotten (mean over seeds; bands: one standard deviation)")
    return figure


def curves(axes, accuracy, history):
    """Accuracy of every task from its turn on, with a line at every task's end."""
    ends = history.step[history.ended]
    for task, name in enumerate(history.tasks):
        met = history.step >= (ends[task - 1] if task else 0)
        step, seen = history.step[met], accuracy[:, met, task]  # (evaluations,), (seeds, evaluations)
        mean, spread = seen.mean(0), seen.std(0)
        axes.fill_between(step, mean - spread, mean + spread, color=COLOURS[task], alpha=0.15, linewidth=0)
        axes.plot(step, mean, color=COLOURS[task], label=name, marker=MARKERS[task], markersize=4, markevery=9)
    for end in ends[:-1]:
        axes.axvline(end, color="0.4", linewidth=1, linestyle=":")
    axes.set(xlabel="step (a batch of 10 new images)", ylim=(-0.03, 1.03), xlim=(0, ends[-1]))
    axes.spines[["top", "right"]].set_visible(False)


def heat(axes, matrix, tasks):
    """Row: after which task; column: accuracy on which task. Blank: tasks to come."""
    met = np.tril(np.ones(matrix.shape, bool))
    shades = axes.imshow(np.where(met, matrix, np.nan), vmin=0, vmax=1, cmap="cividis")
    for (row, column), value in np.ndenumerate(matrix):
        if column <= row:
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color="white" if value < 0.5 else "black")
    axes.set(xticks=range(len(tasks)), yticks=range(len(tasks)), xticklabels=tasks, yticklabels=tasks)
    axes.set_xlabel("accuracy on")
    return shades


def main():
    """Learns, prints, draws."""
    histories = learn(gym.make("recollect/SplitDigits-v0"))
    Console().print(table(histories))
    folder = Path("demo")
    folder.mkdir(exist_ok=True)
    picture(histories).savefig(folder / "digits.png", dpi=120)
    print(f"picture: {(folder / 'digits.png').resolve()}")


if __name__ == "__main__":
    main()
