import json
import logging
import socket
import threading
import time

import httpx
import pytest

from tests.chat_server import delta, running_chat_server, stream
from tests.chats import patient
from wellread.adapters.openai.chat import OpenAICompatibleChat
from wellread.domain.ask.prompting import Prompt, render_messages
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError

QUESTION = "How long is the secret leave?"
PASSAGE = Passage(
    document=DocumentId("leave.md"),
    revision=RevisionId("1"),
    write="w",
    chunk=Chunk(0, 0, 30, "Annual leave is thirty days.", "Leave"),
    score=1.0,
)

PROMPT = Prompt(QUESTION, QUESTION, (PASSAGE,), Mode.RAG)
KEY = "sk-do-not-show-this"


@pytest.fixture
def server():
    with running_chat_server() as server:
        yield server


def generator_at(url, *, first=5.0, idle=5.0, total=60.0, **settings):
    chat = OpenAICompatibleChat(url, "leave-model", **settings)
    return patient(chat, first=first, idle=idle, total=total)


def ask(server, prompt=PROMPT, **settings):
    return generator_at(server.url, **{"api_key": KEY, **settings}).generate(prompt)


def refused(server, **settings):
    """The message of the refusal, which must say what is wrong without saying what is secret."""
    with pytest.raises(ModelUnavailableError) as caught:
        list(ask(server, **settings))
    message = str(caught.value)
    assert message.startswith("The model leave-model ")
    assert KEY not in message
    assert "secret" not in message
    assert "thirty" not in message
    return message


def test_a_stream_comes_in_pieces_as_they_are_sent(server):
    seen = threading.Event()

    def behave(exchange):
        exchange.begin()
        exchange.write(f"data: {delta('Thirty')}\n\n")
        assert seen.wait(5)
        exchange.write(f"data: {delta(' days [1].')}\n\ndata: [DONE]\n\n")

    server.behaviour = behave
    pieces = ask(server)

    assert next(pieces) == "Thirty"
    seen.set()
    assert "".join(pieces) == " days [1]."


def test_the_request_is_what_openai_takes(server):
    list(ask(server))

    [(path, headers, body)] = server.requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "leave-model",
        "messages": render_messages(PROMPT),
        "stream": True,
        "temperature": 0,
    }


def test_no_key_sends_no_authorization(server):
    list(ask(server, api_key=None))

    [(_, headers, _)] = server.requests
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("", "/v1/chat/completions"),
        ("/", "/v1/chat/completions"),
        ("/v1", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/api/v1", "/api/v1/chat/completions"),
        ("/v1beta/openai/", "/v1beta/openai/chat/completions"),
        ("/v1?api-version=1", "/v1/chat/completions?api-version=1"),
    ],
)
def test_the_url_is_taken_in_any_usual_form(server, given, path):
    list(generator_at(server.url + given).generate(PROMPT))

    assert [request[0] for request in server.requests] == [path]


@pytest.mark.parametrize(
    "url", ["", "ollama", "127.0.0.1:11434", "ftp://x/v1", "http://", "http://x:y"]
)
def test_what_is_no_url_is_a_configuration_error(url):
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_MODEL_URL"):
        OpenAICompatibleChat(url, "m")


def test_a_key_that_no_header_can_hold_is_a_configuration_error_without_the_key():
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_MODEL_KEY") as caught:
        OpenAICompatibleChat("http://127.0.0.1:1", "m", api_key="abc\ndef")

    assert "abc" not in str(caught.value)


def body_of(content="Thirty days [1].", **choice):
    message = {"role": "assistant", "content": content}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}]}


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", json.dumps(body_of())),
        ("application/json", json.dumps(body_of(), indent=2)),
        ("application/json", json.dumps(body_of([{"type": "text", "text": "Thirty days [1]."}]))),
        ("application/jsonlines", f"{delta('Thirty days')}\n{delta(' [1].', finish='stop')}\n"),
        ("application/x-ndjson", f"{delta('Thirty days [1].')}\r\n\r\n{delta(finish='stop')}"),
        (
            "text/event-stream",
            f": wait\r\n\r\nevent: message\r\ndata:{delta('Thirty days [1].', 'length')}\r\n\r\n",
        ),
    ],
    ids=["one body", "laid out", "parts", "JSON lines", "ndjson", "events without DONE"],
)
def test_every_usual_form_of_answer_is_read(server, media_type, body):
    def behave(exchange):
        exchange.begin(media_type)
        exchange.write(body)

    server.behaviour = behave

    assert "".join(ask(server)) == "Thirty days [1]."


def test_characters_and_events_may_be_cut_anywhere(server):
    text = "Ein Jahr – drei\u2028Tage 🎉 [1]."

    def behave(exchange):
        exchange.begin()
        raw = f"data: {delta(text)}\n\ndata: [DONE]\n\n".encode()
        for start in range(0, len(raw), 7):
            exchange.write(raw[start : start + 7])

    server.behaviour = behave

    assert "".join(ask(server)) == text


