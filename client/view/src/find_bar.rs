use egui::{Id, Key, Modifiers, Rect, Sense, TextEdit, Ui, pos2, vec2};
use onym_client_protocol::view_model::{ConversationView, JumpTarget, UiCommand};

use crate::app_model::ViewCommand;
use crate::bidi::{self, OrderedField};
use crate::button::icon_button_ui;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{tr, tr_with};

/// The words are searched when the user has not typed for this long, in seconds.
const SEARCH_AFTER_SECONDS: f64 = 0.15;

/// Finds words in the open conversation.
#[derive(Debug, Default)]
pub(crate) struct FindBar {
    is_open: bool,
    text: String,
    /// What was asked for last.
    asked: String,
    changed_at_seconds: f64,
    wants_focus: bool,
}

impl FindBar {
    /// Opens the bar, or puts the keyboard into it.
    pub(crate) fn open(&mut self) {
        self.is_open = true;
        self.wants_focus = true;
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Closes the bar and ends the search.
    pub(crate) fn close(&mut self, jid: &str, out: &mut Vec<ViewCommand>) {
        let had_asked = !self.asked.is_empty();
        *self = Self::default();
        if had_asked {
            let (jid, text) = (jid.to_owned(), String::new());
            out.push(UiCommand::Find { jid, text }.into());
        }
    }

    /// Draws the bar over the whole width, if it is open.
    pub(crate) fn find_bar_ui(
        &mut self,
        ui: &mut Ui,
        conversation: &ConversationView,
        out: &mut Vec<ViewCommand>,
    ) {
        if !self.is_open {
            return;
        }
        let palette = Palette::of(ui);
        let room = vec2(ui.available_width(), size::FIND_BAR);
        let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
        ui.painter().rect_filled(rect, 0.0, palette.sidebar);
        let buttons = rect.shrink2(vec2(size::GAP, 0.0));
        let jid = &conversation.contact.jid;
        let layout = placed::from_right();
        let (is_closed, step, left) = placed_ui(ui, "find buttons", buttons, layout, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let is_closed = icon_button_ui(ui, Icon::Cross, &tr(ui, "find-close")).clicked();
            let next = icon_button_ui(ui, Icon::Talk(TalkIcon::Down), &tr(ui, "find-next"));
            let previous = icon_button_ui(ui, Icon::Talk(TalkIcon::Up), &tr(ui, "find-previous"));
            let step = if previous.clicked() {
                Some(JumpTarget::PreviousMatch)
            } else {
                next.clicked().then_some(JumpTarget::NextMatch)
            };
            count_ui(ui, conversation, &self.text);
            (is_closed, step, ui.min_rect().left())
        });
        let field = Rect::from_min_max(
            pos2(
                rect.left() + size::GAP_LARGE,
                rect.top() + size::GAP_TINY + 2.0,
            ),
            pos2(left - size::GAP_SMALL, rect.bottom() - size::GAP_TINY),
        );
        let by_key = placed_ui(ui, "find field", field, placed::down(), |ui| {
            self.field_ui(ui)
        });
        if let Some(target) = step.or(by_key) {
            self.ask(jid, out);
            let jid = jid.clone();
            out.push(UiCommand::JumpTo { jid, target }.into());
        }
        self.ask_later(ui, jid, out);
        if is_closed {
            self.close(jid, out);
        }
    }

    fn field_ui(&mut self, ui: &mut Ui) -> Option<JumpTarget> {
        let palette = Palette::of(ui);
        let hint = tr(ui, "find-field");
        let id = Id::unique("find field");
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let target = has_focus.then(|| {
            ui.input_mut(|input| {
                if input.consume_key(Modifiers::SHIFT, Key::Enter)
                    || input.consume_key(Modifiers::NONE, Key::ArrowUp)
                {
                    Some(JumpTarget::PreviousMatch)
                } else if input.consume_key(Modifiers::NONE, Key::Enter)
                    || input.consume_key(Modifiers::NONE, Key::ArrowDown)
                {
                    Some(JumpTarget::NextMatch)
                } else {
                    None
                }
            })
        });
        let ordered = OrderedField::new(ui, id, &self.text, true);
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
            bidi::layout_of_line(ui, text.as_str(), TextRole::Body, width)
        };
        let field = TextEdit::singleline(&mut self.text)
            .id(id)
            .layouter(&mut layouter)
            .hint_text(text::rich(&hint, TextRole::Body, palette.text_secondary))
            .font(TextRole::Body.font())
            .margin(margin::SEARCH)
            .desired_width(f32::INFINITY);
        let output = ordered.show(ui, field);
        let response = output.response.response.accessible_name(&hint);
        if std::mem::take(&mut self.wants_focus) {
            response.request_focus();
        }
        if response.changed() {
            self.changed_at_seconds = ui.input(|input| input.time);
        }
        target.flatten()
    }

    fn ask(&mut self, jid: &str, out: &mut Vec<ViewCommand>) {
        let text = self.text.trim();
        if text == self.asked {
            return;
        }
        text.clone_into(&mut self.asked);
        let (jid, text) = (jid.to_owned(), text.to_owned());
        out.push(UiCommand::Find { jid, text }.into());
    }

    fn ask_later(&mut self, ui: &Ui, jid: &str, out: &mut Vec<ViewCommand>) {
        if self.text.trim() == self.asked {
            return;
        }
        let waited = ui.input(|input| input.time) - self.changed_at_seconds;
        if waited >= SEARCH_AFTER_SECONDS {
            self.ask(jid, out);
        } else {
            ui.ctx()
                .request_repaint_after_secs((SEARCH_AFTER_SECONDS - waited) as f32);
        }
    }
}

fn count_ui(ui: &mut Ui, conversation: &ConversationView, typed: &str) {
    let Some(found) = &conversation.find else {
        return;
    };
    if typed.trim().is_empty() || conversation.highlight.is_empty() {
        return;
    }
    let words = match (found.total, found.current) {
        (0, _) if found.is_running => tr(ui, "find-running"),
        (0, _) => tr(ui, "find-none"),
        (total, Some(current)) => tr_with(
            ui,
            "find-which",
            &[("current", current.into()), ("total", total.into())],
        ),
        (total, None) => tr_with(ui, "find-count", &[("total", total.into())]),
    };
    let color = Palette::of(ui).text_secondary;
    ui.add_space(size::GAP_SMALL);
    ui.add(egui::Label::new(text::rich(words, TextRole::Small, color)));
}
