//! What a client asks of its archive.

use jid::Jid;
use onym_identity::Timestamp;
use onym_stream::{Element, ns};

use super::{ArchiveId, ArchiveQuery, PageEnd, PageQuery};
use crate::limits;
use crate::result_set::{PagePlace, ResultSet};
use crate::stanza::{Build, Condition};

/// An IQ about an archive, from its owner.
#[derive(Debug, PartialEq)]
pub(crate) enum ArchiveRequest {
    /// Which fields a query may have (§4.1.6).
    Form,
    /// What is archived (XEP-0441).
    Preferences,
    /// The ends of the archive (§5).
    Metadata,
    /// Messages (§4).
    Messages(Box<MessagesRequest>),
}

/// A query for messages.
#[derive(Debug, PartialEq)]
pub(crate) struct MessagesRequest {
    pub(crate) query: ArchiveQuery,
    /// By which the client recognises the results.
    pub(crate) query_id: Option<String>,
    /// Whether the page is sent newest first (§4.3.2).
    pub(crate) flip: bool,
    /// Whether every message of the archive matches, so that their count is known.
    pub(crate) matches_all: bool,
}

impl ArchiveRequest {
    /// Reads the payload of an IQ of this type.
    pub(crate) fn parse(kind: &str, payload: &Element) -> Result<Self, Condition> {
        match (kind, payload.name()) {
            ("get", "query") => Ok(Self::Form),
            ("get", "metadata") => Ok(Self::Metadata),
            ("get", "prefs") => Ok(Self::Preferences),
            // Everything is archived, and the sender of a message may ask for something else
            // (XEP-0334); a client that asks for no more than that gets it.
            ("set", "prefs") if payload.attr("default") == Some("always") => Ok(Self::Preferences),
            ("set", "prefs") => Err(Condition::FeatureNotImplemented),
            ("set", "query") => {
                MessagesRequest::parse(payload).map(|request| Self::Messages(Box::new(request)))
            }
            _ => Err(Condition::BadRequest),
        }
    }
}

/// The fields of a query's form.
#[derive(Debug, Default)]
struct Filter {
    with: Option<Jid>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    after: Option<ArchiveId>,
    before: Option<ArchiveId>,
    ids: Option<Vec<ArchiveId>>,
}

impl MessagesRequest {
    fn parse(query: &Element) -> Result<Self, Condition> {
        // §8: for the archives of PEP nodes (XEP-0442), which this server does not have.
        if query.attr("node").is_some() {
            return Err(Condition::FeatureNotImplemented);
        }
        let filter = match query.get_child("x", ns::DATA_FORMS) {
            Some(form) => Filter::parse(form)?,
            None => Filter::default(),
        };
        let set = ResultSet::of(query)?;
        let matches_all = matches!(
            filter,
            Filter {
                with: None,
                start: None,
                end: None,
                after: None,
                before: None,
                ids: None
            }
        );
        Ok(Self {
            query: filter.into_query(&set)?,
            query_id: query.attr("queryid").map(str::to_owned),
            flip: query.has_child("flip-page", ns::ARCHIVE),
            matches_all,
        })
    }
}

impl Filter {
    fn parse(form: &Element) -> Result<Self, Condition> {
        let mut filter = Self::default();
        let fields = form.children().filter(|c| c.is("field", ns::DATA_FORMS));
        for field in fields {
            let name = field.attr("var").unwrap_or_default();
            let mut values = field.children().filter(|c| c.is("value", ns::DATA_FORMS));
            if name == "ids" {
                filter.ids = Some(ids(values)?);
                continue;
            }
            let value = values.next().map(Element::text).unwrap_or_default();
            if values.next().is_some() {
                return Err(Condition::BadRequest);
            }
            let time = || value.parse().map_err(|_| Condition::BadRequest);
            match name {
                "FORM_TYPE" if value == ns::ARCHIVE => {}
                "FORM_TYPE" => return Err(Condition::BadRequest),
                "with" => filter.with = Some(jid(&value)?),
                "start" => filter.start = Some(time()?),
                "end" => filter.end = Some(time()?),
                "after-id" => filter.after = Some(id(&value)?),
                "before-id" => filter.before = Some(id(&value)?),
                // §4.1.6: "the server MUST respond with a 'feature-not-implemented' error".
                _ => return Err(Condition::FeatureNotImplemented),
            }
        }
        Ok(filter)
    }

