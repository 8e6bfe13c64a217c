"""`simulator`: a PayJunction on loopback, its scenarios, and the fault bench for integrations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared.printing import say_ready
from pjterm.cli.streams import write, write_result
from pjterm.errors import CheckFailed, LeaveNow, UsageFault

if TYPE_CHECKING:
    from pjterm.simulator.bench.verdicts import Item
    from pjterm.simulator.bench.verify import Progress


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    simulator = group("A PayJunction on this machine, a fault bench.")
    command(simulator, "serve")(serve)
    command(simulator, "scenarios")(scenarios)
    command(simulator, "play")(play)
    command(simulator, "verify")(verify)
    command(simulator, "openapi")(openapi)
    app.add_typer(simulator, name="simulator")


def serve(
    context: Context,
    port: Annotated[int, o.option("--port", "N", "0 picks a free one.")] = 8700,
    speed: Annotated[float, o.option("--speed", "N", "Speed-up factor over real time.")] = 1.0,
    seed: Annotated[int | None, o.option("--seed", "N", "The same ids again, in a new state directory.")] = None,
    scenario: Annotated[
        str | None, o.option("--scenario", "NAME_OR_FILE", "What goes wrong; default: nothing.")
    ] = None,
    webhook_url: Annotated[
        str | None, o.option("--webhook-url", "URL", "Where webhooks go, signed with `simulator`.")
    ] = None,
    allow_outbound: Annotated[bool, o.flag("--allow-outbound", "Let webhooks leave this machine.")] = False,
    state: Annotated[Path | None, o.option("--state", "DIR", "Books of its own, in this directory.")] = None,
    memory: Annotated[bool, o.flag("--memory", "Books in memory, gone at the end.")] = False,
) -> None:
    """Serve the simulated API until Ctrl-C; other commands of this user find it by themselves.

    Login `simulator`, password `simulator`, key `00000000-0000-4000-8000-000000000000`, terminals T1 and T2,
    account 10001. When ready it prints one line with its URL; URL/-/ in a browser lets you be the customer.
    No card is ever charged. With --state or --memory other commands find it by its URL only.

    Examples:

      pjterm simulator serve --speed 10

      pjterm simulator serve --port 0 --scenario reply-lost -o json
    """
    from pjterm.settings import facts_file
    from pjterm.simulator.server.serve import run

    _check_port(port)

    def announce(url: str, bound: int) -> None:
        say_ready(context, "simulator", url, bound)

    if memory and state is not None:
        raise UsageFault("--state and --memory: give one of them")
    run(
        port=port, directory=None if memory else state or context.state_dir, speed=speed, seed=seed, scenario=scenario,
        webhook_url=webhook_url, allow_outbound=allow_outbound, facts=facts_file.guesses(context.config_dir),
        announce=announce, warn=context.warn,
    )  # fmt: skip
    context.last_word("simulator stopped" + ("" if memory else "; its books are kept"))


def _check_port(port: int) -> None:
    if not 0 <= port <= 65535:
        raise UsageFault(f"--port: {port} is not between 0 and 65535")


def scenarios(context: Context) -> None:
    """List the scenarios that the simulator knows by name, one line each.

    Example:

      pjterm simulator scenarios
    """
    from pjterm.cli.shared.printing import print_list
    from pjterm.simulator.shop.named import NAMED

    items = [{"name": s.name, "says": s.says} for s in NAMED]
    print_list(context, "scenarios", items, ("NAME", "SAYS"), [(i["name"], i["says"]) for i in items])


def play(
    context: Context,
    url: Annotated[str | None, o.argument("[URL]", "A simulator; default: this user's running one.")] = None,
) -> None:
    """Be the customer: see each virtual terminal, tap a card, press buttons, type digits, unplug it.

    Works over a `pjterm simulator serve` that runs in another window.

    Example:

      pjterm simulator play
    """
    from pjterm.errors import Unavailable
    from pjterm.flow.signals import unwinding
    from pjterm.simulator.play.terminal import run
    from pjterm.simulator.server import running

    found = url or running.find(context.state_dir)
    if found is None:
        raise Unavailable("no simulator runs here", hint="start one in another window: pjterm simulator serve")
    with unwinding():
        run(found)


def openapi(context: Context) -> None:
    """The OpenAPI document of the simulated API.

    It includes the routes under /-/, by which tests act at its readers. OpenAPI 3.1, as JSON.

    Example:

      pjterm simulator openapi > payjunction.openapi.json
    """
    import json

    from pjterm import __version__
    from pjterm.cli.shared.printing import json_text
    from pjterm.simulator.api.document import document

    found = document(__version__)
    text = json.dumps(found, indent=2) + "\n" if context.format == "text" else json_text(context, found)
    write_result(context.stdout, text)


def verify(
    context: Context,
    line: Annotated[list[str], o.argument("-- COMMAND...", "The integration to run, after two dashes.")],
    only: Annotated[str | None, o.option("--only", "A,B", "Only these scenarios.")] = None,
    seed: Annotated[int | None, o.option("--seed", "N", "Makes a run repeatable.")] = None,
    junit: Annotated[str | None, o.option("--junit", "FILE", "Write the report as JUnit XML too.")] = None,
) -> None:
    """Run an integration in every scenario, and compare what it believes with what was booked.

    COMMAND finds PJ_BASE_URL, PJ_LOGIN, PJ_PASSWORD, PJ_APP_KEY, PJ_AMOUNT and PJ_SCENARIO in its
    environment, takes one payment on T1, and exits with what it believes: 0 paid, 8 or 9 does not know, 1,
    126, 127 or a signal crashed, anything else not paid. `approved` comes first: where all goes well it has
    to exit 0, or nothing else is run. Where a result may still come, a COMMAND that says "not paid" is run
    once more, as a cashier would: PJ_SALE names the sale and PJ_STATE a directory, the same both times.
    Exit 0 when all pass, else 13. In a pipe each scenario is a row: its name, passed, FAILED or
    skipped, what COMMAND said, the truth, charges, seconds, why.

    Example:

      pjterm simulator verify --only reply-lost,declined -- ./my-integration.sh
    """
    from pjterm.flow.signals import unwinding
    from pjterm.simulator.bench import report
    from pjterm.simulator.bench.verdicts import inconclusive
    from pjterm.simulator.bench.verify import run_bench

    chosen = None if only is None else [name.strip() for name in only.split(",") if name.strip()]
    if junit is not None:
        report.check_junit(Path(junit))
    try:
        with unwinding():
            items = run_bench(line, only=chosen, seed=seed, progress=lambda p: _print_progress(context, p))
    except (KeyboardInterrupt, LeaveNow):
        context.last_word("stopped; the scenarios that are left did not run")
        raise
    if junit is not None:
        report.write_junit(items, Path(junit))
    if inconclusive(items):
        context.warn(report.summary(items))
    _print_items(context, items)
    raise typer.Exit(0 if all(i.passed for i in items) else CheckFailed.exit_code)


def _print_progress(context: Context, progress: Progress) -> None:
    """Where the bench is: one line that is replaced on a terminal, a line per result elsewhere."""
    from pjterm.core.text import one_line
    from pjterm.simulator.bench import report

    item, at = progress.item, f"[{progress.number}/{progress.of}] {progress.scenario}"
    if context.stderr_is_terminal and not context.quiet:
        write(context.stderr, f"\r\x1b[K{at} ..." if item is None else "\r\x1b[K")
    if item is not None and not item.skipped:
        context.notice(f"{at}: {'passed' if item.passed else 'FAILED: ' + item.why}")
        for line in report.advice(item):
            context.notice(f"  {line}")
    if item is not None and context.format == "ndjson":
        write_result(context.stdout, one_line(item.view()) + "\n")


def _print_items(context: Context, items: list[Item]) -> None:
    """The report: a table with details on a terminal, rows in a pipe."""
    from pjterm.cli.shared.printing import print_list
    from pjterm.simulator.bench import report

    if context.format == "ndjson":
        return
    if context.for_person:
        write_result(context.stdout, "\n".join(report.table(items)) + "\n")
        return
    columns = ("SCENARIO", "", "SAID", "TRUTH", "CHARGES", "SECONDS", "WHY")
    rows = [(i.scenario, report.word(i), i.said, i.truth, i.charges, i.seconds, i.view()["why"]) for i in items]
    print_list(context, "verify", [i.view() for i in items], columns, rows)
