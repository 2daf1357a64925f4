"""What is known of the documents."""
