"""Prints pjterm's own requirements at their floors, as constraints for pip."""

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]

for requirement in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["fleet"]]:
    name, floor = re.match(r"([\w.-]+)[^>]*>=([\w.]+)", requirement).groups()
    print(f"{name}=={floor}")  # noqa: T201
