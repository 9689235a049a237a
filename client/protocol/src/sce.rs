//! An envelope for what a message says, so that all of it can be encrypted and not only its text.

use std::time::Duration;

use jid::BareJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{Attributes, ContentNamespace, Limits, StreamEvent, StreamReader, ns};
use rand_core::CryptoRng;

/// What an envelope has at least, in bytes without its own tags: short answers look alike
/// (XEP-0420, section 4: "the stanza is padded to a fixed minimum size").
const MIN_BYTES: usize = 256;

/// How many random letters come on top (section 4: "between 0 and 200 characters").
const MAX_EXTRA_LETTERS: u32 = 200;

/// How much later than it was sealed a message may come and still be taken for fresh. Clocks differ
/// by minutes, and so does the way through Tor.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// Letters of the padding: none that XML writes differently.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What the sender says inside the envelope about the message around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Envelope {
    /// The elements that are only for the recipient.
    pub(crate) content: Vec<Element>,
    /// Who wrote it.
    pub(crate) from: Option<BareJid>,
    /// To whom.
    pub(crate) to: Option<BareJid>,
    /// When it was encrypted.
    pub(crate) time: Option<Timestamp>,
    /// Whether its length tells nothing. What we write always is padded.
    pub(crate) is_padded: bool,
}

/// What an envelope says besides its content, once its addresses are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Affixes {
    /// When it was encrypted.
    pub(crate) time: Option<Timestamp>,
    /// Whether its length tells nothing.
    pub(crate) is_padded: bool,
    /// Whether it says who wrote it.
    pub(crate) names_author: bool,
}

/// Why what was in an envelope is not believed. The sender's fault, or that of a server between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvelopeError {
    /// It is not XML within our limits.
    #[error("what was encrypted is not XML")]
    NotXml,
    /// It is something else.
    #[error("what was encrypted is not an envelope")]
    NotAnEnvelope,
    /// Somebody else wrote it.
    #[error("the envelope names another sender")]
    OtherSender,
    /// It was written to somebody else.
    #[error("the envelope names another recipient")]
    OtherRecipient,
}

impl Envelope {
    /// The bytes to encrypt.
    pub(crate) fn to_bytes(&self, rng: &mut dyn CryptoRng) -> Vec<u8> {
        let mut content = Element::bare("content", ns::SCE);
        for element in &self.content {
            content.append_child(element.clone());
        }
        let padding = padding(String::from(&content).len(), rng);
        let mut envelope = Element::bare("envelope", ns::SCE);
        envelope.append_child(content);
        let mut rpad = Element::bare("rpad", ns::SCE);
        rpad.append_text_node(padding);
        envelope.append_child(rpad);
        for (name, jid) in [("from", &self.from), ("to", &self.to)] {
            if let Some(jid) = jid {
                let address = Element::bare(name, ns::SCE).with_attribute("jid", jid.as_str());
                envelope.append_child(address);
            }
        }
        if let Some(time) = self.time {
            let stamp = Element::bare("time", ns::SCE).with_attribute("stamp", time.to_string());
            envelope.append_child(stamp);
        }
        String::from(&envelope).into_bytes()
    }

    /// Reads an envelope. Whether its addresses are those of the message has to be checked.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = parse(bytes).ok_or(EnvelopeError::NotXml)?;
        let content = envelope.get_child("content", ns::SCE);
        let content = content.filter(|_| envelope.is("envelope", ns::SCE));
        let content = content.ok_or(EnvelopeError::NotAnEnvelope)?;
        let attribute = |name: &str, attribute: &str| {
            let element = envelope.get_child(name, ns::SCE)?;
            element.attr(attribute).map(str::to_owned)
        };
        // An address that is none is an address that is not the right one.
        let address = |name: &str| {
            let jid = attribute(name, "jid").map(|jid| jid::Jid::new(&jid));
            jid.transpose().map(|jid| jid.map(jid::Jid::into_bare))
        };
        Ok(Self {
            content: content.children().cloned().collect(),
            from: address("from").map_err(|_| EnvelopeError::OtherSender)?,
            to: address("to").map_err(|_| EnvelopeError::OtherRecipient)?,
            time: attribute("time", "stamp").and_then(|stamp| stamp.parse().ok()),
            is_padded: envelope.has_child("rpad", ns::SCE),
        })
    }

    /// What it says besides its content.
    pub(crate) const fn affixes(&self) -> Affixes {
        Affixes {
            time: self.time,
            is_padded: self.is_padded,
            names_author: self.from.is_some(),
        }
    }

    /// Checks the envelope against the message that it came in (section 4: "Receiving clients MUST
    /// check if the value matches"). Some clients write no addresses.
    pub(crate) fn check(&self, sender: &BareJid, recipient: &BareJid) -> Result<(), EnvelopeError> {
        if self.from.as_ref().is_some_and(|from| from != sender) {
            return Err(EnvelopeError::OtherSender);
        }
        if self.to.as_ref().is_some_and(|to| to != recipient) {
            return Err(EnvelopeError::OtherRecipient);
        }
        Ok(())
    }
}