    fn into_query(self, set: &ResultSet) -> Result<ArchiveQuery, Condition> {
        let Self {
            with,
            start,
            end,
            mut after,
            mut before,
            ids,
        } = self;
        if let Some(ids) = ids {
            // What the client names it need not search for; nothing is said about doing both.
            let searched = with.is_some() || start.is_some() || end.is_some();
            if searched || after.is_some() || before.is_some() {
                return Err(Condition::FeatureNotImplemented);
            }
            return Ok(ArchiveQuery::Ids(ids));
        }
        let mut known: Vec<_> = after.into_iter().chain(before).collect();
        let from = match &set.place {
            PagePlace::First | PagePlace::After(_) => PageEnd::Oldest,
            PagePlace::Before(_) | PagePlace::Last => PageEnd::Newest,
        };
        // The page's place narrows what the form allows, and never widens it.
        if let PagePlace::After(text) = &set.place {
            let place = id(text)?;
            known.push(place);
            after = after.max(Some(place));
        }
        if let PagePlace::Before(text) = &set.place {
            let place = id(text)?;
            known.push(place);
            before = Some(before.map_or(place, |before| before.min(place)));
        }
        let max = set.max.unwrap_or(limits::MAX_ARCHIVE_PAGE_MESSAGES);
        Ok(ArchiveQuery::Page(PageQuery {
            with,
            start,
            end,
            after,
            before,
            known,
            from,
            max: max.min(limits::MAX_ARCHIVE_PAGE_MESSAGES),
        }))
    }
}

fn jid(text: &str) -> Result<Jid, Condition> {
    Jid::new(text).map_err(|_| Condition::JidMalformed)
}

/// §4.1.5 and §4.3.1: what is not in the archive is not found, and neither is what cannot be.
fn id(text: &str) -> Result<ArchiveId, Condition> {
    text.parse().map_err(|_| Condition::ItemNotFound)
}

fn ids<'a>(values: impl Iterator<Item = &'a Element>) -> Result<Vec<ArchiveId>, Condition> {
    let mut ids = Vec::new();
    for value in values {
        if ids.len() == limits::MAX_ARCHIVE_PAGE_MESSAGES {
            return Err(Condition::NotAcceptable);
        }
        ids.push(id(&value.text())?);
    }
    Ok(ids)
}

/// The fields of a query (§4.1.6).
pub(crate) fn form() -> Element {
    let mut form = Element::bare("x", ns::DATA_FORMS);
    form.set("type", "form");
    let mut form_type = field("FORM_TYPE", "hidden");
    let mut value = Element::bare("value", ns::DATA_FORMS);
    value.append_text(ns::ARCHIVE);
    form_type.append_child(value);
    form.append_child(form_type);
    for (name, kind) in [
        ("with", "jid-single"),
        ("start", "text-single"),
        ("end", "text-single"),
        ("before-id", "text-single"),
        ("after-id", "text-single"),
    ] {
        form.append_child(field(name, kind));
    }
    let mut ids = field("ids", "list-multi");
    let mut validate = Element::bare("validate", ns::FORM_VALIDATION);
    validate.set("datatype", "xs:string");
    validate.append_child(Element::bare("open", ns::FORM_VALIDATION));
    ids.append_child(validate);
    form.append_child(ids);
    let mut query = Element::bare("query", ns::ARCHIVE);
    query.append_child(form);
    query
}

fn field(name: &str, kind: &str) -> Element {
    let mut field = Element::bare("field", ns::DATA_FORMS);
    field.set("var", name);
    field.set("type", kind);
    field
}

