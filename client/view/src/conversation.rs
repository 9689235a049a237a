use egui::{
    Event, Frame, Id, Popup, PopupCloseBehavior, Pos2, Rect, RectAlign, Sense, Ui, UiBuilder, vec2,
};
use onym_client_protocol::view_model::{
    ContactView, ConversationView, JumpTarget, RequestView, Shield, UiCommand,
};

use crate::app_model::{MainModel, ViewCommand};
use crate::button::{Weight, button_ui, icon_button_ui};
use crate::composer::{Composer, ComposerEvent, ComposerSettings};
use crate::conversation_header::{HeaderEvent, HeaderModel, header_ui};
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::dialog::Dialog;
use crate::emoji_picker::{EmojiPicker, RecentEmoji};
use crate::empty_state::empty_state_ui;
use crate::find_bar::FindBar;
use crate::icon::Icon;
use crate::jump_to_date::JumpToDate;
use crate::message::dialog::{MessageDialog, message_dialog_ui, open_link};
use crate::message::menu::{MenuChoice, MessageMenu};
use crate::message::row::RowContext;
use crate::message_list::{ListEvent, ListModel, MessageList};
use crate::notices::Notices;
use crate::person::bar::{identity_bar_ui, waits_ui};
use crate::protection::message_mark::RowProtection;
use crate::protection::shield_panel::ShieldPanel;
use crate::protection::undecided::undecided_ui;
use crate::text;
use crate::words::{Clock, Words, tr, tr_with};

/// The right side: one conversation.
#[derive(Debug, Default)]
pub(crate) struct ConversationPane {
    pub(crate) composer: Composer,
    pub(crate) messages: MessageList,
    pub(crate) notices: Notices,
    pub(crate) shield: ShieldPanel,
    jid: String,
    find: FindBar,
    day: JumpToDate,
    menu: MessageMenu,
    question: Option<MessageDialog>,
    recent: RecentEmoji,
    picker: EmojiPicker,
    /// The message that a reaction is chosen for, and where.
    reacts_to: Option<Reacting>,
    /// Whether nothing had the keyboard in the picture before.
    was_free: bool,
}

#[derive(Debug, Clone, Copy)]
struct Reacting {
    position: u64,
    at: Pos2,
    is_new: bool,
}

