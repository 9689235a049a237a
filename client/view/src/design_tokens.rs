use egui::{Color32, FontFamily, FontId, Ui};

/// The colours of one theme.
///
/// A colour of text keeps a contrast of 4.5 : 1 to every ground that it stands on, and a mark that
/// carries meaning one of 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11); the tests compute it.
#[derive(Debug)]
pub(crate) struct Palette {
    /// The ground of conversations and pages.
    pub(crate) window: Color32,
    /// The ground of the list of contacts.
    pub(crate) sidebar: Color32,
    /// The ground of fields, quiet buttons and cards.
    pub(crate) field: Color32,
    /// The ground of what the pointer is on.
    pub(crate) hovered: Color32,
    /// The ground of the open conversation in the list.
    pub(crate) selected: Color32,
    /// Lines between areas. Decoration.
    pub(crate) line: Color32,
    /// Text.
    pub(crate) text: Color32,
    /// Text of less weight.
    pub(crate) text_secondary: Color32,
    /// Text and marks that stand out.
    pub(crate) accent: Color32,
    /// The ground of the one main button.
    pub(crate) accent_fill: Color32,
    /// The same, under the pointer.
    pub(crate) accent_fill_hovered: Color32,
    /// Text on an accent, on a danger and on an avatar.
    pub(crate) text_on_fill: Color32,
    /// The ground of our messages.
    pub(crate) our_bubble: Color32,
    /// Text of our messages.
    pub(crate) our_text: Color32,
    /// Time and mark of our messages.
    pub(crate) our_meta: Color32,
    /// The ground of their messages.
    pub(crate) their_bubble: Color32,
    /// The ground of what cannot be undone.
    pub(crate) danger_fill: Color32,
    /// The same, under the pointer.
    pub(crate) danger_fill_hovered: Color32,
    /// Text about a fault.
    pub(crate) danger: Color32,
    /// Text and marks for something to look at.
    pub(crate) warning: Color32,
    /// Marks for something that is well.
    pub(crate) good: Color32,
    /// Text about something that is well.
    pub(crate) good_text: Color32,
    /// What is drawn over the window behind a dialog.
    pub(crate) backdrop: Color32,
    /// The ground of selected text.
    pub(crate) text_selection: Color32,
    /// Links and names in our messages.
    pub(crate) our_link: Color32,
    /// The ground of code in a message.
    pub(crate) code: Color32,
    /// The ground of what a message answers.
    pub(crate) quote: Color32,
    /// The same, under the pointer.
    pub(crate) quote_hovered: Color32,
    /// The bar before a quotation.
    pub(crate) quote_bar: Color32,
    /// The ground of a word that was searched.
    pub(crate) search_match: Color32,
}

impl Palette {
    /// The palette of the theme that is shown.
    pub(crate) fn of(ui: &Ui) -> &'static Self {
        Self::of_theme(ui.visuals().dark_mode)
    }

    pub(crate) const fn of_theme(dark_mode: bool) -> &'static Self {
        if dark_mode { &DARK } else { &LIGHT }
    }
}

