//! Our endpoint moves to its next address: announced, then started again there; or the user thinks
//! better of it before.

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_view::{Failure, Happened};

use super::{Messenger, Restart, keep_off_the_runtime};
use crate::requests::{leave_out, lists};

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
        let is_listed = matches!(is_listed.await, Ok(true));
        let claim = Command::ClaimAddress {
            jid,
            priority: None,
        };
        if !is_listed && !self.carry_out(claim).await {
            // The statement has no room for it, or nothing is signed any more: nobody would be told.
            self.moves = false;
            if let Err(error) = keep_off_the_runtime(|| unlocked.stay()) {
                self.notices.failed(Failure::Statement, error);
            }
            return;
        }
        self.move_if_announced(&Event::OurStatementChanged).await;
    }

    /// Takes the move back, as long as nothing has started at the next address.
    pub(super) async fn cancel_move(&mut self) {
        let unlocked = self.node.desk(true).unlocked;
        let Some(to) = unlocked.next_jid() else {
            return;
        };
        // First of all, so that no start goes there any more, whatever becomes of the statement.
        match keep_off_the_runtime(|| unlocked.stay()) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return self.notices.failed(Failure::Statement, error),
        }
        self.moves = false;
        match leave_out(&self.node.engine, to.to_bare_jid()).await {
            Ok(Ok(())) => self.notices.tell(Happened::MoveCancelled),
            Ok(Err(error)) => self.notices.tell(Happened::Refused(error)),
            Err(error) => self.notices.failed(Failure::Stopped, error),
        }
    }

    /// The address of the next start if a move was announced, while our own page is open.
    pub(super) async fn announced_address(&self) -> Option<BareJid> {
        let page = self.person.clone()?;
        let is_ours = self.node.engine.look(move |it| *it.our_jid() == page);
        if !is_ours.await.unwrap_or_default() {
            return None;
        }
        let unlocked = self.node.desk(true).unlocked;
        let announced = keep_off_the_runtime(|| unlocked.announced());
        announced.ok().flatten().map(|it| it.to_bare_jid())
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
