"""The house rules that a machine can check: sizes, banned calls, no path or index address in what is tracked."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "data", "forecasting", "optimizer")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "-co", "--exclude-standard", *patterns]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def test_files_are_rooms_of_at_most_four_hundred_lines() -> None:
    sizes = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {path: size for path, size in sizes.items() if size > 400} == {}


def test_functions_are_short() -> None:
    sizes = sorted(body_lines(node) for path in SOURCES for node in functions(path))
    assert statistics.median(sizes) <= 8
    assert sizes[int(0.95 * len(sizes))] <= 40


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_star_import_nor_import_in_a_function(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.ImportFrom) and any(name.name == "*" for name in node.names))
    for function in functions(path):
        assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function)), function.name


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if ROOT / "api" not in p.parents], ids=lambda path: str(path.relative_to(ROOT))
)
def test_engines_read_no_clock_and_no_global_random(path: Path) -> None:
    clock = r"datetime\.now|datetime\.today|date\.today|time\.time\("
    random = r"np\.random\.(?!Generator|default_rng|SeedSequence|Philox|PCG64)"
    assert not re.search(f"{clock}|{random}", path.read_text(encoding="utf-8"))


def test_no_machine_path_nor_index_address_is_tracked() -> None:
    kinds = {".py", ".toml", ".md", ".lock", ".txt", ".ipynb", ".yaml", ".yml", ".j2", ".csv", ""}
    banned = re.compile(r"/(?:home|root)/\w|--(?:extra-)?index-url|pypi\.(?:org|tuna)|files\.pythonhosted")
    for path in tracked():
        if path.suffix in kinds and path != Path(__file__):
            assert not banned.search(path.read_text(encoding="utf-8", errors="ignore")), path


def test_lock_is_hashed_and_complete() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][\w.-]*==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)
    assert "://" not in lock
