"""`recollect new`: an installable package around one replay strategy or agent, with its tests."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from recollect.errors import OptionError, UnknownName
from recollect.registry import registry

SUMMARIES = {"replay": "newer rows come back more often", "agent": "cross-entropy of new and of replayed rows"}
COMMANDS = {
    "replay": "recollect run recollect/SplitDigits-v0 --agent er --replay {name}",
    "agent": "recollect run recollect/SplitDigits-v0 --agent {name}",
}


def new(
    kind: Annotated[str, typer.Argument(help="replay or agent.", autocompletion=lambda: list(SUMMARIES))],
    name: Annotated[str, typer.Argument(help="Its name, kebab-case: my-idea.")],
    to: Annotated[Path, typer.Option(help="The folder in which the package's own folder is made.")] = Path(),
) -> None:
    """Write an installable package with a new replay strategy or agent, and tests that pass."""
    if kind not in SUMMARIES:
        raise UnknownName("kind of package", kind, SUMMARIES)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise OptionError(f"a name is kebab-case, such as my-idea, got {name!r}")
    if name in registry.names(kind):
        raise OptionError(f"there is a {kind} {name!r} already (`recollect show {name}`): choose another name")
    folder = to / name
    if folder.exists():
        raise OptionError(f"{folder} exists already: choose another name, or another folder with --to")
    try:
        written = _write(kind, name, folder)
    except OSError as error:
        raise OptionError(f"cannot write {folder}: {error.strerror or error}") from error
    for path in written:
        print(path)
    place = folder if folder.is_absolute() else f"./{folder}"  # never a name that pip would look up
    print(f"next: pip install -e '{place}[test]' && pytest {folder} && recollect check {name}")


def _write(kind: str, name: str, folder: Path) -> list[Path]:
    """Fills the templates of `kind`; the files written."""
    package = f"recollect_{name.replace('-', '_')}"
    words = {
        "name": name,
        "package": package,
        "cls": "".join(word.capitalize() for word in name.split("-")),
        "summary": SUMMARIES[kind],
        "sentence": f"{SUMMARIES[kind].capitalize()}.",
        "command": COMMANDS[kind].format(name=name),
    }
    templates = files("recollect") / "templates"
    own = templates / kind
    contents: dict[Path, Traversable] = {
        folder / "pyproject.toml": templates / "pyproject.toml.txt",
        folder / "README.md": templates / "README.md.txt",
        folder / package / "__init__.py": own / "__init__.py.txt",
        folder / package / f"{kind}.py": own / f"{kind}.py.txt",
        folder / "tests" / f"test_{name.replace('-', '_')}.py": own / "test.py.txt",
    }
    for path, template in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return list(contents)
