"""From the bucket to an answer, over HTTP, on the deployed stack."""

from __future__ import annotations

import pytest

from stack_local.issuer import TokenIssuer
from tests.integration.driver import Driver, until


def test_a_document_in_the_bucket_is_answered_from_with_a_citation(driver: Driver) -> None:
    driver.put("library/rules.md", "# Library rules\n\nA book may be borrowed for four weeks.\n")
    reply = driver.answered("How long may a book be borrowed?", "four weeks")
    assert "[1]" in reply["answer"]
    citation = reply["citations"][0]
    assert citation["document"] == "library/rules.md"
    assert citation["quote"] == "A book may be borrowed for four weeks."
    assert citation["heading"] == "Library rules"
    record = driver.ended(["library/rules.md"])["library/rules.md"]
    assert record["status"] == "indexed"
    assert record["revision"] == citation["revision"]
    assert record["searchable_since"]


def test_a_key_with_odd_characters_goes_all_the_way_through(driver: Driver) -> None:
    key = "odd/a b é+%2F&=.md"
    driver.put(key, "# Lanterns\n\nThe harbour lantern is painted turquoise.\n")
    reply = driver.answered("What colour is the harbour lantern?", "turquoise")
    assert reply["citations"][0]["document"] == key
    assert driver.ended([key])[key]["status"] == "indexed"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x.y.z", "Basic YW5uOmFubg==", "nonsense"]
)
def test_without_a_good_token_nothing_is_answered(driver: Driver, authorization: str) -> None:
    for method, path in (("GET", "/v1/health"), ("GET", "/v1/documents"), ("POST", "/v1/ask")):
        assert (
            driver.call(method, path, {"question": "x"}, authorization=authorization).status == 401
        )


def test_an_expired_or_foreign_token_is_refused(driver: Driver) -> None:
    issuer = driver.stack.issuer
    with TokenIssuer() as foreign:
        tokens = (
            issuer.token("ann", seconds=-5),
            issuer.token("ann", audience="something-else"),
            foreign.token("ann"),
            foreign.token("ann", {"iss": issuer.url}),
        )
    for token in tokens:
        assert driver.call("GET", "/v1/documents", token=token).status == 401
    assert driver.call("GET", "/v1/documents", token=issuer.token("ann")).status == 200


def test_a_thread_belongs_to_the_asker_who_started_it(driver: Driver) -> None:
    driver.put("thread.md", "# Kettle\n\nThe kettle in the kitchen holds two litres.\n")
    driver.answered("How much does the kettle hold?", "two litres")
    issuer = driver.stack.issuer
    ann, ben = issuer.token("ann"), issuer.token("ben")
    first = driver.call(
        "POST", "/v1/ask", {"question": "How much does the kettle hold?"}, token=ann
    )
    again = {"question": "And where is it?", "thread": first.body["thread"]}
    assert driver.call("POST", "/v1/ask", again, token=ann).body["turn"] == 2
    assert driver.call("POST", "/v1/ask", again, token=ben).status == 404
    verdict = {"thread": first.body["thread"], "turn": 1, "verdict": "up"}
    assert driver.call("POST", "/v1/feedback", verdict, token=ben).status == 404
    assert driver.call("POST", "/v1/feedback", verdict, token=ann).status == 200


def test_audiences_come_from_the_claims_alone_and_a_changed_rule_counts_at_once(
    driver: Driver,
) -> None:
    hr = {"groups": ["people-team", "runners"]}
    question = "How many days of sabbatical leave are granted?"
    settings = {
        "access": {
            "default": ["everyone"],
            "rules": [{"prefix": "hr/", "audience": ["hr"]}],
        },
        "identity": {
            "default": ["everyone"],
            "claims": [{"claim": "groups", "value": "people-team", "audience": ["hr"]}],
        },
    }
    driver.settings(settings)
    try:
        driver.put("hr/leave.md", "# Leave\n\nSabbatical leave of ninety days is granted.\n")
        reply = driver.answered(question, "ninety days", claims=hr)
        assert reply["citations"][0]["document"] == "hr/leave.md"
        for claims in (None, {"groups": ["runners"]}, {"audiences": ["hr"]}):
            refused = driver.ask(question, claims)
            assert refused["declined"]
            assert "ninety" not in refused["answer"]
            assert all(near["document"] != "hr/leave.md" for near in refused["nearest"])
            assert "hr/leave.md" not in driver.documents(claims)
        claimed = {"question": question, "audiences": ["hr"], "scope": ["hr"], "as": "hr"}
        assert driver.call("POST", "/v1/ask", claimed).body["declined"]
        assert "hr/leave.md" in driver.documents(hr)
        driver.settings({**settings, "access": {"default": ["everyone"]}})
        driver.answered(question, "ninety days", seconds=20)
        driver.settings(settings)
        driver.declined(question, seconds=20)
    finally:
        driver.settings(None)


def test_a_sidecar_counts_whether_it_comes_before_or_after_its_document(driver: Driver) -> None:
    sidecar = '{"metadataAttributes": {"audience": ["hr"]}}'
    claims = {"groups": ["people-team"]}
    driver.settings(
        {
            "access": {"default": ["everyone"]},
            "identity": {
                "default": ["everyone"],
                "claims": [{"claim": "groups", "value": "people-team", "audience": ["hr"]}],
            },
        }
    )
    try:
        driver.put("after.md", "# Bonus\n\nThe winter bonus is seven hundred crowns.\n")
        driver.answered("How much is the winter bonus?", "seven hundred")
        driver.put("after.md.metadata.json", sidecar)
        driver.declined("How much is the winter bonus?", seconds=30)
        driver.answered("How much is the winter bonus?", "seven hundred", claims=claims)
        driver.put("before.md.metadata.json", sidecar)
        driver.put("before.md", "# Raise\n\nThe summer raise is four percent.\n")
        driver.answered("How large is the summer raise?", "four percent", claims=claims)
        assert driver.ask("How large is the summer raise?")["declined"]
        driver.delete("after.md.metadata.json")
        driver.answered("How much is the winter bonus?", "seven hundred")
    finally:
        driver.settings(None)


def test_a_new_version_a_deletion_and_its_undoing_each_take_effect(driver: Driver) -> None:
    question = "On which floor is the archive?"
    driver.put("archive.md", "# Archive\n\nThe archive is on the third floor.\n")
    driver.answered(question, "third floor")
    driver.put("archive.md", "# Archive\n\nThe archive is on the ninth floor.\n")
    reply = driver.answered(question, "ninth floor")
    assert "third" not in reply["answer"]
    marker = driver.delete("archive.md")
    driver.declined(question)
    until(lambda: "archive.md" not in driver.documents(), 20, "no such document")
    driver.delete_version("archive.md", marker)
    driver.answered(question, "ninth floor")
