//! A stanza that goes out, sealed for its audience.

use jid::BareJid;
use minidom::Element;
use onym_stream::ns;

use super::super::core::{Context, Core};
use super::super::session::Session;
use super::audience::{Audience, Member, Reach};
use crate::explicit_encryption::{self, FALLBACK_TEXT};
use crate::message;
use crate::omemo::encrypted::{self, KeysByAccount, WireKey};
use crate::omemo::{Dialect, OurDevice, payload};
use crate::protection::Hold;
use crate::reactions;
use crate::sce::Envelope;
use crate::store::OmemoMark;
use crate::trust::TrustRule;

/// What the older dialect has no place for and says beside the encrypted text.
pub(super) const BESIDE_TEXT: [&str; 7] = [
    ns::RECEIPTS,
    ns::MARKERS,
    ns::CHAT_STATES,
    ns::CORRECTION,
    ns::REPLY,
    ns::FALLBACK,
    ns::STYLING,
];

/// What becomes of a stanza before it is sent.
pub(in crate::engine) enum Protected {
    /// It goes as it is.
    Clear,
    /// This goes in its place.
    Sealed {
        /// The stanza.
        stanza: Box<Element>,
        /// What protects it.
        mark: OmemoMark,
    },
    /// It has to wait; the core has the reason.
    Held,
}

