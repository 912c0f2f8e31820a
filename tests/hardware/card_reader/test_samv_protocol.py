"""Frames: the known ones byte for byte, and the decoder under any chunking and any noise."""

from __future__ import annotations

import itertools
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.i18n import LANGUAGES, translations
from hardware.card_reader.samv_protocol import (
    MAX_BODY_BYTES,
    PREAMBLE,
    REPLY_BODY_BYTES,
    REQUEST_BODY_BYTES,
    Command,
    DamagedFrame,
    FrameDecoder,
    Reply,
    Status,
    encode,
    translate_status,
)

BODIES = st.binary(min_size=REPLY_BODY_BYTES, max_size=40)
NOISE = st.binary(max_size=30).filter(lambda noise: PREAMBLE not in noise)


@pytest.mark.parametrize(
    ("command", "frame"),
    [
        (Command.STATUS, "AA AA AA 96 69 00 03 11 FF ED"),
        (Command.FIND, "AA AA AA 96 69 00 03 20 01 22"),
        (Command.SELECT, "AA AA AA 96 69 00 03 20 02 21"),
        (Command.READ, "AA AA AA 96 69 00 03 30 01 32"),
    ],
)
def test_requests_are_those_of_the_protocol(command: Command, frame: str) -> None:
    assert command.frame == bytes.fromhex(frame)


@pytest.mark.parametrize(
    ("body", "frame"),
    [
        ("10 FF", "AA AA AA 96 69 00 03 10 FF EC"),
        ("12 FF", "AA AA AA 96 69 00 03 12 FF EE"),
        ("30 10", "AA AA AA 96 69 00 03 30 10 23"),
        ("30 03", "AA AA AA 96 69 00 03 30 03 30"),
        ("60 00", "AA AA AA 96 69 00 03 60 00 63"),
        ("60 04", "AA AA AA 96 69 00 03 60 04 67"),
    ],
)
def test_the_other_requests_of_the_module_have_the_same_frame(body: str, frame: str) -> None:
    assert encode(bytes.fromhex(body)) == bytes.fromhex(frame)


@pytest.mark.parametrize(
    ("reply", "frame"),
    [
        (Reply(Status.OK), "AA AA AA 96 69 00 04 00 00 90 94"),
        (Reply(Status.SELF_TEST), "AA AA AA 96 69 00 04 00 00 60 64"),
        (Reply(Status.FOUND, bytes(4)), "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97"),
        (Reply(Status.NO_CARD), "AA AA AA 96 69 00 04 00 00 80 84"),
        (Reply(Status.OK, bytes(8)), "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C"),
        (Reply(Status.SELECT_FAILED), "AA AA AA 96 69 00 04 00 00 81 85"),
        (Reply(Status.READ_FAILED), "AA AA AA 96 69 00 04 00 00 41 45"),
    ],
)
def test_replies_are_those_of_the_protocol(reply: Reply, frame: str) -> None:
    raw = bytes.fromhex(frame)
    assert reply.frame == raw
    assert FrameDecoder(REPLY_BODY_BYTES).feed(raw) == [reply.body]
    assert Reply.from_body(reply.body) == reply