static DARK: Palette = Palette {
    window: Color32::from_rgb(0x13, 0x15, 0x1a),
    sidebar: Color32::from_rgb(0x19, 0x1c, 0x22),
    field: Color32::from_rgb(0x24, 0x28, 0x31),
    hovered: Color32::from_rgb(0x21, 0x25, 0x2d),
    selected: Color32::from_rgb(0x2c, 0x2d, 0x47),
    line: Color32::from_rgb(0x29, 0x2d, 0x36),
    text: Color32::from_rgb(0xe8, 0xea, 0xef),
    text_secondary: Color32::from_rgb(0xa4, 0xab, 0xb9),
    accent: Color32::from_rgb(0xb4, 0xa4, 0xff),
    accent_fill: Color32::from_rgb(0x6a, 0x53, 0xd6),
    accent_fill_hovered: Color32::from_rgb(0x75, 0x5f, 0xde),
    text_on_fill: Color32::from_rgb(0xff, 0xff, 0xff),
    our_bubble: Color32::from_rgb(0x3b, 0x35, 0x72),
    our_text: Color32::from_rgb(0xf1, 0xef, 0xff),
    our_meta: Color32::from_rgb(0xc6, 0xc0, 0xf0),
    their_bubble: Color32::from_rgb(0x24, 0x28, 0x31),
    danger_fill: Color32::from_rgb(0xb5, 0x36, 0x2e),
    danger_fill_hovered: Color32::from_rgb(0xc2, 0x41, 0x38),
    danger: Color32::from_rgb(0xff, 0x93, 0x8a),
    warning: Color32::from_rgb(0xf0, 0xb8, 0x54),
    good: Color32::from_rgb(0x4c, 0xc3, 0x8a),
    good_text: Color32::from_rgb(0x6a, 0xd6, 0xa2),
    backdrop: Color32::from_black_alpha(150),
    text_selection: Color32::from_rgb(0x5a, 0x50, 0xa8),
    our_link: Color32::from_rgb(0xd2, 0xc8, 0xff),
    code: Color32::from_rgba_premultiplied(0x08, 0x09, 0x0b, 0x60),
    quote: Color32::from_rgba_premultiplied(0x0a, 0x0a, 0x0d, 0x46),
    quote_hovered: Color32::from_rgba_premultiplied(0x0a, 0x0a, 0x0d, 0x70),
    quote_bar: Color32::from_rgb(0x9b, 0x88, 0xff),
    search_match: Color32::from_rgb(0x80, 0x5c, 0x10),
};

static LIGHT: Palette = Palette {
    window: Color32::from_rgb(0xff, 0xff, 0xff),
    sidebar: Color32::from_rgb(0xf5, 0xf5, 0xf8),
    field: Color32::from_rgb(0xe9, 0xe9, 0xef),
    hovered: Color32::from_rgb(0xeb, 0xeb, 0xf1),
    selected: Color32::from_rgb(0xe1, 0xde, 0xfa),
    line: Color32::from_rgb(0xdf, 0xe0, 0xe7),
    text: Color32::from_rgb(0x1b, 0x1d, 0x23),
    text_secondary: Color32::from_rgb(0x58, 0x5e, 0x6b),
    accent: Color32::from_rgb(0x56, 0x40, 0xc2),
    accent_fill: Color32::from_rgb(0x5a, 0x43, 0xc7),
    accent_fill_hovered: Color32::from_rgb(0x4d, 0x37, 0xb4),
    text_on_fill: Color32::from_rgb(0xff, 0xff, 0xff),
    our_bubble: Color32::from_rgb(0xe2, 0xde, 0xff),
    our_text: Color32::from_rgb(0x1e, 0x1a, 0x3d),
    our_meta: Color32::from_rgb(0x52, 0x4b, 0x85),
    their_bubble: Color32::from_rgb(0xee, 0xef, 0xf3),
    danger_fill: Color32::from_rgb(0xb3, 0x2d, 0x25),
    danger_fill_hovered: Color32::from_rgb(0x9d, 0x22, 0x1b),
    danger: Color32::from_rgb(0xaf, 0x24, 0x1c),
    warning: Color32::from_rgb(0x85, 0x55, 0x00),
    good: Color32::from_rgb(0x18, 0x7a, 0x4a),
    good_text: Color32::from_rgb(0x13, 0x69, 0x3f),
    backdrop: Color32::from_black_alpha(90),
    text_selection: Color32::from_rgb(0xb9, 0xb0, 0xff),
    our_link: Color32::from_rgb(0x47, 0x30, 0xb0),
    code: Color32::from_rgba_premultiplied(0xa8, 0xa8, 0xab, 0xb4),
    quote: Color32::from_rgba_premultiplied(0x78, 0x78, 0x7c, 0x80),
    quote_hovered: Color32::from_rgba_premultiplied(0xa0, 0xa0, 0xa4, 0xb0),
    quote_bar: Color32::from_rgb(0x7a, 0x64, 0xe6),
    search_match: Color32::from_rgb(0xff, 0xd9, 0x66),
};

