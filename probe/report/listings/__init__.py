"""What is printed that is no result: callers, servers, sources, trust stores."""
