//! Where a message is written.

mod completion;
mod draft;
mod subject;
mod typing;

use egui::{
    Align2, Event, Frame, Id, ImeEvent, Key, KeyboardShortcut, Modifiers, Popup,
    PopupCloseBehavior, RectAlign, ScrollArea, Stroke, TextEdit, Ui, vec2,
};
use onym_client_protocol::command::MAX_TEXT_BYTES;
use onym_client_protocol::view_model::{ContactView, MessageView, UiCommand};

use self::completion::Completion;
use self::draft::Draft;
pub(crate) use self::subject::Subject;
use self::typing::Typing;
use crate::app_model::ViewCommand;
use crate::bidi::{self, OrderedField};
use crate::button::icon_button_of_ui;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::emoji_picker::{EmojiPicker, RecentEmoji};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Words, tr, tr_with};

/// Files have their place here and appear when they work.
const SHOWS_FILES: bool = false;

/// How many buttons stand beside the text.
const BUTTONS: f32 = 3.0;

/// When so few bytes are left, their number is shown.
const WARN_BYTES: usize = 500;

/// Where a message is written. Holds the text of the open conversation; the drafts of the others
/// are in the model.
#[derive(Debug, Default)]
pub(crate) struct Composer {
    draft: Draft,
    /// What the text answers or corrects.
    subject: Option<Subject>,
    typing: Typing,
    completion: Completion,
    picker: EmojiPicker,
    is_picker_open: bool,
    /// Whether an input method holds letters in the text that are not decided yet. They are no
    /// part of the draft.
    is_composing: bool,
    wants_focus: bool,
    /// Puts the caret here, counted in characters.
    wants_caret: Option<usize>,
}

/// How the field behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComposerSettings {
    /// Whether Enter sends; else it begins a line, and Ctrl+Enter sends.
    pub(crate) enter_sends: bool,
    /// Whether the other side is told that we are writing.
    pub(crate) tells_typing: bool,
    /// Whether what is written goes in the clear.
    pub(crate) is_clear: bool,
}

impl Default for ComposerSettings {
    fn default() -> Self {
        Self {
            enter_sends: true,
            tells_typing: true,
            is_clear: false,
        }
    }
}

/// What the field asks of the conversation around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ComposerEvent {
    /// Something was sent.
    Sent,
    /// The last message shall be corrected.
    EditLast,
}

impl Composer {
    /// Takes over the draft of the conversation that is open now, and keeps the one before.
    pub(crate) fn follow(
        &mut self,
        conversation: Option<&onym_client_protocol::view_model::ConversationView>,
        out: &mut Vec<ViewCommand>,
    ) {
        let jid = conversation.map_or("", |conversation| conversation.contact.jid.as_str());
        if jid == self.draft.jid {
            return;
        }
        self.typing.stop(&self.draft.jid, out);
        self.save_draft(out);
        let draft = conversation.map_or("", |conversation| conversation.draft.as_str());
        *self = Self {
            draft: Draft::new(jid, draft),
            wants_focus: !jid.is_empty(),
            ..Self::default()
        };
    }

    /// Keeps what was written so far, if it changed.
    pub(crate) fn save_draft(&mut self, out: &mut Vec<ViewCommand>) {
        if !self.is_composing {
            self.draft.save(out);
        }
    }

    /// Puts the keyboard into the field in the next frame.
    pub(crate) fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Answers a message with what is written.
    pub(crate) fn reply(&mut self, message: &MessageView) {
        if self.is_correcting() {
            self.cancel();
        }
        self.subject = Some(Subject::Reply(message.clone()));
        self.wants_focus = true;
    }

    /// Corrects a message; what was being written comes back afterwards.
    pub(crate) fn correct(&mut self, message: &MessageView) {
        if self.is_correcting() {
            self.cancel();
        }
        self.draft.put_aside(&message.text);
        self.wants_caret = Some(message.text.chars().count());
        self.subject = Some(Subject::Edit(message.clone()));
        self.wants_focus = true;
    }

    fn is_correcting(&self) -> bool {
        matches!(self.subject, Some(Subject::Edit(_)))
    }

    /// Leaves what is open: the picker, then the answer or the correction. Returns whether there
    /// was something.
    pub(crate) fn cancel(&mut self) -> bool {
        if std::mem::take(&mut self.is_picker_open) {
            self.wants_focus = true;
            return true;
        }
        let Some(subject) = self.subject.take() else {
            return false;
        };
        if matches!(subject, Subject::Edit(_)) {
            self.draft.take_back();
            self.wants_caret = Some(self.draft.text.chars().count());
        }
        self.wants_focus = true;
        true
    }

