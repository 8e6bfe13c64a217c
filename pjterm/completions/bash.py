"""The script for bash, 3.2 and newer, with or without the bash-completion package."""

from __future__ import annotations

from pjterm.completions.tree import Branch, Value, offered_options, valued_options, values_by_option, walk

_HEAD = """\
# bash completion of pjterm; generated, see: pjterm completions show bash
# Works with bash 3.2 and newer; needs no other package. Commands and options are written out here, so TAB
# starts no program; only profile names and terminal aliases are asked of pjterm.

"""

_ASK = """\
# Names that only the program knows, one a line; those that begin with $2, quoted for the line.
_pjterm_ask() {
    local name typed=$2 quoted=''
    case $typed in
    \\"* | \\'*) quoted=yes typed=${typed#?} ;;
    *) typed=${typed//\\\\/} ;;
    esac
    while IFS= read -r name; do
        case $name in
        "$typed"*)
            [ -n "$quoted" ] || name=$(printf '%q' "$name")
            COMPREPLY[${#COMPREPLY[@]}]=$name
            ;;
        esac
    done < <(pjterm completions values "$1" ${_pjterm_profile:+-p "$_pjterm_profile"} 2>/dev/null)
}

# The fixed words of $1 that begin with $2.
_pjterm_words() {
    local IFS=$' \\t\\n'
    COMPREPLY=( $(compgen -W "$1" -- "$2") )
}

_pjterm_files() {
    local IFS=$'\\n'
    COMPREPLY=( $(compgen -f -- "$1") )
    compopt -o filenames 2>/dev/null
}

"""

_MAIN = """\
_pjterm() {
    local _pjterm_path='' _pjterm_profile='' _pjterm_commands _pjterm_options _pjterm_valued
    local cur=${COMP_WORDS[COMP_CWORD]} previous='' word='' next='' count=0 index=1 only_arguments=''
    COMPREPLY=()
    _pjterm_at
    while [ "$index" -lt "$COMP_CWORD" ]; do
        word=${COMP_WORDS[index]}
        next=${COMP_WORDS[index + 1]-}
        index=$((index + 1))
        previous=''
        if [ -n "$only_arguments" ]; then
            count=$((count + 1))
            continue
        fi
        case $word in
        --)
            only_arguments=yes
            ;;
        -*)
            case " $_pjterm_valued " in
            *" ${word%%=*} "*)
                previous=${word%%=*}
                if [ "$word" = "$previous" ]; then
                    # readline breaks --option=value into three words
                    if [ "$next" = '=' ] && [ "$index" -lt "$COMP_CWORD" ]; then
                        index=$((index + 1))
                    fi
                    word=${COMP_WORDS[index]}
                    [ "$index" -ge "$COMP_CWORD" ] && break
                    index=$((index + 1))
                else
                    word=${word#*=}
                fi
                case $previous in -p | --profile) _pjterm_profile=$word ;; esac
                previous=''
                ;;
            esac
            ;;
        *)
            case " $_pjterm_commands " in
            *" $word "*)
                _pjterm_path="${_pjterm_path:+$_pjterm_path }$word"
                _pjterm_at
                ;;
            *)
                count=$((count + 1))
                ;;
            esac
            ;;
        esac
    done
    if [ "$cur" = '=' ] && [ -n "$previous" ]; then
        cur=''
    fi
    if [ -n "$previous" ]; then
        _pjterm_value "$previous" "$cur"
        return
    fi
    case $cur in
    -*)
        if [ -z "$only_arguments" ]; then
            case $cur in
            --*=*)
                _pjterm_value "${cur%%=*}" "${cur#*=}"
                for index in "${!COMPREPLY[@]}"; do COMPREPLY[index]="${cur%%=*}=${COMPREPLY[index]}"; done
                ;;
            *)
                _pjterm_words "$_pjterm_options" "$cur"
                ;;
            esac
            return
        fi
        ;;
    esac
    if [ -n "$_pjterm_commands" ]; then
        [ "$count" -eq 0 ] && _pjterm_words "$_pjterm_commands" "$cur"
    else
        _pjterm_argument "$count" "$cur"
    fi
}

complete -F _pjterm pjterm
"""


def script(root: Branch) -> str:
    """The whole script."""
    return _HEAD + _places(root) + _ASK + _values(root) + _arguments(root) + _MAIN


def _places(root: Branch) -> str:
    """What may follow each command: its subcommands, its options, and which of them take a value."""
    cases = []
    for path, branch in walk(root):
        commands = " ".join(c.name for c in branch.commands)
        cases += [
            f"    {_quote(path)})",
            f"        _pjterm_commands={_quote(commands)}",
            f"        _pjterm_options={_quote(' '.join(offered_options(branch)))}",
            f"        _pjterm_valued={_quote(' '.join(valued_options(branch)))}",
            "        ;;",
        ]
    return "_pjterm_at() {\n    case $_pjterm_path in\n" + "\n".join(cases) + "\n    esac\n}\n\n"


def _values(root: Branch) -> str:
    """What may follow each option that takes a value: `$1` is the option, `$2` the value typed so far."""
    cases = []
    for name, uses in values_by_option(root):
        for path, value in uses:
            at = "*" if path == "*" else _quote(path)
            cases.append(f"    {at}:{name}) {_offer(value, '$2')} ;;")
    return "_pjterm_value() {\n    case $_pjterm_path:$1 in\n" + "\n".join(cases) + "\n    esac\n}\n\n"


def _arguments(root: Branch) -> str:
    """What each argument may be: `$1` is its index from 0, `$2` what is typed so far."""
    cases = []
    for path, branch in walk(root):
        for n, argument in enumerate(branch.arguments):
            if not argument.value.is_free:
                place = "*" if argument.many else str(n)
                cases.append(f"    {_quote(path)}:{place}) {_offer(argument.value, '$2')} ;;")
    return "_pjterm_argument() {\n    case $_pjterm_path:$1 in\n" + "\n".join(cases) + "\n    esac\n}\n\n"


def _offer(value: Value, typed: str) -> str:
    """The call that offers a value; if it may be a word or a file, files only if no word matches."""
    if value.asks is not None:
        return f'_pjterm_ask {value.asks} "{typed}"'
    if value.words and value.file:
        words = _quote(" ".join(value.words))
        return f'_pjterm_words {words} "{typed}"; [ ${{#COMPREPLY[@]}} -gt 0 ] || _pjterm_files "{typed}"'
    if value.words:
        return f'_pjterm_words {_quote(" ".join(value.words))} "{typed}"'
    return f'_pjterm_files "{typed}"'


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
