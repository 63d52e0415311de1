"""`probe trust show|export|diff`: what is in a trust store."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console, options
from probe.cli.helping import HelpedCommand, HelpedGroup

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    cls=HelpedGroup,
    help="What a trust store holds, as a table, as PEM, or compared.",
)

Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SPEC]...",
        help="certifi, system, windows, or a file or folder, with root:, intermediate: or disallowed: in "
        "front; layered. Default: windows on Windows, else certifi.",
    ),
]


@app.command("show", cls=HelpedCommand)
def show(
    specs: Specs = None,
    root_auto_update: options.RootAutoUpdate = True,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    output: options.Output = None,
) -> int:
    """List what a trust store holds: roots, intermediates, disallowed, with their restrictions.

    Example: probe trust show roots.sst --format json
    """
    from probe.cli import inputs
    from probe.report import stores
    from probe.stores import inventory

    store = inputs.trust(specs, root_auto_update=root_auto_update)
    render = stores.render_json if form is options.PlainFormat.JSON else stores.render_text
    console.emit(render(store, inventory.rows(store)), output)
    return 0


@app.command("export", cls=HelpedCommand)
def export(
    specs: Specs = None,
    root_auto_update: options.RootAutoUpdate = True,
    output: options.Output = None,
) -> int:
    """Write the roots of a trust store as PEM.

    Example: probe trust export windows -o roots.pem
    """
    from probe.cli import inputs
    from probe.errors import TrustStoreError
    from probe.stores import inventory

    store = inputs.trust(specs, root_auto_update=root_auto_update)
    if not store.roots:
        raise TrustStoreError(f"trust store {store.name}: holds no root to export: add the certificates")
    console.emit(inventory.to_pem(store), output)
    if store.listed:
        console.hint(f"{len(store.listed)} listed roots are left out: their certificates are not at hand")
    if store.properties:
        console.hint("restrictions of roots are left out: PEM has no place for them")
    return 0


@app.command("diff", cls=HelpedCommand)
def diff(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="A trust store, as for show.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="The trust store to compare it with.")],
    root_auto_update: options.RootAutoUpdate = True,
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    output: options.Output = None,
) -> int:
    """List what one trust store has and the other lacks.

    Example: probe trust diff certifi roots.sst
    """
    from probe.cli import inputs
    from probe.report import stores
    from probe.stores import inventory

    left = inputs.trust([first], root_auto_update=root_auto_update)
    right = inputs.trust([second], root_auto_update=root_auto_update)
    as_json = form is options.PlainFormat.JSON
    render = stores.render_difference_json if as_json else stores.render_difference_text
    console.emit(render(left, right, inventory.diff(left, right)), output)
    return 0
