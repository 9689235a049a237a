use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use onym_client_protocol::view_model::{
    ContactView, JumpTarget, SearchHitView, UiCommand, ViewModel,
};

use super::{Sidebar, is_request};
use crate::app_model::ViewCommand;
use crate::button::focus_ring;
use crate::contact_row::contact_row_ui;
use crate::design_tokens::{Palette, TextRole, size};
use crate::dialog::Dialog;
use crate::icon::Icon;
use crate::message_list::badge;
use crate::text;
use crate::words::{Clock, Words, tr};

/// One line of the list.
pub(super) enum Row<'a> {
    /// The name of what follows.
    Header(&'static str),
    /// A conversation.
    Contact(&'a ContactView),
    /// A message that was found.
    Hit(&'a SearchHitView),
    /// Asks for more messages.
    MoreHits,
    /// Opens the archive: how many conversations, how many unread messages.
    Archive(usize, u64),
    /// Leaves the archive.
    Back,
}

impl Row<'_> {
    fn height(&self) -> f32 {
        match self {
            Self::Header(_) => size::LIST_HEADER,
            Self::Contact(_) | Self::Hit(_) => size::CONTACT_ROW,
            Self::MoreHits | Self::Archive(..) | Self::Back => size::ROW_MIN,
        }
    }
}

/// The lines of the list, in their order. Requests are not among them.
pub(super) fn rows<'a>(model: &'a ViewModel, filter: &str, shows_archived: bool) -> Vec<Row<'a>> {
    let wanted = filter.trim().to_lowercase();
    let people = model.contacts.iter().filter(|contact| !is_request(contact));
    if !wanted.is_empty() {
        return found(model, people, &wanted);
    }
    let (archived, present): (Vec<_>, Vec<_>) = people.partition(|contact| contact.is_archived);
    if shows_archived {
        let mut rows = vec![Row::Back];
        rows.extend(archived.into_iter().map(Row::Contact));
        return rows;
    }
    let (pinned, others): (Vec<_>, Vec<_>) =
        present.into_iter().partition(|contact| contact.is_pinned);
    let mut rows = Vec::with_capacity(pinned.len() + others.len() + 3);
    if !pinned.is_empty() {
        rows.push(Row::Header("contacts-group-pinned"));
        rows.extend(pinned.into_iter().map(Row::Contact));
        rows.push(Row::Header("contacts-group-others"));
    }
    rows.extend(others.into_iter().map(Row::Contact));
    if !archived.is_empty() {
        let unread = archived.iter().map(|contact| contact.unread).sum();
        rows.push(Row::Archive(archived.len(), unread));
    }
    rows
}

/// People whose name, address or group holds the text, then messages that do.
fn found<'a>(
    model: &'a ViewModel,
    people: impl Iterator<Item = &'a ContactView>,
    wanted: &str,
) -> Vec<Row<'a>> {
    let holds = |text: &str| text.to_lowercase().contains(wanted);
    let people = people.filter(|contact| {
        holds(&contact.name)
            || contact.jid.contains(wanted)
            || contact.their_name.as_deref().is_some_and(holds)
            || contact.groups.iter().any(|group| holds(group))
    });
    let mut rows = vec![Row::Header("contacts-group-people")];
    rows.extend(people.map(Row::Contact));
    if rows.len() == 1 {
        rows.clear();
    }
    if let Some(search) = &model.search
        && !search.hits.is_empty()
    {
        rows.push(Row::Header("contacts-group-messages"));
        rows.extend(search.hits.iter().map(Row::Hit));
        rows.extend(search.has_more.then_some(Row::MoreHits));
    }
    rows
}

