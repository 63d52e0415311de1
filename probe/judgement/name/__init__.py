"""The requested host beside the names that a certificate presents, as CryptoAPI compares them."""
