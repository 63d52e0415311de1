"""The chain engine: X509Chain.Build for the caller. It knows no host name and no connection."""
