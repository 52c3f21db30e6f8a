"""`recollect report`."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(help="Of an experiment, of one run, or of several runs.")],
    out: Annotated[Path | None, typer.Option(help="The page; report.html in the folder unless given.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    png: Annotated[bool, typer.Option("--png", help="Also draw the figures for papers, as PNG and PDF.")] = False,
) -> None:
    """Write one page that shows what came of a comparison; it is whole in itself, and needs no network.

    recollect report runs/comparison --open
    """
    from recollect.experiments.report import write
    from recollect.experiments.report.gathering import gather

    results = gather(folder)
    page = write(results, folder / "report.html" if out is None else out, png=png)
    print(page)
    if png:
        print(page.with_name(f"{page.stem}-figures"))
    left_out = [run for run in results.runs if run.error is not None]
    for run in left_out:
        print(f"not shown: {run.directory}: {run.error}")
    if show:
        webbrowser.open(page.resolve().as_uri())
