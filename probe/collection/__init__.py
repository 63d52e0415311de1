"""Collection: the only room with sockets, name resolution and the clock. It records and never concludes."""
