"""Checks of a whole plugin: that it is loaded, that it is light, and everything that it registers."""

import os
import subprocess
import sys
from importlib import metadata

from recollect.errors import UnknownName
from recollect.loader import GROUP, PluginReport
from recollect.registry import registry
from recollect.testing.checks import Check, CheckResult, run_check, run_checks

HEAVY = ("torch", "tianshou", "mujoco", "minari", "playwright", "transformers", "pettingzoo")
ASK = "import sys, recollect, {module}; print('heavy:', *[name for name in {heavy} if name in sys.modules])"


def check_plugin(name: str) -> list[CheckResult]:
    """Checks a plugin and all that it registers.

    A plugin may say which checks it expects to fail, and why, next to its `recollect_register`:
    `recollect_expected_failures = {"replay my-idea": {"rows_are_copied": "..."}}`.

    Args:
        name: of an installed plugin, or of its module.

    Returns:
        One result per check; `result.ok` for all of them is a plugin that keeps the contract.

    Raises:
        UnknownName: for a plugin that is not installed.
    """
    report = _report(name)
    module = _module(report)
    checks = [
        Check("is_loaded", lambda: _check_loaded(report)),
        Check("is_light", lambda: _check_light(report, module)),
    ]
    results = [run_check(check, "plugin", report.name) for check in checks]
    if not results[0].ok:
        return results[:1]
    expected = getattr(sys.modules.get(module), "recollect_expected_failures", {})
    for title in set(expected) - set(report.names):
        raise UnknownName(f"thing of plugin {report.name!r} in recollect_expected_failures:", title, report.names)
    for title in report.names:
        kind, _, thing = title.partition(" ")
        results += run_checks(kind, thing, expected_failures=expected.get(title))
    return results


def _report(name: str) -> PluginReport:
    reports = registry.plugins()
    for report in reports:
        if name in (report.name, _module(report)):
            return report
    raise UnknownName(
        "plugin", name, [report.name for report in reports], "Is it installed? (pip install -e . in its folder)"
    )


def _module(report: PluginReport) -> str:
    """The module of a plugin; built-ins are named by theirs."""
    for entry in metadata.entry_points(group=GROUP):
        if entry.name == report.name:
            return entry.module
    return report.name


def _check_loaded(report: PluginReport) -> None:
    assert report.status == "loaded", f"it is {report.status}: {report.error or 'see RECOLLECT_DISABLE'}"
    assert report.names, "it registers nothing"


def _check_light(report: PluginReport, module: str) -> None:
    """In a fresh process, with no other third-party plugin, importing it pulls in nothing heavy."""
    third_party = report.name if module != report.name else ""
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(module=module, heavy=HEAVY)],
        env=os.environ | {"RECOLLECT_PLUGINS": third_party, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"importing {module} fails in a fresh process: {done.stderr.strip()[-300:]}"
    heavy = done.stdout.strip().splitlines()[-1].removeprefix("heavy:").strip()
    assert not heavy, f"importing {module} imports {heavy}: register strings, import it in the module they name"
