//! RFC 6120 §4.4: the program ends, and says so to other servers. Whoever is not told may ask this
//! process for a proof of the next one, which nobody answers.

use crate::connection::{Connection, Role};
use crate::context::Context;
use crate::s2s::link::Link;
use crate::server::Server;

impl Server {
    /// Closes our side of every stream with another server, and begins none any more.
    pub(crate) fn leave(&mut self, cx: &mut Context<'_>) {
        self.is_leaving = true;
        for peer in self.peers.values_mut() {
            // What was not acknowledged stays in its queue for the next process.
            peer.link = Link::Idle;
        }
        let mut unopened = Vec::new();
        for (id, connection) in &mut self.connections {
            if is_with_a_server(connection) {
                connection.answer_last(*id, cx);
                connection.say_goodbye(*id, cx);
                if !connection.is_closed() {
                    unopened.push(*id);
                }
            }
        }
        // Where no stream has begun there is none to close, and none is to begin.
        for id in unopened {
            self.end(id, cx);
        }
    }

    /// Whether another server has not closed its side of a stream yet.
    #[must_use]
    pub fn is_with_servers(&self) -> bool {
        self.connections.values().any(is_with_a_server)
    }
}

fn is_with_a_server(connection: &Connection) -> bool {
    matches!(connection.role, Role::Incoming(_) | Role::Outgoing(_))
}
