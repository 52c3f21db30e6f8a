"""`recollect data list`, `path` and `fetch`."""

from typing import Annotated

import typer

from recollect.cli.tables import print_table

app = typer.Typer(help="Data sets: which are known, where they lie, fetching them.")


def _names(incomplete: str) -> list[str]:
    from recollect import data

    return [one.name for one in data.known() if one.name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(help="Name of a data set.", autocompletion=_names)]


@app.command("list")
def list_sets() -> None:
    """List the data sets that are known, and whether they are there."""
    from recollect import data

    print_table([(one.name, one.what, one.status) for one in data.known()], title=f"data sets, below {data.folder()}")


@app.command("path")
def path(name: Annotated[str | None, typer.Argument(help="A data set.", autocompletion=_names)] = None) -> None:
    """Print where a data set lies, or the folder of all of them."""
    from recollect import data

    print(data.folder() if name is None else data.path(name))


@app.command("fetch")
def fetch(name: Name) -> None:
    """Download a data set and check it."""
    from recollect import data

    print(data.fetch(name))
