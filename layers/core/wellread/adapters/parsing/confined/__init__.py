"""Reading files in processes that are confined, limited and watched."""
