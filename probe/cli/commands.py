"""The list of commands, in the order in which help shows them."""

from __future__ import annotations

import typer

from probe.cli import (
    callers,
    chain,
    check,
    collect,
    config,
    demo,
    diff,
    explain,
    history,
    init,
    judge,
    lab,
    merge,
    schedule,
    schema,
    serve,
    trust,
)


def register(app: typer.Typer) -> None:
    """Add every command to the program, once."""
    if app.registered_commands:
        return
    app.command("check")(check.check)
    app.command("demo")(demo.demo)
    app.command("collect")(collect.collect)
    app.command("judge")(judge.judge)
    app.command("chain")(chain.chain)
    app.command("explain")(explain.explain)
    app.command("callers")(callers.callers)
    app.command("lab")(lab.lab)
    app.command("init")(init.init)
    app.command("history")(history.history)
    app.command("diff")(diff.diff)
    app.command("merge")(merge.merge)
    app.command("serve")(serve.serve)
    app.command("schema")(schema.schema)
    app.add_typer(trust.app, name="trust")
    app.add_typer(config.app, name="config")
    app.add_typer(schedule.app, name="schedule")
