//! Namespace names. A constant's doc names the specification that defines it.

/// Namespaces in XML 1.0: the reserved `xml:` prefix.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Namespaces in XML 1.0: the reserved `xmlns` attribute and prefix.
pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// RFC 6120: the stream element itself, features and stream errors.
pub const STREAM: &str = "http://etherx.jabber.org/streams";
/// RFC 6120: stanzas between a client and its server, and every stanza inside the program.
pub const CLIENT: &str = "jabber:client";
/// RFC 6120: stanzas between two servers.
pub const SERVER: &str = "jabber:server";
/// RFC 6120: the conditions of a stream error.
pub const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
/// RFC 6120: the conditions of a stanza error.
pub const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// RFC 6120: STARTTLS.
pub const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
/// RFC 6120: SASL.
pub const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
/// RFC 6120: resource binding.
pub const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
/// RFC 3921: session establishment, still asked for by older clients.
pub const SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";

/// RFC 6121: the roster.
pub const ROSTER: &str = "jabber:iq:roster";
/// RFC 6121: the stream feature for roster versioning.
pub const ROSTER_VERSIONING: &str = "urn:xmpp:features:rosterver";
/// RFC 6121: the stream feature for pre-approved subscriptions.
pub const PRE_APPROVAL: &str = "urn:xmpp:features:pre-approval";