@pytest.mark.parametrize(
    "pieces",
    [
        ["<think>Is it thirty [2]? </think>\n\nThirty days [1]."],
        ["<th", "ink>Let me", " see <b> </th", "ink", ">", "\n", "Thirty days", " [1]."],
        ["Thirty <think>really?</think>days [1]."],
        [*"<think>a<b</think>Thirty days [1]."],
    ],
    ids=["one piece", "cut tags", "amid", "by letters"],
)
def test_thoughts_are_left_out(server, pieces):
    server.behaviour = stream(*pieces)

    assert "".join(ask(server)) == "Thirty days [1]."


def test_what_only_looks_like_a_thought_stays(server):
    server.behaviour = stream("If a <", " b and <thi", "rd>: 30 days [1] <")

    assert "".join(ask(server)) == "If a < b and <third>: 30 days [1] <"


def test_thoughts_in_a_field_of_their_own_are_left_out_and_keep_the_answer_alive(server):
    def behave(exchange):
        exchange.begin()
        for _ in range(6):
            exchange.write(f"data: {delta(reasoning_content='hm')}\n\n")
            exchange.pause(0.1)
        exchange.write(f"data: {delta('Thirty.')}\n\ndata: [DONE]\n\n")

    server.behaviour = behave

    assert "".join(ask(server, first=0.4, idle=0.4)) == "Thirty."


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        (["<think>thirty"], "came to no answer"),
        (["It is thirty. ", "</think>", "Thirty."], "thoughts as a part of the answer"),
        ([], "empty"),
        ([" \n"], "empty"),
        (["<think>thirty</think>\n"], "empty"),
    ],
)
def test_thoughts_without_an_answer_and_emptiness_are_failures(server, pieces, reason):
    server.behaviour = stream(*pieces)

    assert reason in refused(server)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "context"),
        (401, "WELLREAD_MODEL_KEY"),
        (403, "WELLREAD_MODEL_KEY"),
        (404, 'ollama pull "leave-model"'),
        (413, "WELLREAD_PASSAGES"),
        (429, "busy"),
        (500, "failed (500)"),
        (503, "failed (503)"),
        (302, "refused the request (302)"),
        (204, "refused the request (204)"),
    ],
)
def test_every_refusal_says_what_to_do_and_repeats_nothing(server, status, reason):
    def behave(exchange):
        exchange.begin("application/json", status)
        error = {"message": f"key {KEY} for {QUESTION} and thirty", "type": "not_found_error"}
        exchange.write(json.dumps({"error": error}))

    server.behaviour = behave

    assert reason in refused(server)


@pytest.mark.parametrize(
    "raw",
    [
        'data: {"error": {"message": "secret thirty out of memory", "code": 500}}\n\n',
        'event: error\ndata: {"error": "secret thirty"}\n\n',
        '{"error": "secret thirty"}',
        f'data: {delta("thirty")}\n\ndata: {{"error": {{"message": "secret"}}}}\n\n',
        f"data: {delta('thirty', finish='content_filter')}\n\ndata: [DONE]\n\n",
        "data: {thirty\n\n",
        "data: [1, 2]\n\n",
        "<html>secret thirty</html>",
        '{\n"choices": [\n',
        '{"detail": "secret"}',
        "[" * 100_000,
        "",
        b"\xff\xfe\x00",
        "data: " + "x" * 5_000_000,
    ],
    ids=[
        "error",
        "error event",
        "error body",
        "error amid",
        "filtered",
        "broken JSON",
        "other JSON",
        "a page",
        "half a body",
        "no choices",
        "deep",
        "nothing",
        "bytes",
        "too much",
    ],
)
def test_a_good_status_with_no_good_answer_is_a_failure(server, raw):
    def behave(exchange):
        exchange.begin()
        exchange.write(raw)

    server.behaviour = behave

    refused(server)


def test_a_server_that_dies_amid_an_answer_is_a_failure_after_its_pieces(server):
    server.behaviour = stream("Thirty", " days", done=False)
    pieces = ask(server)

    assert [next(pieces), next(pieces)] == ["Thirty", " days"]
    with pytest.raises(ModelUnavailableError, match="broke off before"):
        next(pieces)


def test_a_connection_cut_amid_a_chunk_is_a_failure(server):
    def behave(exchange):
        exchange.send_response(200)
        exchange.send_header("Transfer-Encoding", "chunked")
        exchange.end_headers()
        exchange.write("400\r\ndata: ")
        exchange.connection.shutdown(socket.SHUT_RDWR)

    server.behaviour = behave

    assert "broke off (RemoteProtocolError)" in refused(server)


def test_nobody_listening_is_a_failure_that_says_so():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ModelUnavailableError, match=r"cannot be reached .*WELLREAD_MODEL_URL"):
            list(generator_at(url).generate(PROMPT))


