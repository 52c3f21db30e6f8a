"""The rules of the house, each as a function of a repository's root that lists what breaks it; no line is: kept.

`test_house.py` runs them on this repository, and on small broken ones.
"""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

PACKAGE, FILES = "recollect", ("recollect", "tests", "examples", "benchmarks")
NAMES = ("envs", "agents", "plugins", "registry.py")  # of the package, as Gymnasium has them
REPOSITORY = ("examples", "tests", "pyproject.toml", "CONTRIBUTING.md")
LONGEST, MEDIAN = 300, 120

CHAIN = [  # each may import those before it
    *("errors", "rows", "schema", "schedule", "randomness", "state", "scoring", "core", "history", "claim"),
    *("hookspecs", "hooks", "loader", "catalogue", "fetching", "dataset", "imagesets", "data", "options", "compose"),
    *("registry", "trust", "opening", "checkpoint"),
    *("view", "lanes", "logs", "living", "experience", "evaluation", "settings", "folder", "running", "loop"),
    *("recording", "experiments"),
    *("testing", "cli"),
]
LAST = {"experiments", "testing", "cli"}  # these may use the package as anybody does: import recollect
EVERYBODY = {"errors", "randomness", "state"}
FAMILIES = {  # path below the package -> what its modules may import, besides their own folder and EVERYBODY
    "envs": {"core", "schedule", "rows", "schema", "scoring", "data", "logs", "trust", "nets"},
    "replay": {"core", "rows", "schema", "nets"},
    "agents": {"core", "rows", "schema", "nets"},
    "metrics": {"history"},
    "nets": set(),
    "plugins/observers": {"core", "history", "hookspecs"},
    "plugins": {"core", "rows", "schema", "history", "claim", "hookspecs", "nets", "agents", "replay"},  # one paper
}
NETS = {"torch", "numpy", "math", "collections", "itertools", "typing", PACKAGE}  # what torch modules import
BANNED_IMPORTS = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "torchvision", "d3rlpy", "gym"}
BANNED_WORDS = {"manager", "handler", "util", "utils", "helper", "helpers", "base"}
LATE_IMPORTS = {"cli"}  # folders that may import inside functions: a command line must answer --help at once
TESTED_TOGETHER = {  # module without a test file of its own -> the test file that covers it
    "__init__.py": "test_house.py",
}
WITHOUT_SOURCE = {
    *("test_house.py", "test_hooks.py", "test_resume.py", "test_examples.py", "test_conformance.py"),
    *("test_third_party.py", "test_experience_refused.py", "test_loop_folders.py", "envs/test_sequence_lanes.py"),
}


def sources(root: Path, *folders: str) -> list[Path]:
    return sorted(path for folder in folders or (PACKAGE,) for path in (root / folder).rglob("*.py"))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def walk(tree: ast.AST, inside: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Every node but those under `if TYPE_CHECKING`, and whether it lies inside a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node, inside
        yield from walk(node, inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(dotted name, line, inside a function) of everything a module imports when it runs."""
    for node, inside in walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield "." * node.level + (node.module or ""), node.lineno, inside
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            yield from ((f"{PACKAGE}.{alias.name}", node.lineno, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module), node.lineno, inside


def layout(root: Path) -> list[str]:
    wanted = [root / PACKAGE / name for name in NAMES] + [root / name for name in REPOSITORY]
    return [f"{path.relative_to(root)} is missing" for path in wanted if not path.exists()]


def allowed(parts: tuple[str, ...]) -> set[str] | None:
    """The top names of the package that the module at `parts` may import; None: any (the package's own face)."""
    top = parts[0].removesuffix(".py")
    if top == "__init__":
        return None
    if top in CHAIN:
        return set(CHAIN[: CHAIN.index(top) + (len(parts) > 1)])
    family = "plugins/observers" if parts[:2] == ("plugins", "observers") else top
    return FAMILIES.get(family, set()) | EVERYBODY | ({top} if top != "plugins" else set())


def import_rule(root: Path) -> list[str]:
    broken = []
    for path in sources(root):
        parts = path.relative_to(root / PACKAGE).parts
        may = allowed(parts)
        for name, line, _ in imports(path):
            here = f"{path.relative_to(root)}:{line}"
            if name.startswith("."):
                broken.append(f"{here} imports {name} relatively")
            names = name.split(".")
            own = parts[0] == "plugins" and names[1:3] == list(parts[:2])
            own |= parts[0] in LAST and name in (PACKAGE, f"{PACKAGE}.__version__")
            if names[0] == PACKAGE and may is not None and not own and (len(names) < 2 or names[1] not in may):
                broken.append(f"{here} must not import {name}")
            if parts[0] == "nets" and names[0] not in NETS:
                broken.append(f"{here}: nets import torch and numpy, not {name}")
            if names[0] in BANNED_IMPORTS:
                broken.append(f"{here} must not import {name}")
    return broken


def sizes(root: Path) -> list[str]:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(root, *FILES)}
    broken = [
        f"{path.relative_to(root)} has {n} lines, more than {LONGEST}" for path, n in lengths.items() if n > LONGEST
    ]
    median = statistics.median([n for path, n in lengths.items() if path.is_relative_to(root / PACKAGE)] or [0])
    return broken + (
        [f"the median file of {PACKAGE} has {median} lines, more than {MEDIAN}"] if median > MEDIAN else []
    )


def exported(path: Path) -> list[str]:
    """`__all__` of a module; [] without one."""
    for node in parse(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def module_names(root: Path) -> list[str]:
    public = set(exported(root / PACKAGE / "__init__.py"))
    return [
        f"{path.relative_to(root)} has the name of a public function" for path in sources(root) if path.stem in public
    ]


def getattr_once(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{node.lineno} defines a module's __getattr__"
        for path in sources(root)
        if path != root / PACKAGE / "__init__.py"
        for node in parse(path).body
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
    ]


def late_imports(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{line} imports {name} inside a function"
        for path in sources(root)
        if path.relative_to(root / PACKAGE).parts[0] not in LATE_IMPORTS
        for name, line, inside in imports(path)
        if inside
    ]


def defined(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno


def words(root: Path) -> list[str]:
    broken = []
    for path in sources(root):
        for name, line in [(path.stem, 0), *defined(parse(path))]:
            split = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
            broken += [f"{path.relative_to(root)}:{line} {name}" for word in split if word.lower() in BANNED_WORDS]
    return broken


def notes_to_self(root: Path) -> list[str]:
    """Comments and docstrings that put work off, and mentions of the machine they were written on."""
    marks = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "/wo" + "rk/")))
    found = []
    for path in sources(root, *FILES):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING) and marks.search(token.string):
                found.append(f"{path.relative_to(root)}:{token.start[0]} {token.string.strip()[:60]}")
    return found


