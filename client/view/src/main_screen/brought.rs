//! A code of somebody who is a contact already is compared on their page.

use super::{MainScreen, Page};
use crate::app_model::MainModel;
use crate::dialog::Dialog;
use crate::person::meeting::Meeting;

impl MainScreen {
    /// Shows what the code says beside what is known, once the page of whoever it is of is there. A user
    /// who goes elsewhere meanwhile is not called back.
    pub(super) fn compare_brought(&mut self, model: &MainModel) {
        let Some(brought) = &self.brought else {
            return;
        };
        let page = match &self.page {
            Some(Page::Contact(page)) if page.jid() == brought.jid => page,
            _ => {
                let opens = |jid: &str| matches!(&self.dialog, Some(Dialog::Contact { jid: it }) if it == jid);
                if !opens(&brought.jid) {
                    self.brought = None;
                }
                return;
            }
        };
        let open = model.view.conversation.as_ref();
        let open = open.filter(|open| open.contact.jid == page.jid());
        let person = model.view.person.as_ref();
        let person = person.filter(|person| person.jid == page.jid());
        let (Some(open), Some(person)) = (open, person) else {
            return;
        };
        let meeting = Meeting::with(person, &open.contact.name, &open.protection.devices);
        let meeting = meeting.compared_with(brought, &model.view.our_jid);
        self.dialog = Some(Dialog::Meeting(Box::new(meeting)));
        self.brought = None;
    }
}
