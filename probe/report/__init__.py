"""Report: pure renderers of a result document, one format each."""
