"""The same shops and tills as the command line's tests."""

from tests.cli.conftest import opened, shop_and_till

__all__ = ["opened", "shop_and_till"]
