"""`recollect plugins` and `recollect check`: what is installed, and whether it keeps the contract."""

import os
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Annotated

import typer

from recollect.cli import completion
from recollect.cli.tables import print_table
from recollect.loader import PluginReport
from recollect.registry import registry

VARIABLES = ("RECOLLECT_PLUGINS", "RECOLLECT_DISABLE", "RECOLLECT_STRICT", "RECOLLECT_TRACE", "RECOLLECT_DATA")
ADVICE = {
    "failed": "repair or uninstall it, or set RECOLLECT_DISABLE={name}; RECOLLECT_STRICT=1 shows the traceback",
    "blocked": "RECOLLECT_PLUGINS or RECOLLECT_DISABLE keeps it out",
    "pending": "it is still being imported: it imports recollect before it is complete",
}
REQUIREMENT = re.compile(r"([\w.-]+).*;.*extra == ['\"]([\w-]+)['\"]")


def plugins(
    doctor: Annotated[bool, typer.Option("--doctor", help="Also versions, extras, variables and advice.")] = False,
) -> None:
    """List the plugins that were found: which loaded, which failed, and why."""
    reports = registry.plugins()
    print_table(
        [(r.name, f"{r.distribution} {r.version}", r.status, f"{len(r.names)} names") for r in reports],
        title=f"plugins ({len(reports)})",
    )
    for report in reports:
        if report.status == "failed":
            print(f"{report.name} failed: {report.error}")
    if doctor:
        _print_doctor(reports)


def _print_doctor(reports: list[PluginReport]) -> None:
    print_table(sorted(_required()), title="required packages")
    print_table(sorted(_extras()), title="extras")
    print_table([(name, os.environ.get(name, "not set")) for name in VARIABLES], title="environment variables")
    advice = [(r.name, ADVICE[r.status].format(name=r.name)) for r in reports if r.status in ADVICE]
    advice += [
        (package, f"pip install --upgrade recollect, or pip install {package}")
        for package, version in _required()
        if version == "missing"
    ]
    print_table(advice or [("none", "all is well")], title="advice")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _required() -> Iterator[tuple[str, str]]:
    """The packages that recollect always needs, and their versions."""
    for requirement in metadata.requires("recollect") or []:
        if "extra ==" not in requirement:
            name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
            yield name, _version(name)


def _extras() -> Iterator[tuple[str, str]]:
    """Each extra for users, and its packages or what installs them."""
    packages: dict[str, list[str]] = {}
    for requirement in metadata.requires("recollect") or []:
        found = REQUIREMENT.match(requirement)
        if found and found[2] != "dev":
            packages.setdefault(found[2], []).append(found[1])
    for extra, names in packages.items():
        versions = {name: _version(name) for name in names}
        listed = ", ".join(f"{name} {version}" for name, version in versions.items())
        missing = "missing" in versions.values()
        yield extra, f"{listed}{f': pip install {chr(39)}recollect[{extra}]{chr(39)}' if missing else ''}"


def check(
    plugin: Annotated[str, typer.Argument(help="Name of an installed plugin.", autocompletion=completion.plugins)],
) -> None:
    """Run the conformance kit on all that a plugin registers; exit code 1 if anything fails."""
    from recollect.testing import check_plugin

    results = check_plugin(plugin)
    rows = [(r.status, f"{r.kind} {r.subject}", r.check, " ".join(r.message.split())) for r in results]
    print_table(rows, title=f"checks of {plugin}")
    wrong = sum(not result.ok for result in results)
    print(f"{wrong} of {len(results)} checks failed" if wrong else f"all {len(results)} checks passed")
    if wrong:
        raise typer.Exit(1)