/// When a message was written that came at one time and was sealed at another (XEP-0420, section 4:
/// "Receiving clients MUST check whether the difference [...] lays within a reasonable margin").
///
/// A server that holds a message back, or plays it again under another name, would put old words
/// into a new place: then the time counts that its author has sealed. The other way round the
/// author wrote it before it could be sealed, and says so.
pub(crate) fn time(came: Timestamp, sealed: Timestamp) -> Timestamp {
    if came.saturating_since(sealed) > MARGIN {
        sealed
    } else {
        came
    }
}

fn padding(content_bytes: usize, rng: &mut dyn CryptoRng) -> String {
    let extra = rng.next_u32() % (MAX_EXTRA_LETTERS + 1);
    let missing = MIN_BYTES.saturating_sub(content_bytes);
    let count = missing.saturating_add(usize::try_from(extra).unwrap_or_default());
    let mut random = vec![0; count];
    rng.fill_bytes(&mut random);
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 64)).copied().unwrap_or(b'A');
    random
        .into_iter()
        .map(|byte| char::from(letter(byte)))
        .collect()
}

/// One element, read like one from a server: with the same limits.
fn parse(bytes: &[u8]) -> Option<Element> {
    let mut reader = StreamReader::new(ContentNamespace::Client, Limits::client());
    reader.authenticated();
    reader.handle(
        b"<stream:stream xmlns='jabber:client' version='1.0' \
          xmlns:stream='http://etherx.jabber.org/streams'>",
    );
    reader.handle(bytes);
    match (reader.poll(), reader.poll()) {
        (Ok(Some(StreamEvent::Opened(_))), Ok(Some(StreamEvent::Element(element)))) => {
            Some(element)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn jid(text: &str) -> BareJid {
        BareJid::new(text).unwrap()
    }

    fn body(text: &str) -> Element {
        let mut body = Element::bare("body", ns::CLIENT);
        body.append_text_node(text);
        body
    }

    fn envelope(content: Vec<Element>) -> Envelope {
        Envelope {
            content,
            from: Some(jid("alice@a.example")),
            to: Some(jid("bob@b.example")),
            time: Some("2026-11-23T12:00:00Z".parse().unwrap()),
            is_padded: true,
        }
    }

    #[test]
    fn short_answers_look_alike() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut lengths = |text: &str| -> Vec<usize> {
            let envelope = envelope(vec![body(text)]);
            (0..500)
                .map(|_| envelope.to_bytes(&mut rng).len())
                .collect()
        };
        let both = [lengths("Yes"), lengths("Certainly not")].concat();
        let (shortest, longest) = (both.iter().min().unwrap(), both.iter().max().unwrap());
        assert!(longest - shortest <= 200, "{shortest} to {longest}");
        assert!(longest - shortest >= 190, "{shortest} to {longest}");
    }

    #[test]
    fn the_addresses_are_those_of_the_message() {
        let known = envelope(vec![]);
        let (alice, bob, eve) = (
            jid("alice@a.example"),
            jid("bob@b.example"),
            jid("eve@e.example"),
        );
        assert_eq!(known.check(&alice, &bob), Ok(()));
        assert_eq!(known.check(&eve, &bob), Err(EnvelopeError::OtherSender));
        assert_eq!(
            known.check(&alice, &eve),
            Err(EnvelopeError::OtherRecipient)
        );
        let silent = Envelope {
            from: None,
            to: None,
            ..known
        };
        assert_eq!(silent.check(&eve, &bob), Ok(()));
    }

    #[test]
    fn what_was_held_back_keeps_the_time_that_its_author_sealed() {
        let at = |seconds: u64| Timestamp::from_unix_millis(1_000 * (1_000_000_000 + seconds));
        assert_eq!(time(at(599), at(0)), at(599), "the way through Tor");
        assert_eq!(time(at(601), at(0)), at(0), "held back");
        assert_eq!(time(at(0), at(86_400)), at(0), "waited for keys before");
    }

    #[test]
    fn a_hostile_envelope_is_an_error() {
        let read = |inner: &str| Envelope::from_bytes(inner.as_bytes()).unwrap_err();
        let open = "<envelope xmlns='urn:xmpp:sce:1'>";
        assert_eq!(read(""), EnvelopeError::NotXml);
        assert_eq!(read("<a"), EnvelopeError::NotXml);
        assert_eq!(read("<a/>"), EnvelopeError::NotAnEnvelope);
        assert_eq!(
            read(&format!("{open}</envelope>")),
            EnvelopeError::NotAnEnvelope
        );
        let odd = format!("{open}<content/><from jid='@'/></envelope>");
        assert_eq!(read(&odd), EnvelopeError::OtherSender);
        let deep = format!("{open}<content>{}", "<a>".repeat(10_000));
        assert_eq!(read(&deep), EnvelopeError::NotXml);
        assert_eq!(read("</stream:stream>"), EnvelopeError::NotXml);
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(text in "\\PC{1,300}", seed in any::<u64>()) {
            let mut rng = StdRng::seed_from_u64(seed);
            let envelope = envelope(vec![body(&text), Element::bare("x", "urn:test")]);
            let bytes = envelope.to_bytes(&mut rng);
            prop_assert_eq!(Envelope::from_bytes(&bytes), Ok(envelope));
        }

        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _read = Envelope::from_bytes(&bytes);
        }
    }
}
