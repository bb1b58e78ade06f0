"""A user of slixmpp: obeys orders on stdin and tells what it hears on stdout, each a JSON object on a line.

usage: slixmpp_user.py JID PASSWORD HOST PORT CA [confirms] [once]

One that confirms tells whoever asks that a message has arrived (XEP-0184). The password of one that signs in once is a
one-time password, for CISCO-VTG-TOKEN and nothing else.
"""

import asyncio
import json
import sys
from xml.etree import ElementTree

import slixmpp
from slixmpp.util.sasl import client as sasl
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath


def tell(what, **more):
    print(json.dumps({"type": what, **more}), flush=True)


class CiscoVtgToken(sasl.Mech):
    name = "CISCO-VTG-TOKEN"
    required_credentials = {"username", "password", "host"}
    security = {"encrypted"}

    def setup(self, name):
        if not self.security_settings["encrypted"]:
            raise sasl.SASLCancelled("a one-time password in clear")

    def process(self, challenge=b""):
        given = self.credentials
        return b"userid=" + given["username"] + b"@" + given["host"] + b"\x00token=" + given["password"]


class User(slixmpp.ClientXMPP):
    def __init__(self, jid, password, authorities, confirms):
        super().__init__(jid, password)
        self.ca_certs = authorities
        # Who may see whom is the tests' business.
        self.auto_authorize = None
        self.auto_subscribe = False
        self.register_plugin("xep_0045")
        self.register_plugin("xep_0085")
        self.register_plugin("xep_0184", {"auto_ack": confirms})
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_auth", lambda _: tell("refused"))
        self.add_event_handler("disconnected", lambda why: tell("disconnected", why=str(why)))
        for name, heard in (("message", self.message), ("presence", self.presence)):
            self.register_handler(Callback(name + "s", MatchXPath("{jabber:client}" + name), heard))

    async def started(self, _):
        await self.get_roster()
        self.send_presence()
        tell("online", jid=str(self.boundjid))

    def message(self, stanza):
        if not stanza["body"]:
            if stanza["type"] == "error":
                tell("error", id=stanza["id"], **self.ends(stanza))
                return
            if stanza["receipt"]:
                tell("receipt", id=stanza["receipt"], **self.ends(stanza))
            if stanza["chat_state"]:
                tell("state", state=stanza["chat_state"], **self.ends(stanza))
            return
        origin = stanza.xml.find("{urn:xmpp:sid:0}origin-id")
        tell(
            "message",
            id=stanza["id"],
            origin_id=None if origin is None else origin.get("id"),
            kind=stanza["type"],
            body=stanza["body"],
            **self.ends(stanza),
        )

    def presence(self, stanza):
        tell("presence", kind=stanza["type"], status=stanza["status"], **self.ends(stanza))

    @staticmethod
    def ends(stanza):
        return {"from": str(stanza["from"]), "to": str(stanza["to"])}

    async def obey(self, order):
        match order:
            case {"do": "send", "to": to, "body": body}:
                message = self.make_message(mto=to, mbody=body, mtype="chat")
                if order.get("receipt"):
                    message["request_receipt"] = True
                if order.get("state"):
                    message["chat_state"] = order["state"]
                message.send()
                tell("said", id=message["id"])
            case {"do": "state", "to": to, "state": state}:
                message = self.make_message(mto=to, mtype="chat")
                message["chat_state"] = state
                message.send()
            case {"do": "confirm", "to": to, "id": identity}:
                message = self.make_message(mto=to)
                ElementTree.SubElement(message.xml, "{urn:xmpp:receipts}received", id=identity)
                message.send()
            case {"do": "ping", "jid": jid}:
                iq = self.make_iq_get(ito=jid)
                ElementTree.SubElement(iq.xml, "{urn:xmpp:ping}ping")
                await iq.send()
                tell("pong")
            case {"do": "presence", "show": "unavailable", "status": status}:
                self.send_presence(ptype="unavailable", pstatus=status)
            case {"do": "presence", "show": show, "status": status}:
                self.send_presence(pshow=show or None, pstatus=status)
            case {"do": "subscribe" | "subscribed" | "unsubscribe" | "unsubscribed" as kind, "jid": jid}:
                self.send_presence(pto=jid, ptype=kind)
            case {"do": "join", "room": room, "nick": nick}:
                await self.plugin["xep_0045"].join_muc_wait(room, nick, timeout=10)
                inside = list(self.plugin["xep_0045"].get_roster(room))
                tell("joined", room=room, inside=inside)
            case {"do": "say", "room": room, "body": body}:
                self.send_message(mto=room, mbody=body, mtype="groupchat")
            case {"do": "forget", "jid": jid}:
                self.del_roster_item(jid)
            case {"do": "roster"}:
                await self.get_roster()
                contacts = self.client_roster
                tell("roster", contacts={jid: contacts[jid]["subscription"] for jid in contacts})
            # The server takes stanzas in order: what was sent before is with it.
            case {"do": "settle", "mark": mark}:
                await self.get_roster()
                tell("settled", mark=mark)
            case _:
                tell("unknown", order=order)


async def orders(user):
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await user.obey(json.loads(line))
    await user.disconnect()


def main():
    jid, password, host, port, authorities, *more = sys.argv[1:]
    if "once" in more:
        sasl.MECHANISMS.clear()
        sasl.sasl_mech(101)(CiscoVtgToken)
    user = User(jid, password, authorities, "confirms" in more)
    user.connect((host, int(port)))
    user.loop.run_until_complete(orders(user))


main()