/// XEP-0004: Data Forms
pub const DATA_FORMS: &str = "jabber:x:data";
/// XEP-0012: Last Activity
pub const LAST_ACTIVITY: &str = "jabber:iq:last";
/// XEP-0030: Service Discovery (identity and features)
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// XEP-0030: Service Discovery (items)
pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// XEP-0045: Multi-User Chat
pub const MUC: &str = "http://jabber.org/protocol/muc";
/// XEP-0045: Multi-User Chat (what a room says about its occupants)
pub const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
/// XEP-0049: Private XML Storage
pub const PRIVATE: &str = "jabber:iq:private";
/// XEP-0054: vcard-temp
pub const VCARD_TEMP: &str = "vcard-temp";
/// XEP-0059: Result Set Management
pub const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0060: Publish-Subscribe
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// XEP-0060: Publish-Subscribe (events)
pub const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// XEP-0060: Publish-Subscribe (the owner of a node)
pub const PUBSUB_OWNER: &str = "http://jabber.org/protocol/pubsub#owner";
/// XEP-0060: Publish-Subscribe (its own error conditions)
pub const PUBSUB_ERRORS: &str = "http://jabber.org/protocol/pubsub#errors";
/// XEP-0060: Publish-Subscribe (options of a publication: the feature and the form type)
pub const PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";
/// XEP-0060: Publish-Subscribe (the form type of a node's configuration)
pub const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";
/// XEP-0084: User Avatar (the image)
pub const AVATAR_DATA: &str = "urn:xmpp:avatar:data";
/// XEP-0084: User Avatar (what images there are)
pub const AVATAR_METADATA: &str = "urn:xmpp:avatar:metadata";
/// XEP-0085: Chat State Notifications
pub const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
/// XEP-0092: Software Version
pub const VERSION: &str = "jabber:iq:version";
/// XEP-0115: Entity Capabilities
pub const CAPS: &str = "http://jabber.org/protocol/caps";
/// XEP-0122: Data Forms Validation
pub const FORM_VALIDATION: &str = "http://jabber.org/protocol/xdata-validate";
/// XEP-0138: Stream Compression (the stream feature; never offered)
pub const COMPRESSION_FEATURE: &str = "http://jabber.org/features/compress";
/// XEP-0153: vCard-Based Avatars
pub const VCARD_UPDATE: &str = "vcard-temp:x:update";
/// XEP-0160 is [`DELAY`] on an offline message; XEP-0203: Delayed Delivery
pub const DELAY: &str = "urn:xmpp:delay";
/// XEP-0172: User Nickname
pub const NICKNAME: &str = "http://jabber.org/protocol/nick";
/// XEP-0184: Message Delivery Receipts
pub const RECEIPTS: &str = "urn:xmpp:receipts";
/// XEP-0191: Blocking Command
pub const BLOCKING: &str = "urn:xmpp:blocking";
/// XEP-0191: Blocking Command (its own error condition)
pub const BLOCKING_ERRORS: &str = "urn:xmpp:blocking:errors";
/// XEP-0198: Stream Management
pub const STREAM_MANAGEMENT: &str = "urn:xmpp:sm:3";
/// XEP-0199: XMPP Ping
pub const PING: &str = "urn:xmpp:ping";
/// XEP-0202: Entity Time
pub const TIME: &str = "urn:xmpp:time";
/// XEP-0220: Server Dialback
pub const DIALBACK: &str = "jabber:server:dialback";
/// XEP-0220: Server Dialback (the stream feature)
pub const DIALBACK_FEATURE: &str = "urn:xmpp:features:dialback";
/// XEP-0249: Direct MUC Invitations
pub const MUC_INVITATION: &str = "jabber:x:conference";
/// XEP-0280: Message Carbons
pub const CARBONS: &str = "urn:xmpp:carbons:2";
/// XEP-0288: Bidirectional Server-to-Server Connections
pub const BIDI: &str = "urn:xmpp:bidi";
/// XEP-0288: Bidirectional Server-to-Server Connections (the stream feature)
pub const BIDI_FEATURE: &str = "urn:xmpp:features:bidi";
/// XEP-0297: Stanza Forwarding
pub const FORWARD: &str = "urn:xmpp:forward:0";
/// XEP-0308: Last Message Correction
pub const CORRECTION: &str = "urn:xmpp:message-correct:0";
/// XEP-0313: Message Archive Management
pub const ARCHIVE: &str = "urn:xmpp:mam:2";
/// XEP-0333: Displayed Markers
pub const MARKERS: &str = "urn:xmpp:chat-markers:0";
/// XEP-0319: Last User Interaction in Presence
pub const IDLE: &str = "urn:xmpp:idle:1";
/// XEP-0334: Message Processing Hints
pub const HINTS: &str = "urn:xmpp:hints";
/// XEP-0352: Client State Indication
pub const CLIENT_STATE: &str = "urn:xmpp:csi:0";
/// XEP-0359: Unique and Stable Stanza IDs
pub const STANZA_ID: &str = "urn:xmpp:sid:0";
/// XEP-0379: Pre-Authenticated Roster Subscription (the token in a request)
pub const PREAUTH: &str = "urn:xmpp:pars:0";
/// The node of an account's open invites, which its server honours
pub const INVITES: &str = "urn:onym:invites:1";
/// XEP-0380: Explicit Message Encryption
pub const ENCRYPTION: &str = "urn:xmpp:eme:0";
/// XEP-0384: OMEMO Encryption (version 0.3)
pub const OMEMO: &str = "eu.siacs.conversations.axolotl";
/// The node of its device lists
pub const OMEMO_DEVICES: &str = "eu.siacs.conversations.axolotl.devicelist";
/// XEP-0384: OMEMO Encryption
pub const OMEMO_2: &str = "urn:xmpp:omemo:2";
/// The node of its device lists
pub const OMEMO_2_DEVICES: &str = "urn:xmpp:omemo:2:devices";
/// The node of its bundles
pub const OMEMO_2_BUNDLES: &str = "urn:xmpp:omemo:2:bundles";
/// Messages that the other side has lost and asks for, between Onym endpoints
pub const RESEND: &str = "urn:onym:resend:1";
/// Why a message came back that nobody could decrypt
pub const UNDECRYPTABLE: &str = "urn:onym:undecryptable:1";
/// XEP-0393: Message Styling
pub const STYLING: &str = "urn:xmpp:styling:0";
/// XEP-0420: Stanza Content Encryption
pub const SCE: &str = "urn:xmpp:sce:1";
/// XEP-0424: Message Retraction
pub const RETRACTION: &str = "urn:xmpp:message-retract:1";
/// XEP-0428: Fallback Indication
pub const FALLBACK: &str = "urn:xmpp:fallback:0";
/// XEP-0434: Trust Messages
pub const TRUST_MESSAGE: &str = "urn:xmpp:tm:1";
/// XEP-0450: Automatic Trust Management (ATM)
pub const AUTOMATIC_TRUST: &str = "urn:xmpp:atm:1";
/// XEP-0444: Message Reactions
pub const REACTIONS: &str = "urn:xmpp:reactions:0";
/// XEP-0398: User Avatar to vCard-Based Avatars Conversion
pub const AVATAR_CONVERSION: &str = "urn:xmpp:pep-vcard-conversion:0";
/// XEP-0461: Message Replies
pub const REPLY: &str = "urn:xmpp:reply:0";
/// XEP-0490: Message Displayed Synchronization
pub const DISPLAYED_SYNC: &str = "urn:xmpp:mds:displayed:0";
