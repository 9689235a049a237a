//! The server's limits. Each has its unit in its name and its reason beside it. The limits on
//! XML itself are in [`onym_stream::Limits`].

use std::time::Duration;

/// Messages that wait for the owner. More would only hide the ones that matter; senders beyond it
/// are told `resource-constraint`, so nothing is lost unseen.
pub const MAX_INBOX_MESSAGES: usize = 10_000;

/// Messages of one sender (bare JID) that wait for the owner, so that one peer cannot fill the
/// inbox and lock all others out.
pub const MAX_INBOX_MESSAGES_PER_SENDER: usize = 2_000;

/// Messages of one domain that is in nobody's roster here: a stranger.
pub const MAX_INBOX_MESSAGES_PER_STRANGER_DOMAIN: usize = 50;

/// Messages of all strangers together: making domains costs nothing, so a bound for each is not
/// enough.
pub const MAX_INBOX_MESSAGES_OF_STRANGERS: usize = 500;

/// Bytes of all messages that wait for the owner. They are in memory as well as on disk.
pub const MAX_INBOX_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of one sender's messages that wait for the owner.
pub const MAX_INBOX_BYTES_PER_SENDER: usize = 16 * 1024 * 1024;

/// Bytes of the messages of one stranger's domain.
pub const MAX_INBOX_BYTES_PER_STRANGER_DOMAIN: usize = 512 * 1024;

/// Bytes of the messages of all strangers together.
pub const MAX_INBOX_BYTES_OF_STRANGERS: usize = 4 * 1024 * 1024;

/// Bytes that wait for one other endpoint.
pub const MAX_OUTBOX_BYTES_PER_DOMAIN: usize = 32 * 1024 * 1024;

/// Stanzas that wait for one other endpoint.
pub const MAX_OUTBOX_STANZAS_PER_DOMAIN: usize = 10_000;

/// How long a message waits for another endpoint before its sender gets an error. People go on
/// holiday; a month later the message has usually lost its meaning.
pub const OUTBOX_EXPIRY: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long an IQ or a directed presence waits for a link that is being made. Clients give up on
/// an IQ after about this long.
pub const TRANSIENT_EXPIRY: Duration = Duration::from_secs(90);

/// IQs and presences that wait for one link.
pub const MAX_TRANSIENTS_PER_DOMAIN: usize = 100;

/// Requests of strangers that wait for the owner's answer.
pub const MAX_WAITING_REQUESTS: usize = 100;

/// Requests from one domain that wait, so that one domain cannot take all the places.
pub const MAX_WAITING_REQUESTS_PER_DOMAIN: usize = 4;

/// Bytes of a request that are kept. Of a longer one only the bare request is.
pub const MAX_REQUEST_BYTES: usize = 4 * 1024;

/// Contacts in one roster, the ones not listed included.
pub const MAX_ROSTER_ITEMS: usize = 10_000;

/// Resources of one contact that are shown as present at a time.
pub const MAX_PRESENT_RESOURCES_PER_CONTACT: usize = 64;

/// Groups that one contact is in.
pub const MAX_GROUPS_PER_CONTACT: usize = 64;

/// Length of a contact's name or group, in bytes of UTF-8 (RFC 6121 asks for at least 1,023).
pub const MAX_ROSTER_NAME_BYTES: usize = 1_023;

/// Stanzas that a client or a peer may have in flight before it has acknowledged one.
pub const WINDOW_STANZAS: usize = 100;

/// After this many stanzas an acknowledgement is asked for, even while more are waiting.
pub const ACKNOWLEDGE_EVERY_STANZAS: usize = 20;

/// Connections that may be under construction at once. Tor builds at most 32 circuits at a time,
/// and an onion service connection needs several.
pub const MAX_CONCURRENT_DIALS: usize = 8;

/// Server streams that others have opened to us.
pub const MAX_INCOMING_STREAMS: usize = 256;

/// Server streams that others have opened without having proven a domain yet. Beyond it the
/// oldest of them is closed, so that silent connections cannot lock out a real peer.
pub const MAX_UNPROVEN_STREAMS: usize = 64;

/// Client streams that have not logged in.
pub const MAX_UNAUTHENTICATED_CLIENTS: usize = 32;

