"""`probe`: answers from labs to what PayJunction's pages leave open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.core.exit_codes import signal_exit
from pjterm.core.text import counted
from pjterm.errors import CheckFailed, LeaveNow, NotProven, PjtermError, UsageFault
from pjterm.ui.tones import Tone

if TYPE_CHECKING:
    from pjterm.cli.probe.probe import Probe
    from pjterm.core.probe import ProbeAnswer


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "probe")(probe)


def probe(
    context: Context,
    terminal: o.TerminalOption = None,
    account: o.AccountOption = None,
    out: Annotated[Path | None, o.option("--out", "FILE", "Default: facts.toml beside the configuration.")] = None,
    yes: o.YesOption = False,
) -> None:
    """Ask labs what PayJunction's pages leave open.

    A session of a few minutes at one reader, for one person with a test card: each step is said before it is done.
    Two payments are taken on the reader and a few more charged to the same card, $1.10 to $1.50 each; each is voided
    as soon as nothing needs it anymore, also after Ctrl-C; a second Ctrl-C exits at once and names what is left. The
    answers go into facts.toml: the simulator takes them for its guesses, and doctor shows what differs. What a
    simulator answers is written only with --out. Production is refused. Exit 13 where an answer is not what the
    simulator assumed.

    Examples:

      pjterm probe -p labs-1 -t T1

      pjterm probe -p labs-1 -t T1 --out labs.toml --json
    """
    from pjterm.cli.probe.probe import Probe
    from pjterm.cli.shared.signature import check_place
    from pjterm.core.probe import NOT_ASKED
    from pjterm.settings import facts_file

    _check_profile(context)
    if out is not None:
        check_place(out.absolute(), "--out")
    path = out if out is not None or context.is_simulator else context.config_dir / facts_file.NAME
    place = o.where(context, terminal, account)
    _check_wanted(context, place.name or str(place.smart_terminal_id), yes=yes)
    made = Probe(context, place, context.notice)
    with _taken_back(context, made):
        answers = []
        for answer in made.run():
            context.notice(f"  {_text(answer.value)}: {answer.says}")
            answers.append(answer)
    if path is not None:
        facts_file.save(path, answers, context.clock.now(), context.profile.environment.value, _host(context))
    for name, why in NOT_ASKED.items():
        context.notice(f"not asked: {name}: {why}")
    context.notice("not written: a simulator learns nothing from itself" if path is None else f"written: {path}")
    _print(context, answers)


def _host(context: Context) -> str:
    from urllib.parse import urlsplit

    return urlsplit(context.base_url).netloc


# -- before anything is sent --------------------------------------------------------------------------------------


def _check_profile(context: Context) -> None:
    profile = context.profile
    if profile.environment.value == "production":
        raise UsageFault(
            f"a probe runs on labs only, and profile {profile.name} is production. Nothing was sent.",
            hint="name a profile of labs with -p; to see them: pjterm profiles list",
        )


def _check_wanted(context: Context, reader: str, *, yes: bool) -> None:
    question = f"Is {reader} free for the next few minutes, and do you have a test card?"
    hint = "run it at a terminal, beside the reader; or pass --yes"
    context.confirm_or_refuse(question, f"{reader} was not probed, and nothing was sent", yes=yes, hint=hint)


# -- afterwards ---------------------------------------------------------------------------------------------------


@contextmanager
def _taken_back(context: Context, made: Probe) -> Iterator[None]:
    """What this session, or one before it, has charged is given back, however it ends; a second signal ends that."""
    signals = context.signals
    signals.install()
    _name(made, made.take_back())
    try:
        yield
        if (came := signals.begin_again()) is not None:
            raise LeaveNow(came)
        _take_back(made)
    except LeaveNow as left:
        context.warn("stopping; anything that was charged is given back first (Ctrl-C again exits at once)")
        try:
            signals.begin_again()
            _take_back(made)
        except LeaveNow:
            for line in f"not everything is given back; {_by_hand(made)}".split("\n"):
                context.warn(line)
            raise typer.Exit(signal_exit(left.signum)) from None
        context.warn("stopped; nothing stays charged, and no facts were written")
        raise typer.Exit(signal_exit(left.signum)) from None
    except BaseException:
        signals.begin_again()
        _take_back(made)
        raise


def _take_back(made: Probe) -> None:
    try:
        left = made.take_back()
    except PjtermError as error:
        raise NotProven(
            f"what a probe has charged could not be found: {error.message}",
            hint="the next probe gives it back; to see it: pjterm transactions list",
        ) from error
    _name(made, left)


def _name(made: Probe, left: list[int]) -> None:
    if left:
        raise NotProven(f"{counted(len(left), 'charge')} of a probe could not be given back", hint=_by_hand(made))


def _by_hand(made: Probe) -> str:
    voids = "\nthen: ".join(f"pjterm void tx:{number}" for number in made.left)
    return f"the next probe tries again; by hand: {voids or 'pjterm transactions list'}"


# -- what was found -----------------------------------------------------------------------------------------------


def _print(context: Context, answers: list[ProbeAnswer]) -> None:
    from pjterm.cli.shared.printing import Shown, print_list

    items = [_item(answer) for answer in answers]
    columns = ("NAME", "ANSWER", "ASSUMED", "SAYS")
    rows = [(i["name"], _text(i["answer"]), _text(i["assumed"]), i["says"]) for i in items]
    shown = Shown(columns, rows, (), [Tone.DONE if i["differs"] else None for i in items])
    print_list(context, "probe", items, columns, rows, changed=True, shown=shown)
    if any(i["differs"] for i in items):
        raise typer.Exit(CheckFailed.exit_code)


def _item(answer: ProbeAnswer) -> dict[str, Any]:
    from pjterm.simulator.shop.guesses import Guesses

    assumed = getattr(Guesses(), answer.name, None)
    differs = None not in (answer.value, assumed) and answer.value != assumed
    return {"name": answer.name, "answer": answer.value, "assumed": assumed, "differs": differs, "says": answer.says,
            "requests": list(answer.requests)}  # fmt: skip


def _text(value: object) -> str:
    if value is None:
        return "not known"
    return str(value).lower() if isinstance(value, bool) else str(value)
