"""Task streams: one file per family, all made with `gymnasium.make` or `recollect.stream_from`.

samples    labelled arrays, class-, domain- or task-incremental    digits     scikit-learn's handwritten digits
sequence   Gymnasium environments, one after another               anything   stream_from: arrays, datasets, envs
items      the environments of a sequence                          vetting    whether they give what they should
continual_world    Meta-World's robots, CW10 and CW20              atari      Atari games, in pixels
division   which rows and labels each task has                     sources    reading datasets into arrays
bodies     MuJoCo robots whose physics or goal changes              puzzles    mazes, buttons and pipes of growing size
offline    logged for learning, lived for evaluation: Minari datasets, and twins of lived streams
opponents  one seat of a game, each task another opponent
segmentation   masks, a few new classes per task: drawn scenes, CamVid, folders in VOC's and Cityscapes' layouts
images     split, permuted and rotated sets of pictures, from MNIST's, CIFAR's and MedMNIST's files and from folders
speech     utterances by espeak-ng, FSDD's digits, Fluent Speech Commands and SLURP
"""

from typing import Any

from recollect.envs import bodies, puzzles

GRAVITIES = (10.0, 2.0)  # of the pendulum that stands in where Sequence-v0 is made without envs
# sets of pictures: name, class, source (which may be any other set or path), further options, summary
IMAGES: tuple[tuple[str, str, str, dict[str, Any], str], ...] = (
    ("SplitMnist", "split:SplitImages", "mnist", {}, "MNIST, two new digits per task"),
    ("SplitCifar10", "split:SplitImages", "cifar10", {}, "CIFAR-10, two new classes per task"),
    ("SplitCifar100", "split:SplitImages", "cifar100", {"tasks": 20}, "CIFAR-100, five new classes per task"),
    ("MedMnist", "split:SplitImages", "pathmnist", {}, "a MedMNIST set (source=...), new classes in every task"),
    ("PermutedDigits", "permuted:PermutedImages", "digits", {}, "handwritten digits, a pixel permutation per task"),
    ("PermutedMnist", "permuted:PermutedImages", "mnist", {}, "MNIST, a pixel permutation per task"),
    ("RotatedDigits", "rotated:RotatedImages", "digits", {}, "handwritten digits, an angle per task"),
    ("RotatedMnist", "rotated:RotatedImages", "mnist", {}, "MNIST, an angle per task"),
    ("ImageFolder", "folder:ImageFolder", "image-folder", {}, "your pictures (source=...), a folder per class"),
)
CW10 = (
    *("hammer", "push-wall", "faucet-close", "push-back", "stick-pull", "handle-press-side", "push", "shelf-place"),
    *("window-close", "peg-unplug-side"),
)
SPEECH = (  # name, class, options, summary
    ("SpokenCommands", "commands:SpokenCommands", {}, "household commands by espeak-ng, three per task"),
    ("SpokenDigits", "digits:SpokenDigits", {}, "spoken digits (FSDD), two new ones per task"),
    (
        "FluentSpeechCommands",
        "listed:ListedSpeech",
        {"source": "fluent-speech-commands"},
        "Fluent Speech Commands: 31 intents in six tasks",
    ),
    ("Slurp", "listed:ListedSpeech", {"source": "slurp"}, "SLURP: intents of three scenarios per task"),
)


def recollect_register(registry: Any) -> None:
    """Names the built-in streams."""
    registry.stream(
        "recollect/SplitDigits-v0", "recollect.envs.digits:SplitDigits", "handwritten digits, two new ones per task"
    )
    registry.stream(
        "recollect/Sequence-v0",
        "recollect.envs.sequence:Sequence",
        "Gymnasium environments one after another (envs=[...])",
        kwargs={"envs": [{"id": "Pendulum-v1", "kwargs": {"g": gravity}} for gravity in GRAVITIES]},
    )
    registry.stream(
        "recollect/Minari-v0",
        "recollect.envs.offline.minari_stream:MinariStream",
        "Minari datasets one after another (dataset_ids=[...])",
        kwargs={"dataset_ids": [f"mujoco/invertedpendulum/{quality}-v0" for quality in ("medium", "expert")]},
    )
    registry.stream(
        "recollect/Offline-v0",
        "recollect.envs.offline.offline:Offline",
        "the twin of a lived stream (stream=..., dataset=...), with logged rows",
        kwargs={"stream": "recollect/Sequence-v0"},
    )
    tag = "recollect.envs.opponents.tag"
    registry.stream(
        "recollect/Opponents-v0",
        "recollect.envs.opponents.opponents:Opponents",
        "a PettingZoo parallel environment from one seat, a task for each opponent (env=..., opponents=[...])",
        kwargs={"env": f"{tag}:parallel_env", "opponents": ["random", f"{tag}:circle", f"{tag}:flee"], "horizon": 30},
    )
    for name, target, source, options, summary in IMAGES:
        target, kwargs = f"recollect.envs.images.{target}", {"source": source} | options
        registry.stream(f"recollect/{name}-v0", target, summary, kwargs=kwargs)
    for name, kwargs, summary in bodies.streams():
        registry.stream(f"recollect/{name}-v0", "recollect.envs.bodies.body:Body", summary, kwargs=kwargs)
    for name, target, sizes, summary in puzzles.PUZZLES:
        registry.stream(f"recollect/{name}-v0", f"recollect.envs.puzzles.{target}", summary, kwargs={"sizes": sizes})
    for count, passes in ((10, 1), (20, 2)):
        registry.stream(
            f"recollect/CW{count}-v0",
            "recollect.envs.continual_world:ContinualWorld",
            f"{'twice ' * (passes - 1)}ten tasks of Meta-World's robot arm (Continual World)",
            kwargs={"robots": list(CW10) * passes},
        )
    registry.stream(
        "recollect/AtariGames-v0",
        "recollect.envs.atari:AtariGames",
        "Atari games, or flavours of one (games=[...]), seen in pixels",
        kwargs={"games": ["breakout", "pong", "space_invaders"]},
    )
    for name, target, summary in (
        ("Scenes", "scenes:Scenes", "drawn shapes on textures, their masks, new shapes in every task"),
        ("CamVid", "camvid:CamVid", "CamVid's street scenes, new classes in every task"),
        ("SegmentationFolder", "folder:SegmentationFolder", "your pictures and masks (source=...), VOC, Cityscapes"),
    ):
        registry.stream(f"recollect/{name}-v0", f"recollect.envs.segmentation.{target}", summary)
    for name, target, options, summary in SPEECH:
        registry.stream(f"recollect/{name}-v0", f"recollect.envs.speech.{target}", summary, kwargs=options)
