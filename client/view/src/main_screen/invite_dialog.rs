//! The dialog in which the user makes an invite, and takes back those that were made.

use egui::{Id, Modal, ScrollArea, Ui};

use crate::app_model::invites::{GivenInvite, GivenState, MadeInvite};
use crate::app_model::{MainModel, ViewCommand};
use crate::button::{Weight, button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog;
use crate::form;
use crate::qr;
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};

/// For how many days an invite can be good.
const DAYS: [u16; 4] = [1, 14, 30, 365];

/// The dialog.
#[derive(Debug)]
pub(crate) struct InviteDialog {
    lets_in: bool,
    days: u16,
    /// The last invite that the dialog has nothing to do with.
    before: u64,
    is_copied: bool,
}

impl InviteDialog {
    /// A dialog that shows invites newer than the one in the model.
    pub(crate) fn new(model: &MainModel) -> Self {
        let made = model.invites.made.as_ref();
        Self {
            lets_in: true,
            days: DAYS[1],
            before: made.map_or(0, |made| made.serial),
            is_copied: false,
        }
    }

    /// A dialog that shows the invite in the model.
    #[cfg(any(test, feature = "sample"))]
    pub(crate) fn showing() -> Self {
        Self {
            lets_in: true,
            days: DAYS[1],
            before: 0,
            is_copied: false,
        }
    }

    /// Draws the dialog. Returns true when it is done with.
    pub(crate) fn invite_dialog_ui(
        &mut self,
        ui: &Ui,
        model: &MainModel,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let palette = Palette::of(ui);
        let made = model.invites.made.as_ref();
        let made = made.filter(|made| made.serial > self.before);
        let modal = Modal::new(Id::unique("invite")).backdrop_color(palette.backdrop);
        let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
            ui.set_width(dialog::width_of(ui, size::SHEET_WIDTH));
            text::label_ui(ui, tr(ui, "invite-title"), TextRole::Heading, palette.text);
            // In a low window the buttons stay in reach.
            let around = match made {
                Some(_) => size::FORM_AROUND + size::INVITE_BUTTONS,
                None => size::FORM_AROUND,
            };
            let height = ui.ctx().content_rect().height() - around;
            let height = height.max(size::HEADER);
            let area = ScrollArea::vertical()
                .auto_shrink([false, true])
                .max_height(height)
                .min_scrolled_height(height);
            area.show(ui, |ui| match made {
                Some(made) => made_ui(ui, made, model),
                None => self.choices_ui(ui, model, out),
            });
            ui.add_space(size::GAP_SMALL);
            self.buttons_ui(ui, made, out)
        });
        let is_done = response.inner || response.should_close();
        if is_done && made.is_some() {
            out.push(ViewCommand::ForgetInvite);
        }
        is_done
    }

    fn choices_ui(&mut self, ui: &mut Ui, model: &MainModel, out: &mut Vec<ViewCommand>) {
        form::note_ui(ui, &tr(ui, "invite-words"));
        form::card_ui(ui, "", |ui| {
            let (title, hint) = (tr(ui, "invite-lets-in"), tr(ui, "invite-lets-in-words"));
            if let Some(lets_in) = form::switch_ui(ui, &title, &hint, self.lets_in) {
                self.lets_in = lets_in;
            }
        });
        if self.lets_in {
            form::note_ui(ui, &tr(ui, "invite-good-for"));
            let choices = DAYS.map(|days| {
                let words = tr_with(ui, "invite-days", &[("count", days.into())]);
                (days, words)
            });
            if let Some(days) = form::chips_ui(ui, &choices, self.days) {
                self.days = days;
            }
        }
        if model.invites.given.is_empty() {
            return;
        }
        let clock = Clock::of(&model.view);
        form::card_ui(ui, &tr(ui, "invite-given"), |ui| {
            for given in &model.invites.given {
                form::padded_ui(ui, |ui| given_ui(ui, given, clock, out));
            }
        });
    }

    fn buttons_ui(
        &mut self,
        ui: &mut Ui,
        made: Option<&MadeInvite>,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        if let Some(made) = made {
            if self.is_copied {
                form::note_ui(ui, &tr(ui, "invite-copied"));
            }
            return self.made_buttons_ui(ui, made, out);
        }
        dialog::buttons_ui(ui, |ui| {
            if button_ui(ui, &tr(ui, "invite-make"), Weight::Main).clicked() {
                let (lets_in, days) = (self.lets_in, self.days);
                out.push(ViewCommand::MakeInvite { lets_in, days });
            }
            dialog::close_button_ui(ui, &tr(ui, "dialog-close"))
        })
    }

    /// What can be done with an invite; in a narrow window the buttons stand in several lines.
    fn made_buttons_ui(
        &mut self,
        ui: &mut Ui,
        made: &MadeInvite,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let page = made.page_link.as_ref().map(|it| ("invite-copy-page", it));
        let link = match page {
            Some(_) => ("invite-copy-xmpp", &made.link),
            None => ("invite-copy", &made.link),
        };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.y = size::GAP_TINY;
            let mut weight = Weight::Main;
            for (label, link) in page.into_iter().chain([link]) {
                if button_ui(ui, &tr(ui, label), weight).clicked() {
                    ui.ctx().copy_text(link.reveal().to_owned());
                    self.is_copied = true;
                    // The note stands above the button.
                    ui.ctx().request_repaint();
                }
                weight = Weight::Quiet;
            }
            if button_ui(ui, &tr(ui, "invite-save"), Weight::Quiet).clicked() {
                out.push(ViewCommand::SaveInvitePicture);
            }
            dialog::close_button_ui(ui, &tr(ui, "dialog-close"))
        })
        .inner
    }
}

/// The code of an invite, and what it is good for.
fn made_ui(ui: &mut Ui, made: &MadeInvite, model: &MainModel) {
    let words = match made.expires {
        Some(expires) => {
            let last = Clock::of(&model.view).local(expires).date;
            let until = Words::of(ui).short_date(last);
            tr_with(ui, "invite-made-token", &[("until", until.into())])
        }
        None => tr(ui, "invite-made-plain"),
    };
    form::note_ui(ui, &words);
    if made.page_link.is_some() {
        form::note_ui(ui, &tr(ui, "invite-two-links"));
    }
    ui.vertical_centered(|ui| {
        // As large as the window leaves room for, so that a camera reads it from afar.
        let room = ui.ctx().content_rect().height() - size::INVITE_AROUND;
        let side = size::QR.max(room).min(ui.available_width());
        qr::qr_ui(ui, made.link.reveal(), side, &tr(ui, "invite-qr"));
    });
}

/// One invite, and the way to take it back.
fn given_ui(ui: &mut Ui, given: &GivenInvite, clock: Clock, out: &mut Vec<ViewCommand>) {
    let words = Words::of(ui);
    let made = words.ago(given.made, clock);
    let (key, button, blank) = match &given.state {
        GivenState::Open { expires } => {
            let until = words.until(*expires, clock);
            (
                "invite-is-open",
                "invite-take-back",
                ("until", until.into()),
            )
        }
        GivenState::Expired => ("invite-is-over", "invite-forget", ("until", "".into())),
        GivenState::Used { by } => {
            let by = text::plain(by).into_owned();
            ("invite-is-used", "invite-forget", ("by", by.into()))
        }
    };
    form::note_ui(ui, &tr_with(ui, key, &[("made", made.into()), blank]));
    let name = tr(ui, button);
    let response = button_ui(ui, &name, Weight::Quiet);
    if response.clicked() {
        let id = given.id.clone();
        out.push(ViewCommand::RevokeInvite { id });
    }
}