/// Grounds of avatars, the same in both themes; [`Palette::text_on_fill`] stands on them.
pub(crate) const AVATARS: [Color32; 8] = [
    Color32::from_rgb(0x4c, 0x5c, 0xc0),
    Color32::from_rgb(0x7b, 0x4f, 0xbd),
    Color32::from_rgb(0xa5, 0x40, 0x7d),
    Color32::from_rgb(0xaa, 0x48, 0x3a),
    Color32::from_rgb(0x86, 0x60, 0x1c),
    Color32::from_rgb(0x45, 0x78, 0x3c),
    Color32::from_rgb(0x1f, 0x77, 0x75),
    Color32::from_rgb(0x30, 0x6c, 0xa3),
];

/// The family of the heavier weight.
pub(crate) const SEMIBOLD: &str = "semibold";

/// What a text is for; decides its size and weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextRole {
    /// The title of a page.
    Title,
    /// The title of a part, and the name above a conversation.
    Heading,
    /// A name in a list.
    Name,
    /// Everything else.
    Body,
    /// Messages.
    Message,
    /// Times, states, hints.
    Small,
    /// A name or a day among small texts.
    SmallName,
    /// A number in a badge.
    Badge,
}

impl TextRole {
    /// The font.
    pub(crate) fn font(self) -> FontId {
        let (size_points, is_semibold) = match self {
            Self::Title => (24.0, true),
            Self::Heading => (15.5, true),
            Self::Name => (14.0, true),
            Self::Body => (14.0, false),
            Self::Message => (14.5, false),
            Self::Small => (12.5, false),
            Self::SmallName => (12.5, true),
            Self::Badge => (11.5, true),
        };
        let family = if is_semibold {
            FontFamily::Name(SEMIBOLD.into())
        } else {
            FontFamily::Proportional
        };
        FontId::new(size_points, family)
    }

    /// The distance from line to line, in points.
    pub(crate) const fn line_height_points(self) -> f32 {
        match self {
            Self::Title => 31.0,
            Self::Heading | Self::Message => 20.0,
            Self::Name | Self::Body => 19.0,
            Self::Small | Self::SmallName => 17.0,
            Self::Badge => 15.0,
        }
    }
}

/// Room inside of frames, in points.
pub(crate) mod margin {
    use egui::Margin;

    /// A card in the list of contacts.
    pub(crate) const CARD: Margin = Margin::same(12);
    /// A dialog.
    pub(crate) const DIALOG: Margin = Margin::same(20);
    /// What opens above the shield, inside of its frame.
    pub(crate) const PANEL: Margin = Margin::same(8);
    /// A menu.
    pub(crate) const MENU: Margin = Margin::same(6);
    /// A field of one line.
    pub(crate) const FIELD: Margin = Margin::symmetric(10, 7);
    /// A field for a secret, with a button at its end.
    pub(crate) const SECRET_FIELD: Margin = Margin {
        left: 10,
        right: 36,
        top: 7,
        bottom: 7,
    };
    /// A field of several lines.
    pub(crate) const LARGE_FIELD: Margin = Margin::same(12);
    /// The field that filters contacts.
    pub(crate) const SEARCH: Margin = Margin::symmetric(10, 6);
    /// A line below the header of a conversation.
    pub(crate) const BANNER: Margin = Margin::symmetric(20, 8);
    /// A notice.
    pub(crate) const NOTICE: Margin = Margin::symmetric(14, 8);
    /// Around the notices.
    pub(crate) const AROUND_NOTICES: Margin = Margin {
        left: 20,
        right: 20,
        top: 8,
        bottom: 8,
    };
    /// What stands above the list of contacts.
    pub(crate) const ABOVE_LIST: Margin = Margin {
        left: 12,
        right: 12,
        top: 0,
        bottom: 8,
    };
    /// The list of contacts.
    pub(crate) const LIST: Margin = Margin::symmetric(8, 0);
    /// Around a request in the list.
    pub(crate) const AROUND_REQUEST: Margin = Margin {
        left: 4,
        right: 4,
        top: 0,
        bottom: 4,
    };
    /// Around the field where messages are written.
    pub(crate) const AROUND_COMPOSER: Margin = Margin {
        left: 20,
        right: 20,
        top: 4,
        bottom: 16,
    };
    /// The field where messages are written.
    pub(crate) const COMPOSER: Margin = Margin {
        left: 14,
        right: 6,
        top: 5,
        bottom: 5,
    };
    /// Its text: one line stands in the middle of the button's height.
    pub(crate) const COMPOSER_TEXT: Margin = Margin::symmetric(0, 6);
}

