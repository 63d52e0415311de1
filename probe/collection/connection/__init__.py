"""One connection, from the address to the last byte of the answer, each way of ending told apart."""
