"""The laptop host: runs the same handlers as AWS over embedded queues, with a CLI and a page.

It may use anything below it; nothing below it, and no function, may use it.
"""
