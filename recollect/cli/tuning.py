"""`recollect tune`: the same number of trials for every arm, and the chosen options as a comparison's file."""

from pathlib import Path
from typing import Annotated

import typer

from recollect.cli.comparing import Address, Executor, File, Retries, Workers, stopped
from recollect.cli.tables import print_table

Out = Annotated[Path | None, typer.Option(help="Folder of the trials; runs/tuning-<file> unless given.")]


def tune(
    experiment: File,
    out: Out = None,
    executor: Executor = "local",
    workers: Workers = None,
    address: Address = None,
    retries: Retries = 1,
) -> None:
    """Choose options on seeds that no comparison uses; the chosen ones are written as a file for `recollect compare`.

    recollect tune examples/tuning.yaml --out runs/tuning
    """
    from recollect.experiments import tuning

    folder = out or Path("runs", f"tuning-{experiment.stem}")
    try:
        record, path = tuning.tune(
            experiment, folder, executor=executor, workers=workers, address=address, retries=retries
        )
    except KeyboardInterrupt:
        stopped(folder)
    rows = [("arm", "trial", "chosen", "mean", "options")]
    for line in record:
        options = ", ".join(f"{name}={value}" for name, value in line["values"].items()) or "as written"
        mean = "-" if line["mean"] is None else f"{line['mean']:.3f}"
        rows.append((line["arm"], line["trial"], "*" if line["chosen"] else "", mean, options))
    print_table(rows, title=f"{len(record)} trials, in {folder / tuning.RECORD}")
    for error in dict.fromkeys(error for line in record for error in line["errors"]):
        print(f"failed: {error}")
    print(f"next: recollect compare {path}")
