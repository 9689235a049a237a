"""Plays a keyring (freedesktop.org's Secret Service) that hears everything and answers nothing."""

import json

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

SERVICE = """
<node>
  <interface name="org.freedesktop.Secret.Service">
    <method name="OpenSession">
      <arg type="s" direction="in"/>
      <arg type="v" direction="in"/>
      <arg type="v" direction="out"/>
      <arg type="o" direction="out"/>
    </method>
  </interface>
</node>
"""


def hear(*_call):
    """The caller waits for ever."""


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    interface = Gio.DBusNodeInfo.new_for_xml(SERVICE).interfaces[0]
    bus.register_object("/org/freedesktop/secrets", interface, hear, None, None)
    Gio.bus_own_name_on_connection(
        bus,
        "org.freedesktop.secrets",
        Gio.BusNameOwnerFlags.NONE,
        lambda *_: print(json.dumps({"ready": True}), flush=True),
        None,
    )
    GLib.MainLoop().run()


main()
