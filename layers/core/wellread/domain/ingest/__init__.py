"""From a dropped file to searchable chunks: what is recorded, decided and told."""
