//! Who somebody is whom the user does not know yet: their account is asked once, and nothing is kept.

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::view_model::Stranger;
use onym_view::Happened;

use super::Messenger;

impl Messenger<'_> {
    pub(super) async fn look_up(&mut self, jid: &str) {
        let Ok(jid) = BareJid::new(jid) else {
            self.notices.tell(Happened::NotAnAddress(jid.to_owned()));
            return;
        };
        let command = Command::CheckAddress { jid: jid.clone() };
        let is_asked = self.carry_out(command).await;
        self.stranger = is_asked.then_some(Stranger { jid, answer: None });
    }

    /// Takes up what the account has answered, if the user still wants to know.
    pub(super) fn hear_of_stranger(&mut self, event: &Event) {
        if let Event::AddressChecked { jid, answer, .. } = event
            && let Some(stranger) = self.stranger.as_mut().filter(|it| it.jid == *jid)
        {
            stranger.answer = Some(answer.clone());
        }
    }
}
