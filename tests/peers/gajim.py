# Gajim with gajim-omemo, worked by its own window; window_client.py stands before this.

ACCOUNT = "onym"
GAJIM, REMOTE = "org.gajim.Gajim", "/org/gajim/dbus/RemoteObject"
PROGRAM, WINDOW = "/org/gajim/Gajim", "/org/gajim/Gajim/window/1"
SETTINGS = "/usr/lib/python3/dist-packages/gajim/common/settings.py"
# KindConstant in gajim/common/const.py.
RECEIVED, SENT = 4, 6


def tables_of_settings():
    """The statement with which Gajim makes its settings, read from Gajim itself."""
    program = (
        "import importlib.util as u\n"
        f"s = u.spec_from_file_location('settings', '{SETTINGS}')\n"
        "m = u.module_from_spec(s); s.loader.exec_module(m); print(m.CREATE_SQL)"
    )
    command = ["/usr/bin/python3", "-c", program]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        raise RuntimeError(made.stderr)
    return made.stdout


class Gajim(Client):
    def __init__(self):
        super().__init__()
        self.data = self.home / ".local/share/gajim"

    def configure(self, jid, password, port, contact):
        """What a person does in Gajim's dialogs: an account, where its server is, the plugin, and
        OMEMO for the conversation."""
        self.contact = contact
        self.omemo = self.data / f"omemo_{jid}.db"
        user, domain = jid.split("@")
        account = {
            "name": user,
            "hostname": domain,
            "active": True,
            "savepass": True,
            "password": password,
            "resource": "gajim",
            "use_custom_host": True,
            "custom_host": "127.0.0.1",
            "custom_port": port,
            "custom_type": "PLAIN",
            "confirm_unencrypted_connection": False,
        }
        conversation = {contact: {"encryption": "OMEMO"}}
        account = {"account": account, "contact": conversation, "group_chat": {}}
        general = {
            "autoaway": False,
            "autoxa": False,
            "check_for_update": False,
            "mainwin_height": 880,
            "mainwin_width": 1200,
            "remote_control": True,
            "show_notifications": False,
            "sounds_on": False,
            "use_keyring": False,
        }
        config = self.home / ".config/gajim"
        config.mkdir(parents=True)
        base = sqlite3.connect(config / "settings.sqlite")
        base.executescript(tables_of_settings())
        row = (ACCOUNT, json.dumps(account))
        base.execute("INSERT INTO account_settings VALUES (?, ?)", row)
        for name, value in (("app", general), ("plugins", {"omemo": {"active": True}})):
            change = "UPDATE settings SET settings = ? WHERE name = ?"
            base.execute(change, (json.dumps(value), name))
        base.commit()
        base.close()

    def start(self):
        """Returns when it is online, with its device."""
        self.launch(["gajim", "--verbose"])
        wait_for("Gajim to be online", self.is_online, START_SECONDS)
        return wait_for("Gajim's device", self.device, START_SECONDS)

    def device(self):
        found = rows(self.omemo, "SELECT device_id, public_key FROM secret")
        # The first byte says what kind of key it is.
        return found and {"device": found[0][0], "fingerprint": found[0][1][1:].hex()}

    def is_online(self):
        try:
            given = GLib.Variant("(s)", [ACCOUNT])
            interface = "org.gajim.dbus.RemoteInterface"
            return call(GAJIM, REMOTE, interface, "get_status", given).unpack()[0] == "online"
        except GLib.Error:
            return False

    def allow(self):
        """Accepts a request; then Gajim offers to ask back."""
        said = lambda: f"Received Subscribe: {self.contact}" in (self.home / "log").read_text()
        wait_for("a request", said, WAIT_SECONDS)
        request = [self.contact, "alice"]
        act(GAJIM, WINDOW, f"subscription-accept-{ACCOUNT}", "as", request)
        self.go_through_assistant()

    def add(self):
        act(GAJIM, PROGRAM, f"{ACCOUNT}-add-contact", "as", [ACCOUNT, self.contact])
        self.go_through_assistant()

    def go_through_assistant(self):
        self.press("Next")
        self.press("Add Contact")

    def show(self):
        """Opens the conversation in the window."""
        text = lambda value: GLib.Variant("s", value)
        chat = {"account": text(ACCOUNT), "jid": text(self.contact), "type": text("contact")}
        act(GAJIM, WINDOW, "add-chat", "a{sv}", chat | {"select": GLib.Variant("b", True)})
        wait_for("the field", self.field, WAIT_SECONDS)

    def send(self, text):
        self.show()
        self.write(text)
        act(GAJIM, WINDOW, "send-message")
        self.wait_until_sent(text)

    def forget(self):
        """The plugin's data are lost: at the next start it makes a new device."""
        self.omemo.unlink()

    def messages(self):
        query = (
            "SELECT log_line_id, kind, message, additional_data FROM logs"
            f" WHERE kind IN ({RECEIVED}, {SENT}) AND message IS NOT NULL"
        )
        for number, kind, text, more in rows(self.data / "logs.db", query):
            by = json.loads(more or "{}").get("encrypted") or {}
            is_omemo = by.get("name") == "OMEMO"
            yield number, {"text": text, "sent": kind == SENT, "encrypted": is_omemo}


Gajim().obey()