def test_a_name_without_an_address_and_a_server_without_tls_are_failures(server):
    for url in ("http://no-such-host.invalid", server.url.replace("http", "https")):
        with pytest.raises(ModelUnavailableError, match="cannot be reached"):
            list(generator_at(url).generate(PROMPT))


def headers_by_letters(exchange):
    for letter in "HTTP/1.1 200 OK\r\nX-Slow: " + "y" * 1000:
        exchange.write(letter)
        exchange.pause(0.05)


def keep_alive(exchange):
    while True:
        exchange.write(": keep alive\n\n")
        exchange.pause(0.05)


def signs_of_life_without_words(exchange):
    exchange.begin()
    keep_alive(exchange)


def silence(exchange):
    exchange.pause(60)


@pytest.mark.parametrize("behaviour", [silence, headers_by_letters, signs_of_life_without_words])
def test_a_model_that_does_not_begin_is_given_up(server, behaviour):
    server.behaviour = behaviour
    started = time.monotonic()

    message = refused(server, first=0.4)

    assert time.monotonic() - started < 3
    assert "did not begin within 0.4 s" in message


def test_a_model_that_falls_silent_is_given_up(server):
    def behave(exchange):
        exchange.begin()
        exchange.write(f"data: {delta('Thirty')}\n\n")
        keep_alive(exchange)

    server.behaviour = behave
    started = time.monotonic()

    assert "0.4 s for the next words" in refused(server, idle=0.4)
    assert time.monotonic() - started < 3


def test_a_server_that_drips_cannot_hold_up_an_answer_for_ever(server):
    def behave(exchange):
        exchange.begin()
        while True:
            exchange.write(f"data: {delta('Thirty ')}\n\n")
            exchange.pause(0.05)

    server.behaviour = behave
    started = time.monotonic()

    assert "0.5 s for the answer" in refused(server, total=0.5)
    assert time.monotonic() - started < 3


def test_a_slow_but_steady_answer_is_waited_for(server):
    def behave(exchange):
        exchange.pause(0.3)
        exchange.begin()
        for word in ("Thirty", " days", " [1]", "."):
            exchange.write(f"data: {delta(word)}\n\n")
            exchange.pause(0.2)
        exchange.write("data: [DONE]\n\n")

    server.behaviour = behave

    assert "".join(ask(server, first=2, idle=2)) == "Thirty days [1]."


def test_time_that_the_reader_takes_is_not_counted_as_silence(server):
    server.behaviour = stream("Thirty", " days", " [1].")
    pieces = ask(server, idle=0.2)
    first = next(pieces)
    time.sleep(0.5)

    assert first + "".join(pieces) == "Thirty days [1]."


def test_an_answer_given_up_lets_go_of_the_server(server):
    gone = threading.Event()

    def behave(exchange):
        exchange.begin()
        try:
            while True:
                exchange.write(f"data: {delta('Thirty ')}\n\n")
                exchange.pause(0.02)
        except ConnectionError:
            gone.set()

    server.behaviour = behave
    pieces = ask(server)
    next(pieces)
    pieces.close()

    assert gone.wait(5)
    deadline = time.monotonic() + 5
    while any(thread.name == "wellread-model" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_this_machine_is_reached_past_the_proxies_of_the_environment(server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        assert "".join(generator_at(url).generate(PROMPT)) == "Thirty days [1]."

    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        list(generator_at("http://model.example").generate(PROMPT))
    assert len(server.requests) == 2


def test_a_broken_proxy_setting_is_a_failure_like_any_other(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1")
    monkeypatch.setenv("all_proxy", "nonsense://127.0.0.1")

    with pytest.raises(ModelUnavailableError, match="ValueError"):
        list(generator_at("http://model.example").generate(PROMPT))


def test_a_password_in_the_url_is_not_shown():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://user:hidden@127.0.0.1:{unused.getsockname()[1]}/v1"
        with pytest.raises(ModelUnavailableError) as caught:
            list(generator_at(url).generate(PROMPT))

    assert "hidden" not in str(caught.value)


def test_the_client_may_be_made_elsewhere(server):
    made = []

    def new_client():
        made.append(httpx.Client(headers={"X-Team": "library"}))
        return made[-1]

    list(ask(server, new_client=new_client))

    assert server.requests[0][1]["X-Team"] == "library"
    assert made[0].is_closed


def test_text_without_a_utf_8_form_is_asked_all_the_same(server):
    question = "What is \ud83d?"

    assert "".join(ask(server, Prompt(question, question, (PASSAGE,), Mode.RAG)))


def test_nothing_of_question_or_key_is_logged_at_info(server, caplog):
    with caplog.at_level(logging.INFO):
        list(ask(server))

    assert KEY not in caplog.text
    assert "secret" not in caplog.text
