//! The verification string (XEP-0115 §5).

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use onym_stream::{Element, ns};
use sha1::Digest;

use super::{Capabilities, Interests};
use crate::form::FORM_TYPE;
use crate::limits;

/// Whether an answer has the verification string that the presence announced.
pub(crate) fn verifies(announced: &Capabilities, query: &Element) -> bool {
    let Some(text) = canonical(query) else {
        return false;
    };
    let hash = match announced.hash.as_deref() {
        Some("sha-1") => sha1::Sha1::digest(text.as_bytes()).to_vec(),
        Some("sha-256") => sha2::Sha256::digest(text.as_bytes()).to_vec(),
        // §5.4: what cannot be computed cannot be believed of anybody else.
        _ => return false,
    };
    BASE64.encode(&hash) == announced.ver
}

/// The verification string of an answer of our own, with SHA-1 as everybody has it.
pub(crate) fn verification(query: &Element) -> Option<String> {
    let text = canonical(query)?;
    Some(BASE64.encode(&sha1::Sha1::digest(text.as_bytes())))
}

/// What a client wants to hear of.
pub(crate) fn interests(query: &Element) -> Interests {
    let mut bytes = 0_usize;
    let features = query
        .children()
        .filter(|child| child.is("feature", ns::DISCO_INFO));
    features
        .filter_map(|feature| feature.attr("var")?.strip_suffix("+notify"))
        .take_while(|node| {
            bytes = bytes.saturating_add(node.len());
            bytes <= limits::MAX_INTEREST_BYTES
        })
        .map(str::to_owned)
        .collect()
}

/// §5.1: the string that is hashed; none where §5.4 calls the answer ill-formed.
fn canonical(query: &Element) -> Option<String> {
    let mut identities = BTreeSet::new();
    let mut features = BTreeSet::new();
    let mut forms = BTreeMap::new();
    for child in query.children() {
        if child.is("identity", ns::DISCO_INFO) {
            let lang = child.attr_ns(ns::XML, "lang").unwrap_or_default();
            let identity = (
                part(child.attr("category")?)?,
                part(child.attr("type")?)?,
                part(lang)?,
                part(child.attr("name").unwrap_or_default())?,
            );
            // §5.4 step 3.3
            if !identities.insert(identity) {
                return None;
            }
        } else if child.is("feature", ns::DISCO_INFO) {
            // §5.4 step 3.4
            if !features.insert(part(child.attr("var")?)?) {
                return None;
            }
        } else if child.is("x", ns::DATA_FORMS)
            && let Some((form_type, fields)) = form(child)?
            // §5.4 step 3.5
            && forms.insert(form_type, fields).is_some()
        {
            return None;
        }
    }
    let mut text = String::new();
    for (category, kind, lang, name) in identities {
        text.push_str(&format!("{category}/{kind}/{lang}/{name}<"));
    }
    let mut append = |part: &str| {
        text.push_str(part);
        text.push('<');
    };
    features.into_iter().for_each(&mut append);
    for (form_type, fields) in forms {
        append(&form_type);
        for (var, values) in fields {
            append(&var);
            values.iter().for_each(|value| append(value));
        }
    }
    Some(text)
}

/// A part of the string. One that contains the separator could stand for two others.
fn part(text: &str) -> Option<&str> {
    (!text.contains('<')).then_some(text)
}

type Fields = BTreeMap<String, Vec<String>>;

