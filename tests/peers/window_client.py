"""What the drivers of window clients share: orders in and events out, a home, a process, a look
into a database. It stands before the driver of one client, in one program; README.md has the lines.
"""

import ctypes
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import gi


def die_with_driver():
    """PR_SET_PDEATHSIG: what the driver starts ends with it, whatever ends that."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def start_bus():
    """A session bus; what is started on it ends with it."""
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        preexec_fn=die_with_driver,
    )
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
    return bus


# Before the bindings look for a bus.
BUS = start_bus()
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

INTERVAL_SECONDS = 0.1
# Something on this machine; the rest is for one on which much runs at once.
START_SECONDS = 60
# Something that may go over Tor.
WAIT_SECONDS = 90
END_SECONDS = 15
SAYING = threading.Lock()


def say(event, **fields):
    with SAYING:
        print(json.dumps({"event": event, **fields}), flush=True)


def rows(path, query, *arguments):
    """What a database holds now; nothing while there is none, or while it is being made."""
    if not path.exists():
        return []
    try:
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        try:
            return base.execute(query, arguments).fetchall()
        finally:
            base.close()
    except sqlite3.OperationalError:
        return []


def wait_for(what, look, seconds):
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing within {seconds} s: {what}")
        time.sleep(INTERVAL_SECONDS)


class Client:
    """One installation of a client: what it keeps stays from start to start."""

    # Whether its elements say which of them are on the screen. GTK 4 says it of windows only.
    says_what_shows = True

    def __init__(self):
        self.home = pathlib.Path(os.environ["HOME"])
        self.process = None
        self.told = set()

    def launch(self, command, **environment):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                command,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                preexec_fn=die_with_driver,
            )

    def stop(self):
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_until_sent(self, text):
        is_it = lambda fields: fields["sent"] and fields["text"] == text
        look = lambda: any(is_it(fields) for _, fields in self.messages())
        wait_for(f"{text!r} to be sent", look, WAIT_SECONDS)

    def watch(self):
        """Says every message that the client's database gains, once."""
        while True:
            for number, fields in self.messages():
                if number not in self.told:
                    self.told.add(number)
                    say("message", **fields)
            time.sleep(INTERVAL_SECONDS)

    def find(self, role, is_it):
        """An element that is in a window of the client and can be used."""
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            program = desktop.get_child_at_index(index)
            if program is not None and program.get_process_id() == self.process.pid:
                return find_below(program, role, is_it, self.says_what_shows)
        return None

    def wait_for_button(self, name):
        look = lambda: self.find("push button", lambda node: node.get_name() == name)
        return wait_for(f"the button {name!r}", look, WAIT_SECONDS)

    def press(self, name):
        button = self.wait_for_button(name)
        Atspi.Action.do_action(button.get_action_iface(), 0)

    def field(self):
        """Where a message is written; fields for a search have one line only."""
        kinds = (Atspi.StateType.EDITABLE, Atspi.StateType.MULTI_LINE)
        return self.find("text", lambda it: all(map(it.get_state_set().contains, kinds)))

    def write(self, text):
        field = wait_for("the field", self.field, WAIT_SECONDS).get_editable_text_iface()
        Atspi.EditableText.set_text_contents(field, text)

    def obey(self):
        threading.Thread(target=self.watch, daemon=True).start()
        say("ready")
        try:
            for line in sys.stdin:
                order = json.loads(line)
                name = order.pop("do")
                try:
                    say("done", order=name, **(getattr(self, name)(**order) or {}))
                except Exception as error:
                    say("failed", order=name, why=f"{type(error).__name__}: {error}")
        finally:
            self.stop()


def find_below(node, role, is_it, says_what_shows):
    try:
        has = node.get_state_set().contains
        if node.get_role_name() == role and is_it(node) and has(Atspi.StateType.SENSITIVE):
            return node
        for index in range(node.get_child_count()):
            child = node.get_child_at_index(index)
            shows = child and child.get_state_set().contains(Atspi.StateType.SHOWING)
            if child is None or (says_what_shows and not shows):
                continue
            found = find_below(child, role, is_it, says_what_shows)
            if found:
                return found
    except GLib.Error:
        # It went away while it was looked at.
        pass
    return None


def act(name, path, action, kind=None, value=None):
    """Does what a button or a menu of a GTK program does."""
    given = [GLib.Variant(kind, value)] if kind else []
    call(name, path, "org.gtk.Actions", "Activate", GLib.Variant("(sava{sv})", (action, given, {})))


def call(name, path, interface, method, arguments):
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    flags = Gio.DBusCallFlags.NO_AUTO_START
    return bus.call_sync(name, path, interface, method, arguments, None, flags, 10_000, None)
