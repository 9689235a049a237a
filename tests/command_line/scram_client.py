"""Logs in at an XMPP server with SCRAM (RFC 5802, RFC 7677), from the standard library alone.

Usage: scram_client.py PORT JID PASSWORD MECHANISM, with the server on 127.0.0.1.

Prints one JSON object: the mechanisms that the server offers, and how the login went. A login is
a success only if the server has proven that it knows the password's keys too.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import socket
import sys

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
HASHES = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}

port, jid, password, mechanism = sys.argv[1:]
user, domain = jid.split("@")
connection = socket.create_connection(("127.0.0.1", int(port)), timeout=30)
heard = ""


def hear(pattern):
    """Reads until the server has said something, and forgets all up to it."""
    global heard
    while not (found := re.search(pattern, heard, re.DOTALL)):
        more = connection.recv(4096)
        if not more:
            sys.exit(f"the server closed the stream after {heard!r}")
        heard += more.decode()
    heard = heard[found.end() :]
    return found


def say(text):
    connection.sendall(text.encode())


def say_sasl(element, content):
    attribute = f" mechanism='{mechanism}'" if element == "auth" else ""
    encoded = base64.b64encode(content.encode()).decode()
    say(f"<{element} xmlns='{SASL}'{attribute}>{encoded}</{element}>")


def end(**outcome):
    print(json.dumps({"offered": offered, **outcome}))
    sys.exit()


def end_with(failure):
    end(outcome="failure", condition=re.search(r"<([a-z-]+)\s*/?>", failure).group(1))


def open_stream():
    say(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
        f"xmlns:stream='http://etherx.jabber.org/streams' to='{domain}' version='1.0'>"
    )


open_stream()
features = hear(r"<stream:features.*?</stream:features>").group()
offered = re.findall(r"<mechanism[^>]*>([^<]*)</mechanism>", features)

if mechanism == "PLAIN":
    say_sasl("auth", f"\0{user}\0{password}")
    answer = hear(r"<success[^>]*>|<failure[^>]*>(.*?)</failure>")
    if answer.group(1):
        end_with(answer.group(1))
    end(outcome="success")

hash_name = HASHES[mechanism]
first = f"n={user},r={base64.b64encode(os.urandom(18)).decode()}"
say_sasl("auth", f"n,,{first}")
answer = hear(r"<challenge[^>]*>([^<]*)</challenge>|<failure[^>]*>(.*?)</failure>")
if answer.group(2):
    end_with(answer.group(2))
challenge = base64.b64decode(answer.group(1)).decode()
fields = dict(field.split("=", 1) for field in challenge.split(","))

salt, iterations = base64.b64decode(fields["s"]), int(fields["i"])
salted = hashlib.pbkdf2_hmac(hash_name, password.encode(), salt, iterations)
client_key = hmac.digest(salted, b"Client Key", hash_name)
stored_key = hashlib.new(hash_name, client_key).digest()
last = f"c=biws,r={fields['r']}"
signed = f"{first},{challenge},{last}".encode()
signature = hmac.digest(stored_key, signed, hash_name)
proof = bytes(a ^ b for a, b in zip(client_key, signature))
say_sasl("response", f"{last},p={base64.b64encode(proof).decode()}")

answer = hear(r"<success[^>]*>([^<]*)</success>|<failure[^>]*>(.*?)</failure>")
if answer.group(2):
    end_with(answer.group(2))
server_key = hmac.digest(salted, b"Server Key", hash_name)
expected = b"v=" + base64.b64encode(hmac.digest(server_key, signed, hash_name))
if base64.b64decode(answer.group(1)) != expected:
    end(outcome="impostor")
open_stream()
hear(r"<bind[^>]*urn:ietf:params:xml:ns:xmpp-bind.*</stream:features>")
say("<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
bound = hear(r"<jid>([^<]*)</jid>").group(1)
end(outcome="success", iterations=iterations, bound=bound)
