"""Forms that adapters share and the domain need not know: stored records, events, streams."""
