"""Values as YAML that fits where it will stand."""

from __future__ import annotations

import json
import re
from typing import Any

from health.go.yaml import YamlError, first

_LIKE_A_DATE = re.compile(r"[0-9][0-9:.\-TZ ]*\Z")
"""texts to Go, and something else to other readers of YAML"""


def scalar(value: Any, style: str = "", *, flow: bool = False) -> str:
    """A text, number, truth or null, in quotes such as `style` has them where they are allowed, else where needed."""
    if not isinstance(value, str):
        return json.dumps(value)
    forms = {"'": "'" + value.replace("'", "''") + "'", '"': json.dumps(value, ensure_ascii=False)}
    wanted = [forms[style]] if style in forms else [] if _LIKE_A_DATE.match(value) else [value]
    return next((form for form in (*wanted, forms['"'], json.dumps(value)) if _means(form, value, flow)), forms['"'])


def _means(form: str, value: str, flow: bool) -> bool:
    """Whether YAML reads a form as the value, in a block and within brackets, and as a key."""
    if "\n" in form or "\r" in form:
        return False
    try:
        inside = first(f"[{form}]") if flow else [value]
        return first(f"- {form} # end") == [value] and inside == [value] and first(f"{{{form}: 1}}") == {value: 1}
    except YamlError:
        return False


def flow(value: Any, style: str = "") -> str:
    """A value on one line, with brackets."""
    if isinstance(value, dict):
        items = (f"{scalar(key, style, flow=True)}: {flow(item, style)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, style) for item in value) + "]"
    return scalar(value, style, flow=True)


def block(value: Any, indentation: int, list_offset: int) -> list[str]:
    """The lines of a list or mapping that isn't empty. `list_offset` is how far lists stand in from their key."""
    margin = " " * indentation
    lines = []
    if isinstance(value, dict):
        for key, item in value.items():
            lines += entry(key, item, indentation, list_offset)
        return lines
    for item in value:
        if not isinstance(item, dict | list) or not item:
            lines.append(f"{margin}- {flow(item) if isinstance(item, dict | list) else scalar(item)}")
            continue
        first_line, *others = block(item, indentation + 2, list_offset)
        lines += [f"{margin}- {first_line.lstrip(' ')}", *others]
    return lines


def entry(key: str, value: Any, indentation: int, list_offset: int) -> list[str]:
    """The lines of a key with its value."""
    name = " " * indentation + scalar(key) + ":"
    if not isinstance(value, dict | list):
        return [f"{name} {scalar(value)}"]
    if not value:
        return [f"{name} {flow(value)}"]
    deeper = indentation + (list_offset if isinstance(value, list) else 2)
    return [name, *block(value, deeper, list_offset)]
