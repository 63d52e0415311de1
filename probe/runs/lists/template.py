"""What `probe init` writes: a configuration and a partner list in which every key is explained.

Both are read by the product itself in a test, as they are and with every commented key switched on.
"""

from __future__ import annotations

from probe.collection.defaults import CONNECT_TIMEOUT, TIMEOUT
from probe.judgement.thresholds import DEFAULT_THRESHOLDS
from probe.runs import run_defaults

CONFIGURATION = f"""\
# Settings of fedprobe. A flag on the command line wins over a PROBE_* environment variable, that over this
# file, and this file over the default. `probe config show` prints what holds and where it comes from.
#
# Keys at the top hold for every command that has the option; a table such as [check] for one command only.
# A key is the option's name with _ for -, so --connect-timeout is connect_timeout.

# Which Exchange server to predict. `probe callers` lists them.
#caller = ["exchange-se"]

# The trust store of the predicted server: microsoft, certifi, system, windows, or files and folders.
#trust = ["windows", "root:C:\\\\PKI\\\\our-root.cer"]

# Whether that server can download missing issuers from the internet.
#aia = true

# When an expiry is a warning, and when a failure: days, percent of the lifetime, or the smaller of both.
#warning = "{DEFAULT_THRESHOLDS.warning.text}"
#critical = "{DEFAULT_THRESHOLDS.critical.text}"

# Seconds for each phase, and for one target as a whole (the Availability service waits {TIMEOUT:g}).
#connect_timeout = {CONNECT_TIMEOUT}
#timeout = {TIMEOUT}

[check]
# What a scheduled run keeps. Paths are taken from the folder where the command runs.
#history = "history.sqlite"
#keep = "400d"
#log_file = "probe.log"
#concurrency = {run_defaults.CONCURRENCY}

# Whom to tell when a verdict changes: addresses, or the URL of a webhook. env:NAME reads it from a variable.
#notify = ["mailto:messaging@example.com", "env:PROBE_WEBHOOK_URL"]
# Let that mail carry a letter for each partner that fails, ready to be addressed and sent.
#notify_letter = true

[notify]
# The mail server for notify. The password is never written here: env:NAME names the variable that holds it.
#smtp_server = "mail.example.com"
#smtp_from = "fedprobe@example.com"
#smtp_security = "starttls"   # or "tls", or "none" without a password
#smtp_port = 587
#smtp_user = "fedprobe"
#smtp_password = "env:PROBE_SMTP_PASSWORD"
#smtp_ca_file = "our-root.pem"
"""

PARTNERS = """\
# The federation partners to check: probe check -f partners.toml
# What stands in [defaults] holds for every partner that does not say otherwise.

[defaults]
#callers = ["exchange-se", "exchange-2016@2012r2"]
#trust = ["certifi"]
#warning = "30,33.333%"
#critical = "7"
#tags = ["production"]

[[partners]]
domain = "contoso.example"
notes = "Its endpoints are discovered, as Get-FederationInformation does when the relationship is made"

[[partners]]
domain = "fabrikam.example"
# TargetSharingEpr and TargetAutodiscoverEpr of the organization relationship, where they are set:
ews_url = "https://mail.fabrikam.example/ews/exchange.asmx"
#autodiscover_url = "https://autodiscover.fabrikam.example/autodiscover/autodiscover.svc/WSSecurity"
# Only for this partner:
#timeout = 40
#connect_timeout = 10
#aia = false
# A proxy with a password is read from the environment: env:NAME
#proxy = "http://proxy.example.com:3128"
# As in curl: HOST:PORT:ADDRESS:PORT and HOST:PORT:ADDRESS
#connect_to = ["mail.fabrikam.example:443:192.0.2.10:443"]
#resolve = ["mail.fabrikam.example:443:192.0.2.10"]
tags = ["hybrid"]
"""