/// Sizes and distances, in points. Distances come from a grid of 4.
pub(crate) mod size {
    use egui::Vec2;

    /// A switch.
    pub(crate) const SWITCH: Vec2 = Vec2::new(36.0, 20.0);
    /// The least height of a row on a card.
    pub(crate) const ROW_MIN: f32 = 44.0;
    /// A page of settings or of one contact.
    pub(crate) const COLUMN_WIDTH: f32 = 600.0;
    pub(crate) const AVATAR_LARGE: f32 = 96.0;
    /// A QR code beside other things, and alone.
    pub(crate) const QR: f32 = 220.0;
    pub(crate) const QR_LARGE: f32 = 320.0;
    /// The dialog in which a conversation is switched to.
    pub(crate) const SWITCHER_WIDTH: f32 = 460.0;
    pub(crate) const SWITCHER_ROW: f32 = 44.0;
    pub(crate) const GAP_TINY: f32 = 4.0;
    /// Between lines of a menu.
    pub(crate) const GAP_MENU: f32 = 2.0;
    /// Between lines of a card.
    pub(crate) const GAP_LINE: f32 = 6.0;
    pub(crate) const GAP_SMALL: f32 = 8.0;

    pub(crate) const GAP: f32 = 12.0;
    pub(crate) const GAP_LARGE: f32 = 16.0;
    pub(crate) const GAP_PAGE: f32 = 32.0;

    pub(crate) const RADIUS_SMALL: u8 = 6;
    pub(crate) const RADIUS: u8 = 8;
    pub(crate) const RADIUS_LARGE: u8 = 12;
    pub(crate) const RADIUS_BUBBLE: u8 = 14;
    pub(crate) const RADIUS_BUBBLE_JOINED: u8 = 5;

    pub(crate) const LINE: f32 = 1.0;
    pub(crate) const FOCUS_RING: f32 = 2.0;
    pub(crate) const ICON: f32 = 18.0;
    pub(crate) const ICON_STROKE: f32 = 1.6;

    pub(crate) const BUTTON_HEIGHT: f32 = 32.0;
    pub(crate) const BUTTON_LARGE_HEIGHT: f32 = 40.0;
    pub(crate) const ICON_BUTTON: f32 = 32.0;
    pub(crate) const AVATAR: f32 = 40.0;
    pub(crate) const AVATAR_SMALL: f32 = 36.0;
    pub(crate) const PRESENCE_MARK: f32 = 11.0;
    pub(crate) const BADGE: f32 = 19.0;
    pub(crate) const STATE_DOT: f32 = 8.0;
    /// Width of a mark that is only an outline, and of the gap around the mark on an avatar.
    pub(crate) const MARK_RING: f32 = 2.0;
    pub(crate) const BADGE_PADDING: f32 = 12.0;
    pub(crate) const CARET: f32 = 2.0;
    pub(crate) const PROGRESS_BAR: f32 = 4.0;

