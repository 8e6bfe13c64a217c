"""The script for fish: one `complete` line per option and command, each with its condition."""

from __future__ import annotations

from pjterm.completions.tree import Branch, Option, Value, common_options, walk

_HEAD = """\
# fish completion of pjterm; generated, see: pjterm completions show fish
# Commands and options are written out here, so TAB starts no program; only profile names and terminal
# aliases are asked of pjterm.

"""

_MAIN = """\
# Walks the line before the cursor: the command so far, how many arguments it has, the profile.
function __pjterm_walk
    set -g __pjterm_path ''
    set -g __pjterm_count 0
    set -g __pjterm_profile
    set -l words (commandline -opc)
    set -e words[1]
    set -l only_arguments no
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        if test $only_arguments = yes
            set __pjterm_count (math $__pjterm_count + 1)
        else if test "$word" = --
            set only_arguments yes
        else if string match -q -- '-*' $word
            set -l name (string split -m 1 -- = $word)
            set -l value $name[2]
            if contains -- $name[1] (__pjterm_valued $__pjterm_path)
                if not set -q name[2]
                    set value $words[1]
                    set -e words[1]
                end
                if contains -- $name[1] -p --profile
                    set __pjterm_profile $value
                end
            end
        else if contains -- $word (__pjterm_commands $__pjterm_path)
            set __pjterm_path (string trim "$__pjterm_path $word")
        else
            set __pjterm_count (math $__pjterm_count + 1)
        end
    end
end

# Whether the line is at this command, and, with a second word, at that argument of it.
function __pjterm_at
    __pjterm_walk
    test "$__pjterm_path" = "$argv[1]"
    or return 1
    set -q argv[2]
    or return 0
    string match -q -- '-*' (commandline -ct)
    and return 1
    test "$argv[2]" = any -o "$argv[2]" = "$__pjterm_count"
end

# Names that only the program knows, one a line.
function __pjterm_ask
    __pjterm_walk
    if test -n "$__pjterm_profile"
        pjterm completions values $argv[1] -p $__pjterm_profile 2>/dev/null
    else
        pjterm completions values $argv[1] 2>/dev/null
    end
end

complete -c pjterm -e
complete -c pjterm -f
"""


def script(root: Branch) -> str:
    """The whole script."""
    common = common_options(root)
    lines = [_option(None, o) for o in common]
    for path, branch in walk(root):
        lines += [_command(path, c) for c in branch.commands]
        lines += [_option(path, o) for o in branch.options if o not in common]
        lines += [
            _argument(path, n, a.value, many=a.many) for n, a in enumerate(branch.arguments) if not a.value.is_free
        ]
    return _HEAD + _tables(root) + _MAIN + "\n".join(lines) + "\n"


def _tables(root: Branch) -> str:
    commands = {path: [c.name for c in b.commands] for path, b in walk(root) if b.commands}
    valued = {path: [n for o in branch.options if o.value is not None for n in o.names] for path, branch in walk(root)}
    return _table("__pjterm_commands", commands) + _table("__pjterm_valued", valued)


def _table(name: str, rows: dict[str, list[str]]) -> str:
    """A function that prints the words of a path, one per line; rows with equal words share a case."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for path, words in rows.items():
        alike.setdefault(tuple(words), []).append(path)
    cases = "".join(
        f"        case {' '.join(map(_quote, paths))}\n            string split ' ' -- {_quote(' '.join(words))}\n"
        for words, paths in alike.items()
        if words
    )
    return f'function {name}\n    switch "$argv[1]"\n{cases}    end\nend\n\n'


def _command(path: str, command: Branch) -> str:
    condition = _quote(f"__pjterm_at {_quote(path)}")
    return f"complete -c pjterm -n {condition} -a {command.name} -d {_quote(command.help)}"


def _option(path: str | None, option: Option) -> str:
    words = ["complete -c pjterm"]
    if path is not None:
        words.append("-n " + _quote(f"__pjterm_at {_quote(path)}"))
    words += [f"-s {n[1:]}" for n in option.short]
    words += [f"-l {n[2:]}" for n in option.long]
    if option.value is not None:
        words.append(_offer(option.value))
    words.append(f"-d {_quote(option.help)}")
    return " ".join(words)


def _argument(path: str, place: int, value: Value, *, many: bool) -> str:
    condition = _quote(f"__pjterm_at {_quote(path)} {'any' if many else place}")
    return f"complete -c pjterm -n {condition} {_offer(value, argument=True)}"


def _offer(value: Value, *, argument: bool = False) -> str:
    """What may follow: `-x` for a value without files, `-r -F` for a value with files; arguments need no `-r`."""
    only, files = ("-f", "-F") if argument else ("-x", "-r -F")
    if value.asks is not None:
        return f"{only} -a {_quote(f'(__pjterm_ask {value.asks})')}"
    if value.words:
        return f"{files if value.file else only} -a {_quote(' '.join(value.words))}"
    return files if value.file else only


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
