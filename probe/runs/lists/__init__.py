"""Who is checked: partner lists, relationships, shards, and what one entry may say."""
