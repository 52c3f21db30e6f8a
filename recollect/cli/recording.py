"""`recollect record`: a Minari dataset of what a run has trained."""

from pathlib import Path
from typing import Annotated

import typer

import recollect
from recollect.errors import OptionError


def record(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    dataset: Annotated[str, typer.Option(help="Id of the new dataset, such as hopper-gravity/medium-v0.")],
    task: Annotated[list[int], typer.Option(help="A task to record in; repeatable.")] = [0],  # noqa: B006
    noise: Annotated[
        float, typer.Option(help="On actions, in halves of their range; or the chance of a random one.")
    ] = 0.0,
    mix: Annotated[
        list[str], typer.Option(metavar="SOURCE=SHARE", help="agent, random or memory, and its share; repeatable.")
    ] = [],  # noqa: B006
    episodes: Annotated[int | None, typer.Option(help="Episodes of each task.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of each task.")] = None,
    seed: Annotated[int, typer.Option(help="Of episodes, noise and random play.")] = 0,
    reference: Annotated[
        tuple[float, float] | None, typer.Option(metavar="LOW HIGH", help="Returns of a random and an expert policy.")
    ] = None,
) -> None:
    """Record a trained agent, its memory or random play as a Minari dataset.

    recollect record runs/a --task 0 --noise 0.1 --steps 10000 --dataset hopper-gravity/medium-v0
    """
    shares = dict(map(_share, mix)) or None
    if shares and len(shares) < len(mix):
        raise OptionError("--mix names a source twice: keep one of them")
    made = recollect.record(
        folder, dataset, tasks=task, noise=noise, mix=shares, episodes=episodes, steps=steps, seed=seed,
        reference=reference,
    )  # fmt: skip
    returns = [float(episode.rewards.sum()) for episode in made]
    mean = sum(returns) / len(returns)
    print(f"{dataset}: {made.total_episodes} episodes, {made.total_steps} steps, mean return {mean:.2f}")
    print(f"next: gymnasium.make('recollect/Minari-v0', dataset_ids=['{dataset}'])")


def _share(text: str) -> tuple[str, float]:
    """`random=0.3` as a pair; `random` alone has the share 1."""
    source, _, share = text.partition("=")
    try:
        return source, float(share or 1)
    except ValueError as error:
        raise OptionError(f"--mix takes SOURCE=SHARE, such as random=0.3, got {text!r}") from error