/// Other endpoints that are in memory at a time. Beyond it no claim of a stranger is looked into;
/// those that the owner knows or writes to do not count.
pub const MAX_PEERS: usize = 4_096;

/// Domains that one incoming stream may claim.
pub const MAX_DOMAINS_PER_STREAM: usize = 4;

/// Streams on which one domain has proven itself. Beyond it the oldest is closed: it is most
/// likely left over from before the peer restarted.
pub const MAX_PROVEN_STREAMS_PER_DOMAIN: usize = 4;

/// Length of a dialback key, in bytes. Ours have 64; those of others may be made in another way.
pub const MAX_DIALBACK_KEY_BYTES: usize = 512;

/// The longest back-off for a domain that nobody here knows and that somebody claims: shorter than
/// [`PROOF_TIMEOUT`], so that a claim is looked into while it is waiting.
pub const LONGEST_BACK_OFF_FOR_STRANGERS: Duration = Duration::from_secs(60);

/// How long a stream may take to prove who it is. Dialback over Tor needs a second connection,
/// and Prosody gives up after 90 seconds.
pub const PROOF_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a client may take to log in.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(60);

/// Wrong passwords on one stream before it is closed (RFC 6120 §6.4.5: at least 2, no more than 5).
pub const MAX_LOGIN_FAILURES: u32 = 3;

/// A link on which nothing has been acknowledged for this long is asked whether it lives.
pub const LIVENESS_INTERVAL: Duration = Duration::from_secs(60);

/// How long a link may take to answer.
pub const LIVENESS_TIMEOUT: Duration = Duration::from_secs(45);

/// A client that has said nothing for this long is asked whether it is still there. Longer than
/// for a link, to spare the batteries of telephones.
pub const CLIENT_LIVENESS_INTERVAL: Duration = Duration::from_secs(300);

/// How long a client may take to answer.
pub const CLIENT_LIVENESS_TIMEOUT: Duration = Duration::from_secs(60);

/// A link that is not wanted any more is closed after this long, to free its circuits.
pub const IDLE_LINK: Duration = Duration::from_secs(300);

/// The first back-off after a failed try.
pub const FIRST_BACK_OFF: Duration = Duration::from_secs(5);

/// The longest back-off. A peer that comes back dials us by itself, so this only bounds the wait
/// for one that has nothing to say.
pub const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);

/// Latest stanzas per other endpoint that are remembered, to recognise one that comes again after
/// a lost acknowledgement. Twice the window, since that much can be in flight.
pub const SEEN_STANZAS: u16 = 256;

/// Bytes of the messages in one account's archive. It is the owner's own disk, and a person's text
/// of many years fits; what it keeps out is a contact who sends without end. Beyond it the oldest
/// messages go. There is no limit of age.
pub const MAX_ARCHIVE_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of the messages of all strangers together in one account's archive. Beyond it they are
/// delivered and not archived, so that they cannot drive out what the owner has said with others.
pub const MAX_ARCHIVE_BYTES_OF_STRANGERS: u64 = 32 * 1024 * 1024;

/// Bytes that are left when messages have to go, so that not every new message removes one.
pub const TRIMMED_ARCHIVE_BYTES: u64 = MAX_ARCHIVE_BYTES / 100 * 99;

/// Messages on one page of an archive, and ids that one query may name.
pub const MAX_ARCHIVE_PAGE_MESSAGES: usize = 100;

/// Bytes of the messages on one page of an archive. A larger message has a page of its own.
pub const MAX_ARCHIVE_PAGE_BYTES: usize = 1024 * 1024;

/// Archive queries of one account that wait for the disk. Each is answered before the next input in
/// practice; the bound is for a driver that works otherwise.
pub const MAX_ARCHIVE_READS: usize = 16;

/// Nodes of one account (XEP-0060). OMEMO makes one for each device, all else a few dozen together.
pub const MAX_NODES_PER_ACCOUNT: usize = 512;

/// Items of one node, also where its configuration asks for more: as many as a person has
/// conversations (XEP-0490) and rooms (XEP-0402).
pub const MAX_ITEMS_PER_NODE: usize = 1_000;

/// Bytes of one item's payload: an avatar of 96 KiB in base64. An answer with it still fits into
/// the 256 KiB that clients and servers take as one stanza.
pub const MAX_ITEM_BYTES: usize = 128 * 1024;

