//! Goes to a conversation by a few letters of its name.

use egui::{Id, Key, Modal, Modifiers, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use onym_client_protocol::view_model::{ContactView, RequestView, UiCommand, ViewModel};

use crate::app_model::ViewCommand;
use crate::avatar;
use crate::button::focus_ring;
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog;
use crate::form;
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};

/// How many conversations are proposed.
const SHOWN: usize = 8;

/// The dialog in which a conversation is switched to.
#[derive(Debug, Default)]
pub(crate) struct Switcher {
    typed: String,
    chosen: usize,
    was_focused: bool,
}

impl Switcher {
    /// Draws the dialog. Returns true when it is done with.
    pub(crate) fn switcher_ui(
        &mut self,
        ui: &Ui,
        model: &ViewModel,
        out: &mut Vec<ViewCommand>,
    ) -> bool {
        let palette = Palette::of(ui);
        let modal = Modal::new(Id::unique("switcher")).backdrop_color(palette.backdrop);
        let response = modal.frame(dialog::frame(ui)).show(ui.ctx(), |ui| {
            ui.set_width(dialog::width_of(ui, size::SWITCHER_WIDTH));
            self.move_choice(ui);
            let (name, hint) = (tr(ui, "switcher-field"), tr(ui, "switcher-hint"));
            let field = form::field_ui(ui, &name, &mut self.typed, &hint);
            if !std::mem::replace(&mut self.was_focused, true) {
                field.request_focus();
            }
            if field.changed() {
                self.chosen = 0;
            }
            let found = found(model, &self.typed);
            self.chosen = self.chosen.min(found.len().saturating_sub(1));
            if found.is_empty() {
                let filter = text::plain(self.typed.trim()).into_owned();
                let words = tr_with(ui, "contacts-no-match", &[("filter", filter.into())]);
                form::note_ui(ui, &words);
            }
            let mut target = None;
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, contact) in found.iter().enumerate() {
                if row_ui(ui, contact, index == self.chosen, Clock::of(model)) {
                    target = Some(index);
                }
            }
            if form::is_entered(ui, &field) {
                target = Some(self.chosen);
            }
            let jid = target
                .and_then(|index| found.get(index))
                .map(|contact| contact.jid.clone());
            if let Some(jid) = jid {
                out.push(UiCommand::OpenConversation { jid }.into());
                return true;
            }
            false
        });
        response.inner || response.should_close()
    }

    /// The arrow keys move the choice while the keyboard stays in the field.
    fn move_choice(&mut self, ui: &Ui) {
        ui.input_mut(|input| {
            if input.consume_key(Modifiers::NONE, Key::ArrowDown) {
                self.chosen = self.chosen.saturating_add(1);
            }
            if input.consume_key(Modifiers::NONE, Key::ArrowUp) {
                self.chosen = self.chosen.saturating_sub(1);
            }
        });
    }
}

/// The best matches: names that begin with the text, then those that hold it, then those that have
/// its letters in their order.
fn found<'a>(model: &'a ViewModel, typed: &str) -> Vec<&'a ContactView> {
    let wanted = typed.trim().to_lowercase();
    let is_listed =
        |contact: &&ContactView| !matches!(contact.request, RequestView::Incoming { .. });
    let mut found: Vec<(u8, &ContactView)> = model
        .contacts
        .iter()
        .filter(is_listed)
        .filter_map(|contact| Some((rank(contact, &wanted)?, contact)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found
        .into_iter()
        .take(SHOWN)
        .map(|(_, contact)| contact)
        .collect()
}

fn rank(contact: &ContactView, wanted: &str) -> Option<u8> {
    let name = contact.name.to_lowercase();
    let begins = |word: &str| word.starts_with(wanted);
    if begins(&name) {
        return Some(0);
    }
    if name.split_whitespace().any(begins) {
        return Some(1);
    }
    if name.contains(wanted) || contact.jid.contains(wanted) {
        return Some(2);
    }
    let mut letters = name.chars();
    wanted
        .chars()
        .all(|letter| letters.any(|other| other == letter))
        .then_some(3)
}

fn row_ui(ui: &mut Ui, contact: &ContactView, is_chosen: bool, clock: Clock) -> bool {
    let palette = Palette::of(ui);
    let room = vec2(ui.available_width(), size::SWITCHER_ROW);
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    let presence = Words::of(ui).contact_presence(contact, clock);
    response.widget_info(|| {
        let name = format!("{}, {presence}", contact.name);
        WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, name)
    });
    let ground = if is_chosen {
        palette.selected
    } else if response.hovered() {
        palette.hovered
    } else {
        palette.sidebar
    };
    ui.painter().rect_filled(rect, size::RADIUS, ground);
    let side = size::AVATAR_SMALL - size::GAP_SMALL;
    let center = pos2(rect.left() + size::GAP_SMALL + side / 2.0, rect.center().y);
    avatar::paint_contact(ui, center, side, contact, ground);
    let left = center.x + side / 2.0 + size::GAP;
    let weak = palette.text_secondary;
    let state = text::one_line(ui, &presence, TextRole::Small, weak, rect.width() * 0.4);
    let room = rect.right() - left - state.size().x - 2.0 * size::GAP_SMALL;
    let name = text::one_line(ui, &contact.name, TextRole::Body, palette.text, room);
    let middle = rect.center().y;
    let at = pos2(
        rect.right() - size::GAP_SMALL - state.size().x,
        middle - state.size().y / 2.0,
    );
    ui.painter().galley(at, state, weak);
    let at = pos2(left, middle - name.size().y / 2.0);
    ui.painter().galley(at, name, palette.text);
    focus_ring(ui, &response, size::RADIUS);
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn better_matches_come_first() {
        let model = sample::main_model().view;
        let names = |typed: &str| -> Vec<String> {
            let found = found(&model, typed);
            found.iter().map(|contact| contact.name.clone()).collect()
        };
        assert_eq!(names("meer").first().unwrap(), "Jan-Willem van der Meer");
        assert_eq!(names("jwm").first().unwrap(), "Jan-Willem van der Meer");
        assert!(names("zzzz").is_empty());
        assert!(names("").len() > 1);
        assert!(
            !names("").contains(&"quintessa".to_owned()),
            "requests are no conversations"
        );
    }
}
