"""What `doctor` finds about environment variables: blank, unknown and ignored ones."""

from __future__ import annotations

from collections.abc import Mapping

from pjterm.cli.did_you_mean import near
from pjterm.cli.doctor.check import BAD, NOTE, OK, Check
from pjterm.errors import UsageFault

KNOWN = (
    "PJTERM_APP_KEY", "PJTERM_BY", "PJTERM_CONFIG_DIR", "PJTERM_LOGIN", "PJTERM_NATS_CA", "PJTERM_NATS_CERT",
    "PJTERM_NATS_CREDS", "PJTERM_NATS_KEY", "PJTERM_NATS_NKEY", "PJTERM_NATS_PASSWORD", "PJTERM_NATS_TOKEN",
    "PJTERM_NATS_USER", "PJTERM_PASSWORD", "PJTERM_PROFILE", "PJTERM_RELAY_TOKEN", "PJTERM_STATE_DIR",
    "PJTERM_TERMINAL", "PJTERM_WEBHOOK_SECRET",
)  # fmt: skip


def check(environ: Mapping[str, str]) -> Check:
    """What is wrong with them, without a value that may be a secret."""
    from pjterm.settings.checks import check_by

    ours = sorted(name for name in environ if name.startswith("PJTERM_"))
    blank = [name for name in ours if name in KNOWN and not environ[name].strip()]
    if blank:
        return Check("variables", BAD, f"set, but empty: {', '.join(blank)}", f"unset {' '.join(blank)}")
    try:
        if "PJTERM_BY" in environ:
            check_by(environ["PJTERM_BY"], "PJTERM_BY")
    except UsageFault as fault:
        return Check("variables", BAD, fault.message, "unset PJTERM_BY, or put a name into it")
    unknown = [name for name in ours if name not in KNOWN]
    if unknown:
        found = near(unknown[0], KNOWN)
        hint = f"did you mean {found[0]}?" if found else f"unset {' '.join(unknown)}"
        return Check("variables", NOTE, f"pjterm does not read {', '.join(unknown)}", hint)
    if environ.get("SSLKEYLOGFILE"):
        return Check("variables", NOTE, "SSLKEYLOGFILE is set, and ignored: no keys are written")
    return Check("variables", OK, ", ".join(ours) or "none")
