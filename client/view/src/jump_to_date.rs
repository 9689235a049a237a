use egui::{
    Id, Key, Modifiers, Popup, PopupCloseBehavior, Pos2, Rect, Role, Sense, Ui, WidgetInfo, vec2,
};
use onym_client_protocol::view_model::LocalDate;

use crate::button::{focus_ring, icon_button_ui};
use crate::design_tokens::{Palette, TextRole, size};
use crate::icon::Icon;
use crate::placed::{self, placed_ui};
use crate::talk_icon::TalkIcon;
use crate::text;
use crate::words::{Words, tr};

const DAYS_OF_WEEK: i64 = 7;

/// A month to choose a day from.
#[derive(Debug, Default)]
pub(crate) struct JumpToDate {
    open: Option<OpenMonth>,
}

#[derive(Debug)]
struct OpenMonth {
    at: Pos2,
    /// The day that Enter chooses.
    cursor: LocalDate,
    is_new: bool,
}

impl JumpToDate {
    /// Opens the month of a day at a place.
    pub(crate) fn open(&mut self, day: LocalDate, at: Pos2) {
        self.open = Some(OpenMonth {
            at,
            cursor: day,
            is_new: true,
        });
    }

    /// Closes it.
    pub(crate) fn close(&mut self) -> bool {
        self.open.take().is_some()
    }

    /// Draws the month, if it is open. Returns the day that was chosen.
    pub(crate) fn jump_to_date_ui(&mut self, ui: &Ui, today: LocalDate) -> Option<LocalDate> {
        let open = self.open.as_mut()?;
        let is_new = std::mem::take(&mut open.is_new);
        let mut stays = true;
        let behavior = if is_new {
            PopupCloseBehavior::IgnoreClicks
        } else {
            PopupCloseBehavior::CloseOnClickOutside
        };
        let popup = Popup::new(
            Id::unique("jump to date"),
            ui.ctx().clone(),
            open.at,
            ui.layer_id(),
        )
        .close_behavior(behavior)
        .open_bool(&mut stays)
        .accessible_name(tr(ui, "conversation-choose-day"));
        let cursor = &mut open.cursor;
        let chosen = popup
            .show(|ui| month_ui(ui, cursor, today, is_new))
            .and_then(|response| response.inner);
        if !stays || chosen.is_some() {
            self.open = None;
        }
        chosen
    }
}

fn day_after(day: LocalDate, days: i64) -> LocalDate {
    LocalDate::from_days_since_epoch(day.days_since_epoch().saturating_add(days))
}

fn first_of_month(day: LocalDate) -> LocalDate {
    LocalDate { day: 1, ..day }
}

/// The same day of another month, or the last one that month has.
fn other_month(day: LocalDate, forward: bool) -> LocalDate {
    let (year, month) = match (day.month, forward) {
        (12, true) => (day.year.saturating_add(1), 1),
        (1, false) => (day.year.saturating_sub(1), 12),
        (month, true) => (day.year, month + 1),
        (month, false) => (day.year, month.saturating_sub(1)),
    };
    let first = LocalDate {
        year,
        month,
        day: 1,
    };
    day_after(
        first,
        i64::from(day.day.min(days_of_month(first)).saturating_sub(1)),
    )
}

fn days_of_month(first: LocalDate) -> u8 {
    let next = day_after(first_of_month(first), 31);
    let last = day_after(first_of_month(next), -1);
    last.day
}

fn follow_keys(ui: &Ui, cursor: &mut LocalDate) -> bool {
    ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        for (key, days) in [
            (Key::ArrowLeft, -1),
            (Key::ArrowRight, 1),
            (Key::ArrowUp, -DAYS_OF_WEEK),
            (Key::ArrowDown, DAYS_OF_WEEK),
        ] {
            if pressed(key) {
                *cursor = day_after(*cursor, days);
            }
        }
        if pressed(Key::PageUp) {
            *cursor = other_month(*cursor, false);
        }
        if pressed(Key::PageDown) {
            *cursor = other_month(*cursor, true);
        }
        pressed(Key::Enter)
    })
}

fn month_ui(
    ui: &mut Ui,
    cursor: &mut LocalDate,
    today: LocalDate,
    is_new: bool,
) -> Option<LocalDate> {
    let words = Words::of(ui);
    let is_entered = !is_new && follow_keys(ui, cursor);
    *cursor = (*cursor).min(today);
    let width = size::CALENDAR_CELL * DAYS_OF_WEEK as f32;
    ui.set_width(width);
    ui.spacing_mut().item_spacing = vec2(0.0, size::GAP_TINY);
    title_ui(ui, width, cursor, today, words);
    weekdays_ui(ui, width, words);
    let first = first_of_month(*cursor);
    let lead = i64::from(first.weekday());
    let weeks = (lead + i64::from(days_of_month(first)) + DAYS_OF_WEEK - 1) / DAYS_OF_WEEK;
    let height = weeks as f32 * size::CALENDAR_CELL;
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let mut chosen = is_entered.then_some(*cursor);
    for number in 0..days_of_month(first) {
        let day = day_after(first, i64::from(number));
        let cell = lead + i64::from(number);
        let min = rect.min
            + size::CALENDAR_CELL
                * vec2((cell % DAYS_OF_WEEK) as f32, (cell / DAYS_OF_WEEK) as f32);
        let cell = Rect::from_min_size(min, vec2(size::CALENDAR_CELL, size::CALENDAR_CELL));
        if day_ui(ui, cell, day, *cursor, today, words) {
            chosen = Some(day);
        }
    }
    chosen
}

