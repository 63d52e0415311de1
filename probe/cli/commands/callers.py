"""`probe callers`: the caller profiles and what each implies."""

from __future__ import annotations

from probe.cli import console
from probe.cli.options.composition import with_options
from probe.cli.options.report_options import OutputPath, PlainFormat, PlainFormatOption


@with_options
def callers(*, form: PlainFormatOption = PlainFormat.TEXT, report: OutputPath) -> int:
    """List the Exchange servers that can be predicted, with what each one does differently.

    Example: probe callers --format json
    """
    from probe.judgement import caller_profile
    from probe.report.listings import caller_listing as rendering

    profiles = caller_profile.profiles()
    if form is PlainFormat.JSON:
        console.emit(rendering.render_json(profiles), report.output)
    else:
        console.emit_for_reader(
            rendering.render_text(profiles, default=caller_profile.DEFAULT), report.output
        )
    return 0
