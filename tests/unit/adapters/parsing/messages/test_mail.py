"""Mail messages: headers, body, attachments."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LIMITS = ParseLimits()


def message(subject: str = "Leave request") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "office@example.org"
    mail["To"] = "staff@example.org"
    mail["Date"] = "Mon, 02 Feb 2026 10:00:00 +0000"
    return mail


def parse(mail: EmailMessage) -> ParsedText:
    return parse_document("mail.eml", mail.as_bytes(), LIMITS)


def test_subject_and_addresses_lead_and_the_subject_is_the_title() -> None:
    mail = message("Urlaub für ☀")
    mail.set_content("Thirty days.\n")
    parsed = parse(mail)
    assert parsed.title == "Urlaub für ☀"
    assert parsed.text == (
        "Urlaub für ☀\n\nFrom: office@example.org\nTo: staff@example.org\n"
        "Date: Mon, 02 Feb 2026 10:00:00 +0000\n\nThirty days."
    )


def test_what_is_quoted_from_earlier_messages_follows_the_new_words_and_the_signature() -> None:
    mail = message()
    mail.set_content(
        "Hello,\n\nOn Mon, 2 Feb 2026, the front desk\n<desk@example.org> wrote:\n> May it stay?\n"
        "> Until when?\n\nUntil Friday.\n\n> Thanks\n\nBye\n-- \nThe office\nRoom 7\n"
    )
    assert parse(mail).text.split("+0000\n\n")[1] == (
        "Hello,\n\nUntil Friday.\n\nBye\n\nThe office\nRoom 7\n\n"
        "On Mon, 2 Feb 2026, the front desk\n<desk@example.org> wrote:\n"
        "> May it stay?\n> Until when?\n\n> Thanks"
    )


def test_a_message_that_only_quotes_keeps_all_its_words() -> None:
    mail = message()
    mail.set_content("> first\n> second\n")
    assert parse(mail).text.endswith("+0000\n\n> first\n> second")


def test_a_line_of_dashes_in_the_text_is_no_signature() -> None:
    mail = message()
    mail.set_content("above\n----\nbelow\n--- a\n")
    assert parse(mail).text.endswith("above\n----\nbelow\n--- a")


def test_plain_text_is_preferred_to_its_html_twin() -> None:
    mail = message()
    mail.set_content("The plain words.")
    mail.add_alternative("<p>The rich words.</p>", subtype="html")
    assert "plain words" in parse(mail).text
    assert "rich words" not in parse(mail).text


def test_a_message_in_html_only_is_read_without_its_markup() -> None:
    mail = message()
    mail.set_content("<style>p{}</style><p>The <b>rich</b> words.</p>", subtype="html")
    assert parse(mail).text.endswith("\n\nThe rich words.")


def test_attachments_are_read_by_their_own_front_below_a_heading() -> None:
    mail = message()
    mail.set_content("See attached.")
    mail.add_attachment(b"# Rules\n\nNo smoking.\n", "text", "markdown", filename="R\u00e4.md")
    parsed = parse(mail)
    assert parsed.text.endswith("Attachment: R\u00e4.md\n\n# Rules\n\nNo smoking.")
    assert [(h.level, h.title) for h in parsed.headings] == [
        (1, "Leave request"),
        (2, "Attachment: R\u00e4.md"),
        (3, "Rules"),
    ]
    assert parsed.text[parsed.headings[2].start :].startswith("# Rules")


def test_an_attachment_that_cannot_be_read_is_named_with_the_reason() -> None:
    mail = message()
    mail.set_content("See attached.")
    mail.add_attachment(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "image", "png", filename="p.png")
    assert parse(mail).text.endswith(
        "Attachment: p.png\n\n(not read: The file is a picture, and wellread reads text.)"
    )


def test_an_attached_message_is_read_with_its_own_headers() -> None:
    mail = message()
    inner = message("The inner one")
    inner.set_content("Inner words.")
    mail.set_content("Forwarded.")
    mail.add_attachment(inner)
    assert "The inner one" in parse(mail).text
    assert "Inner words." in parse(mail).text


def test_messages_attached_in_messages_without_end_are_stopped() -> None:
    mail = message()
    mail.set_content("Words.")
    for _ in range(8):
        outer = message()
        outer.set_content("Forwarded.")
        outer.add_attachment(mail)
        mail = outer
    assert "nested too deeply" in parse(mail).text


@pytest.mark.parametrize(
    "kind", ["application/pkcs7-mime; smime-type=enveloped-data", "multipart/encrypted"]
)
def test_an_encrypted_message_is_reported_as_such(kind: str) -> None:
    data = f"From: a@example.org\nMIME-Version: 1.0\nContent-Type: {kind}\n\nabc\n".encode()
    with pytest.raises(DocumentError) as caught:
        parse_document("a.eml", data, LIMITS)
    assert caught.value.code is FailureCode.ENCRYPTED


def test_parts_nested_without_end_are_too_complex() -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3000)
    )
    data = f"From: a@example.org\nMIME-Version: 1.0\n{nested}Content-Type: text/plain\n\nhi\n"
    with pytest.raises((DocumentError, RecursionError)):
        parse_document("a.eml", data.encode(), LIMITS)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_headers_that_were_not_encoded_are_read_all_the_same(encoding: str) -> None:
    data = "From: Büro <office@example.org>\nTo: a@example.org\nSubject: Kündigung\n\nWörter\n"
    parsed = parse_document("a.eml", data.encode(encoding), LIMITS)
    assert (
        parsed.text == "Kündigung\n\nFrom: Büro <office@example.org>\nTo: a@example.org\n\nWörter"
    )


def test_plain_text_that_only_points_to_the_html_is_not_the_message() -> None:
    mail = message()
    mail.set_content("Your program cannot show this message.")
    mail.add_alternative(f"<p>{'The rules are these. ' * 30}</p>", subtype="html")
    assert "The rules are these." in parse(mail).text


def test_parts_without_a_name_are_not_lost() -> None:
    mail = message()
    mail.set_content("See below.")
    mail.add_attachment(b"BEGIN:VCALENDAR\nSUMMARY:Meeting\nEND:VCALENDAR\n", "text", "calendar")
    mail.add_attachment(b"%PDF-1.4 broken", "application", "pdf")
    text = parse(mail).text
    assert "SUMMARY:Meeting" in text
    assert "Attachment: without a name\n\n(not read: " in text


def test_signatures_are_left_out_and_sealed_parts_are_named() -> None:
    mail = message()
    mail.set_content(
        "Words.\n-----BEGIN PGP MESSAGE-----\n\nabcd\n-----END PGP MESSAGE-----\n"
        "-----BEGIN PGP SIGNATURE-----\n\nefgh\n-----END PGP SIGNATURE-----\n"
    )
    mail.add_attachment(b"ijkl", "application", "pkcs7-signature", filename="smime.p7s")
    assert parse(mail).text.endswith("+0000\n\nWords.\n(not read: encrypted)")
