//! Our endpoint moves to its next address: announced, then started again there.

use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_view::{Failure, Happened};

use super::{Messenger, Restart, keep_off_the_runtime};
use crate::requests::lists;

impl Messenger<'_> {
    /// Announces the next address. The node starts again once our statement is published.
    pub(super) async fn move_address(&mut self) {
        let unlocked = self.node.desk(true).unlocked;
        let Some(to) = unlocked.next_jid().filter(|_| !self.moves) else {
            return;
        };
        if let Err(error) = keep_off_the_runtime(|| unlocked.move_at_next_start()) {
            return self.notices.failed(Failure::Statement, error);
        }
        self.moves = true;
        self.notices.tell(Happened::MoveAnnounced(to.to_string()));
        let jid = to.to_bare_jid();
        let listed = jid.clone();
        let is_listed = self.node.engine.look(move |it| lists(it, &listed));
        if !matches!(is_listed.await, Ok(true)) {
            let priority = None;
            let command = Command::ClaimAddress { jid, priority };
            self.carry_out(command).await;
        }
        self.move_if_announced(&Event::OurStatementChanged).await;
    }

    /// Whether the statement that tells of the move is published, and the node can start again.
    pub(super) async fn move_if_announced(&mut self, event: &Event) {
        if !self.moves || *event != Event::OurStatementChanged {
            return;
        }
        let engine = &self.node.engine;
        let waits = engine.look(|engine| !engine.memory().our_claims.wishes.is_empty());
        if matches!(waits.await, Ok(false)) {
            self.restarts = Some(Restart::SameKeys);
        }
    }
}
