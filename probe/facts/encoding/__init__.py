"""DER, BER and text as bytes have them: small steps below the records."""