impl Sidebar {
    /// Only those lines that can be seen are drawn.
    pub(super) fn rows_ui(
        &mut self,
        ui: &mut Ui,
        rows: &[Row<'_>],
        model: &ViewModel,
        dialog: &mut Option<Dialog>,
        out: &mut Vec<ViewCommand>,
    ) {
        let open = model
            .conversation
            .as_ref()
            .map(|open| open.contact.jid.as_str());
        let clock = Clock::of(model);
        let height: f32 = rows.iter().map(Row::height).sum();
        let all = vec2(ui.available_width(), height);
        let (area, _) = ui.allocate_exact_size(all, Sense::hover());
        let clip = ui.clip_rect();
        let mut top = area.top();
        for row in rows {
            let size = vec2(area.width(), row.height());
            let rect = Rect::from_min_size(pos2(area.left(), top), size);
            top += row.height();
            if let Row::Contact(contact) = row {
                let is_open = open == Some(contact.jid.as_str());
                if is_open && std::mem::take(&mut self.scroll_to_open) {
                    ui.scroll_to_rect(rect, None);
                }
                if rect.intersects(clip)
                    && contact_row_ui(ui, rect, contact, is_open, clock, dialog, out).clicked()
                {
                    let jid = contact.jid.clone();
                    out.push(UiCommand::OpenConversation { jid }.into());
                }
            } else if rect.intersects(clip) {
                self.other_row_ui(ui, rect, row, clock, out);
            }
        }
    }

    fn other_row_ui(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        row: &Row<'_>,
        clock: Clock,
        out: &mut Vec<ViewCommand>,
    ) {
        match row {
            Row::Contact(_) => {}
            Row::Header(key) => header_ui(ui, rect, &tr(ui, key)),
            Row::Hit(hit) => {
                if hit_ui(ui, rect, hit, clock).clicked() {
                    let jid = || hit.jid.clone();
                    out.push(UiCommand::OpenConversation { jid: jid() }.into());
                    let target = JumpTarget::Message(hit.position);
                    out.push(UiCommand::JumpTo { jid: jid(), target }.into());
                }
            }
            Row::MoreHits => {
                if line_ui(ui, rect, Icon::Down, &tr(ui, "contacts-more-hits"), 0).clicked() {
                    out.push(UiCommand::SearchMore.into());
                }
            }
            Row::Archive(count, unread) => {
                let count = (*count).into();
                let words = Words::of(ui).with("contacts-archive", &[("count", count)]);
                self.shows_archived |= line_ui(ui, rect, Icon::Archive, &words, *unread).clicked();
            }
            Row::Back => {
                let words = tr(ui, "contacts-archive-leave");
                if line_ui(ui, rect, Icon::Back, &words, 0).clicked() {
                    self.shows_archived = false;
                }
            }
        }
    }
}

/// The name of a group.
fn header_ui(ui: &mut Ui, rect: Rect, words: &str) {
    let palette = Palette::of(ui);
    let color = palette.text_secondary;
    let response = ui.interact(rect, ui.scope_id().with(("group", words)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    let galley = text::one_line(ui, words, TextRole::Small, color, rect.width());
    let at = pos2(
        rect.left() + size::GAP_SMALL,
        rect.bottom() - galley.size().y - size::GAP_TINY,
    );
    ui.painter().galley(at, galley, color);
}

/// A line with a symbol, and a number at its end.
fn line_ui(ui: &mut Ui, rect: Rect, icon: Icon, words: &str, unread: u64) -> Response {
    let palette = Palette::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("line", icon)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, size::RADIUS, palette.hovered);
    }
    focus_ring(ui, &response, size::RADIUS);
    // The symbol stands in the middle of where the pictures stand.
    let middle = rect.left() + size::GAP_SMALL + size::AVATAR / 2.0;
    let place =
        Rect::from_center_size(pos2(middle, rect.center().y), egui::Vec2::splat(size::ICON));
    icon.paint(ui.painter(), place, palette.text_secondary);
    let left = rect.left() + size::GAP_SMALL + size::AVATAR + size::GAP;
    let mut room = rect.right() - size::GAP_SMALL - left;
    if unread > 0 {
        let right = pos2(rect.right() - size::GAP_SMALL, rect.center().y);
        room -= badge(ui, right, egui::Align2::RIGHT_CENTER, unread) + size::GAP_SMALL;
    }
    let galley = text::one_line(ui, words, TextRole::Body, palette.text, room);
    let at = pos2(left, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text);
    response
}

/// A message that was found, with what was searched marked.
fn hit_ui(ui: &mut Ui, rect: Rect, hit: &SearchHitView, clock: Clock) -> Response {
    let palette = Palette::of(ui);
    let words = Words::of(ui);
    let id = ui.scope_id().with(("hit", &hit.jid, hit.position));
    let response = ui.interact(rect, id, Sense::click());
    let time = words.short_time(hit.local, clock.local_now);
    response.widget_info(|| {
        let spoken = format!("{}, {time}: {}", hit.name, hit.excerpt);
        WidgetInfo::labeled(Role::Button, true, spoken)
    });
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, size::RADIUS, palette.hovered);
    }
    focus_ring(ui, &response, size::RADIUS);
    let inner = rect.shrink2(vec2(size::GAP_SMALL, 0.0));
    let weak = palette.text_secondary;
    let time = text::one_line(ui, &time, TextRole::Small, weak, inner.width());
    let room = inner.width() - time.size().x - size::GAP_SMALL;
    let name = text::one_line(ui, &hit.name, TextRole::Name, palette.text, room);
    let top = inner.center().y - size::TWO_LINES / 2.0;
    let at = pos2(inner.right() - time.size().x, top + 1.0);
    ui.painter().galley(at, time, weak);
    ui.painter()
        .galley(pos2(inner.left(), top), name, palette.text);
    let excerpt = ui.fonts_mut(|fonts| fonts.layout_job(marked(hit, palette, inner.width())));
    let at = pos2(inner.left(), inner.center().y + 1.0);
    ui.painter().galley(at, excerpt, weak);
    response
}

