"""`probe trust show|export|diff`: what is in a trust store."""

from __future__ import annotations

from typing import Annotated

import typer

from probe.cli import console
from probe.cli.help import HelpedCommand, HelpedGroup
from probe.cli.options.caller_options import CallerOptions
from probe.cli.options.composition import only, with_options
from probe.cli.options.report_options import OutputPath, PlainFormat, PlainFormatOption

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
        help="microsoft, certifi, system, windows, or a file or folder, with root:, intermediate: or "
        "disallowed: in front; layered. Default: windows on Windows, else microsoft.",
    ),
]


@app.command("show", cls=HelpedCommand)
@with_options
def show(
    *,
    specs: Specs = None,
    caller: Annotated[CallerOptions, only("root_auto_update")],
    form: PlainFormatOption = PlainFormat.TEXT,
    report: OutputPath,
) -> int:
    """List what a trust store holds: roots, intermediates, disallowed, with their restrictions.

    Example: probe trust show roots.sst --format json
    """
    from probe.report.listings import store_listing
    from probe.stores import inventory

    store = caller.changed(trust=specs).trust_store()
    render = store_listing.render_json if form is PlainFormat.JSON else store_listing.render_text
    put = console.emit if form is PlainFormat.JSON else console.emit_for_reader
    put(render(store, inventory.rows(store)), report.output)
    return 0


@app.command("export", cls=HelpedCommand)
@with_options
def export(
    *,
    specs: Specs = None,
    caller: Annotated[CallerOptions, only("root_auto_update")],
    report: OutputPath,
) -> int:
    """Write the roots of a trust store as PEM.

    Example: probe trust export windows -o roots.pem
    """
    from probe.errors import TrustStoreError
    from probe.stores import inventory

    store = caller.changed(trust=specs).trust_store()
    if not store.roots:
        raise TrustStoreError(f"trust store {store.name}: holds no root to export: add the certificates")
    console.emit(inventory.to_pem(store), report.output)
    if store.listed:
        console.hint(f"{len(store.listed)} listed roots are left out: their certificates are not at hand")
    if store.properties:
        console.hint("restrictions of roots are left out: PEM has no place for them")
    return 0


@app.command("diff", cls=HelpedCommand)
@with_options
def diff(
    *,
    first: Annotated[str, typer.Argument(metavar="FIRST", help="A trust store, as for show.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="The trust store to compare it with.")],
    caller: Annotated[CallerOptions, only("root_auto_update")],
    form: PlainFormatOption = PlainFormat.TEXT,
    report: OutputPath,
) -> int:
    """List what one trust store has and the other lacks, and what both have under other restrictions.

    Example: probe trust diff certifi roots.sst
    """
    from probe.report.listings import store_listing
    from probe.stores import inventory

    left = caller.changed(trust=[first]).trust_store()
    right = caller.changed(trust=[second]).trust_store()
    as_json = form is PlainFormat.JSON
    render = store_listing.render_difference_json if as_json else store_listing.render_difference_text
    put = console.emit if form is PlainFormat.JSON else console.emit_for_reader
    put(render(left, right, inventory.diff(left, right)), report.output)
    return 0


@app.command("fetch", cls=HelpedCommand)
def fetch(
    folder: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Where the lists are kept. Default: the account's data folder."),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--from", metavar="URL", help="The folder of a server that has the two cabinets."),
    ] = None,
) -> int:
    """Download today's lists of Microsoft's root programme, check who signed them, and say what changed.

    Only this command downloads them; `--trust microsoft` uses what it kept.

    Example: probe trust fetch
    """
    from pathlib import Path

    from probe.report.listings import store_listing
    from probe.stores import fetching, inventory, microsoft_list

    kept = Path(folder) if folder is not None else microsoft_list.fetched_folder()
    before = inventory.of_listing(microsoft_list.listing())
    fetched = fetching.fetch(kept, address=address or fetching.ADDRESS)
    after = inventory.of_listing(fetched[0].after)
    console.emit_for_reader(store_listing.render_fetched(fetched, before, after))
    return 0
