"""One statement of what the package needs; environment.yml and the lock say the same."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAMED = {"pandas", "geopandas", "folium", "scikit-learn", "jupyterlab", "nbval"}  # the six that the customer named
REQUIRED = [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]
RANGES = {Requirement(text).name.lower(): Requirement(text).specifier for text in REQUIRED}
del RANGES[PROJECT["name"]]  # an extra that brings another
LOCKS = ["requirements.lock", "requirements-spark.lock"]


@pytest.fixture(scope="module")
def conda():
    """The dependencies of environment.yml: those of conda, and those of its pip section."""
    path = ROOT / "environment.yml"
    assert path.is_file(), "environment.yml is missing"
    lines = [
        line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    start = lines.index("dependencies:") + 1
    listed = [line.strip().removeprefix("- ").strip("\"'") for line in lines[start:] if line.lstrip().startswith("- ")]
    at = listed.index("pip:")
    return listed[:at], listed[at + 1 :]


def test_conda_brings_python_pip_and_the_six_packages_in_the_ranges_of_pyproject(conda):
    brought = {Requirement(text).name: Requirement(text).specifier for text in conda[0]}
    assert set(brought) == {"python", "pip"} | NAMED
    assert brought["python"] == SpecifierSet(PROJECT["requires-python"])
    assert {name: brought[name] for name in NAMED} == {name: RANGES[name] for name in NAMED}


def test_pip_brings_this_package_with_its_extras(conda):
    assert conda[1] == ["-e .[forecast,notebooks]"]


def locked(lock):
    text = (ROOT / lock).read_text("utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, flags=re.MULTILINE)


def test_each_locked_version_is_in_the_range_of_pyproject_and_each_requirement_is_locked():
    versions = {}
    for name, version in [pair for lock in LOCKS for pair in locked(lock)]:
        versions.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(version)
    for name, allowed in RANGES.items():
        plain = re.sub(r"[-_.]+", "-", name)
        assert plain in versions, f"{name} is not locked"
        for version in versions[plain]:
            assert allowed.contains(version, prereleases=True), f"{name} {version} is not in {allowed}"


@pytest.mark.parametrize("lock, least", list(zip(LOCKS, (50, 1))))
def test_the_locks_hold_hashes_and_no_address(lock, least):
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|@ file:", text)
    entries = re.split(r"^(?=[A-Za-z0-9._-]+(?:\[[^\]]*\])?==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked(lock)) > least
    assert all("--hash=sha256:" in entry for entry in entries)
