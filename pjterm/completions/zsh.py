"""The script for zsh's own completion system: one function per command, options with their help."""

from __future__ import annotations

from pjterm.completions.tree import Branch, Option, Value, common_options, walk

_HEAD = """\
#compdef pjterm
# zsh completion of pjterm; generated, see: pjterm completions show zsh
# Commands and options are written out here, so TAB starts no program; only profile names and terminal
# aliases are asked of pjterm.

# Names that only the program knows, one a line. The last word says which; zsh puts its own before it.
_pjterm_ask() {
  local what=$argv[-1]
  local -a names
  argv[-1]=()
  [[ $PREFIX = -* ]] && return 1
  names=( ${(f)"$(_call_program names pjterm completions values $what \
    ${_pjterm_profile:+-p ${(q)_pjterm_profile}} 2>/dev/null)"} )
  (( $#names )) && compadd "$@" -- $names
}

_pjterm_words_or_files() {
  _alternative "words:word:($*)" 'files:file:_files'
}

"""

_MAIN = """\
_pjterm() {
  local -a _pjterm_common
  local _pjterm_profile='' word previous=''
  for word in ${words[2,CURRENT-1]}; do
    case $previous in
      -p|--profile) _pjterm_profile=${(Q)word} ;;
    esac
    case $word in
      --profile=*) _pjterm_profile=${(Q)word#*=} ;;
    esac
    previous=$word
  done
  _pjterm_common=(
@COMMON@
  )
  _pjterm_at_
}

if [ "$funcstack[1]" = _pjterm ]; then
  _pjterm "$@"
else
  compdef _pjterm pjterm
fi
"""


def script(root: Branch) -> str:
    """The whole script."""
    common = common_options(root)
    body = "".join(_function(path, branch, common) for path, branch in walk(root))
    return _HEAD + body + _main(common)


def _main(common: tuple[Option, ...]) -> str:
    """The entry point. The options of every command are an array that the functions called from here see.

    (A function around `_arguments` would not work: on return zsh undoes what it did to the words.)
    """
    specs = "\n".join(f"    {spec}" for option in common for spec in _specs(option))
    return _MAIN.replace("@COMMON@", specs)


def _function(path: str, branch: Branch, common: tuple[Option, ...]) -> str:
    own = [spec for option in branch.options if option not in common for spec in _specs(option)]
    if branch.commands:
        return _group(path, branch, own)
    own += [_argument(n, a.value, many=a.many) for n, a in enumerate(branch.arguments, start=1)]
    own = own or ["'1: : '"]  # nothing may follow the command
    lines = " \\\n".join(f"    {spec}" for spec in own)
    return f"{_name(path)}() {{\n  _arguments -C -s -S $_pjterm_common \\\n{lines}\n}}\n\n"


def _group(path: str, branch: Branch, own: list[str]) -> str:
    listed = "\n".join(f"    {_quote(_colon(c.name) + ':' + c.help)}" for c in branch.commands)
    specs = "".join(f"    {spec} \\\n" for spec in own)
    cases = "\n".join(f"        {c.name}) {_name(f'{path} {c.name}'.lstrip())} ;;" for c in branch.commands)
    return f"""\
{_name(path)}() {{
  local curcontext="$curcontext" state line
  local -a commands
  typeset -A opt_args
  commands=(
{listed}
  )
  _arguments -C -s -S $_pjterm_common \\
{specs}    '1: :->command' \\
    '*:: :->rest'
  case $state in
    command) _describe -t commands 'pjterm command' commands ;;
    rest)
      curcontext="${{curcontext%:*}}-$words[1]:"
      case $words[1] in
{cases}
      esac
      ;;
  esac
}}

"""


def _specs(option: Option) -> list[str]:
    """An option in the syntax of `_arguments`, once per spelling; one spelling excludes the others."""
    others = f"({' '.join(option.names)})" if len(option.names) > 1 and not option.many else ""
    star = "*" if option.many else ""
    help_ = f"[{_bracket(option.help)}]"
    specs = []
    for name in option.names:
        if option.value is None:
            specs.append(_quote(f"{others}{star}{name}{help_}"))
        else:
            end = "=" if name.startswith("--") else "+"
            specs.append(_quote(f"{others}{star}{name}{end}{help_}:{_offer(option.value)}"))
    return specs


def _argument(place: int, value: Value, *, many: bool) -> str:
    return _quote(f"{'*' if many else place}:{_offer(value)}")


def _offer(value: Value) -> str:
    """The message and the action of a value."""
    words = " ".join(value.words)
    if value.asks is not None:
        action = f"_pjterm_ask {value.asks}"
    elif value.words and value.file:
        action = f" _pjterm_words_or_files {words}"  # with the leading space, zsh calls it exactly as written
    elif value.words:
        action = f"({words})"
    else:
        action = "_files" if value.file else " "
    return f"{_colon(value.metavar)}:{action}"


def _name(path: str) -> str:
    return "_pjterm_at_" + path.replace(" ", "_")


def _bracket(text: str) -> str:
    return _colon(text.replace("[", "\\[").replace("]", "\\]"))


def _colon(text: str) -> str:
    return text.replace(":", "\\:")


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
