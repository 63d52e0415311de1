"""What CRLs and OCSP answers say. Nothing is verified here."""