    /// The list of the parts of the settings.
    pub(crate) const SETTINGS_LIST: f32 = 284.0;
    pub(crate) const SIDEBAR_DEFAULT: f32 = 328.0;
    pub(crate) const SIDEBAR_MIN: f32 = 248.0;
    pub(crate) const SIDEBAR_MAX: f32 = 440.0;
    /// A window narrower than this shows the list or the conversation, not both.
    pub(crate) const ONE_PANE_BELOW: f32 = 640.0;
    pub(crate) const HEADER: f32 = 60.0;
    pub(crate) const CONTACT_ROW: f32 = 60.0;
    /// A mark behind a name in the list.
    pub(crate) const ROW_MARK: f32 = 13.0;
    /// The name of a group in the list.
    pub(crate) const LIST_HEADER: f32 = 30.0;
    /// From the edge of the sidebar to our avatar, whose middle is that of the list's avatars.
    pub(crate) const OURSELVES_INSET: f32 = 18.0;
    /// Height of a name and the line below it.
    pub(crate) const TWO_LINES: f32 = 40.0;
    /// What a name keeps in a header, whatever stands beside it.
    pub(crate) const NAME_MIN: f32 = 80.0;

    /// The column of messages is no wider than this, so that lines stay readable.
    pub(crate) const MESSAGES_MAX: f32 = 840.0;
    pub(crate) const MESSAGES_MARGIN: f32 = 20.0;
    /// A message takes at most this part of the column.
    pub(crate) const BUBBLE_MAX_FRACTION: f32 = 0.76;
    pub(crate) const BUBBLE_MAX: f32 = 560.0;
    pub(crate) const BUBBLE_MIN: f32 = 120.0;
    pub(crate) const SHOW_ALL_WIDTH: f32 = 110.0;

    pub(crate) const BUBBLE_PADDING_X: f32 = 12.0;
    pub(crate) const BUBBLE_PADDING_Y: f32 = 7.0;
    pub(crate) const GROUP_GAP: f32 = 2.0;
    pub(crate) const MESSAGE_GAP: f32 = 10.0;
    pub(crate) const SEPARATOR_HEIGHT: f32 = 44.0;
    pub(crate) const FAILURE_BUTTON_HEIGHT: f32 = 28.0;
    pub(crate) const MARK: f32 = 16.0;
    /// Lifts the smaller time onto the line of the text.
    pub(crate) const META_RAISE: f32 = 1.0;
    pub(crate) const EMBLEM: f32 = 52.0;

    /// How far a quotation moves to the right, and the bar before it.
    pub(crate) const QUOTE_INDENT: f32 = 12.0;
    pub(crate) const QUOTE_BAR: f32 = 3.0;
    pub(crate) const QUOTE_PADDING: f32 = 10.0;
    /// A name and a line, with room around them.
    pub(crate) const REPLY_HEIGHT: f32 = 42.0;
    pub(crate) const CODE_PADDING: f32 = 8.0;
    /// The size of the letters of emoji that stand alone.
    pub(crate) const LARGE_EMOJI: f32 = 40.0;
    /// A reaction under a message, which it overlaps.
    pub(crate) const CHIP: f32 = 24.0;
    pub(crate) const CHIP_PADDING: f32 = 14.0;
    pub(crate) const CHIP_OVERLAP: f32 = 6.0;
    pub(crate) const TIMER: f32 = 12.0;
    /// The mark of a message that is encrypted.
    pub(crate) const LOCK: f32 = 12.0;
    /// What opens above the shield.
    pub(crate) const SHIELD_PANEL: f32 = 400.0;
    /// What the panel leaves free of the window's height for what stands around its choices.
    pub(crate) const SHIELD_PANEL_AROUND: f32 = 334.0;
    /// What it says in addition about messages that could not be read.
    pub(crate) const SHIELD_PANEL_RENEW: f32 = 116.0;
    /// The part of the window's height that devices to decide about take at most.
    pub(crate) const UNDECIDED_MAX_FRACTION: f32 = 0.36;
    /// Letters of a fingerprint, in a list and to compare it.
    pub(crate) const FINGERPRINT_FONT: f32 = 13.0;
    pub(crate) const FINGERPRINT_FONT_LARGE: f32 = 18.0;
    /// The mark of a message that can be selected, and the room that it takes.
    pub(crate) const CHECK: f32 = 20.0;
    pub(crate) const CHECK_INDENT: f32 = 32.0;
    pub(crate) const JUMP_BUTTON: f32 = 40.0;
    pub(crate) const SCROLL_BAR: f32 = 10.0;
    pub(crate) const SCROLL_BAR_THIN: f32 = 4.0;
    pub(crate) const SCROLL_HANDLE_MIN: f32 = 36.0;
    /// The emoji picker.
    pub(crate) const EMOJI_CELL: f32 = 36.0;
    pub(crate) const EMOJI_FONT: f32 = 21.0;
    pub(crate) const EMOJI_TAB: f32 = 32.0;
    pub(crate) const EMOJI_TAB_FONT: f32 = 16.0;
    pub(crate) const EMOJI_TONE: f32 = 24.0;
    pub(crate) const EMOJI_ROWS: f32 = 7.0;
    /// A day in the calendar.
    pub(crate) const CALENDAR_CELL: f32 = 36.0;
    /// The bar that finds words in the conversation.
    pub(crate) const FIND_BAR: f32 = 44.0;
    /// What a draft answers or corrects, above the field.
    pub(crate) const REPLY_BAR: f32 = 44.0;

