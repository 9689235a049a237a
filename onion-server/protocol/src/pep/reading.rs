//! Which items of a node somebody is given (XEP-0060 §6.5), as far as they fit into one stanza.

use onym_stream::{Element, ns};

use super::nodes::{ItemRecord, Node, tags};
use crate::limits;
use crate::result_set::{self, PagePlace, ResultSet};
use crate::stanza::{self, Build, Condition};

/// What somebody wants to read.
#[derive(Debug, PartialEq)]
pub(crate) struct Reading {
    /// The node.
    pub(crate) node: String,
    /// These items, or all if there are none.
    pub(crate) ids: Vec<String>,
    /// At most so many, the latest.
    pub(crate) max: Option<usize>,
    /// A page of them (XEP-0059).
    pub(crate) page: Option<ResultSet>,
}

type Item<'a> = (&'a str, &'a ItemRecord);

impl Reading {
    /// The `<pubsub/>` that answers, the oldest item first.
    pub(crate) fn answer(&self, node: &Node) -> Result<Element, Condition> {
        let all: Vec<Item<'_>> = node
            .latest()
            .filter(|(id, _)| self.ids.is_empty() || self.ids.iter().any(|wanted| wanted == id))
            .collect();
        let wanted = self.wanted(&all)?;
        // Of a page that begins somewhere its beginning is given, of everything else its end.
        let from_start = self
            .page
            .as_ref()
            .is_some_and(|page| matches!(page.place, PagePlace::First | PagePlace::After(_)));
        let mut room = Room::default();
        let mut chosen: Vec<_> = if from_start {
            let oldest_first = wanted.iter().rev();
            oldest_first.take_while(|item| room.takes(item)).collect()
        } else {
            wanted.iter().take_while(|item| room.takes(item)).collect()
        };
        if !from_start {
            chosen.reverse();
        }
        let mut items = Element::bare("items", ns::PUBSUB);
        items.set("node", &self.node);
        for (id, record) in chosen.iter().copied() {
            items.append_child(item_element(id, record));
        }
        let mut pubsub = Element::bare("pubsub", ns::PUBSUB);
        pubsub.append_child(items);
        // Clients that know nothing of pages are shown none where all is there.
        if self.page.is_some() || chosen.len() < wanted.len() {
            let ends = chosen.first().zip(chosen.last());
            let ends = ends.map(|(first, last)| (first.0, last.0));
            pubsub.append_child(result_set::page(ends, u64::try_from(all.len()).ok()));
        }
        Ok(pubsub)
    }

    /// The part of all items, the latest first, that is asked for.
    fn wanted<'a, 'n>(&self, all: &'a [Item<'n>]) -> Result<&'a [Item<'n>], Condition> {
        let latest = |items: &'a [Item<'n>], max: Option<usize>| {
            let max = max.unwrap_or(usize::MAX).min(items.len());
            items.get(..max).unwrap_or_default()
        };
        let Some(page) = &self.page else {
            return Ok(latest(all, self.max));
        };
        let place = |wanted: &str| {
            let place = all.iter().position(|(id, _)| *id == wanted);
            // XEP-0059 §2.2: "the responding entity MUST return an <item-not-found/> error".
            place.ok_or(Condition::ItemNotFound)
        };
        let oldest = |items: &'a [Item<'n>]| {
            let skipped = items.len().saturating_sub(page.max.unwrap_or(usize::MAX));
            items.get(skipped..).unwrap_or_default()
        };
        Ok(match &page.place {
            PagePlace::First => oldest(all),
            PagePlace::After(id) => oldest(all.get(..place(id)?).unwrap_or_default()),
            PagePlace::Before(id) => {
                let older = all.get(place(id)?.saturating_add(1)..);
                latest(older.unwrap_or_default(), page.max)
            }
            PagePlace::Last => latest(all, page.max),
        })
    }
}

/// What still fits into the answer.
#[derive(Debug, Default)]
struct Room {
    bytes: usize,
    tags: usize,
}

