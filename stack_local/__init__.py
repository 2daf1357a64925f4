"""What stands for AWS on one machine: development and tests only, never deployed."""