/// An extension form (XEP-0128): what it is about, and its fields with sorted values. The outer
/// none means ill-formed; the inner one, that the form does not count (§5.4 step 3.6).
#[expect(clippy::option_option, reason = "each has its own meaning, said above")]
fn form(x: &Element) -> Option<Option<(String, Fields)>> {
    let mut form_type = None;
    let mut fields = Fields::new();
    for field in x.children().filter(|c| c.is("field", ns::DATA_FORMS)) {
        let var = part(field.attr("var").unwrap_or_default())?;
        let mut values = Vec::new();
        for value in field.children().filter(|c| c.is("value", ns::DATA_FORMS)) {
            values.push(part(&value.text())?.to_owned());
        }
        values.sort();
        if var == FORM_TYPE {
            // §5.4 step 3.5: "more than one <value/> element with different XML character data".
            values.dedup();
            if values.len() > 1 {
                return None;
            }
            if field.attr("type") == Some("hidden") {
                form_type = values.pop();
            }
        } else {
            fields.insert(var.to_owned(), values);
        }
    }
    Some(form_type.map(|form_type| (form_type, fields)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(hash: &str, ver: &str) -> Capabilities {
        Capabilities {
            hash: Some(hash.to_owned()),
            node: "http://psi-im.org".to_owned(),
            ver: ver.to_owned(),
        }
    }

    fn query(inner: &str) -> Element {
        let query = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{inner}</query>");
        query.parse().unwrap()
    }

    /// §5.2
    const SIMPLE: &str = "<identity category='client' name='Exodus 0.9.1' type='pc'/>\
        <feature var='http://jabber.org/protocol/muc'/>\
        <feature var='http://jabber.org/protocol/caps'/>\
        <feature var='http://jabber.org/protocol/disco#items'/>\
        <feature var='http://jabber.org/protocol/disco#info'/>";

    /// §5.3, the fields and values out of order.
    const COMPLEX: &str = "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>\
        <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>\
        <feature var='http://jabber.org/protocol/caps'/>\
        <feature var='http://jabber.org/protocol/disco#info'/>\
        <feature var='http://jabber.org/protocol/disco#items'/>\
        <feature var='http://jabber.org/protocol/muc'/>\
        <x xmlns='jabber:x:data' type='result'>\
        <field var='software_version'><value>0.11</value></field>\
        <field var='os'><value>Mac</value></field>\
        <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>\
        <field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>\
        <field var='software'><value>Psi</value></field>\
        <field var='os_version'><value>10.5.1</value></field></x>";

    #[test]
    fn the_examples_of_the_specification() {
        for (inner, ver) in [
            (SIMPLE, "QgayPKawpkPSDYmwT/WM94uAlu0="),
            (COMPLEX, "q07IKJEyjvHSyhy//CH0CxmKi8w="),
        ] {
            assert!(
                verifies(&capabilities("sha-1", ver), &query(inner)),
                "{ver}"
            );
            assert!(!verifies(&capabilities("md5", ver), &query(inner)));
            assert!(!verifies(&capabilities("sha-256", ver), &query(inner)));
            let more = format!("{inner}<feature var='x'/>");
            assert!(!verifies(&capabilities("sha-1", ver), &query(&more)));
        }
        let sha256 = BASE64.encode(&sha2::Sha256::digest(canonical(&query(SIMPLE)).unwrap()));
        assert!(verifies(&capabilities("sha-256", &sha256), &query(SIMPLE)));
    }

    #[test]
    fn an_ill_formed_answer_verifies_nothing() {
        let form = |fields: &str| format!("<x xmlns='jabber:x:data' type='result'>{fields}</x>");
        let typed = "<field var='FORM_TYPE' type='hidden'><value>urn:x</value></field>";
        for inner in [
            "<feature var='a'/><feature var='a'/>",
            "<identity category='c' type='t'/><identity category='c' type='t'/>",
            "<identity category='c'/>",
            "<feature/>",
            "<feature var='a&lt;b'/>",
            &format!("{}{}", form(typed), form(typed)),
            &form("<field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value></field>"),
            &form(&format!(
                "{typed}<field var='a'><value>b&lt;c</value></field>"
            )),
        ] {
            assert_eq!(canonical(&query(inner)), None, "{inner}");
        }
        // A form that says not what it is about does not count.
        for fields in [
            "<field var='a'><value>b</value></field>",
            "<field var='FORM_TYPE'><value>urn:x</value></field>",
        ] {
            let inner = format!("<feature var='a'/>{}", form(fields));
            assert_eq!(canonical(&query(&inner)).as_deref(), Some("a<"));
        }
    }

    #[test]
    fn interests_are_bounded() {
        let some = query("<feature var='a+notify'/><feature var='b'/><feature var='c+notify'/>");
        assert_eq!(interests(&some), ["a".to_owned(), "c".to_owned()].into());
        let many: String = (0..5_000)
            .map(|n| format!("<feature var='n{n}+notify'/>"))
            .collect();
        let bytes: usize = interests(&query(&many)).iter().map(String::len).sum();
        assert!((1..=limits::MAX_INTEREST_BYTES).contains(&bytes));
    }
}
