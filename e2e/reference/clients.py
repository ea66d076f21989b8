"""Clients of the reference protocol, with Python's websockets and the words of docs/protocol.md.

usage: clients.py PORT messages|authentication|farewell [PID]

Nothing here sleeps: what must come is awaited with a deadline, and that nothing more comes is told by `pong`, which the
server sends when all that came before is handled.
"""

import asyncio
import json
import os
import signal
import sys
import time

import websockets

DEADLINE = 10


class Client:
    """One connection."""

    def __init__(self, name, socket):
        self.name, self.socket, self.nonce = name, socket, 0

    @classmethod
    async def connect(cls, port, name):
        socket = await websockets.connect(f"ws://127.0.0.1:{port}/ws?name={name}")
        client = cls(name, socket)
        await client.hears({"type": "connected", "user": name.lower()})
        return client

    async def says(self, **message):
        await self.socket.send(json.dumps(message))

    async def next(self):
        while True:
            message = json.loads(await asyncio.wait_for(self.socket.recv(), DEADLINE))
            # A server may send this at any time; it means nothing.
            if message.get("type") != "heartbeat":
                return message

    async def hears(self, expected):
        """The next message has at least these members; it is returned."""
        message = await self.next()
        wrong = {key: message.get(key) for key, value in expected.items() if message.get(key) != value}
        assert not wrong, f"{self.name} got {message} instead of {expected}"
        print(f"ok: {self.name} hears {json.dumps(message)}")
        return message

    async def hears_nothing_more(self):
        """All that this client has said is handled, and nothing else was meant for it."""
        self.nonce += 1
        await self.says(type="ping", nonce=self.nonce)
        await self.hears({"type": "pong", "nonce": self.nonce})

    async def is_refused(self, code, **message):
        await self.says(**message)
        await self.hears({"type": "error", "code": code})

    async def is_closed(self, code):
        try:
            message = await asyncio.wait_for(self.socket.recv(), DEADLINE)
        except websockets.exceptions.ConnectionClosed:
            assert self.socket.close_code == code, f"Close {self.socket.close_code} instead of {code}"
            print(f"ok: {self.name} is closed with {code}")
            return
        raise AssertionError(f"{self.name} got {message} instead of Close {code}")


async def refused(port, name):
    """The status with which a handshake is refused."""
    try:
        await Client.connect(port, name)
    except websockets.exceptions.InvalidHandshake as why:
        return getattr(why, "status_code", None) or why.response.status_code
    return None


async def rooms(alice, bob, carol):
    await alice.says(type="join", room="general")
    for other in (bob, carol):
        await other.hears({"type": "joined", "user": "alice", "room": "general"})
    await bob.says(type="message", text="Hello Älice 🎉!")
    first = await alice.hears({"type": "message", "from": "Bob", "room": "general", "text": "Hello Älice 🎉!"})
    await carol.hears({"type": "message", "id": first["id"], "from": "Bob"})
    await alice.says(type="join", room="den")
    await bob.says(type="join", room="den")
    await alice.hears({"type": "joined", "user": "bob", "room": "den"})
    await bob.says(type="message", text="in here")
    await alice.hears({"type": "message", "room": "den", "text": "in here"})
    await carol.is_refused("not_a_member", type="message", room="den", text="may I?")
    await bob.says(type="leave", room="den")
    await alice.hears({"type": "left", "user": "bob", "room": "den"})
    await alice.says(type="join", room="general")
    await bob.says(type="join", room="general")
    # Alice was announced in general before; Bob was not.
    for other in (alice, carol):
        await other.hears({"type": "joined", "user": "bob", "room": "general"})
    await bob.hears_nothing_more()
    return first["id"]


async def direct_and_receipts(alice, bob, carol, first):
    await alice.says(type="direct", to="bob", text="psst")
    told = await bob.hears({"type": "direct", "from": "Alice", "text": "psst"})
    assert told["id"] > first
    await bob.says(type="read", id=told["id"])
    await alice.hears({"type": "read", "user": "bob", "id": told["id"]})
    await carol.is_refused("no_such_message", type="read", id=told["id"])
    await alice.is_refused("no_such_user", type="direct", to="nobody", text="?")
    await carol.says(type="read", id=first)
    await bob.hears({"type": "read", "user": "carol", "id": first})
    for client in (alice, bob, carol):
        await client.hears_nothing_more()


