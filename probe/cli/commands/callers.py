"""`probe callers`: the caller profiles and what each implies."""

from __future__ import annotations

from probe.cli import console, options


def callers(
    form: options.PlainFormatOption = options.PlainFormat.TEXT,
    output: options.Output = None,
) -> int:
    """List the Exchange servers that can be predicted, with what each one does differently.

    Example: probe callers --format json
    """
    from probe.judgement import caller
    from probe.report import callers as rendering

    profiles = caller.profiles()
    if form is options.PlainFormat.JSON:
        console.emit(rendering.render_json(profiles), output)
    else:
        console.emit(rendering.render_text(profiles, default=caller.DEFAULT), output)
    return 0
