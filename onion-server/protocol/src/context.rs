//! What a rule gets besides its input: the time, randomness, and a place for its effects.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use onym_identity::Timestamp;
use onym_stream::{ContentNamespace, Element, write_close, write_element};
use rand_core::CryptoRng;

use crate::input::ConnectionId;
use crate::output::{Effect, Note, Output};
use crate::store::Change;

/// Handed through every rule while one input is handled.
pub(crate) struct Context<'a> {
    pub(crate) now: Timestamp,
    pub(crate) rng: &'a mut dyn CryptoRng,
    /// Connections on which our side of the stream is closed.
    closed: BTreeSet<ConnectionId>,
    changes: Vec<Change>,
    effects: Vec<Effect>,
}

impl<'a> Context<'a> {
    /// With the connections on which our side of the stream is closed already.
    pub(crate) fn new(
        now: Timestamp,
        rng: &'a mut dyn CryptoRng,
        closed: BTreeSet<ConnectionId>,
    ) -> Self {
        Self {
            now,
            rng,
            closed,
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

    /// Sends bytes, unless our closing tag stands before them: whatever rule sends, nothing comes
    /// behind that (RFC 6120 §4.4).
    pub(crate) fn send(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
        if !self.closed.contains(&connection) {
            self.effect(Effect::Send { connection, bytes });
        }
    }

    /// Sends our closing tag.
    pub(crate) fn close_stream(&mut self, connection: ConnectionId) {
        self.send(connection, write_close());
        self.closed.insert(connection);
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
