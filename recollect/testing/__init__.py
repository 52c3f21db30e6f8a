"""The public conformance kit: toys of every schema, and checks of everything that can be registered.

    checks_for("replay", "my-idea")         named checks, one by one
    run_checks("replay", "my-idea")         all of them, as results
    check_plugin("my-plugin")               a plugin, and all that it registers; `recollect check my-plugin`
    register_toys()                         tiny streams, agents and replay strategies

In a test file: `test_my_idea = recollect.testing.pytest_entry.parametrize_checks("replay", "my-idea")`.
"""

from recollect.testing.checks import Check, CheckResult, checks_for, run_checks
from recollect.testing.plugin_checks import check_plugin
from recollect.testing.toys import register_toys

__all__ = ["Check", "CheckResult", "check_plugin", "checks_for", "register_toys", "run_checks"]