async def typing(alice, bob, carol):
    await alice.says(type="typing", state="start")
    await bob.hears({"type": "typing", "user": "alice", "room": "general", "state": "start"})
    began = time.monotonic()
    await bob.hears({"type": "typing", "user": "alice", "room": "general", "state": "stop"})
    took = time.monotonic() - began
    assert 2.8 < took < 5, f"the burst ended after {took} s"
    for state in ("start", "stop"):
        await carol.hears({"type": "typing", "user": "alice", "state": state})
    await alice.says(type="typing", state="start")
    await alice.says(type="typing", state="start")
    await alice.says(type="message", text="sent")
    for other in (bob, carol):
        await other.hears({"type": "typing", "state": "start"})
        await other.hears({"type": "typing", "state": "stop"})
        await other.hears({"type": "message", "text": "sent"})


async def editing(alice, bob, carol):
    await alice.says(type="open", doc="notes")
    await alice.hears({"type": "document", "doc": "notes", "rev": 0, "text": ""})
    await alice.says(type="edit", doc="notes", rev=0, op={"insert": 0, "text": "AAA"})
    await alice.hears({"type": "edit_ack", "doc": "notes", "rev": 1, "op": {"insert": 0, "text": "AAA"}})
    for other in (bob, carol):
        await other.hears({"type": "edited", "rev": 1, "user": "alice", "op": {"insert": 0, "text": "AAA"}})
    # Against the text that Bob has not seen change: the server moves it behind.
    await bob.says(type="edit", doc="notes", rev=0, op={"insert": 0, "text": "bb"})
    await bob.hears({"type": "edit_ack", "rev": 2, "op": {"insert": 3, "text": "bb"}})
    for other in (alice, carol):
        await other.hears({"type": "edited", "rev": 2, "user": "bob", "op": {"insert": 3, "text": "bb"}})
    await carol.is_refused("stale_revision", type="edit", doc="notes", rev=7, op={"delete": 0, "count": 1})
    await carol.is_refused("bad_field", type="edit", doc="notes", rev=2, op={"delete": 4, "count": 2})
    await carol.says(type="open", doc="notes")
    await carol.hears({"type": "document", "doc": "notes", "rev": 2, "text": "AAAbb"})


async def mistakes(port, alice, bob, carol):
    await alice.socket.send("no JSON")
    await alice.hears({"type": "error", "code": "bad_json"})
    await alice.is_refused("unknown_type", type="dance")
    await alice.is_refused("bad_field", type="message")
    assert await refused(port, "ALICE") == 409
    print("ok: a name that is taken is refused with 409")
    await carol.socket.send(b"\x00\xff")
    await carol.is_closed(1003)
    for other in (alice, bob):
        await other.hears({"type": "left", "user": "carol"})
    await bob.socket.send("x" * 65_537)
    await bob.is_closed(1009)
    await alice.hears({"type": "left", "user": "bob"})
    await alice.hears_nothing_more()
    await alice.socket.close(4000)
    assert alice.socket.close_code == 4000
    print("ok: a Close is answered with its code")


async def messages(port):
    people = [await Client.connect(port, name) for name in ("Alice", "Bob", "Carol")]
    first = await rooms(*people)
    await direct_and_receipts(*people, first)
    await typing(*people)
    await editing(*people)
    await mistakes(port, *people)


async def authentication(port):
    alice = await Client.connect(port, "Alice")
    await alice.is_refused("not_authenticated", type="join", room="general")
    await alice.says(type="auth", token="token")
    await alice.hears({"type": "auth_ok"})
    mallory = await Client.connect(port, "Mallory")
    await mallory.says(type="auth", token="guess")
    await mallory.hears({"type": "auth_failed"})
    await mallory.is_closed(4401)
    quiet = await Client.connect(port, "Quiet")
    began = time.monotonic()
    await quiet.is_closed(4401)
    took = time.monotonic() - began
    assert 4.5 < took < 8, f"closed after {took} s"
    # Nobody heard of those who did not get in.
    await alice.hears_nothing_more()


async def farewell(port, pid):
    people = [await Client.connect(port, f"Guest{number}") for number in range(20)]
    os.kill(pid, signal.SIGINT)
    for client in people:
        await client.is_closed(1001)


if __name__ == "__main__":
    part = {"messages": messages, "authentication": authentication, "farewell": farewell}[sys.argv[2]]
    asyncio.run(asyncio.wait_for(part(int(sys.argv[1]), *map(int, sys.argv[3:])), 120))
