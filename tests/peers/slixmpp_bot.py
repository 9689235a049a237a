"""A person's XMPP client made of slixmpp and slixmpp-omemo, driven over standard input and output.

README.md has the lines that it reads and writes. slixmpp-omemo knows no envelopes (XEP-0420), so
those of OMEMO 2 are read and written here.
"""

import argparse
import asyncio
import base64
import datetime
import json
import os
import secrets
import sys
from xml.etree import ElementTree as ET

import oldmemo.etree
import twomemo.etree
from omemo.storage import Just, Nothing, Storage
from slixmpp import ClientXMPP, JID
from slixmpp.plugins import register_plugin
from slixmpp_omemo import XEP_0384
from slixmpp_omemo import xep_0384 as implementation

OMEMO, OMEMO_2 = "eu.siacs.conversations.axolotl", "urn:xmpp:omemo:2"
NAMES = {"omemo": OMEMO, "omemo2": OMEMO_2}
# When somebody's list has come.
LIST_EVENTS = {OMEMO: "oldmemo_device_list_publish", OMEMO_2: "twomemo_device_list_publish"}
# Among what is kept: the ids of messages that were read.
READ = "messages read"
SCE, CLIENT = "urn:xmpp:sce:1", "jabber:client"


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class File(Storage):
    """Everything that OMEMO keeps, in one file, so that it is there after a restart."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.values = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.values = json.load(file)

    def write(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.values, file)
        os.replace(self.path + ".new", self.path)

    def remember(self, message):
        """That a message was read, as clients do: a server sends again what was not acknowledged."""
        self.values.setdefault(READ, []).append(message)
        self.write()

    def has_read(self, message):
        return message[1] and message in self.values.get(READ, [])

    async def _load(self, key):
        return Just(self.values[key]) if key in self.values else Nothing()

    async def _store(self, key, value):
        self.values[key] = value
        self.write()

    async def _delete(self, key):
        self.values.pop(key, None)
        self.write()


def plugin_for(storage):
    class Plugin(XEP_0384):
        name = "xep_0384"
        description = "OMEMO"
        dependencies = {"xep_0004", "xep_0030", "xep_0060", "xep_0163", "xep_0280", "xep_0334"}

        @property
        def storage(self):
            return storage

        @property
        def _btbv_enabled(self):
            return True

        async def _prompt_manual_trust(self, manually_trusted, identifier):
            raise RuntimeError("nobody is there to decide")

    return Plugin


def speak_only(namespaces):
    """Has slixmpp-omemo publish only some of the versions that it knows."""
    make = implementation._make_session_manager

    def make_limited(xmpp, plugin):
        class Limited(make(xmpp, plugin)):
            @classmethod
            async def create(cls, backends, *arguments, **options):
                spoken = [it for it in backends if it.namespace in namespaces]
                return await super().create(spoken, *arguments, **options)

        return Limited

    implementation._make_session_manager = make_limited


def envelope(sender, recipient, text):
    """XEP-0420, with the affixes that XEP-0384 asks for."""
    root = ET.Element(f"{{{SCE}}}envelope")
    content = ET.SubElement(root, f"{{{SCE}}}content")
    ET.SubElement(content, f"{{{CLIENT}}}body").text = text
    padding = base64.b64encode(secrets.token_bytes(secrets.randbelow(150))).decode()
    ET.SubElement(root, f"{{{SCE}}}rpad").text = padding
    ET.SubElement(root, f"{{{SCE}}}from", {"jid": sender})
    ET.SubElement(root, f"{{{SCE}}}to", {"jid": recipient})
    now = datetime.datetime.now(datetime.timezone.utc)
    ET.SubElement(root, f"{{{SCE}}}time", {"stamp": now.strftime("%Y-%m-%dT%H:%M:%SZ")})
    return ET.tostring(root)


def text_of(content, sender):
    """What an envelope says; nothing if somebody else has sent it."""
    root = ET.fromstring(content)
    affix = root.find(f"{{{SCE}}}from")
    if root.tag != f"{{{SCE}}}envelope" or root.find(f"{{{SCE}}}rpad") is None:
        raise ValueError(f"no envelope: {content!r}")
    if affix is not None and JID(affix.get("jid")).bare != sender:
        raise ValueError(f"an envelope of {affix.get('jid')}")
    return root.findtext(f"{{{SCE}}}content/{{{CLIENT}}}body")


class Bot(ClientXMPP):
    def __init__(self, options):
        # The endpoint listens on loopback, without TLS.
        allowed = {"feature_mechanisms": {"unencrypted_scram": True}}
        super().__init__(options.jid + "/slixmpp", options.password, plugin_config=allowed)
        self.enable_starttls = self.enable_direct_tls = False
        self.enable_plaintext = True
        for plugin in ("xep_0030", "xep_0054", "xep_0060", "xep_0163", "xep_0115", "xep_0280", "xep_0313", "xep_0334"):
            self.register_plugin(plugin)
        self.kept = File(options.storage)
        register_plugin(plugin_for(self.kept))
        self.register_plugin("xep_0384")
        self.spoken = [NAMES[name] for name in options.versions.split(",")]
        speak_only(self.spoken)
        # It would answer these with errors.
        self.leave_lists_alone(it for it in LIST_EVENTS if it not in self.spoken)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.take)
        self.add_event_handler("got_online", lambda it: say("presence", of=it["from"].bare, state="online"))
        self.add_event_handler("got_offline", lambda it: say("presence", of=it["from"].bare, state="offline"))
        self.add_event_handler("failed_auth", lambda _: say("refused"))
        self.add_event_handler("disconnected", lambda why: say("disconnected", why=str(why)))

    async def start(self, _):
        await self.get_roster()
        self.send_presence()
        manager = await self["xep_0384"].get_session_manager()
        ours, _ = await manager.get_own_device_information()
        fingerprint = "".join(manager.format_identity_key(ours.identity_key))
        say("ready", device=ours.device_id, fingerprint=fingerprint)

    async def take(self, stanza):
        if stanza["type"] not in ("chat", "normal"):
            return
        sender, number = stanza["from"].bare, stanza["id"]
        if self.kept.has_read([sender, number]):
            return say("repeated", of=sender, id=number)
        try:
            text, version, device = await self.open(stanza, sender)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            return say("unreadable", of=sender, why=why)
        self.kept.remember([sender, number])
        if version and text is None:
            say("empty", of=sender, version=version, device=device)
        elif text:
            say("message", of=sender, text=text, version=version, device=device)

    async def open(self, stanza, sender):
        manager = await self["xep_0384"].get_session_manager()
        newer = stanza.xml.find(f"{{{OMEMO_2}}}encrypted")
        older = stanza.xml.find(f"{{{OMEMO}}}encrypted")
        if newer is not None and OMEMO_2 in self.spoken:
            try:
                message = twomemo.etree.parse_message(newer, sender)
                content, device, _ = await manager.decrypt(message)
                text = None if content is None else text_of(content, sender)
                return text, "omemo2", device.device_id
            except Exception as error:
                if older is None:
                    raise
                say("note", words=f"OMEMO 2: {type(error).__name__}: {error}")
        if older is not None and OMEMO in self.spoken:
            ours = self.boundjid.bare
            message = await oldmemo.etree.parse_message(older, sender, ours, manager)
            content, device, _ = await manager.decrypt(message)
            return None if content is None else content.decode(), "omemo", device.device_id
        if newer is not None or older is not None:
            raise ValueError("it is encrypted by a version that is not spoken here")
        return stanza["body"], None, None

    async def send_text(self, to, text, version):
        namespace = NAMES[version]
        manager = await self["xep_0384"].get_session_manager()
        await self.refresh_lists(manager, to)
        content = envelope(self.boundjid.bare, to, text) if namespace == OMEMO_2 else text.encode()
        messages, errors = await manager.encrypt(
            frozenset({to}), {namespace: content}, backend_priority_order=[namespace]
        )
        stanza = self.make_message(mto=JID(to), mtype="chat")
        stanza["body"] = "This message is encrypted."
        stanza.enable("store")
        write = twomemo.etree if namespace == OMEMO_2 else oldmemo.etree
        devices = []
        for message in messages:
            stanza.append(write.serialize_message(message))
            devices += [key.device_id for key, _ in message.keys]
        stanza.send()
        say("sent", text=text, devices=devices, errors=[repr(error) for error in errors])

    async def refresh_lists(self, manager, of):
        """Those of a contact come by themselves, soon after they are one. The plugin would ask for
        versions that are not spoken, too."""
        known = await manager.get_device_information(of)
        if not known or self.client_roster[of]["subscription"] != "both":
            for namespace in self.spoken:
                await manager.refresh_device_list(namespace, of)

    async def devices(self, of):
        manager = await self["xep_0384"].get_session_manager()
        known = await manager.get_device_information(of)
        say(
            "devices",
            of=of,
            devices=[
                {
                    "id": device.device_id,
                    "fingerprint": device.identity_key.hex(),
                    "trust": device.trust_level_name,
                    "versions": [it for it in NAMES if (NAMES[it], True) in device.active],
                }
                for device in known
            ],
        )

    async def archive(self):
        """Everything that the account's server keeps of conversations, as it keeps it."""
        results = [result async for result in self["xep_0313"].iterate(total=500)]
        say("archive", stanzas=[str(result) for result in results])

    async def vcard(self, of):
        """What somebody says about themselves, as slixmpp reads it."""
        answer = await self["xep_0054"].get_vcard(jid=JID(of), cached=False)
        say("vcard", of=of, notes=[answer["vcard_temp"]["DESC"], answer["vcard_temp"]["NOTE"]])

    async def set_vcard(self, description):
        card = self["xep_0054"].make_vcard()
        card["FN"] = "Bob"
        card["DESC"] = description
        await self["xep_0054"].publish_vcard(card)
        say("vcard_set")

    async def items(self, of, node):
        """What lies in a node of somebody's account."""
        answer = await self["xep_0060"].get_items(JID(of), node)
        payloads = [item["payload"] for item in answer["pubsub"]["items"]]
        say("items", of=of, node=node, items=[ET.tostring(it, encoding="unicode") for it in payloads])

    def leave_lists_alone(self, namespaces):
        for namespace in namespaces:
            self.del_event_handler(LIST_EVENTS[namespace], self["xep_0384"]._on_device_list_update)

    async def unlist(self):
        """Takes every device out of the account's older list, this one and those of other clients."""
        # It would add itself again when it hears of it.
        self.leave_lists_alone([OMEMO])
        nobody, node = ET.Element(f"{{{OMEMO}}}list"), f"{OMEMO}.devicelist"
        await self["xep_0060"].publish(self.boundjid.bare, node, id="current", payload=nobody)
        say("unlisted")

    async def purge(self):
        """Takes this device out of our lists and forgets everything, as a client that is removed."""
        # It would add itself again when it hears of them.
        self.leave_lists_alone(self.spoken)
        manager = await self["xep_0384"].get_session_manager()
        for namespace in self.spoken:
            await manager.purge_backend(namespace)
        say("purged")

    async def obey(self):
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while line := await reader.readline():
            order = json.loads(line)
            try:
                if order["do"] == "send":
                    await self.send_text(order["to"], order["text"], order["version"])
                elif order["do"] == "devices":
                    await self.devices(order["of"])
                elif order["do"] == "archive":
                    await self.archive()
                elif order["do"] == "purge":
                    await self.purge()
                elif order["do"] == "unlist":
                    await self.unlist()
                elif order["do"] == "vcard":
                    await self.vcard(order["of"])
                elif order["do"] == "set_vcard":
                    await self.set_vcard(order["description"])
                elif order["do"] == "items":
                    await self.items(order["of"], order["node"])
                elif order["do"] == "ask":
                    self.send_presence_subscription(pto=order["jid"], ptype="subscribe")
                elif order["do"] == "allow":
                    self.send_presence_subscription(pto=order["jid"], ptype="subscribed")
                    self.send_presence_subscription(pto=order["jid"], ptype="subscribe")
            except Exception as error:
                say("failed", order=order["do"], why=f"{type(error).__name__}: {error}")
        await self.disconnect()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("jid")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--storage", required=True)
    parser.add_argument("--versions", default="omemo,omemo2")
    options = parser.parse_args()
    options.password = os.environ["XMPP_PASSWORD"]
    bot = Bot(options)
    bot.connect("127.0.0.1", options.port)
    await bot.obey()


asyncio.run(main())
