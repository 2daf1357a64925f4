"""One folder a Lambda function, each with one thin handler."""
