"""`sign`, `prompt`, `input` and `read`: what moves no money."""

from pathlib import Path
from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.sending import submit
from pjterm.errors import UsageFault, reason

DEFAULT_TERMS = "Please sign."


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "sign")(sign)
    command(app, "prompt")(prompt)
    command(app, "input")(input_)
    command(app, "read")(read)


def sign(
    context: Context,
    terms: Annotated[str | None, o.argument("[TERMS]", "What is signed.")] = None,
    terms_file: Annotated[str | None, o.option("--terms-file", "PATH", "Terms from a file, - for stdin.")] = None,
    save: Annotated[str | None, o.option("--save", "PATH.png", "Keep the image of the signature.")] = None,
    *,
    sending: o.Sending,
) -> None:
    """Have the customer sign on the reader.

    The reader shows the terms and a field to sign in. Without terms it shows the profile's, else
    "Please sign.". The result is the signature's id, or the path of its image with --save. The journal keeps the
    terms, for pjterm dispute.

    Examples:

      pjterm sign

      pjterm sign "I agree to the return policy." --save signature.png

      echo "I agree." | pjterm sign --terms-file -
    """
    from pjterm.core import request

    if terms is not None and "terms_file" in context.defaulted:
        terms_file = None
    if terms is not None and terms_file is not None:
        raise UsageFault("TERMS and --terms-file: give one of them")
    if save is not None:
        from pjterm.cli.shared.signature import check_save

        check_save(save, (".png",), "a PNG image")
    if terms_file is not None:
        terms = _read_terms(context, terms_file)
    if terms is None:
        terms = context.profile.terms or DEFAULT_TERMS
    submit(context, request.signature(terms), sending, text=terms, save=save)


def prompt(
    context: Context,
    text: Annotated[str, o.argument("TEXT", "What the reader shows.")],
    button: Annotated[
        list[str] | None, o.option("-b, --button", "LABEL", "One to three labels; default: Yes and No.")
    ] = None,
    expect: Annotated[str | None, o.option("--expect", "LABEL", "Any other answer ends with exit 3.")] = None,
    *,
    sending: o.Sending,
) -> None:
    """Ask the customer something, with buttons.

    The reader shows the text and the one to three buttons in the order given; the label of the pressed one comes back.

    Examples:

      pjterm prompt "Continue?"

      pjterm prompt "Donate?" -b Sure -b "No, thx" --expect Sure && echo yes
    """
    from pjterm.core import request

    spec = request.prompt(text, button if button is not None else ["Yes", "No"], expect)
    submit(context, spec, sending, text=text)


def input_(
    context: Context,
    type_: Annotated[str, o.option("--type", "phone", "What is typed.")] = "phone",
    *,
    sending: o.Sending,
) -> None:
    """Have the customer type a phone number.

    The reader shows a keypad. The number is printed as the result and nowhere else; after a day the
    journal keeps its last two digits only.

    Example:

      phone=$(pjterm input --type phone)
    """
    from pjterm.core import request

    submit(context, request.typed_input(type_), sending)


def read(context: Context, *, sending: o.Sending) -> None:
    """Read a membership or gift card.

    That is a magstripe card that is no payment card. The reader asks for a swipe. Payment cards cannot be read
    this way. The data is printed as the result and nowhere else.

    Example:

      pjterm read --json
    """
    from pjterm.core import request

    submit(context, request.read_card(), sending)


def _read_terms(context: Context, path: str) -> str:
    from pjterm.cli.streams import INPUT_LIMIT
    from pjterm.core.encoding import decode

    if path == "-":
        text = context.read_text()
    else:
        try:
            with Path(path).open("rb") as file:
                text = decode(file.read(INPUT_LIMIT))
        except (OSError, ValueError) as error:
            raise UsageFault(f"--terms-file: {path!r} cannot be read as text: {reason(error)}") from error
    return text.replace("\r\n", "\n").removesuffix("\n")