fn title_ui(ui: &mut Ui, width: f32, cursor: &mut LocalDate, today: LocalDate, words: Words) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, size::ICON_BUTTON), Sense::hover());
    let title = words.month(*cursor);
    let color = palette.text;
    let galley = text::one_line(ui, &title, TextRole::Name, color, width);
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, color);
    let side = vec2(size::ICON_BUTTON, size::ICON_BUTTON);
    let back = Rect::from_min_size(rect.min, side);
    let name = tr(ui, "date-previous-month");
    if placed_ui(ui, "back", back, placed::down(), |ui| {
        icon_button_ui(ui, Icon::Back, &name)
    })
    .clicked()
    {
        *cursor = other_month(*cursor, false);
    }
    let next = Rect::from_min_size(rect.max - side, side);
    let name = tr(ui, "date-next-month");
    let is_past = first_of_month(*cursor) < first_of_month(today);
    let button = |ui: &mut Ui| {
        ui.add_enabled_ui(is_past, |ui| {
            icon_button_ui(ui, Icon::Talk(TalkIcon::Forward), &name)
        })
        .inner
    };
    if placed_ui(ui, "next", next, placed::down(), button).clicked() {
        *cursor = other_month(*cursor, true).min(today);
    }
}

fn weekdays_ui(ui: &mut Ui, width: f32, words: Words) {
    let palette = Palette::of(ui);
    let height = TextRole::Small.line_height_points();
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    for weekday in 0..7_u8 {
        let name = words.short_weekday(weekday);
        let color = palette.text_secondary;
        let galley = text::one_line(ui, &name, TextRole::Small, color, size::CALENDAR_CELL);
        let x = rect.left() + (f32::from(weekday) + 0.5) * size::CALENDAR_CELL;
        let at = egui::pos2(x - galley.size().x / 2.0, rect.top());
        ui.painter().galley(at, galley, color);
    }
}

fn day_ui(
    ui: &Ui,
    cell: Rect,
    day: LocalDate,
    cursor: LocalDate,
    today: LocalDate,
    words: Words,
) -> bool {
    let palette = Palette::of(ui);
    let is_past = day <= today;
    let sense = if is_past {
        Sense::click()
    } else {
        Sense::hover()
    };
    let response = ui.interact(
        cell,
        ui.scope_id().with(("day", day.days_since_epoch())),
        sense,
    );
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, is_past, day == cursor, words.date(day))
    });
    let center = cell.center();
    let radius = size::CALENDAR_CELL / 2.0 - 2.0;
    let is_hot = is_past && response.hovered();
    let mut color = if is_past {
        palette.text
    } else {
        palette.text_secondary.gamma_multiply(0.6)
    };
    if day == cursor {
        ui.painter()
            .circle_filled(center, radius, palette.accent_fill);
        color = palette.text_on_fill;
    } else if is_hot {
        ui.painter().circle_filled(center, radius, palette.line);
    }
    if day == today && day != cursor {
        let stroke = egui::Stroke::new(size::LINE, palette.accent);
        ui.painter().circle_stroke(center, radius, stroke);
    }
    focus_ring(ui, &response, radius);
    let number = day.day.to_string();
    let galley = text::one_line(ui, &number, TextRole::Body, color, size::CALENDAR_CELL);
    ui.painter()
        .galley(center - galley.size() / 2.0, galley, color);
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u8, day: u8) -> LocalDate {
        LocalDate { year, month, day }
    }

    #[test]
    fn months_have_their_lengths() {
        assert_eq!(days_of_month(date(2024, 2, 1)), 29);
        assert_eq!(days_of_month(date(2026, 2, 1)), 28);
        assert_eq!(days_of_month(date(2026, 12, 1)), 31);
        assert_eq!(days_of_month(date(2026, 4, 1)), 30);
    }

    #[test]
    fn another_month_keeps_the_day_where_it_can() {
        assert_eq!(other_month(date(2026, 3, 31), false), date(2026, 2, 28));
        assert_eq!(other_month(date(2026, 12, 5), true), date(2027, 1, 5));
        assert_eq!(other_month(date(2026, 1, 31), true), date(2026, 2, 28));
        assert_eq!(other_month(date(2026, 1, 31), false), date(2025, 12, 31));
    }
}
