//! Every text that the window says itself, in the user's language.
//!
//! Texts are in `i18n/<language>/<screen>.ftl` (Fluent) and are built into the program. A draw
//! function asks with [`tr`] or, for a text with blanks to fill, [`tr_with`]; a function that only
//! makes texts takes a [`Words`]. The language is in egui's memory, so that it needs no parameter.

mod claims;
mod person;
mod protection;
mod reason;
mod state;
mod time;
mod ways;

use std::sync::LazyLock;

use egui::{Context, Id, Ui};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::app_model::Language;

pub(crate) use protection::{short_key, version};
pub(crate) use time::Clock;

/// What fills a blank in a text: made with `.into()` from a text or a number. Texts that others
/// wrote go through [`crate::text::plain`] first.
pub(crate) type Blank<'a> = (&'a str, FluentValue<'a>);

type Bundle = FluentBundle<FluentResource>;

/// The texts of one language.
macro_rules! files {
    ($language:literal) => {
        &[
            include_str!(concat!("../i18n/", $language, "/time.ftl")),
            include_str!(concat!("../i18n/", $language, "/states.ftl")),
            include_str!(concat!("../i18n/", $language, "/conversation.ftl")),
            include_str!(concat!("../i18n/", $language, "/welcome.ftl")),
            include_str!(concat!("../i18n/", $language, "/connection.ftl")),
            include_str!(concat!("../i18n/", $language, "/contacts.ftl")),
            include_str!(concat!("../i18n/", $language, "/contact.ftl")),
            include_str!(concat!("../i18n/", $language, "/invites.ftl")),
            include_str!(concat!("../i18n/", $language, "/camera.ftl")),
            include_str!(concat!("../i18n/", $language, "/protection.ftl")),
            include_str!(concat!("../i18n/", $language, "/person.ftl")),
            include_str!(concat!("../i18n/", $language, "/our_end.ftl")),
            include_str!(concat!("../i18n/", $language, "/settings.ftl")),
            include_str!(concat!("../i18n/", $language, "/dialogs.ftl")),
            include_str!(concat!("../i18n/", $language, "/outside.ftl")),
        ]
    };
}

const ENGLISH_FILES: &[&str] = files!("en");
const GERMAN_FILES: &[&str] = files!("de");

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle("en", ENGLISH_FILES));
static GERMAN: LazyLock<Bundle> = LazyLock::new(|| bundle("de", GERMAN_FILES));

/// The texts of the language that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    language: Language,
}

impl Words {
    /// The texts of a language.
    pub(crate) fn new(language: Language) -> Self {
        Self { language }
    }

    /// The texts of the language that is chosen in this window.
    pub(crate) fn of(ui: &Ui) -> Self {
        Self::of_context(ui.ctx())
    }

    /// The texts of the language that is chosen in this window.
    pub(crate) fn of_context(ctx: &Context) -> Self {
        let language = ctx.data(|data| data.get_temp(memory_id()));
        Self::new(language.unwrap_or_default())
    }

    /// The language.
    pub(crate) fn language(self) -> Language {
        self.language
    }

    /// A text without blanks.
    pub(crate) fn get(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A text with blanks to fill.
    pub(crate) fn with(self, key: &str, blanks: &[Blank<'_>]) -> String {
        let bundle = match self.language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        };
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        // A test refuses a key that is missing; a person sees at least what was meant.
        let Some(pattern) = pattern else {
            return key.to_owned();
        };
        let blanks: FluentArgs<'_> = blanks
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect();
        let mut faults = Vec::new();
        bundle
            .format_pattern(pattern, Some(&blanks), &mut faults)
            .into_owned()
    }
}

/// A text of the window without blanks.
pub(crate) fn tr(ui: &Ui, key: &str) -> String {
    Words::of(ui).get(key)
}

/// A text of the window with blanks to fill.
pub(crate) fn tr_with(ui: &Ui, key: &str, blanks: &[Blank<'_>]) -> String {
    Words::of(ui).with(key, blanks)
}

/// Shows the window in a language from now on.
pub(crate) fn choose(ctx: &Context, language: Language) {
    ctx.data_mut(|data| data.insert_temp(memory_id(), language));
}

fn memory_id() -> Id {
    Id::unique("language of the window")
}

fn bundle(language: &str, files: &[&str]) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.parse().unwrap_or_default()]);
    // The marks that Fluent puts around blanks would be drawn as boxes; names in our blanks hold
    // no characters that turn the direction of a text.
    bundle.set_use_isolating(false);
    for file in files {
        // What can be read is used; a test refuses a file with a mistake.
        let resource = match FluentResource::try_new((*file).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;
