"""The script for PowerShell, 5.1 and newer, on every system: data first, then one completer that reads it."""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.completions.tree import Branch, Value, walk

_HEAD = """\
# PowerShell completion of pjterm; generated, see: pjterm completions show powershell
# Commands and options are written out here, so TAB starts no program; only profile names and terminal
# aliases are asked of pjterm.

"""

_TAIL = """\
Register-ArgumentCompleter -Native -CommandName pjterm -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $program = $commandAst.GetCommandName() # as it was typed: the one of a venv may not be in PATH
    if (-not $program) { $program = 'pjterm' }
    $path = ''
    $at = $PjtermTree[$path]
    $chosen = $null
    $pending = $null
    $count = 0
    $onlyArguments = $false
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.Extent.Text.Trim("'", '"')
        if ($pending) {
            if ($pending -cin '-p', '--profile') { $chosen = $word }
            $pending = $null
        } elseif ($onlyArguments) {
            $count += 1
        } elseif ($word -eq '--') {
            $onlyArguments = $true
        } elseif ($word.StartsWith('-')) {
            $name, $value = $word -split '=', 2
            $option = $at.Options | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1
            if ($option -and $option.Value) {
                if ($null -eq $value) { $pending = $name }
                elseif ($name -ceq '--profile') { $chosen = $value }
            }
        } elseif ($PjtermTree.ContainsKey("$path $word".Trim())) {
            $path = "$path $word".Trim()
            $at = $PjtermTree[$path]
        } else {
            $count += 1
        }
    }

    function Get-Offer($value, $prefix, $typed) {
        if (-not $value) { return }
        $words = @($value.Words)
        if ($value.Asks) {
            $ask = @('completions', 'values', $value.Asks)
            if ($chosen) { $ask += @('-p', $chosen) }
            # PowerShell reads in the console's code page; Python would write in the system's
            $before = $env:PYTHONIOENCODING
            $env:PYTHONIOENCODING = "cp$([Console]::OutputEncoding.CodePage)"
            try { $words = @(& $program @ask 2>$null) } finally { $env:PYTHONIOENCODING = $before }
        }
        foreach ($one in $words | Where-Object { $_ -and $_.StartsWith($typed) }) {
            $text = if ($one -match '[^\\w.:/-]') { "'" + $one.Replace("'", "''") + "'" } else { $one }
            [System.Management.Automation.CompletionResult]::new("$prefix$text", $one, 'ParameterValue', $one)
        }
    }

    if ($pending) {
        $option = $at.Options | Where-Object { $_.Names -ccontains $pending } | Select-Object -First 1
        return Get-Offer $option.Value '' $wordToComplete.Trim("'", '"')
    }
    if ($wordToComplete.StartsWith('-') -and -not $onlyArguments) {
        if ($wordToComplete.Contains('=')) {
            $name, $typed = $wordToComplete -split '=', 2
            $option = $at.Options | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1
            return Get-Offer $option.Value "$name=" $typed
        }
        foreach ($option in $at.Options) {
            foreach ($name in $option.Names | Where-Object { $_.StartsWith($wordToComplete) }) {
                [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterName', $option.Help)
            }
        }
        return
    }
    if ($at.Commands.Count -gt 0) {
        if ($count -gt 0) { return }
        foreach ($command in $at.Commands | Where-Object { $_.Name.StartsWith($wordToComplete) }) {
            [System.Management.Automation.CompletionResult]::new(
                $command.Name, $command.Name, 'Command', $command.Help)
        }
        return
    }
    if ($at.Arguments.Count -gt 0) {
        $place = [Math]::Min($count, $at.Arguments.Count - 1)
        if ($place -eq $count -or $at.Arguments[$place].Many) {
            Get-Offer $at.Arguments[$place].Value '' $wordToComplete.Trim("'", '"')
        }
    }
}
"""


def script(root: Branch) -> str:
    """The whole script."""
    rows = "".join(_row(path, branch) for path, branch in walk(root))
    # a Dictionary, because the keys of a plain @{} do not tell -v from -V
    made = "$PjtermTree = [System.Collections.Generic.Dictionary[string, object]]::new()\n"
    return _HEAD + made + rows + "\n" + _TAIL


def _row(path: str, branch: Branch) -> str:
    commands = _list(f"@{{ Name = {_quote(c.name)}; Help = {_quote(c.help)} }}" for c in branch.commands)
    options = _list(
        f"@{{ Names = @({', '.join(map(_quote, o.names))}); Value = {_value(o.value)}; Help = {_quote(o.help)} }}"
        for o in branch.options
    )
    arguments = _list(
        f"@{{ Value = {_value(a.value)}; Many = {'$true' if a.many else '$false'} }}" for a in branch.arguments
    )
    return (
        f"$PjtermTree[{_quote(path)}] = @{{\n"
        f"    Commands  = {commands}\n    Options   = {options}\n    Arguments = {arguments}\n}}\n"
    )


def _list(items: Iterable[str]) -> str:
    lines = "\n".join(f"        {item}" for item in items)
    return f"@(\n{lines}\n    )" if lines else "@()"


def _value(value: Value | None) -> str:
    """What a value may be; files are left to PowerShell, which offers them if nothing else is offered."""
    if value is None:
        return "$null"
    words = ", ".join(map(_quote, value.words))
    asks = "$null" if value.asks is None else _quote(value.asks)
    return f"@{{ Words = @({words}); Asks = {asks} }}"


def _quote(text: str) -> str:
    """A string in ASCII: PowerShell 5.1 reads files in the system's code page, and takes curly quotes for quotes."""
    text = text.replace("…", "...").encode("ascii", "replace").decode()
    return "'" + text.replace("'", "''") + "'"
