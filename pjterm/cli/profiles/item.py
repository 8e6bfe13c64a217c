"""A profile as JSON: its settings, and where its secrets are."""

from __future__ import annotations

from typing import Any

from pjterm.cli.context import Context
from pjterm.settings.profile import Profile
from pjterm.settings.profiles import Config


def print_changed(context: Context, name: str) -> None:
    """Print the profile after a change, as JSON only; as text there are only the notices."""
    from pjterm.cli.shared.printing import print_item
    from pjterm.settings import profiles

    config = profiles.load(context.config_dir)  # the context's own was read before the change
    print_item(context, "profiles", profile_item(config.profiles[name], config), [], changed=True)


def profile_item(profile: Profile, config: Config) -> dict[str, Any]:
    """All of its settings, none of its secrets."""
    return {
        "name": profile.name,
        "environment": profile.environment.value,
        "login": profile.login,
        "baseUrl": profile.base_url,
        "terminal": profile.terminal,
        "account": profile.account,
        "relay": list(profile.relay),
        "maxAmount": None if profile.max_amount is None else str(profile.max_amount),
        "confirmAbove": None if profile.confirm_above is None else str(profile.confirm_above),
        "terms": profile.terms,
        "replyTo": profile.reply_to,
        "by": profile.by,
        "timezone": profile.timezone,
        "dayStarts": f"{profile.day_starts:%H:%M}",
        "accessible": profile.accessible,
        "bell": profile.bell,
        "aliases": dict(profile.aliases),
        "secrets": profile.secrets,
        "default": profile.name == config.default_profile,
    }
