"""What is to be told about an endpoint: causes with their evidence, each once."""