    /// Takes letters that were typed while nothing had the keyboard.
    pub(crate) fn take_letters(&mut self, letters: &str) {
        self.draft.text.push_str(letters);
        self.wants_caret = Some(self.draft.text.chars().count());
        self.wants_focus = true;
    }

    /// Draws the field and its buttons; `shield_ui` draws the one of the protection.
    pub(crate) fn composer_ui(
        &mut self,
        ui: &mut Ui,
        contact: &ContactView,
        settings: ComposerSettings,
        recent: &mut RecentEmoji,
        shield_ui: impl FnOnce(&mut Ui),
        out: &mut Vec<ViewCommand>,
    ) -> Option<ComposerEvent> {
        let palette = Palette::of(ui);
        self.watch_input_method(ui);
        let id = Id::unique(("composer", &self.draft.jid));
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let ring = if has_focus {
            palette.accent
        } else {
            palette.field
        };
        let mut is_asked = false;
        let mut event = None;
        Frame::new()
            .fill(palette.field)
            .stroke(Stroke::new(size::LINE, ring))
            .corner_radius(size::RADIUS_BUBBLE + 4)
            .inner_margin(margin::COMPOSER)
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                if let Some(subject) = &self.subject
                    && subject.subject_ui(ui, contact)
                {
                    self.cancel();
                }
                (is_asked, event) = self.field_ui(ui, id, contact, settings, recent);
                // The buttons stay beside the last line while the field grows.
                let buttons = vec2(BUTTONS * size::ICON_BUTTON, size::ICON_BUTTON);
                let place = Align2::RIGHT_BOTTOM.align_size_within_rect(buttons, ui.min_rect());
                let row = |ui: &mut Ui| self.buttons_ui(ui, recent, shield_ui);
                is_asked |= placed_ui(ui, "send", place, placed::from_right(), row);
            });
        self.limit_ui(ui);
        let is_sent = is_asked && self.send(out);
        self.typing.follow(
            ui,
            &self.draft,
            settings.tells_typing && !self.is_correcting(),
            out,
        );
        if !self.is_composing {
            self.draft.save_later(ui, has_focus, out);
        }
        if is_sent {
            Some(ComposerEvent::Sent)
        } else {
            event
        }
    }

    fn can_send(&self) -> bool {
        let text = &self.draft.text;
        !text.trim().is_empty() && text.len() <= MAX_TEXT_BYTES && !self.is_composing
    }

    fn send(&mut self, out: &mut Vec<ViewCommand>) -> bool {
        if !self.can_send() {
            return false;
        }
        let text = self.draft.text.trim().to_owned();
        let jid = self.draft.jid.clone();
        let is_correction = self.is_correcting();
        let command = match self.subject.take() {
            Some(Subject::Edit(message)) if message.text == text => None,
            Some(Subject::Edit(message)) => Some(UiCommand::EditMessage {
                jid,
                position: message.position,
                text,
            }),
            Some(Subject::Reply(message)) => Some(UiCommand::SendMessage {
                jid,
                text,
                reply_to: Some(message.position),
            }),
            None => Some(UiCommand::SendMessage {
                jid,
                text,
                reply_to: None,
            }),
        };
        out.extend(command.map(ViewCommand::from));
        if is_correction {
            self.draft.take_back();
            self.wants_caret = Some(self.draft.text.chars().count());
        } else {
            self.draft.text.clear();
        }
        // Sending does not remove the draft that was kept; only this does.
        self.draft.save(out);
        self.typing.sent();
        self.wants_focus = true;
        !is_correction
    }

    /// Returns whether the text shall be sent.
    fn buttons_ui(
        &mut self,
        ui: &mut Ui,
        recent: &mut RecentEmoji,
        shield_ui: impl FnOnce(&mut Ui),
    ) -> bool {
        ui.spacing_mut().item_spacing.x = 0.0;
        let palette = Palette::of(ui);
        let is_enabled = self.can_send();
        let (icon, key) = if self.is_correcting() {
            (Icon::Check, "composer-save")
        } else {
            (Icon::Send, "composer-send")
        };
        let name = tr(ui, key);
        let is_asked = ui
            .add_enabled_ui(is_enabled, |ui| {
                let fills = (palette.accent_fill, palette.accent_fill_hovered);
                let ground = is_enabled.then_some(fills);
                let color = if is_enabled {
                    palette.text_on_fill
                } else {
                    palette.text_secondary
                };
                icon_button_of_ui(ui, icon, &name, color, ground).clicked()
            })
            .inner;
        let name = tr(ui, "composer-emoji");
        let icon = Icon::Talk(TalkIcon::Smile);
        let button = icon_button_of_ui(ui, icon, &name, palette.text_secondary, None);
        if button.clicked() {
            self.is_picker_open = !self.is_picker_open;
            self.picker.reset();
        }
        if SHOWS_FILES {
            let clip = Icon::Talk(TalkIcon::Clip);
            icon_button_of_ui(ui, clip, "", palette.text_secondary, None);
        }
        shield_ui(ui);
        let was_open = self.is_picker_open;
        let chosen = Popup::from_response(&button)
            .align(RectAlign::TOP_END)
            .gap(size::GAP)
            .open_bool(&mut self.is_picker_open)
            .close_behavior(if button.clicked() {
                PopupCloseBehavior::IgnoreClicks
            } else {
                PopupCloseBehavior::CloseOnClickOutside
            })
            .accessible_name(name)
            .show(|ui| self.picker.emoji_picker_ui(ui, recent));
        if let Some(emoji) = chosen.and_then(|response| response.inner) {
            recent.note(&emoji);
            self.insert(ui, &emoji);
        }
        if was_open && !self.is_picker_open {
            self.wants_focus = true;
        }
        is_asked
    }

    /// Puts a text where the caret is.
    fn insert(&mut self, ui: &Ui, inserted: &str) {
        let id = Id::unique(("composer", &self.draft.jid));
        let end = self.draft.text.chars().count();
        let caret = TextEdit::load_state(ui.ctx(), id)
            .and_then(|state| state.cursor.char_range())
            .map_or(end, |range| range.primary.index.0.min(end));
        self.draft.insert(caret, inserted);
        self.wants_caret = Some(caret + inserted.chars().count());
        self.is_picker_open = false;
        self.wants_focus = true;
    }

    /// Returns whether the text shall be sent, and what else was asked.
    fn field_ui(
        &mut self,
        ui: &mut Ui,
        id: Id,
        contact: &ContactView,
        settings: ComposerSettings,
        recent: &mut RecentEmoji,
    ) -> (bool, Option<ComposerEvent>) {
        let palette = Palette::of(ui);
        let line = TextRole::Message.line_height_points();
        let key = match settings.is_clear {
            true => "composer-hint-clear",
            false => "composer-hint",
        };
        let hint = tr_with(ui, key, &[("name", contact.name.as_str().into())]);
        // The line stands in the middle of a button's height while there is only one.
        let padding = (size::ICON_BUTTON - line) / 2.0;
        let max_height = size::COMPOSER_MAX_ROWS * line + 2.0 * padding;
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let completed = has_focus.then(|| self.completion.take_keys(ui)).flatten();
        let is_enter = has_focus && !self.is_composing && self.takes_enter(ui, settings);
        let is_up = has_focus && self.takes_up(ui);
        let newline = if settings.enter_sends {
            Modifiers::SHIFT
        } else {
            Modifiers::NONE
        };
        self.put_caret(ui, id);
        ui.scope(|ui| {
            let buttons = BUTTONS * size::ICON_BUTTON + size::GAP_SMALL;
            ui.set_max_width(ui.available_width() - buttons);
            ScrollArea::vertical()
                .id_salt("composer scroll")
                .auto_shrink([false, true])
                .max_height(max_height)
                // Without it the area would stay as high as it was in the last frame.
                .min_scrolled_height(max_height)
                .show(ui, |ui| {
                    let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, width: f32| {
                        bidi::layout_for_field(ui, field_job(ui, text.as_str(), width), width)
                    };
                    let ordered = OrderedField::new(ui, id, &self.draft.text, false);
                    let shown_hint = short_hint(ui, &hint);
                    let field = TextEdit::multiline(&mut self.draft.text)
                        .id(id)
                        .font(TextRole::Message.font())
                        .text_color(palette.text)
                        .hint_text(text::rich(
                            shown_hint,
                            TextRole::Message,
                            palette.text_secondary,
                        ))
                        .frame(Frame::NONE.inner_margin(margin::COMPOSER_TEXT))
                        .desired_rows(1)
                        .desired_width(f32::INFINITY)
                        .layouter(&mut layouter)
                        .return_key(KeyboardShortcut::new(newline, Key::Enter));
                    let output = ordered.show(ui, field);
                    let response = output.response.response.accessible_name(&hint);
                    if std::mem::take(&mut self.wants_focus) {
                        response.request_focus();
                    }
                    if response.changed() {
                        let now = ui.input(|input| input.time);
                        self.draft.changed_at_seconds = now;
                        self.typing.pressed(now);
                    }
                    let caret = output.cursor_range.map(|range| range.primary.index.0);
                    self.completion.follow(
                        &self.draft.text,
                        caret.filter(|_| has_focus && !self.is_composing),
                        Words::of(ui).language(),
                    );
                    let clicked = self.completion.completion_ui(ui, &response);
                    if let Some(emoji) = completed.or(clicked) {
                        self.complete(emoji, recent);
                    }
                });
        });
        (is_enter, is_up.then_some(ComposerEvent::EditLast))
    }

    /// Replaces the name that was begun by its emoji.
    fn complete(&mut self, emoji: &'static str, recent: &mut RecentEmoji) {
        if let Some(range) = self.completion.take_range() {
            let caret = range.start + emoji.chars().count();
            self.draft.replace(range, emoji);
            self.wants_caret = Some(caret);
            self.wants_focus = true;
            recent.note(emoji);
        }
    }

    fn put_caret(&mut self, ui: &Ui, id: Id) {
        let Some(at) = self.wants_caret.take() else {
            return;
        };
        let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
        let caret = egui::text::CCursor::new(at);
        state
            .cursor
            .set_char_range(Some(egui::text::CCursorRange::one(caret)));
        TextEdit::store_state(ui.ctx(), id, state);
        ui.ctx().request_repaint();
    }

    /// Enter alone sends, and Shift+Enter begins a line; or Enter begins a line, and Ctrl+Enter
    /// sends.
    fn takes_enter(&self, ui: &Ui, settings: ComposerSettings) -> bool {
        ui.input_mut(|input| {
            let mut is_pressed = false;
            input.events.retain(|event| {
                let Event::Key {
                    key: Key::Enter,
                    pressed: true,
                    modifiers,
                    ..
                } = event
                else {
                    return true;
                };
                let sends = if settings.enter_sends {
                    !modifiers.any() || modifiers.command_only()
                } else {
                    modifiers.command_only()
                };
                is_pressed |= sends;
                !sends
            });
            is_pressed
        })
    }

    /// The Up key in an empty field corrects the last message.
    fn takes_up(&self, ui: &Ui) -> bool {
        self.draft.text.is_empty()
            && self.subject.is_none()
            && !self.is_composing
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowUp))
    }

    /// How much room is left, when it is little.
    fn limit_ui(&self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        let length = self.draft.text.len();
        if let Some(excess) = length.checked_sub(MAX_TEXT_BYTES + 1) {
            let words = tr_with(ui, "composer-too-long", &[("count", (excess + 1).into())]);
            text::label_ui(ui, words, TextRole::Small, palette.danger);
        } else if length + WARN_BYTES >= MAX_TEXT_BYTES {
            let left = MAX_TEXT_BYTES - length;
            let words = tr_with(ui, "composer-left", &[("count", left.into())]);
            text::label_ui(ui, words, TextRole::Small, palette.text_secondary);
        }
    }

    fn watch_input_method(&mut self, ui: &Ui) {
        ui.input(|input| {
            for event in &input.events {
                if let Event::Ime(event) = event {
                    self.is_composing = is_composing_after(event);
                }
            }
        });
    }
}

/// What the empty field says. A long name would make it as high as the draft of several lines.
fn short_hint(ui: &Ui, hint: &str) -> String {
    let room = ui.available_width() - margin::COMPOSER_TEXT.sum().x;
    let (role, color) = (TextRole::Message, Palette::of(ui).text_secondary);
    if text::wrapped(ui, hint, role, color, room).rows.len() > 1 {
        return tr(ui, "composer-hint-short");
    }
    hint.to_owned()
}

fn field_job(ui: &Ui, text: &str, width: f32) -> egui::text::LayoutJob {
    let role = TextRole::Message;
    let format = egui::text::TextFormat {
        font_id: role.font(),
        color: Palette::of(ui).text,
        line_height: Some(role.line_height_points()),
        ..egui::text::TextFormat::default()
    };
    let mut job = egui::text::LayoutJob::single_section(text.to_owned(), format);
    job.wrap.max_width = width;
    job.keep_trailing_whitespace = true;
    job
}

fn is_composing_after(event: &ImeEvent) -> bool {
    match event {
        ImeEvent::Preedit { text, .. } => !text.is_empty(),
        _ => false,
    }
}