impl Session {
    /// Seals a stanza for everybody who may read it.
    pub(in crate::engine) fn protect(
        &mut self,
        plain: &Element,
        to: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Protected {
        let reach = match core.left_home_hold(to) {
            Some(hold) => Reach::Held(hold),
            None => self.reach(to, core, cx),
        };
        let (protected, hold) = match reach {
            Reach::Clear => (Protected::Clear, None),
            Reach::Held(hold) => (Protected::Held, Some(hold)),
            Reach::Devices(audience) => match self.seal(plain, to, audience, core, cx) {
                Some((stanza, mark)) => (Protected::Sealed { stanza, mark }, None),
                None => (Protected::Held, Some(Hold::NoUsableDevice)),
            },
        };
        let conversation = core.home_of(to);
        core.hold(&conversation, hold);
        protected
    }

    /// Seals what is no content, as a receipt: in the envelope where every device knows envelopes,
    /// and otherwise as it is. The older dialect has no place for it, and no session is begun for
    /// it.
    pub(in crate::engine) fn protect_if_known(
        &mut self,
        plain: Element,
        to: &BareJid,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Element {
        let knows = core.memory.protection.get(to).is_some_and(|record| {
            let mut heard = record.devices.values().filter(|device| device.is_listed());
            heard.all(|device| device.speaks_omemo_2 && device.last_heard.is_some())
        });
        if !knows || core.holds.contains_key(&core.home_of(to)) {
            return plain;
        }
        let Reach::Devices(audience) = self.reach(to, core, cx) else {
            return plain;
        };
        if audience.speaks(Dialect::Omemo) || audience.members.is_empty() {
            return plain;
        }
        match self.seal(&plain, to, audience, core, cx) {
            Some((stanza, _)) => *stanza,
            None => plain,
        }
    }

    fn seal(
        &mut self,
        plain: &Element,
        to: &BareJid,
        audience: Audience,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Option<(Box<Element>, OmemoMark)> {
        let our = core.memory.our_device.clone()?;
        let speaks_omemo = audience.speaks(Dialect::Omemo);
        let mark = OmemoMark {
            dialect: if speaks_omemo {
                Dialect::Omemo
            } else {
                Dialect::Omemo2
            },
            device: our.id(),
            // A note to ourselves is read by nobody else.
            because: audience.because.unwrap_or(TrustRule::VerifiedByPerson),
            left_out: audience.left_out,
        };
        let mut stanza = skeleton(plain);
        let text = legacy_text(plain);
        let (older, newer): (Vec<Member>, Vec<Member>) = audience
            .members
            .into_iter()
            .partition(|member| member.name.dialect == Dialect::Omemo);
        let is_only_omemo = speaks_omemo && newer.is_empty();
        if !is_only_omemo {
            let envelope = Envelope {
                content: content(plain),
                from: Some(core.config.our_jid.clone()),
                to: Some(to.clone()),
                time: Some(cx.now),
                is_padded: true,
            };
            let bytes = envelope.to_bytes(cx.rng);
            let sealed = self.seal_for(Dialect::Omemo2, &our, newer, &bytes, core, cx)?;
            stanza.append_child(sealed);
        }
        if speaks_omemo {
            for child in without_content(plain) {
                stanza.append_child(child);
            }
            if let Some(text) = &text {
                let sealed =
                    self.seal_for(Dialect::Omemo, &our, older, text.as_bytes(), core, cx)?;
                stanza.append_child(sealed);
            }
        }
        let namespace = mark.dialect.namespace();
        stanza.append_child(explicit_encryption::hint(namespace, "OMEMO"));
        if text.is_some() {
            message::write_body(&mut stanza, FALLBACK_TEXT);
        }
        if !stanza.has_child("store", ns::HINTS) && text.is_some() {
            stanza.append_child(Element::bare("store", ns::HINTS));
        }
        Some((Box::new(stanza), mark))
    }

    /// The part of a stanza in one dialect. The sessions are kept as they are afterwards.
    pub(super) fn seal_for(
        &mut self,
        dialect: Dialect,
        our: &OurDevice,
        members: Vec<Member>,
        content: &[u8],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Option<Element> {
        let sealed = payload::seal(dialect, content, cx.rng);
        let keys = self.keys_for(members, &sealed.key, core)?;
        let iv = sealed.iv.as_ref().map(<[u8; 12]>::as_slice);
        let payload = Some(sealed.ciphertext.as_slice());
        Some(encrypted::write(dialect, our.id(), &keys, iv, payload))
    }

    /// The key of a message, for each device.
    pub(super) fn keys_for(
        &mut self,
        members: Vec<Member>,
        key: &[u8],
        core: &mut Core,
    ) -> Option<KeysByAccount> {
        let mut keys = KeysByAccount::new();
        for Member { name, mut session } in members {
            let sealed = session.encrypt(key).ok()?;
            // A pre-key is used once.
            self.omemo.fetches.use_up(&name);
            let (jid, id) = (name.jid.clone(), name.device);
            core.put_session(name, session);
            let key = WireKey {
                is_key_exchange: sealed.is_key_exchange,
                bytes: sealed.bytes,
            };
            keys.entry(jid).or_default().insert(id, key);
        }
        Some(keys)
    }
}

/// The stanza without what is to be encrypted: its addresses, and what servers read (XEP-0420,
/// section 6: elements that are "processed by servers" stay outside).
pub(super) fn skeleton(plain: &Element) -> Element {
    let mut outer = Element::bare(plain.name(), plain.ns());
    for ((namespace, name), value) in plain.attrs() {
        outer.set_attr(namespace.clone(), name.clone(), value.to_owned());
    }
    for child in plain.children().filter(|child| is_for_servers(child)) {
        outer.append_child(child.clone());
    }
    outer
}

/// Whether servers read an element, so that it cannot be encrypted and is not believed inside.
pub(super) fn is_for_servers(element: &Element) -> bool {
    [ns::STANZA_ID, ns::DELAY, ns::HINTS].contains(&element.ns().as_str())
}

fn content(plain: &Element) -> Vec<Element> {
    let content = plain.children().filter(|child| !is_for_servers(child));
    content.cloned().collect()
}

/// What stands beside the older dialect's encrypted text: what names messages and says how the
/// text is meant, and nothing that people wrote.
fn without_content(plain: &Element) -> Vec<Element> {
    let is_kept = |child: &&Element| {
        child.has_ns(ns::RETRACTION) || BESIDE_TEXT.contains(&child.ns().as_str())
    };
    plain.children().filter(is_kept).cloned().collect()
}

/// What the older dialect encrypts: the text, or for reactions the text that stands for them.
fn legacy_text(plain: &Element) -> Option<String> {
    if let Some(text) = message::text(plain) {
        return Some(text);
    }
    let (_, emojis) = reactions::read(plain)?;
    (!emojis.is_empty()).then(|| emojis.join(" "))
}
