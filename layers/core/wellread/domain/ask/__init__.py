"""What an answer is made of: places to quote, claims to check, how both are shown."""