    pub(crate) const COMPOSER_MAX_ROWS: f32 = 7.0;
    pub(crate) const PAGE_WIDTH: f32 = 460.0;
    /// Where the content of a page begins: this part of the height, up to a limit.
    pub(crate) const PAGE_TOP_FRACTION: f32 = 0.12;
    pub(crate) const PAGE_TOP_MAX: f32 = 120.0;
    /// The eye's middle is a little above the measured one.
    pub(crate) const EMPTY_TOP_FRACTION: f32 = 0.34;
    pub(crate) const PHRASE_PAGE_WIDTH: f32 = 620.0;
    /// A narrower page shows the words in two columns.
    pub(crate) const FOUR_COLUMNS_FROM: f32 = 420.0;
    pub(crate) const WORD_HEIGHT: f32 = 36.0;
    /// Room for the number before a word.
    pub(crate) const WORD_NUMBER: f32 = 28.0;
    pub(crate) const DIALOG_WIDTH: f32 = 400.0;
    pub(crate) const SHEET_WIDTH: f32 = 500.0;
    /// A sheet in two columns, and the space between them.
    pub(crate) const SHEET_WIDE: f32 = 860.0;
    pub(crate) const SHEET_BETWEEN: f32 = 40.0;
    /// The narrowest sheet in which two columns have room.
    pub(crate) const TWO_COLUMNS_FROM: f32 = 780.0;
    /// What a sheet leaves free of the window's height, with its title and buttons.
    pub(crate) const SHEET_AROUND: f32 = 220.0;
    /// What stands around our code while two people compare theirs.
    pub(crate) const MEETING_AROUND: f32 = 320.0;
    /// What stands around what the camera sees.
    pub(crate) const CAMERA_AROUND: f32 = 300.0;
    /// The same of a form.
    pub(crate) const FORM_AROUND: f32 = 160.0;
    /// A line more of buttons below an invite.
    pub(crate) const INVITE_BUTTONS: f32 = 80.0;
    /// What stands above and below the code of an invite.
    pub(crate) const INVITE_AROUND: f32 = 320.0;
    pub(crate) const NOTICE_WIDTH: f32 = 520.0;
    pub(crate) const MENU_WIDTH: f32 = 208.0;
    pub(crate) const TOOLTIP_WIDTH: f32 = 440.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [(&str, &Palette); 2] = [("dark", &DARK), ("light", &LIGHT)];

    /// Relative luminance (WCAG 2.2).
    fn luminance(color: Color32) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// A colour that is drawn over another one.
    fn over_ground(color: Color32, ground: Color32) -> Color32 {
        ground.blend(color)
    }

