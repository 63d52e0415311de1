"""What the partner's HTTP answers say, read as .NET's SOAP client and as an administrator would read them."""
