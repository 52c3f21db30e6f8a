"""`recollect reproduce`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recollect.cli.comparing import Address, Executor, Retries, Workers
from recollect.cli.tables import print_table
from recollect.errors import OptionError
from recollect.registry import registry

if TYPE_CHECKING:
    from recollect.experiments.reproduce import Reproduction


def _names(incomplete: str) -> list[str]:
    names = registry.names("claim")
    return [one for one in sorted({*names, *(name.split("/")[0] for name in names)}) if one.startswith(incomplete)]


def reproduce(
    name: Annotated[
        str | None, typer.Argument(help="A paper's plugin, or one claim: <paper>/<claim>.", autocompletion=_names)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All papers of which something is claimed.")] = False,
    scale: Annotated[
        str, typer.Option(help="smoke (seconds), cpu (2 cores, an hour) or paper (as published).")
    ] = "cpu",
    runs: Annotated[Path, typer.Option(help="Folder of the runs; finished ones are not run again.")] = Path(
        "runs/reproductions"
    ),
    out: Annotated[Path, typer.Option(help="Folder of the results, one file per paper and scale.")] = Path(
        "reproductions"
    ),
    executor: Executor = "local",
    workers: Workers = None,
    address: Address = None,
    retries: Retries = 1,
) -> None:
    """Run what a paper claims, and judge it: reproduced, not shown at this scale, or contradicted.

    recollect reproduce stability-gap --scale cpu
    """
    from recollect.experiments import reproduce as reproducing

    if every == (name is not None):
        raise OptionError("reproduce takes the name of a paper or of a claim, or --all")
    how = {"executor": executor, "workers": workers, "address": address, "retries": retries}
    found: list[Reproduction] = []
    try:
        for paper in [name] if name else _with_scale(scale):
            found += reproducing.reproduce(paper, scale, runs=runs, out=out, tell=print, **how)
    except KeyboardInterrupt:
        print("recollect: interrupted; the same command goes on from where it was", file=sys.stderr)
        raise typer.Exit(130) from None
    for one in found:
        _print(one)
    if scale != "smoke":
        _print_summary(found, out)
    failed = any(one.error is not None or (scale == "smoke" and not one.as_claimed) for one in found)
    if failed:
        raise typer.Exit(1)


def _with_scale(scale: str) -> list[str]:
    """The papers that claim something at a scale; the others are named."""
    from recollect.experiments.claims import claims_of, papers

    able = [paper for paper in papers() if any(scale in claim.scales for claim in claims_of(paper).values())]
    for paper in papers():
        if paper not in able:
            print(f"{paper} claims nothing at the scale {scale}")
    if not able:
        raise OptionError(f"nothing is claimed at the scale {scale!r}: the scales are smoke, cpu and paper")
    return able


def _print(found: "Reproduction") -> None:
    """The claim, its arms with score and cost, its statements with interval, and the verdict."""
    from recollect.experiments.verdict import statement

    print(f"\n{found.name}: {found.claim.says}")
    if found.error is not None:
        print(f"  could not be checked: {found.error}")
        return
    measured = " - ".join(filter(None, [found.claim.metric, found.claim.minus]))
    rows = [("arm", f"{measured}, mean", "bytes kept", "parameters", "updates", "seconds")]
    for arm in found.arms:
        costs = [f"{arm.costs[key]:,.0f}" if key in arm.costs else "-" for key in ("nbytes", "parameters", "updates")]
        rows.append((arm.name, str(arm.score), *costs, f"{arm.costs.get('seconds', 0):.1f}"))
    print_table(rows)
    for finding in found.findings:
        side = "as claimed" if finding.as_claimed else "not as claimed"
        fell = side if found.scale == "smoke" else finding.verdict
        print(f"  {statement(found.claim, finding.what)}: mean {finding.estimate}  {fell}")
    if found.verdict is not None:
        print(f"  verdict: {found.verdict}")


def _print_summary(found: "list[Reproduction]", out: Path) -> None:
    rows = [(one.name, one.verdict or "could not be checked") for one in found]
    print()
    print_table(rows, title=f"{len(found)} {'claim' if len(found) == 1 else 'claims'}; written to {out}")