def test_a_read_card_is_1295_bytes_long() -> None:
    frame = Reply(Status.OK, bytes.fromhex("01000400") + bytes(256 + 1024)).frame
    assert len(frame) == 1295
    assert frame[:14] == bytes.fromhex("AAAAAA9669 0508 000090 01000400")


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(bodies=st.lists(BODIES, max_size=4), noise=NOISE, cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_any_chunking_gives_the_same_frames(bodies: list[bytes], noise: bytes, cuts: list[int]) -> None:
    decoder = FrameDecoder(REPLY_BODY_BYTES)
    stream = noise + b"".join(encode(body) for body in bodies)
    items = [item for piece in in_pieces(stream, cuts) for item in decoder.feed(piece)]
    assert items == bodies


@given(noises=st.lists(NOISE, min_size=1, max_size=4), body=BODIES)
def test_noise_between_frames_is_skipped(noises: list[bytes], body: bytes) -> None:
    # Noise that ends with the first bytes of a preamble does not hide the preamble after it.
    decoder = FrameDecoder(REPLY_BODY_BYTES)
    items = [item for noise in noises for item in decoder.feed(noise + encode(body))]
    assert items == [body] * len(noises)


@given(noise=st.binary(max_size=60), body=BODIES)
def test_a_false_beginning_hides_the_frame_behind_it_no_longer_than_its_own_length(noise: bytes, body: bytes) -> None:
    decoder = FrameDecoder(REPLY_BODY_BYTES)
    items = decoder.feed(PREAMBLE + noise + encode(body) + bytes(MAX_BODY_BYTES + 8))
    complete_by_chance = len(items) > 0 and isinstance(items[0], bytes) and items[0] != body
    assert body in items or complete_by_chance


@given(body=BODIES, at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_frame_with_one_changed_byte_is_never_accepted(body: bytes, at: int, flip: int) -> None:
    frame = bytearray(encode(body))
    frame[at % len(frame)] ^= flip
    assert body not in FrameDecoder(REPLY_BODY_BYTES).feed(bytes(frame))
    assert not [item for item in FrameDecoder(REPLY_BODY_BYTES).feed(bytes(frame)) if isinstance(item, bytes)]


@given(
    bodies=st.lists(BODIES, min_size=2, max_size=3),
    noises=st.lists(NOISE, min_size=4, max_size=4),
    cuts=st.lists(st.integers(0, 10_000), max_size=30),
)
def test_frames_among_noise_in_any_pieces_are_found_in_their_order(
    bodies: list[bytes], noises: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(noise + encode(body) for noise, body in zip(noises, bodies, strict=False)) + noises[-1]
    decoder = FrameDecoder(REPLY_BODY_BYTES)
    items = [item for piece in in_pieces(stream, cuts) for item in decoder.feed(piece)]
    assert items == bodies


@given(junk=st.binary(max_size=300), cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_pieces_make_no_difference_whatever_arrives(junk: bytes, cuts: list[int]) -> None:
    whole, pieces = FrameDecoder(REPLY_BODY_BYTES), FrameDecoder(REPLY_BODY_BYTES)
    assert whole.feed(junk) == [item for piece in in_pieces(junk, cuts) for item in pieces.feed(piece)]
    assert len(whole._buffer) <= MAX_BODY_BYTES + 8


def test_a_wrong_checksum_and_a_wrong_length_are_distinguished() -> None:
    right = encode(b"\0\0\x90")
    assert FrameDecoder(REPLY_BODY_BYTES).feed(right[:-1] + b"\0") == [DamagedFrame("checksum")]
    assert FrameDecoder(REPLY_BODY_BYTES).feed(PREAMBLE + b"\xff\xff" + right) == [DamagedFrame("length"), b"\0\0\x90"]
    assert FrameDecoder(REPLY_BODY_BYTES).feed(PREAMBLE + b"\0\x03\0\0\0") == [DamagedFrame("length")]
    assert FrameDecoder(REQUEST_BODY_BYTES).feed(Command.FIND.frame) == [b"\x20\x01"]


def test_half_a_frame_is_waited_for() -> None:
    decoder = FrameDecoder(REPLY_BODY_BYTES)
    frame = encode(b"\0\0\x9f")
    assert decoder.feed(frame[:-1]) == []
    assert decoder.feed(frame[-1:]) == [b"\0\0\x9f"]


@given(body=BODIES)
def test_the_checksum_covers_length_and_body(body: bytes) -> None:
    frame = encode(body)
    assert frame[-1] == reduce(xor, frame[5:-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_a_message(language: str) -> None:
    sentences = {translate_status(status, language) for status in Status}
    assert len(sentences) == len(Status)
    assert not [sentence for sentence in sentences if sentence.startswith("samv.")]
    assert "EE" in translate_status(0xEE, language)
    assert translations(language).has("samv.status.other")
