"""pjterm drives PayJunction Smart Terminals from a keyboard, a script or another program."""

__version__ = "0.1.0"
