# Dino with its OMEMO, worked by its own window; window_client.py stands before this.

import base64
import socket

DINO, PROGRAM = "im.dino.Dino", "/im/dino/Dino"
# Encryption in libdino/src/entity/encryption.vala.
OMEMO = 2
# Of a message in either direction.
SENT = 1


class Way:
    """Dino's way to an endpoint that listens on loopback: a SOCKS proxy, as Tor's, that knows one
    onion address."""

    def __init__(self, domain, port):
        self.domain, self.port = domain, port
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def address(self):
        return f"socks5://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        while True:
            wire, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=(wire,), daemon=True).start()

    def carry(self, wire):
        try:
            if self.connect(wire):
                other = socket.create_connection(("127.0.0.1", self.port))
                threading.Thread(target=pour, args=(other, wire), daemon=True).start()
                pour(wire, other)
        except (OSError, ValueError):
            # Dino tries again, and says what it thinks of it in its log.
            pass
        finally:
            wire.close()

    def connect(self, wire):
        """RFC 1928, for one domain and port."""
        _, count = take(wire, 2)
        take(wire, count)
        wire.sendall(b"\x05\x00")
        _, command, _, kind = take(wire, 4)
        # Names only: whoever sends an address has asked somebody else for it.
        name = take(wire, take(wire, 1)[0]).decode() if kind == 3 else None
        port = int.from_bytes(take(wire, 2), "big")
        is_known = (command, name, port) == (1, self.domain, 5222)
        wire.sendall(bytes([5, 0 if is_known else 4, 0, 1, 0, 0, 0, 0, 0, 0]))
        return is_known


def take(wire, count):
    taken = b""
    while len(taken) < count:
        more = wire.recv(count - len(taken))
        if not more:
            raise ValueError("it ended too early")
        taken += more
    return taken


def pour(source, target):
    try:
        while more := source.recv(65536):
            target.sendall(more)
    except OSError:
        pass
    finally:
        for wire in (source, target):
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Dino(Client):
    says_what_shows = False

    def __init__(self):
        super().__init__()
        self.data = self.home / ".local/share/dino"
        self.base = self.data / "dino.db"

    def configure(self, jid, password, port, contact):
        """What a person does in Dino's dialogs: an account, and OMEMO for the conversation."""
        self.contact = contact
        self.way = Way(jid.split("@")[1], port)
        # Dino makes its databases at its first start.
        self.launch_dino()
        made = lambda: rows(self.base, "SELECT 1 FROM sqlite_master WHERE name = 'content_item'")
        wait_for("Dino's database", made, START_SECONDS)
        self.stop()
        base = sqlite3.connect(self.base)
        base.execute(
            "INSERT INTO account(id, bare_jid, resourcepart, password, alias, enabled)"
            " VALUES (1, ?, 'dino', ?, '', 1)",
            (jid, password),
        )
        base.execute("INSERT INTO jid(id, bare_jid) VALUES (1, ?)", (contact,))
        base.execute(
            "INSERT INTO conversation(id, account_id, jid_id, active, last_active, type, encryption)"
            f" VALUES (1, 1, 1, 1, 0, 0, {OMEMO})"
        )
        base.commit()
        base.close()

    def launch_dino(self):
        # What libproxy asks for, whatever it is that is to be reached.
        way = self.way.address()
        self.launch(["dino-im"], http_proxy=way, G_MESSAGES_DEBUG="all")

    def start(self):
        """Returns when its device is published."""
        self.launch_dino()
        return wait_for("Dino's device", self.device, START_SECONDS)

    def device(self):
        query = "SELECT device_id, identity_key_public_base64 FROM identity"
        found = rows(self.data / "omemo.db", query)
        # The first byte says what kind of key it is.
        key = lambda: base64.b64decode(found[0][1])[1:].hex()
        return found and {"device": found[0][0], "fingerprint": key()}

    def messages(self):
        query = "SELECT id, direction, body, encryption FROM message WHERE body IS NOT NULL"
        for number, direction, text, encryption in rows(self.base, query):
            is_omemo = encryption == OMEMO
            yield number, {"text": text, "sent": direction == SENT, "encrypted": is_omemo}

    def show(self):
        """Opens the conversation, which is the only one."""
        act(DINO, PROGRAM, "open-conversation", "i", 1)
        wait_for("the field", self.field, WAIT_SECONDS)

    def allow(self):
        """Accepts a request, with the button that stands in the conversation. A click counts a moment
        later, and is lost if Dino draws the conversation anew meanwhile."""
        self.show()
        wait_for("the contact to be accepted", self.accept, WAIT_SECONDS)

    def accept(self):
        query = "SELECT subscription FROM roster WHERE jid = ?"
        if any(kind in ("from", "both") for (kind,) in rows(self.base, query, self.contact)):
            return True
        button = self.find("push button", lambda it: it.get_name() == "Accept")
        if button:
            Atspi.Action.do_action(button.get_action_iface(), 0)
        return False

    def add(self):
        """Asks the contact to become one, in the dialogs that begin a conversation."""
        act(DINO, PROGRAM, "add_chat")
        # The one with the plus, which has no name.
        self.click_in("Start Conversation", "GtkButton")
        look = lambda: self.find_in("Add Contact", "text", lambda it: True)
        address = wait_for("the field of the address", look, WAIT_SECONDS)
        Atspi.EditableText.set_text_contents(address.get_editable_text_iface(), self.contact)
        self.click_in("Add Contact", "Add")
        self.click_in("Start Conversation", "Cancel")

    def click_in(self, dialog, name):
        look = lambda: self.find_in(dialog, "push button", lambda it: it.get_name() == name)
        button = wait_for(f"{name!r} in {dialog!r}", look, WAIT_SECONDS)
        Atspi.Action.do_action(button.get_action_iface(), 0)

    def find_in(self, dialog, role, is_it):
        found = self.find("dialog", lambda it: it.get_name() == dialog)
        return found and find_below(found, role, is_it, False)

    def send(self, text):
        self.show()
        self.write(text)
        self.type_return()
        self.wait_until_sent(text)

    def type_return(self):
        look = ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)]
        window = subprocess.run(look, check=True, capture_output=True, text=True).stdout.split()[-1]
        command = ["xdotool", "windowfocus", "--sync", window, "key", "Return"]
        subprocess.run(command, check=True, capture_output=True)

    def forget(self):
        """The keys are lost: at the next start Dino makes a new device."""
        (self.data / "omemo.db").unlink()


Dino().obey()