def unpickles(root: Path) -> list[str]:
    """Calls that may run what a file says; np.load needs allow_pickle=False, which older numpy did not default to."""
    found = []
    for path in sources(root):
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.Call):
                continue
            call, options = ast.unparse(node.func), {key.arg: ast.unparse(key.value) for key in node.keywords}
            unsafe = options.get("allow_pickle", "False") != "False" or call == "torch.load"
            unsafe |= call in ("np.load", "numpy.load") and "allow_pickle" not in options
            unsafe |= call in ("yaml.load", "eval", "exec")
            found += [f"{path.relative_to(root)}:{node.lineno} {ast.unparse(node)[:60]}"] if unsafe else []
    return found


def has_code(path: Path) -> bool:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) and node.name != "recollect_register" for node in parse(path).body)


def mirror(root: Path) -> list[str]:
    """Every module with code has its test file, and every test file its module."""
    package, tests, broken = root / PACKAGE, root / "tests", []
    for path in sources(root):
        name = path.relative_to(package)
        own = name.parent / (f"test_{name.stem}.py" if name.stem != "__init__" else f"test_{name.parent.name}.py")
        if has_code(path) and not (tests / TESTED_TOGETHER.get(name.as_posix(), own)).exists():
            broken.append(f"{PACKAGE}/{name} has no tests/{own}")
    together = set(TESTED_TOGETHER.values()) | WITHOUT_SOURCE
    for path in sorted(tests.rglob("test_*.py")):
        name = path.relative_to(tests)
        source = package / name.parent / name.name.removeprefix("test_")
        folder = (
            package / name.parent if name.parent.name == path.stem.removeprefix("test_") else source.with_suffix("")
        )
        if name.as_posix() not in together and not source.exists() and not folder.is_dir():
            broken.append(f"tests/{name} tests no module of {PACKAGE}")
    return broken


def exports(root: Path) -> list[str]:
    """A module's `__all__` names things that it has, in order, each once."""
    broken = []
    for path in sources(root):
        names, tree = exported(path), parse(path)
        bound = {name for name, _ in defined(tree)} | {
            alias.asname or alias.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for alias in n.names
        }
        broken += [
            f"{path.relative_to(root)}: __all__ names {name}, which is not there" for name in names if name not in bound
        ]
        broken += [f"{path.relative_to(root)}: __all__ is not sorted"] if names != sorted(set(names)) else []
    return broken


def docstrings(root: Path) -> list[str]:
    broken = []
    for path in sources(root):
        tree = parse(path)
        todo: list[tuple[str, ast.AST]] = [("the module", tree)]
        while todo:
            name, node = todo.pop()
            if not ast.get_docstring(node):  # type: ignore[arg-type]  # modules, classes and functions only
                broken.append(f"{path.relative_to(root)}: {name} has no docstring")
            for child in [] if isinstance(node, ast.FunctionDef) else ast.iter_child_nodes(node):
                if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
                    todo.append((child.name, child))
    return broken


RULES = (
    layout, import_rule, sizes, module_names, getattr_once, late_imports, words, notes_to_self, unpickles, mirror,
    exports, docstrings,
)  # fmt: skip
