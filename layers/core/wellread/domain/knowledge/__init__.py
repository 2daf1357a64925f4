"""What a knowledge base is made of, how its parts travel, and what goes wrong with them."""
