"""Task streams: one file per family, all made with `gymnasium.make` or `recollect.stream_from`.

samples    labelled arrays, class-, domain- or task-incremental    digits     scikit-learn's handwritten digits
sequence   Gymnasium environments, one after another               anything   stream_from: arrays, datasets, envs
division   which rows and labels each task has                     sources    reading datasets into arrays
images     split, permuted and rotated sets of pictures, from MNIST's, CIFAR's and MedMNIST's files and from folders
speech     utterances by espeak-ng, FSDD's digits, Fluent Speech Commands and SLURP
"""

from typing import Any

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
    for name, target, source, options, summary in IMAGES:
        target, kwargs = f"recollect.envs.images.{target}", {"source": source} | options
        registry.stream(f"recollect/{name}-v0", target, summary, kwargs=kwargs)
    for name, target, options, summary in SPEECH:
        registry.stream(f"recollect/{name}-v0", f"recollect.envs.speech.{target}", summary, kwargs=options)
