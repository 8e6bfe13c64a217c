"""An option that would take the next option as its value, which an unquoted empty shell variable causes.

`charge 2.01 --key $KEY --json` without a KEY would charge under the key `--json`, and every sale after it would be a
repeat of that one. A value that begins with a dash is still possible, written with `=`.
"""

from __future__ import annotations

from typing import Any

from pjterm.errors import UsageFault


def check_values(command: Any, words: list[str], *, anywhere: bool) -> None:
    """Refuse a line in which an option is where another one's value should be.

    Options may be `anywhere`; those of a group only before its command.
    """
    options = {name: p for p in command.params if p.param_type_name == "option" for name in p.opts + p.secondary_opts}
    rest = iter(words)
    for word in rest:
        if word == "--" or not (anywhere or word.startswith("-")):
            return
        option = _waits_for_value(word, options)
        value = "" if option is None else next(rest, "")
        if _is_option(value, options):
            raise _missing(max(options[option].opts, key=len), value)


def _waits_for_value(word: str, options: dict[str, Any]) -> str | None:
    """The option in this word, or the last of several short ones, whose value is the next word."""
    if word in options:
        return None if options[word].is_flag else word
    if word.startswith("--") or not word.startswith("-"):
        return None
    for place, letter in enumerate(word[1:], start=2):
        option = options.get(f"-{letter}")
        if option is None:
            return None
        if not option.is_flag:
            return f"-{letter}" if place == len(word) else None
    return None


def _is_option(value: str, options: dict[str, Any]) -> bool:
    """Whether it is written like an option: any long one, or a short one of this command."""
    return value.startswith("--") or value[:2] in options


def _missing(option: str, value: str) -> UsageFault:
    says = f"{option}: its value is missing, and the next word is {value!r}; is a variable empty?"
    return UsageFault(says, hint=f'Quote variables: {option} "$NAME". If that is the value: {option}={value}')
