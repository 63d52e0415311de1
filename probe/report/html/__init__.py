"""HTML: one self-contained page for people, see page.py."""

from probe.report.html.page import History, render

__all__ = ["History", "render"]