    /// Every pair of text and ground, with the place where it is used.
    fn text_pairs(p: &Palette) -> Vec<(&'static str, Color32, Color32)> {
        let mut pairs = vec![
            ("main button", p.text_on_fill, p.accent_fill),
            (
                "main button, hovered",
                p.text_on_fill,
                p.accent_fill_hovered,
            ),
            ("danger button", p.text_on_fill, p.danger_fill),
            (
                "danger button, hovered",
                p.text_on_fill,
                p.danger_fill_hovered,
            ),
            ("our message", p.our_text, p.our_bubble),
            ("our message, selected", p.our_text, p.text_selection),
            ("our time", p.our_meta, p.our_bubble),
            ("not encrypted, ours", p.warning, p.our_bubble),
            ("not encrypted, theirs", p.warning, p.their_bubble),
            ("our failed time", p.danger, p.their_bubble),
            ("their message", p.text, p.their_bubble),
            ("their message, selected", p.text, p.text_selection),
            ("their time", p.text_secondary, p.their_bubble),
            ("more of our message", p.our_meta, p.our_bubble),
            ("more of their message", p.accent, p.their_bubble),
            ("link of ours", p.our_link, p.our_bubble),
            ("searched in ours", p.our_text, p.search_match),
            ("searched in theirs", p.text, p.search_match),
        ];
        for (ground, over) in [(p.their_bubble, p.text), (p.our_bubble, p.our_text)] {
            pairs.push(("code", over, over_ground(p.code, ground)));
        }
        for quote in [p.quote, p.quote_hovered] {
            let (theirs, ours) = (
                over_ground(quote, p.their_bubble),
                over_ground(quote, p.our_bubble),
            );
            pairs.push(("quoted in theirs", p.text_secondary, theirs));
            pairs.push(("quoted name in theirs", p.accent, theirs));
            pairs.push(("quoted in ours", p.our_meta, ours));
            pairs.push(("quoted name in ours", p.our_link, ours));
        }
        for ground in [p.window, p.sidebar, p.field, p.hovered, p.selected, p.line] {
            pairs.push(("text", p.text, ground));
            pairs.push(("secondary text", p.text_secondary, ground));
            pairs.push(("accent text", p.accent, ground));
            pairs.push(("danger text", p.danger, ground));
        }
        for ground in [p.window, p.sidebar, p.field] {
            pairs.push(("warning text", p.warning, ground));
            pairs.push(("text about what is well", p.good_text, ground));
        }
        for ground in AVATARS {
            pairs.push(("initials", p.text_on_fill, ground));
        }
        pairs
    }

    /// Marks that carry meaning without being text.
    fn mark_pairs(p: &Palette) -> Vec<(&'static str, Color32, Color32)> {
        let mut pairs = vec![("progress", p.accent, p.field)];
        for ground in [p.window, p.sidebar, p.hovered, p.selected] {
            pairs.push(("available", p.good, ground));
            pairs.push(("away", p.warning, ground));
            pairs.push(("busy", p.danger, ground));
            pairs.push(("offline", p.text_secondary, ground));
            pairs.push(("focus ring", p.accent, ground));
        }
        pairs
    }

    #[test]
    fn text_can_be_read() {
        for (theme, palette) in THEMES {
            for (what, text, ground) in text_pairs(palette) {
                let ratio = contrast(text, ground);
                assert!(
                    ratio >= 4.5,
                    "{theme}: {what} {text:?} on {ground:?}: {ratio:.2}"
                );
            }
        }
    }

    #[test]
    fn marks_can_be_seen() {
        for (theme, palette) in THEMES {
            for (what, mark, ground) in mark_pairs(palette) {
                let ratio = contrast(mark, ground);
                assert!(
                    ratio >= 3.0,
                    "{theme}: {what} {mark:?} on {ground:?}: {ratio:.2}"
                );
            }
        }
    }

    #[test]
    fn the_contrast_of_known_colours() {
        let black_on_white = contrast(Color32::BLACK, Color32::WHITE);
        assert!((black_on_white - 21.0).abs() < 0.01, "{black_on_white}");
        // A pair that WebAIM lists as just enough.
        let grey = contrast(Color32::from_rgb(0x76, 0x76, 0x76), Color32::WHITE);
        assert!((grey - 4.54).abs() < 0.01, "{grey}");
    }
}
