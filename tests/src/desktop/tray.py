"""Plays a tray (freedesktop.org's StatusNotifierWatcher), and the user who works it.

Each line on standard input is a request, each line on standard output its answer, both JSON:

  {"do": "look"}                     {"Title": "...", "Status": "...", "menu": ["...", ...]}, or null
  {"do": "click"}                    {"done": true}
  {"do": "choose", "label": "..."}   {"done": true}
"""

import json
import sys
import threading

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

WATCHER = """
<node>
  <interface name="org.kde.StatusNotifierWatcher">
    <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
    <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
    <property name="ProtocolVersion" type="i" access="read"/>
  </interface>
</node>
"""
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"

items = []


def called(_bus, _sender, _path, _interface, _method, arguments, invocation):
    items.append(arguments[0])
    invocation.return_value(None)


def read(_bus, _sender, _path, _interface, name):
    values = {
        "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
        "ProtocolVersion": GLib.Variant("i", 0),
    }
    return values[name]


def call(bus, path, interface, method, arguments):
    flags = Gio.DBusCallFlags.NONE
    answer = bus.call_sync(items[-1], path, interface, method, arguments, None, flags, -1, None)
    return answer.unpack()


def get(bus, name):
    arguments = GLib.Variant("(ss)", (ITEM, name))
    path = "/StatusNotifierItem"
    return call(bus, path, "org.freedesktop.DBus.Properties", "Get", arguments)[0]


def lines(bus):
    arguments = GLib.Variant("(iias)", (0, -1, []))
    _revision, (_root, _properties, children) = call(
        bus, get(bus, "Menu"), MENU, "GetLayout", arguments
    )
    return {properties.get("label", ""): number for number, properties, _ in children}


def answer(bus, request):
    if not items:
        return None
    if request["do"] == "look":
        shown = {name: get(bus, name) for name in ("Title", "Status")}
        return {**shown, "ToolTip": list(get(bus, "ToolTip")[2:]), "menu": list(lines(bus))}
    if request["do"] == "click":
        call(bus, "/StatusNotifierItem", ITEM, "Activate", GLib.Variant("(ii)", (0, 0)))
    else:
        number = lines(bus)[request["label"]]
        event = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0))
        call(bus, get(bus, "Menu"), MENU, "Event", event)
    return {"done": True}


def work(bus):
    for line in sys.stdin:
        print(json.dumps(answer(bus, json.loads(line))), flush=True)


def ready(bus):
    print(json.dumps({"ready": True}), flush=True)
    threading.Thread(target=work, args=(bus,), daemon=True).start()


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    interface = Gio.DBusNodeInfo.new_for_xml(WATCHER).interfaces[0]
    bus.register_object("/StatusNotifierWatcher", interface, called, read, None)
    Gio.bus_own_name_on_connection(
        bus,
        "org.kde.StatusNotifierWatcher",
        Gio.BusNameOwnerFlags.NONE,
        lambda bus, _name: ready(bus),
        None,
    )
    GLib.MainLoop().run()


main()
