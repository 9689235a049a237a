use egui::{
    Id, Key, Modifiers, Rect, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use emojis::{Emoji, Group, SkinTone};

use crate::app_model::Language;
use crate::button::focus_ring;
use crate::design_tokens::{Palette, TextRole, margin, size};
use crate::emoji;
use crate::text;
use crate::words::{Words, tr};

/// So many emoji stand in a row.
const COLUMNS: usize = 9;

/// The most emoji that a search shows.
const MAX_FOUND: usize = 90;

/// So many of the last chosen ones are kept.
const MAX_RECENT: usize = 4 * COLUMNS;

/// What is offered as a reaction before anything was chosen.
const FIRST_RECENT: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

const TONES: [SkinTone; 6] = [
    SkinTone::Default,
    SkinTone::Light,
    SkinTone::MediumLight,
    SkinTone::Medium,
    SkinTone::MediumDark,
    SkinTone::Dark,
];

/// The categories, each with the emoji that stands for it and its name.
const CATEGORIES: [(Option<Group>, &str, &str); 10] = [
    (None, "🕒", "emoji-recent"),
    (Some(Group::SmileysAndEmotion), "😀", "emoji-smileys"),
    (Some(Group::PeopleAndBody), "👋", "emoji-people"),
    (Some(Group::AnimalsAndNature), "🐻", "emoji-nature"),
    (Some(Group::FoodAndDrink), "🍎", "emoji-food"),
    (Some(Group::TravelAndPlaces), "🚗", "emoji-travel"),
    (Some(Group::Activities), "⚽", "emoji-activities"),
    (Some(Group::Objects), "💡", "emoji-objects"),
    (Some(Group::Symbols), "🔣", "emoji-symbols"),
    (Some(Group::Flags), "🏁", "emoji-flags"),
];

/// The emoji that were chosen last, the newest first.
#[derive(Debug)]
pub(crate) struct RecentEmoji(Vec<String>);

impl Default for RecentEmoji {
    fn default() -> Self {
        Self(FIRST_RECENT.map(str::to_owned).to_vec())
    }
}

impl RecentEmoji {
    /// Notes that an emoji was chosen.
    pub(crate) fn note(&mut self, emoji: &str) {
        self.0.retain(|one| one != emoji);
        self.0.insert(0, emoji.to_owned());
        self.0.truncate(MAX_RECENT);
    }

    /// The newest ones.
    pub(crate) fn newest(&self, count: usize) -> impl Iterator<Item = &str> {
        self.0.iter().take(count).map(String::as_str)
    }
}

/// Where an emoji is chosen: search, the last ones, categories, skin tones.
#[derive(Debug)]
pub(crate) struct EmojiPicker {
    query: String,
    category: usize,
    tone: usize,
    /// The emoji that Enter chooses.
    cursor: usize,
    /// Whether the arrow keys have left the field for the emoji.
    is_in_grid: bool,
    was_focused: bool,
    /// Brings the row of the cursor into sight.
    wants_reveal: bool,
}

impl Default for EmojiPicker {
    fn default() -> Self {
        Self {
            query: String::new(),
            category: 1,
            tone: 0,
            cursor: 0,
            is_in_grid: false,
            was_focused: false,
            wants_reveal: false,
        }
    }
}

impl EmojiPicker {
    /// Prepares for being opened; the skin tone stays.
    pub(crate) fn reset(&mut self) {
        let (category, tone) = (self.category, self.tone);
        *self = Self {
            category,
            tone,
            ..Self::default()
        };
    }

    /// Draws the picker. Returns the emoji that was chosen.
    pub(crate) fn emoji_picker_ui(&mut self, ui: &mut Ui, recent: &RecentEmoji) -> Option<String> {
        let width = COLUMNS as f32 * size::EMOJI_CELL + size::SCROLL_BAR;
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(0.0, size::GAP_SMALL);
        let shown = self.shown(recent, Words::of(ui).language());
        let is_chosen = self.follow_keys(ui, shown.len());
        self.search_ui(ui);
        self.categories_ui(ui);
        let clicked = self.grid_ui(ui, &shown);
        self.footer_ui(ui, shown.get(clicked.unwrap_or(self.cursor)).copied());
        let index = clicked.or(is_chosen.then_some(self.cursor))?;
        shown.get(index).map(|emoji| (*emoji).to_owned())
    }

    fn shown<'a>(&self, recent: &'a RecentEmoji, language: Language) -> Vec<&'a str> {
        let tone = TONES.get(self.tone).copied().unwrap_or(SkinTone::Default);
        let toned = |emoji: &'static Emoji| emoji::in_tone(emoji, tone).as_str();
        if !self.query.trim().is_empty() {
            return emoji::search(&self.query, MAX_FOUND, language)
                .into_iter()
                .map(toned)
                .collect();
        }
        match CATEGORIES.get(self.category).and_then(|(group, ..)| *group) {
            None => recent.newest(MAX_RECENT).collect(),
            Some(group) => group
                .emojis()
                .filter(|emoji| emoji::has_picture(emoji))
                .map(toned)
                .collect(),
        }
    }

    /// Returns whether Enter was pressed.
    fn follow_keys(&mut self, ui: &Ui, count: usize) -> bool {
        let last = count.saturating_sub(1);
        ui.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            let down = pressed(Key::ArrowDown);
            if down && !self.is_in_grid {
                self.is_in_grid = true;
            } else if down {
                self.cursor += COLUMNS;
            }
            if pressed(Key::ArrowUp) {
                if self.cursor < COLUMNS {
                    self.is_in_grid = false;
                }
                self.cursor = self.cursor.saturating_sub(COLUMNS);
            }
            if self.is_in_grid {
                self.cursor += usize::from(pressed(Key::ArrowRight));
                self.cursor = self
                    .cursor
                    .saturating_sub(usize::from(pressed(Key::ArrowLeft)));
            }
            self.wants_reveal |= down || self.is_in_grid;
            self.cursor = self.cursor.min(last);
            pressed(Key::Enter)
        })
    }

    fn search_ui(&mut self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        let hint = tr(ui, "emoji-search");
        let field = TextEdit::singleline(&mut self.query)
            .id(Id::unique("emoji search"))
            .hint_text(text::rich(&hint, TextRole::Body, palette.text_secondary))
            .font(TextRole::Body.font())
            .desired_width(f32::INFINITY)
            .margin(margin::FIELD);
        let response = ui.add(field).accessible_name(&hint);
        if !std::mem::replace(&mut self.was_focused, true) {
            response.request_focus();
        }
        if response.changed() {
            (self.cursor, self.is_in_grid) = (0, false);
        }
    }

    fn categories_ui(&mut self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        let room = vec2(ui.available_width(), size::EMOJI_TAB);
        let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
        let side = rect.width() / CATEGORIES.len() as f32;
        for (index, (_, emoji, key)) in CATEGORIES.iter().enumerate() {
            let min = rect.min + vec2(index as f32 * side, 0.0);
            let tab = Rect::from_min_size(min, vec2(side, rect.height()));
            let is_chosen = index == self.category && self.query.trim().is_empty();
            let name = tr(ui, key);
            let response = ui.interact(
                tab,
                ui.scope_id().with(("emoji category", index)),
                Sense::click(),
            );
            response
                .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, &name));
            if response.hovered() {
                ui.painter()
                    .rect_filled(tab, size::RADIUS_SMALL, palette.line);
            }
            focus_ring(ui, &response, size::RADIUS_SMALL);
            paint_emoji(ui, tab, emoji, size::EMOJI_TAB_FONT);
            if is_chosen {
                let line = Rect::from_min_max(
                    pos2(tab.left() + 6.0, tab.bottom() - 2.0),
                    tab.max - vec2(6.0, 0.0),
                );
                ui.painter().rect_filled(line, 1.0, palette.accent);
            }
            if response.on_hover_text(&name).clicked() {
                self.query.clear();
                (self.category, self.cursor) = (index, 0);
            }
        }
    }

    fn grid_ui(&mut self, ui: &mut Ui, shown: &[&str]) -> Option<usize> {
        let palette = Palette::of(ui);
        let height = size::EMOJI_ROWS * size::EMOJI_CELL;
        if shown.is_empty() {
            let words = tr(ui, "emoji-none-found");
            ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
                ui.set_min_height(height);
                ui.centered_and_justified(|ui| {
                    text::label_ui(ui, words, TextRole::Body, palette.text_secondary);
                });
            });
            return None;
        }
        let mut clicked = None;
        let rows = shown.len().div_ceil(COLUMNS);
        let mut area = ScrollArea::vertical()
            .id_salt(("emoji grid", self.category, self.query.is_empty()))
            .auto_shrink(false)
            .max_height(height);
        if std::mem::take(&mut self.wants_reveal) {
            let row = (self.cursor / COLUMNS) as f32;
            let visible = size::EMOJI_ROWS - 2.0;
            area = area.vertical_scroll_offset((row - visible / 2.0).max(0.0) * size::EMOJI_CELL);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        area.show_rows(ui, size::EMOJI_CELL, rows, |ui, range| {
            for row in range {
                let room = vec2(COLUMNS as f32 * size::EMOJI_CELL, size::EMOJI_CELL);
                let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
                let first = row * COLUMNS;
                for (index, emoji) in shown.iter().enumerate().skip(first).take(COLUMNS) {
                    let min = rect.min + vec2((index - first) as f32 * size::EMOJI_CELL, 0.0);
                    let cell = Rect::from_min_size(min, vec2(size::EMOJI_CELL, size::EMOJI_CELL));
                    if self.cell_ui(ui, cell, index, emoji) {
                        clicked = Some(index);
                    }
                }
            }
        });
        clicked
    }

    fn cell_ui(&mut self, ui: &Ui, cell: Rect, index: usize, emoji: &str) -> bool {
        let palette = Palette::of(ui);
        let response = ui.interact(cell, ui.scope_id().with(("emoji", index)), Sense::CLICK);
        let name = emoji::name_of(emoji, Words::of(ui).language());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.as_ref()));
        if response.hovered() && ui.input(|input| input.pointer.is_moving()) {
            self.cursor = index;
        }
        if self.cursor == index {
            ui.painter()
                .rect_filled(cell.shrink(1.0), size::RADIUS_SMALL, palette.line);
        }
        paint_emoji(ui, cell, emoji, size::EMOJI_FONT);
        response.clicked()
    }

    /// The name of the emoji under the cursor, and the skin tones.
    fn footer_ui(&mut self, ui: &mut Ui, emoji: Option<&str>) {
        let palette = Palette::of(ui);
        let room = vec2(ui.available_width(), size::EMOJI_TAB);
        let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
        let tones_width = TONES.len() as f32 * size::EMOJI_TONE;
        if let Some(emoji) = emoji {
            let color = palette.text_secondary;
            let room = rect.width() - tones_width - size::GAP_SMALL;
            let name = emoji::name_of(emoji, Words::of(ui).language());
            let galley = text::one_line(ui, &name, TextRole::Small, color, room);
            let at = pos2(rect.left() + 2.0, rect.center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, color);
        }
        let Some(hand) = emojis::get("✋") else {
            return;
        };
        for (index, tone) in TONES.iter().enumerate() {
            let min = pos2(
                rect.right() - tones_width + index as f32 * size::EMOJI_TONE,
                rect.top(),
            );
            let cell = Rect::from_min_size(min, vec2(size::EMOJI_TONE, rect.height()));
            let hand = emoji::in_tone(hand, *tone);
            let response = ui.interact(
                cell,
                ui.scope_id().with(("skin tone", index)),
                Sense::click(),
            );
            let is_chosen = index == self.tone;
            let name = emoji::name_of(hand.as_str(), Words::of(ui).language());
            response.widget_info(|| {
                WidgetInfo::selected(Role::RadioButton, true, is_chosen, name.as_ref())
            });
            if is_chosen || response.hovered() {
                ui.painter()
                    .rect_filled(cell, size::RADIUS_SMALL, palette.line);
            }
            focus_ring(ui, &response, size::RADIUS_SMALL);
            paint_emoji(ui, cell, hand.as_str(), size::EMOJI_TAB_FONT);
            if response.clicked() {
                self.tone = index;
            }
        }
    }
}

/// Draws an emoji in the middle of a rectangle.
pub(crate) fn paint_emoji(ui: &Ui, rect: Rect, emoji: &str, font_size: f32) {
    let color = Palette::of(ui).text;
    let mut font = TextRole::Body.font();
    font.size = font_size;
    let galley = ui.fonts_mut(|fonts| fonts.layout_no_wrap(emoji.to_owned(), font, color));
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
}