/// XEP-0441: everything is archived, whoever it is with.
pub(crate) fn preferences() -> Element {
    let mut preferences = Element::bare("prefs", ns::ARCHIVE);
    preferences.set("default", "always");
    for list in ["always", "never"] {
        preferences.append_child(Element::bare(list, ns::ARCHIVE));
    }
    preferences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &[(&str, &[&str])], set: &str) -> Result<MessagesRequest, Condition> {
        let mut form = String::from("<field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>");
        for (name, values) in fields {
            let values: String = values
                .iter()
                .map(|v| format!("<value>{v}</value>"))
                .collect();
            form.push_str(&format!("<field var='{name}'>{values}</field>"));
        }
        let xml = format!(
            "<query xmlns='urn:xmpp:mam:2' queryid='q'><x xmlns='jabber:x:data' type='submit'>\
             {form}</x><set xmlns='{}'>{set}</set></query>",
            ns::RSM
        );
        MessagesRequest::parse(&xml.parse().unwrap())
    }

    fn page(request: Result<MessagesRequest, Condition>) -> PageQuery {
        match request.unwrap().query {
            ArchiveQuery::Page(page) => page,
            other => panic!("{other:?} is no page"),
        }
    }

    fn number(n: u8) -> ArchiveId {
        ArchiveId::from_bytes([n; 16])
    }

    #[test]
    fn the_page_lies_within_what_the_form_allows() {
        let [one, two, three] = [1, 2, 3].map(|n| number(n).to_string());
        for (fields, set, after, before, from) in [
            (
                ("after-id", &one),
                format!("<after>{two}</after>"),
                Some(2),
                None,
                PageEnd::Oldest,
            ),
            (
                ("after-id", &two),
                format!("<after>{one}</after>"),
                Some(2),
                None,
                PageEnd::Oldest,
            ),
            (
                ("after-id", &one),
                "<before/>".to_owned(),
                Some(1),
                None,
                PageEnd::Newest,
            ),
            (
                ("before-id", &three),
                format!("<before>{two}</before>"),
                None,
                Some(2),
                PageEnd::Newest,
            ),
            (
                ("before-id", &two),
                format!("<before>{three}</before>"),
                None,
                Some(2),
                PageEnd::Newest,
            ),
            (
                ("before-id", &three),
                format!("<after>{one}</after>"),
                Some(1),
                Some(3),
                PageEnd::Oldest,
            ),
        ] {
            let query = page(parse(&[(fields.0, &[fields.1])], &set));
            let expected = (after.map(number), before.map(number), from);
            assert_eq!(
                (query.after, query.before, query.from),
                expected,
                "{fields:?} {set}"
            );
            let named = 1 + usize::from(set != "<before/>");
            assert_eq!(
                query.known.len(),
                named,
                "each id that is named must be there"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let many: Vec<_> = (0..=100).map(|n| number(n).to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        for (name, values, condition) in [
            ("start", &["yesterday"][..], Condition::BadRequest),
            ("end", &[""], Condition::BadRequest),
            (
                "end",
                &["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
                Condition::BadRequest,
            ),
            ("with", &["@"], Condition::JidMalformed),
            ("after-id", &["x"], Condition::ItemNotFound),
            ("ids", &["x"], Condition::ItemNotFound),
            ("ids", &many, Condition::NotAcceptable),
            ("FORM_TYPE", &["urn:xmpp:mam:1"], Condition::BadRequest),
            (
                "include-groupchat",
                &["true"],
                Condition::FeatureNotImplemented,
            ),
            ("{urn:x}search", &["x"], Condition::FeatureNotImplemented),
        ] {
            assert_eq!(
                parse(&[(name, values)], ""),
                Err(condition),
                "{name} {values:?}"
            );
        }
        let both = [("with", &["a@b"][..]), ("ids", &[])];
        assert_eq!(parse(&both, ""), Err(Condition::FeatureNotImplemented));
        let place = parse(&[], "<after>never seen</after>");
        assert_eq!(place, Err(Condition::ItemNotFound));
    }

    #[test]
    fn a_page_is_never_longer_than_allowed() {
        assert_eq!(
            page(parse(&[], "<max>1000000</max>")).max,
            limits::MAX_ARCHIVE_PAGE_MESSAGES
        );
        assert_eq!(page(parse(&[], "")).max, limits::MAX_ARCHIVE_PAGE_MESSAGES);
        assert_eq!(page(parse(&[], "<max>7</max>")).max, 7);
        assert!(parse(&[], "").unwrap().matches_all);
        assert!(!parse(&[("with", &["a@b"])], "").unwrap().matches_all);
    }
}
