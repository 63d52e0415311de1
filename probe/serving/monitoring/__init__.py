"""What monitoring systems need beside the exporter: alert rules, a dashboard, configurations and templates.

They are files of this folder, printed as they are; what a site has to change stands at their top, or is a
macro of the system itself. The names of metrics and their meaning are those of
`probe.report.formats.prometheus`.
"""

from __future__ import annotations

from importlib import resources

FILES = {
    "rules": "alerts.yml",
    "dashboard": "dashboard.json",
    "icinga": "icinga2.conf",
    "nagios": "nagios.cfg",
    "zabbix": "zabbix.yaml",
    "prtg": "prtg.ps1",
}


def text(name: str) -> str:
    """The file of this name, one of `FILES`."""
    return resources.files(__name__).joinpath(FILES[name]).read_text(encoding="utf-8")