impl ConversationPane {
    /// Draws the conversation. `is_alone` says that the list is hidden and needs a way back.
    pub(crate) fn conversation_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        conversation: &ConversationView,
        is_alone: bool,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let clock = Clock::of(&model.view);
        self.follow(conversation, out);
        let header = HeaderModel {
            conversation,
            is_alone,
            clock,
        };
        match header_ui(ui, header, dialog, out) {
            Some(HeaderEvent::Find) => self.find.open(),
            Some(HeaderEvent::ChooseDay(at)) => self.day.open(clock.local_now.date, at),
            None => {}
        }
        self.follow_shortcut(ui);
        self.find.find_bar_ui(ui, conversation, out);
        identity_bar_ui(ui, conversation, dialog);
        banner_ui(ui, &conversation.contact, out);
        self.take_letters(ui);
        self.bottom_ui(ui, model, conversation, dialog, out);
        self.notices
            .notices_ui(ui, &model.notices, size::MESSAGES_MAX, out);
        if conversation.total_rows == 0 {
            nothing_said_ui(ui, &conversation.contact);
        } else {
            let list = ListModel {
                conversation,
                our_name: model.view.our_name.as_deref(),
                clock,
            };
            self.messages.is_covered = self.menu.target().is_some() || self.reacts_to.is_some();
            let events = self.messages.message_list_ui(ui, list, out);
            for event in events {
                self.act(ui, event, conversation, clock);
            }
        }
        self.menu_ui(ui, model, conversation, clock, out);
        self.reaction_ui(ui, out);
        if let Some(day) = self.day.jump_to_date_ui(ui, clock.local_now.date) {
            let jid = conversation.contact.jid.clone();
            let target = JumpTarget::Date(day);
            out.push(UiCommand::JumpTo { jid, target }.into());
        }
        message_dialog_ui(ui, &mut self.question, &self.jid, out);
    }

    /// Forgets what belonged to the conversation that was open before.
    fn follow(&mut self, conversation: &ConversationView, out: &mut Vec<ViewCommand>) {
        if self.jid == conversation.contact.jid {
            return;
        }
        self.find.close(&self.jid, out);
        if !self.jid.is_empty() {
            self.shield.close();
        }
        self.jid.clone_from(&conversation.contact.jid);
        self.day.close();
        self.menu.close();
        (self.question, self.reacts_to) = (None, None);
    }

    /// Ctrl+F finds words in this conversation.
    fn follow_shortcut(&mut self, ui: &Ui) {
        let has_dialog = ui.memory(|memory| memory.top_modal_layer().is_some());
        let is_pressed = |ui: &Ui| {
            ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::F))
        };
        if !has_dialog && is_pressed(ui) {
            self.find.open();
        }
    }

    /// Leaves the innermost thing that is open in the conversation. Returns whether there was one.
    pub(crate) fn leave(&mut self, out: &mut Vec<ViewCommand>) -> bool {
        if self.reacts_to.take().is_some()
            || self.shield.close()
            || self.composer.cancel()
            || self.messages.leave_selection()
        {
            self.composer.focus();
            return true;
        }
        if self.find.is_open() {
            let jid = self.jid.clone();
            self.find.close(&jid, out);
            self.composer.focus();
            return true;
        }
        false
    }

    /// Letters that are typed while nothing has the keyboard are meant for the field. Where another
    /// field has just lost it, the letters before its Enter were meant for that one.
    fn take_letters(&mut self, ui: &Ui) {
        let is_free =
            ui.memory(|memory| memory.focused().is_none() && memory.top_modal_layer().is_none());
        let was_free = std::mem::replace(&mut self.was_free, is_free);
        if !(is_free && was_free)
            || Popup::is_any_open(ui.ctx())
            || self.messages.selection.messages().is_some()
        {
            return;
        }
        let letters: String = ui.input(|input| {
            let letters = input.events.iter().filter_map(|event| match event {
                Event::Text(letters) => Some(letters.as_str()),
                _ => None,
            });
            letters.collect()
        });
        if !letters.is_empty() {
            self.composer.take_letters(&letters);
        }
    }

    /// The field, or while messages are selected what can be done with them.
    fn bottom_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        conversation: &ConversationView,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let frame = Frame::new().inner_margin(margin::AROUND_COMPOSER);
        egui::Panel::bottom("composer")
            .frame(frame)
            .show_separator_line(false)
            .show(ui, |ui| {
                let width = ui.available_width().min(size::MESSAGES_MAX);
                let indent = (ui.available_width() - width) / 2.0;
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.add_space(indent);
                    ui.vertical(|ui| {
                        ui.set_width(width);
                        if self.messages.selection.messages().is_some() {
                            self.selection_ui(ui);
                        } else {
                            let (ours, clock) = (&model.view.our_devices, Clock::of(&model.view));
                            waits_ui(ui, conversation, clock, dialog, out);
                            undecided_ui(ui, conversation, ours, clock, dialog, out);
                            self.composer_ui(ui, model, conversation, dialog, out);
                        }
                    });
                });
            });
    }

    fn composer_ui(
        &mut self,
        ui: &mut Ui,
        model: &MainModel,
        conversation: &ConversationView,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let settings = ComposerSettings {
            tells_typing: model.settings.privacy.send_typing,
            is_clear: conversation.protection.shield == Shield::Clear,
            ..ComposerSettings::default()
        };
        let clock = Clock::of(&model.view);
        let (contact, recent) = (&conversation.contact, &mut self.recent);
        let mut asked = Vec::new();
        let shield = |ui: &mut Ui| {
            self.shield
                .shield_ui(ui, conversation, clock, dialog, &mut asked);
        };
        let event = self
            .composer
            .composer_ui(ui, contact, settings, recent, shield, out);
        out.append(&mut asked);
        match event {
            Some(ComposerEvent::Sent) => self.messages.go_to_newest(conversation, out),
            Some(ComposerEvent::EditLast) => {
                if let Some(message) = self.messages.last_editable() {
                    self.composer.correct(message);
                }
            }
            None => {}
        }
    }

    /// How many messages are selected, and what can be done with them.
    fn selection_ui(&mut self, ui: &mut Ui) {
        let Some(selected) = self.messages.selection.messages() else {
            return;
        };
        let palette = Palette::of(ui);
        let count = selected.count();
        let room = vec2(ui.available_width(), size::HEADER - size::GAP_SMALL);
        let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
        ui.painter()
            .rect_filled(rect, size::RADIUS_BUBBLE + 4, palette.field);
        let inside = rect.shrink2(vec2(size::GAP, 0.0));
        let builder = UiBuilder::new()
            .id_salt("selected messages")
            .max_rect(inside)
            .layout(egui::Layout::left_to_right(egui::Align::Center));
        let mut ui = ui.new_child(builder);
        ui.spacing_mut().item_spacing.x = size::GAP_SMALL;
        let name = tr(&ui, "selection-leave");
        let mut is_left = icon_button_ui(&mut ui, Icon::Cross, &name).clicked();
        let words = tr_with(&ui, "selection-count", &[("count", count.into())]);
        ui.add(egui::Label::new(text::rich(
            words,
            TextRole::Name,
            palette.text,
        )));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_enabled_ui(count > 0, |ui| {
                if button_ui(ui, &tr(ui, "selection-copy"), Weight::Main).clicked() {
                    ui.ctx().copy_text(selected.copied());
                    is_left = true;
                }
                if button_ui(ui, &tr(ui, "selection-delete"), Weight::Quiet).clicked() {
                    let positions = selected.positions().collect();
                    self.question = Some(MessageDialog::DeleteHere { positions });
                }
            });
        });
        if is_left {
            self.messages.leave_selection();
            self.composer.focus();
        }
    }

    fn act(&mut self, ui: &Ui, event: ListEvent, conversation: &ConversationView, clock: Clock) {
        let message = |position| self.messages.find(position);
        match event {
            ListEvent::Reply(position) => {
                if let Some(message) = message(position) {
                    self.composer.reply(message);
                }
            }
            ListEvent::React(position, at) => {
                self.reacts_to = Some(Reacting {
                    position,
                    at,
                    is_new: true,
                });
                self.picker.reset();
            }
            ListEvent::Open(link) => self.question = open_link(ui, &link),
            ListEvent::ShowEarlier(position) => {
                let texts = message(position).map(|message| message.earlier_texts.clone());
                self.question = texts.map(|texts| MessageDialog::Earlier { texts });
            }
            ListEvent::ChooseDay => {
                let at = ui.ctx().pointer_interact_pos().unwrap_or_default();
                let first = self.messages.first_day().unwrap_or(clock.local_now.date);
                self.day.open(first, at);
            }
            ListEvent::Menu(position, at, link) => self.menu.open(position, at, link),
        }
        let _ = conversation;
    }

    fn menu_ui(
        &mut self,
        ui: &Ui,
        model: &MainModel,
        conversation: &ConversationView,
        clock: Clock,
        out: &mut Vec<ViewCommand>,
    ) {
        let Some((position, at)) = self.menu.target() else {
            return;
        };
        let Some(message) = self.messages.find(position).cloned() else {
            self.menu.close();
            return;
        };
        let choice = self.menu.message_menu_ui(ui, &message, &self.recent);
        let had_focus = self.menu.target().is_none();
        let Some(choice) = choice else {
            if had_focus && ui.memory(|memory| memory.focused().is_none()) {
                self.messages.focus_row_again(position);
            }
            return;
        };
        let context = RowContext {
            their_name: &conversation.contact.name,
            our_name: model.view.our_name.as_deref(),
            width_points: self.messages.width_points(),
            is_joined_below: false,
            is_expanded: false,
            highlight: &conversation.highlight,
            protection: RowProtection::of(&conversation.protection),
            words: Words::of(ui),
            clock,
        };
        match choice {
            MenuChoice::Reply => self.composer.reply(&message),
            MenuChoice::Edit => self.composer.correct(&message),
            MenuChoice::React(emoji) => {
                self.recent.note(&emoji);
                self.messages.toggle_reaction(position, &emoji, out);
            }
            MenuChoice::MoreReactions => {
                self.reacts_to = Some(Reacting {
                    position,
                    at,
                    is_new: true,
                });
                self.picker.reset();
            }
            MenuChoice::Copy => {
                let is_selected = self.messages.selection.chars_of(position).is_some();
                let selected = is_selected
                    .then(|| self.messages.selected_text(ui, &context))
                    .flatten();
                let text = selected.unwrap_or_else(|| text::plain(&message.text).into_owned());
                ui.ctx().copy_text(text);
            }
            MenuChoice::CopyLink(link) => ui.ctx().copy_text(link),
            MenuChoice::Select => self.messages.toggle_selected(position, &context),
            MenuChoice::Resend => out.push(UiCommand::Resend { id: message.id }.into()),
            MenuChoice::ShowEarlier => {
                let texts = message.earlier_texts;
                self.question = Some(MessageDialog::Earlier { texts });
            }
            MenuChoice::Retract => self.question = Some(MessageDialog::Retract { position }),
            MenuChoice::DeleteHere => {
                let positions = vec![position];
                self.question = Some(MessageDialog::DeleteHere { positions });
            }
        }
    }

    /// The picker of a reaction.
    fn reaction_ui(&mut self, ui: &Ui, out: &mut Vec<ViewCommand>) {
        let Some(reacting) = &mut self.reacts_to else {
            return;
        };
        let is_new = std::mem::take(&mut reacting.is_new);
        let reacting = *reacting;
        let mut stays = true;
        let anchor = Rect::from_min_size(reacting.at, vec2(1.0, 1.0));
        let popup = Popup::new(
            Id::unique("reaction"),
            ui.ctx().clone(),
            anchor,
            ui.layer_id(),
        )
        .align(RectAlign::BOTTOM_START)
        .open_bool(&mut stays)
        .close_behavior(if is_new {
            PopupCloseBehavior::IgnoreClicks
        } else {
            PopupCloseBehavior::CloseOnClickOutside
        })
        .accessible_name(tr(ui, "message-react"));
        let (picker, recent) = (&mut self.picker, &self.recent);
        let chosen = popup.show(|ui| picker.emoji_picker_ui(ui, recent));
        let chosen = chosen.and_then(|response| response.inner);
        if let Some(emoji) = &chosen {
            self.recent.note(emoji);
            self.messages.toggle_reaction(reacting.position, emoji, out);
        }
        if !stays || chosen.is_some() {
            self.reacts_to = None;
        }
    }
}