/// The excerpt with its matches in another colour and weight.
fn marked(hit: &SearchHitView, palette: &Palette, width: f32) -> LayoutJob {
    let mut job = LayoutJob {
        wrap: TextWrapping::truncate_at_width(width.max(1.0)),
        ..LayoutJob::default()
    };
    let mut append = |part: Option<&str>, color, role: TextRole| {
        let format = TextFormat {
            font_id: egui::FontId::new(TextRole::Small.font().size, role.font().family),
            color,
            line_height: Some(TextRole::Small.line_height_points()),
            ..TextFormat::default()
        };
        job.append(part.unwrap_or_default(), 0.0, format);
    };
    let mut at = 0;
    for range in &hit.highlights {
        append(
            hit.excerpt.get(at..range.start),
            palette.text_secondary,
            TextRole::Small,
        );
        append(
            hit.excerpt.get(range.clone()),
            palette.accent,
            TextRole::Name,
        );
        at = range.end;
    }
    append(
        hit.excerpt.get(at..),
        palette.text_secondary,
        TextRole::Small,
    );
    job
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    #[expect(
        clippy::single_range_in_vec_init,
        reason = "one match is a list of one range"
    )]
    fn marks_never_change_the_text() {
        let palette = Palette::of_theme(true);
        for (excerpt, highlights) in [
            ("über den Fluss", vec![0..5, 10..15]),
            ("", vec![]),
            // Ranges that the program should not have given.
            ("über", vec![1..2]),
            ("abc", vec![2..9]),
        ] {
            let hit = SearchHitView {
                excerpt: excerpt.to_owned(),
                highlights: highlights.clone(),
                ..SearchHitView::default()
            };
            let job = marked(&hit, palette, 100.0);
            assert!(excerpt.contains(job.text.trim()) || highlights.is_empty());
        }
    }

    #[test]
    fn the_list_is_grouped() {
        let mut model = sample::main_model().view;
        let count = model.contacts.len();
        assert!(count > 4);
        assert!(model.contacts[1].is_pinned);
        for contact in &mut model.contacts {
            contact.is_archived = false;
        }
        model.contacts[3].is_archived = true;
        model.contacts[3].unread = 7;
        let list = rows(&model, "", false);
        assert!(matches!(list[0], Row::Header("contacts-group-pinned")));
        assert!(matches!(list[1], Row::Contact(contact) if contact.is_pinned));
        assert!(matches!(list.last(), Some(Row::Archive(1, 7))));
        let archive = rows(&model, "", true);
        assert!(matches!(archive[..], [Row::Back, Row::Contact(contact)] if contact.is_archived));
        let name = model.contacts[3].name.clone();
        assert!(
            matches!(
                rows(&model, &name, false)[..],
                [Row::Header(_), Row::Contact(_)]
            ),
            "a search finds what is archived"
        );
    }
}
