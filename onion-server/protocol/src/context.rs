//! What a rule gets besides its input: the time, randomness, and a place for its effects.

use data_encoding::HEXLOWER;
use onym_identity::Timestamp;
use onym_stream::{ContentNamespace, Element, write_element};
use rand_core::CryptoRng;

use crate::input::ConnectionId;
use crate::output::{Effect, Note, Output};
use crate::store::Change;

/// Handed through every rule while one input is handled.
pub(crate) struct Context<'a> {
    pub(crate) now: Timestamp,
    pub(crate) rng: &'a mut dyn CryptoRng,
    changes: Vec<Change>,
    effects: Vec<Effect>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(now: Timestamp, rng: &'a mut dyn CryptoRng) -> Self {
        Self {
            now,
            rng,
            changes: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Writes a record before anything that this input sends.
    pub(crate) fn commit(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn send(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
        self.effect(Effect::Send { connection, bytes });
    }

    pub(crate) fn send_element(
        &mut self,
        connection: ConnectionId,
        element: &Element,
        content: ContentNamespace,
    ) {
        self.send(connection, write_element(element, content));
    }

    pub(crate) fn note(&mut self, note: Note) {
        self.effect(Effect::Note(note));
    }

    /// An identifier that nobody can guess: 128 random bits.
    pub(crate) fn random_id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        HEXLOWER.encode(&bytes)
    }

    /// Save before send: whatever this input has written goes to disk ahead of all that it sends.
    pub(crate) fn into_outputs(self) -> Vec<Output> {
        if self.changes.is_empty() {
            return self.effects.into_iter().map(Output::Do).collect();
        }
        vec![Output::Commit {
            changes: self.changes,
            then: self.effects,
        }]
    }
}