impl Room {
    fn takes(&mut self, (id, record): &Item<'_>) -> bool {
        self.bytes = self
            .bytes
            .saturating_add(id.len())
            .saturating_add(record.xml.len());
        self.tags = self.tags.saturating_add(tags(&record.xml));
        self.bytes <= limits::MAX_ANSWER_BYTES && self.tags <= limits::MAX_ANSWER_TAGS
    }
}

fn item_element(id: &str, record: &ItemRecord) -> Element {
    let mut item = Element::bare("item", ns::PUBSUB);
    item.set("id", id);
    if let Some(payload) = stanza::parse(&record.xml) {
        item.append_child(payload);
    }
    item
}

#[cfg(test)]
mod tests {
    use jid::BareJid;

    use super::*;
    use crate::pep::config::{MaxItems, NodeConfig};
    use crate::pep::nodes::Nodes;

    fn nodes(payloads: &[(&str, String)]) -> Nodes {
        let owner = BareJid::new("romeo@a.example").unwrap();
        let mut nodes = Nodes::default();
        let config = NodeConfig {
            max_items: MaxItems::Max,
            ..NodeConfig::default()
        };
        nodes.put_node(&owner, "n", config).unwrap();
        for (id, xml) in payloads {
            nodes.put_item(&owner, "n", id, xml.clone());
        }
        nodes
    }

    fn read(nodes: &Nodes, page: Option<ResultSet>) -> (Vec<String>, Option<String>) {
        let reading = Reading {
            node: "n".to_owned(),
            ids: Vec::new(),
            max: None,
            page,
        };
        let answer = reading.answer(nodes.get("n").unwrap()).unwrap();
        let items = answer.get_child("items", ns::PUBSUB).unwrap().children();
        let ids = items.map(|item| item.attr("id").unwrap().to_owned());
        let set = answer.get_child("set", ns::RSM);
        let count = set.map(|set| set.get_child("count", ns::RSM).unwrap().text());
        (ids.collect(), count)
    }

    fn page(max: usize, place: PagePlace) -> Option<ResultSet> {
        Some(ResultSet {
            max: Some(max),
            place,
        })
    }

    #[test]
    fn pages_in_both_directions() {
        let payload = "<x xmlns='urn:x'/>".to_owned();
        let nodes = nodes(&["a", "b", "c", "d", "e"].map(|id| (id, payload.clone())));
        assert_eq!(read(&nodes, None).1, None, "no page where all is there");
        for (max, place, expected) in [
            (2, PagePlace::First, "ab"),
            (2, PagePlace::After("b".into()), "cd"),
            (2, PagePlace::After("d".into()), "e"),
            (2, PagePlace::After("e".into()), ""),
            (2, PagePlace::Last, "de"),
            (2, PagePlace::Before("d".into()), "bc"),
            (2, PagePlace::Before("b".into()), "a"),
            (2, PagePlace::Before("a".into()), ""),
            (0, PagePlace::First, ""),
            (99, PagePlace::Last, "abcde"),
        ] {
            let (ids, count) = read(&nodes, page(max, place.clone()));
            assert_eq!(ids.concat(), expected, "{max} {place:?}");
            assert_eq!(count.as_deref(), Some("5"));
        }
        let unknown = Reading {
            node: "n".to_owned(),
            ids: Vec::new(),
            max: None,
            page: page(2, PagePlace::After("x".into())),
        };
        let answer = unknown.answer(nodes.get("n").unwrap());
        assert_eq!(answer, Err(Condition::ItemNotFound));
    }

    #[test]
    fn what_does_not_fit_is_on_the_next_page() {
        let large = format!("<x xmlns='urn:x'>{}</x>", "x".repeat(60_000));
        let nodes = nodes(&["a", "b", "c", "d", "e"].map(|id| (id, large.clone())));
        assert_eq!(
            read(&nodes, None),
            (vec!["c".into(), "d".into(), "e".into()], Some("5".into()))
        );
        let (older, _) = read(&nodes, page(10, PagePlace::Before("c".into())));
        assert_eq!(older, ["a", "b"]);
        let (first, _) = read(&nodes, page(10, PagePlace::First));
        assert_eq!(first, ["a", "b", "c"]);
        let (rest, _) = read(&nodes, page(10, PagePlace::After("c".into())));
        assert_eq!(rest, ["d", "e"]);
    }
}
