"""What `doctor` finds on this machine: settings, secrets, the state directory, the journal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pjterm.cli.doctor.check import BAD, NOTE, OK, Check
from pjterm.core.text import with_environment
from pjterm.errors import JournalUnusable, reason

if TYPE_CHECKING:
    from pjterm.cli.context import Context


def config(context: Context) -> Check:
    """Who can read the profile, and which of its settings have no effect."""
    from pjterm.cli.doctor.defaults import first_wrong
    from pjterm.cli.shared.trust import unknown_settings
    from pjterm.settings.credentials import credentials_path
    from pjterm.settings.profile import meant_guard
    from pjterm.system.files import foreign_owner, mode_problem

    try:
        profile = context.profile
    except JournalUnusable:
        says = f"no profile in {context.config.path}, and the journal cannot say whether real ones were used here"
        return Check("config", BAD, says, "pjterm profiles add")
    for path in (context.config_dir, context.config.path, credentials_path(context.config_dir)):
        problem = foreign_owner(path) or mode_problem(path, 0o022 if path == context.config_dir else 0o077)
        if problem is not None:
            return Check("config", BAD, problem.says, problem.command)
    unknown = unknown_settings(context)
    if unknown:
        meant = next((g for name, _ in unknown if (g := meant_guard(name.rpartition(".")[2]))), None)
        named = ", ".join(f"{name} in {place}" for name, place in unknown)
        not_in_force = "" if meant is None else f"; {meant} is not in force, so money commands are refused"
        return Check("config", BAD, f"unknown settings: {named}{not_in_force}", f"correct {context.config.path}")
    if (wrong := first_wrong(profile)) is not None:
        return Check("config", BAD, wrong.message, f"correct {context.config.path}")
    if profile.builtin:
        return Check("config", OK, f"the built-in simulator; no profile in {context.config.path}")
    whose = f"profile {with_environment(profile.name, profile.environment)} of {context.config.path}"
    if profile.foreign_url is not None:
        return Check("config", NOTE, f"{whose}; its host is {profile.foreign_url}, not PayJunction's own")
    return Check("config", OK, whose)


def credentials(context: Context) -> Check:
    """Whose login it is, and where its secrets are."""
    from pjterm.settings.credentials import places

    who, profile = context.credentials, context.profile
    if profile.builtin:
        return Check("credentials", OK, "the simulator's own")
    where, given = " and ".join(places(profile, context.config_dir, context.environ)), ", ".join(who.overridden)
    if given:
        where = f"{where}, overridden by {given}" if where else f"the environment ({given})"
    return Check("credentials", OK, f"login {who.login}, secrets: {where}")


def state(context: Context) -> Check:
    """Whether this user, and no other, can write to the state directory."""
    from pjterm.system.files import Problem, access_problem, foreign_owner, mode_problem, private_dir
    from pjterm.system.locks import stuck_lock

    place = context.state_dir
    try:
        private_dir(place)
    except OSError as error:
        barred = access_problem(place) or Problem(f"{place} cannot be made: {error.strerror}")
        return Check("state", BAD, barred.says, barred.command)
    inside = sorted(p for p in place.iterdir() if p.is_file())
    for path in (place, *inside):
        problem = access_problem(path) or foreign_owner(path) or mode_problem(path)
        if problem is not None:
            return Check("state", BAD, problem.says, problem.command)
    stuck = next((f for p in inside if (f := stuck_lock(p))), None)
    if stuck is not None:
        return Check("state", BAD, stuck)
    try:
        _write_as_much_as_a_sale(place / ".doctor")
    except OSError as error:
        return Check("state", BAD, f"{place} cannot be written: {reason(error)}", "make room on its disk")
    return Check("state", OK, str(place))


def _write_as_much_as_a_sale(path: Path) -> None:
    """More than a sale writes, and nothing that a file system stores in less: a full disk takes no sale."""
    from pjterm.system.files import write_private

    try:
        write_private(path, os.urandom(2**18))
    finally:
        path.unlink(missing_ok=True)


def journal(context: Context) -> Check:
    """Whether the journal can be written and is whole, and which entries are unresolved, if the profile is known."""
    from pjterm.journal.faults import UPDATE, is_newer
    from pjterm.journal.repair import examine
    from pjterm.ui.moments import recorded

    found = context.journal
    if found.was_begun():
        audit, damage = examine(found.file)
        if damage:
            more = f"; and {len(damage) - 1} more" if len(damage) > 1 else ""
            hint = UPDATE if is_newer(damage) else "look: pjterm journal verify\nthen: pjterm journal accept"
            return Check("journal", BAD, f"{found.path}: {damage[0]}{more}; money commands are refused", hint)
        accepted = [m["accepted"] for m in audit.marks if "accepted" in m] if audit is not None else []
    else:
        accepted = []
    found.check_writable()
    has_profile = "profile" in context.__dict__
    waiting = [e for e in found.unresolved() if e.scope == context.scope] if has_profile else []
    if waiting:
        return Check("journal", NOTE, f"{len(waiting)} open or unknown: {waiting[0].key}", "pjterm resume")
    if accepted:
        at = recorded(str(accepted[-1]), context.zone)
        return Check("journal", NOTE, f"{found.path}; damage was accepted {at}", "pjterm journal verify")
    return Check("journal", OK, f"{found.path}, whole" + (", nothing open" if has_profile else ""))


def facts(context: Context) -> Check:
    """What a probe has found, and where the simulator assumes something else."""
    from pjterm.settings import facts_file
    from pjterm.simulator.shop.guesses import Guesses
    from pjterm.simulator.shop.scenario_files import guesses_of
    from pjterm.values import fields

    found = facts_file.read(context.config_dir)
    asked = guesses_of(facts_file.guesses(context.config_dir)) or Guesses()
    names = [f.name for f in fields(asked) if getattr(asked, f.name) != getattr(Guesses(), f.name)]
    differs = "; ".join(f"{name} is {getattr(asked, name)}" for name in names)
    when = f"probed {found.get('made', '?')} on {found.get('host', found.get('environment', '?'))}"
    known, all_ = len(facts_file.guesses(context.config_dir) or {}), len(fields(Guesses()))
    says = f"{len(names)} differ: {differs}" if names else "none differs from what the simulator assumes"
    says += f"; {known} of {all_} are known"
    return Check("facts", OK, f"{when}: {says}")