/// Tags in one item's payload. An element costs some hundred bytes in memory wherever it is read.
pub const MAX_ITEM_TAGS: usize = 4_000;

/// Bytes of all nodes of one account: they are in memory as well as on disk.
pub const MAX_PEP_BYTES_PER_ACCOUNT: usize = 16 * 1024 * 1024;

/// Length of a node's name, in bytes.
pub const MAX_NODE_NAME_BYTES: usize = 1_023;

/// Length of an item's id, in bytes: it may be a whole JID (XEP-0402, XEP-0490).
pub const MAX_ITEM_ID_BYTES: usize = 3_071;

/// Length of a node's title, description or type, in bytes.
pub const MAX_NODE_TEXT_BYTES: usize = 1_023;

/// Bytes of items in one answer. Older items are left out beyond it, since other programs end a
/// stream on which a larger stanza than 256 KiB comes.
pub const MAX_ANSWER_BYTES: usize = 192 * 1024;

/// Tags in one answer: below the 25,000 elements that a reader of ours takes.
pub const MAX_ANSWER_TAGS: usize = 20_000;

/// Bytes that a contact's domain gets of an account's nodes and vCards within
/// [`PUBLIC_WINDOW`]: the devices, keys and avatar of everybody here several times over.
pub const MAX_PUBLIC_BYTES_PER_KNOWN_DOMAIN: usize = 8 * 1024 * 1024;

/// The same for a domain that is in nobody's roster: keys and avatar once or twice.
pub const MAX_PUBLIC_BYTES_PER_STRANGER_DOMAIN: usize = 1024 * 1024;

/// The same for all strangers together: making domains costs nothing, and what they fetch goes
/// through the owner's Tor circuits.
pub const MAX_PUBLIC_BYTES_OF_STRANGERS: usize = 4 * 1024 * 1024;

/// What an answer costs at least, so that empty ones are bounded too, in bytes.
pub const MIN_PUBLIC_ANSWER_BYTES: usize = 1_024;

/// How long what was sent counts.
pub const PUBLIC_WINDOW: Duration = Duration::from_secs(60);

/// Domains whose share is remembered at a time.
pub const MAX_COUNTED_DOMAINS: usize = 4_096;

/// Verification strings whose features are remembered (XEP-0115). There are a few for each client
/// program in use.
pub const MAX_KNOWN_CAPABILITIES: usize = 1_000;

/// Length of a verification string or of the node before it, in bytes.
pub const MAX_CAPABILITIES_BYTES: usize = 1_023;

/// Bytes of the names of the nodes that one client wants to hear of. Clients have about twenty.
pub const MAX_INTEREST_BYTES: usize = 4 * 1024;

/// Bytes of the JIDs that one account blocks: the list must fit into one stanza (XEP-0191 has no
/// pages). A JID costs [`BLOCKED_JID_OVERHEAD_BYTES`] besides its own length.
pub const MAX_BLOCK_LIST_BYTES: usize = 192 * 1024;

/// What an entry of the block list costs besides its JID, in bytes.
pub const BLOCKED_JID_OVERHEAD_BYTES: usize = 32;

/// Bytes of a vCard without its photo, and of one with it as it is handed out together with
/// [`MAX_ITEM_BYTES`]: below the 256 KiB of a stanza.
pub const MAX_VCARD_BYTES: usize = 64 * 1024;

/// How long a client's stream waits for another connection after its own is lost: a tunnel or a
/// lift, and Tor building new circuits afterwards.
pub const RESUMPTION_TIMEOUT: Duration = Duration::from_secs(600);

/// Streams of one account that wait to be resumed: more than a person has devices. Beyond it the
/// oldest ends.
pub const MAX_LOST_STREAMS_PER_ACCOUNT: usize = 16;

/// Stanzas that are kept so that a stream can be resumed. Beyond it, it cannot be; what matters is
/// in the inbox all the same.
pub const MAX_KEPT_STANZAS: usize = 2_000;

/// Bytes of the stanzas that are kept so that a stream can be resumed: some pages of the archive.
pub const MAX_KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Streams that have ended and whose clients can still be told how much had come of them.
pub const MAX_FORMER_STREAMS: usize = 256;

/// Presences and chat states that wait for a client that nobody looks at (XEP-0352): one for each
/// of many contacts.
pub const MAX_HELD_BACK_STANZAS: usize = 500;
