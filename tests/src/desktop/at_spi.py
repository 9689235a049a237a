"""Reads and works windows as a screen reader does: through AT-SPI.

Started on the session bus and the display of one desktop. Each line on standard input is a
request, each line on standard output its answer, both JSON:

  {"do": "tree", "process": 12}            {"tree": NODE}, or null while there is no window
  {"do": "press", "process": 12, ...}      {"done": true}
  {"do": "focus", "process": 12, ...}      {"done": true}

  {"do": "close", "window": 34}            {"done": true}; as the title bar of a window manager does

An element is given by its "path" (the numbers of the children from the top), "role" and "name".
"""

import ctypes
import json
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

# Deeper trees, and longer ones, are a fault of the window.
MAX_DEPTH = 60
STATES = {
    "focused": Atspi.StateType.FOCUSED,
    "enabled": Atspi.StateType.ENABLED,
    "checked": Atspi.StateType.CHECKED,
    "pressed": Atspi.StateType.PRESSED,
    "selected": Atspi.StateType.SELECTED,
    "editable": Atspi.StateType.EDITABLE,
    "focusable": Atspi.StateType.FOCUSABLE,
}


def announce_a_screen_reader():
    """Programs make no tree for nobody."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        value = ("org.a11y.Status", name, GLib.Variant("b", True))
        bus.call_sync(
            "org.a11y.Bus",
            "/org/a11y/bus",
            "org.freedesktop.DBus.Properties",
            "Set",
            GLib.Variant("(ssv)", value),
            None,
            Gio.DBusCallFlags.NONE,
            -1,
            None,
        )


def children(node):
    for index in range(node.get_child_count()):
        child = node.get_child_at_index(index)
        if child is not None:
            yield child


def application(process):
    for child in children(Atspi.get_desktop(0)):
        try:
            if child.get_process_id() == process:
                child.set_cache_mask(Atspi.Cache.NONE)
                return child
        except GLib.Error:
            # It has ended, and the registry has not noticed yet.
            continue
    return None


def text_of(node):
    text = node.get_text_iface()
    if text is None:
        return None
    return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text))


def described(node, depth=0):
    held = node.get_state_set()
    box = node.get_component_iface()
    extents = Atspi.Component.get_extents(box, Atspi.CoordType.WINDOW) if box else None
    return {
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "description": node.get_description() or "",
        "text": text_of(node),
        "states": [name for name, state in STATES.items() if held.contains(state)],
        "bounds": [extents.x, extents.y, extents.width, extents.height] if extents else None,
        "children": [described(child, depth + 1) for child in children(node)]
        if depth < MAX_DEPTH
        else [],
    }


def find(request):
    """The element at the end of the path, if it still is what it was when the path was made."""
    node = application(request["process"])
    for index in request["path"]:
        node = node and node.get_child_at_index(index)
    if node is None:
        return None
    is_same = (node.get_role_name(), node.get_name() or "") == (request["role"], request["name"])
    return node if is_same else None


def press(node):
    action = node.get_action_iface()
    return action is not None and Atspi.Action.do_action(action, 0)


def focus(node):
    box = node.get_component_iface()
    return box is not None and Atspi.Component.grab_focus(box)


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent, filled up to the size of XEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 24),
    ]


def close(window):
    """Asks a window to close: ICCCM, section 4.2.8.1."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    if not display:
        return False

    def atom(name):
        return x11.XInternAtom(display, name, False)

    event = ClientMessage(type=33, window=window, message_type=atom(b"WM_PROTOCOLS"), format=32)
    event.data[0] = atom(b"WM_DELETE_WINDOW")
    sent = x11.XSendEvent(display, ctypes.c_ulong(window), False, 0, ctypes.byref(event))
    x11.XCloseDisplay(display)
    return sent != 0


def answer(request):
    if request["do"] == "close":
        return {"done": close(request["window"])}
    if request["do"] == "tree":
        root = application(request["process"])
        return {"tree": described(root) if root else None}
    node = find(request)
    work = {"press": press, "focus": focus}[request["do"]]
    return {"done": node is not None and bool(work(node))}


def main():
    announce_a_screen_reader()
    Atspi.init()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            said = answer(json.loads(line))
        except GLib.Error as error:
            # A control that went away while it was looked at; whoever asked looks again.
            said = {"gone": error.message}
        print(json.dumps(said), flush=True)


main()
