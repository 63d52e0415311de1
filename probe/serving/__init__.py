"""The exporter: checks asked for over HTTP, answered as metrics, in the convention of blackbox_exporter."""
