"""The DynamoDB tables as template.yaml has them, for tests that make their own."""

from __future__ import annotations

from typing import Any

Definition = dict[str, Any]

DOCUMENTS: Definition = {
    "AttributeDefinitions": [
        {"AttributeName": "document", "AttributeType": "S"},
        {"AttributeName": "listing", "AttributeType": "S"},
        {"AttributeName": "readers", "AttributeType": "S"},
        {"AttributeName": "composed", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "document", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "listing",
            "KeySchema": [
                {"AttributeName": "listing", "KeyType": "HASH"},
                {"AttributeName": "document", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["own"]},
        },
        {
            "IndexName": "readers",
            "KeySchema": [
                {"AttributeName": "readers", "KeyType": "HASH"},
                {"AttributeName": "composed", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["own"]},
        },
    ],
    "BillingMode": "PAY_PER_REQUEST",
}

THREADS: Definition = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}

VECTORS: Definition = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}

REPLIES: Definition = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}

EXPIRY_ATTRIBUTE = "expires"
"""Of the threads, vectors and replies tables."""

TABLES = {
    "DocumentsTable": DOCUMENTS,
    "ThreadsTable": THREADS,
    "VectorsTable": VECTORS,
    "RepliesTable": REPLIES,
}
"""By the logical ids of the template."""