fn nothing_said_ui(ui: &mut Ui, contact: &ContactView) {
    let title = tr_with(
        ui,
        "conversation-empty-title",
        &[("name", contact.name.as_str().into())],
    );
    let words = tr(ui, "conversation-empty-words");
    empty_state_ui(ui, &title, &words, |_| {});
}

/// What stands between the two of us: a request in one direction, or no contact at all.
fn banner_ui(ui: &mut Ui, contact: &ContactView, out: &mut Vec<ViewCommand>) {
    let key = match &contact.request {
        RequestView::Incoming { .. } => "banner-incoming",
        RequestView::Outgoing => "banner-outgoing",
        RequestView::None if contact.is_contact || contact.is_ourselves => return,
        RequestView::None => "banner-stranger",
    };
    let words = tr_with(ui, key, &[("name", contact.name.as_str().into())]);
    let palette = Palette::of(ui);
    let frame = Frame::new()
        .fill(palette.sidebar)
        .inner_margin(margin::BANNER);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            text::label_ui(ui, words, TextRole::Body, palette.text);
            let jid = || contact.jid.clone();
            match contact.request {
                RequestView::Incoming { .. } => {
                    if button_ui(ui, &tr(ui, "banner-accept"), Weight::Main).clicked() {
                        out.push(UiCommand::AcceptContact { jid: jid() }.into());
                    }
                    if button_ui(ui, &tr(ui, "banner-decline"), Weight::Quiet).clicked() {
                        out.push(UiCommand::DeclineContact { jid: jid() }.into());
                    }
                }
                RequestView::None
                    if button_ui(ui, &tr(ui, "banner-add"), Weight::Quiet).clicked() =>
                {
                    let add = UiCommand::AddContact {
                        jid: jid(),
                        name: String::new(),
                        introduction: None,
                    };
                    out.push(add.into());
                }
                RequestView::None | RequestView::Outgoing => {}
            }
        });
    });
}
