//! Client programs with capabilities (XEP-0115), and what they hear of nodes.

use std::time::Duration;

use data_encoding::BASE64;
use onym_stream::{Element, ns};
use sha1::Digest;

use crate::client::Actor;
use crate::world::World;

/// A program that wants to hear of some nodes.
#[derive(Clone)]
pub(crate) struct Program {
    name: String,
    features: Vec<String>,
}

impl Program {
    pub(crate) fn new(name: &str, nodes: &[&str]) -> Self {
        let mut features: Vec<_> = nodes.iter().map(|node| format!("{node}+notify")).collect();
        features.push(ns::DISCO_INFO.to_owned());
        features.sort();
        Self {
            name: name.to_owned(),
            features,
        }
    }

    /// XEP-0115 §5.1, worked out apart from the server's own code.
    pub(crate) fn ver(&self) -> String {
        let features = self.features.join("<");
        let text = format!("client/pc//{}<{features}<", self.name);
        BASE64.encode(&sha1::Sha1::digest(text.as_bytes()))
    }

    pub(crate) fn presence(&self) -> String {
        format!(
            "<presence><c xmlns='{}' hash='sha-1' node='https://{}.example' ver='{}'/></presence>",
            ns::CAPS,
            self.name,
            self.ver()
        )
    }

    /// The answer to a question about its capabilities.
    pub(crate) fn answer(&self, question: &Element) -> String {
        self.answer_as(question, self)
    }

    /// The answer of a client that has announced another program.
    pub(crate) fn answer_as(&self, question: &Element, announced: &Self) -> String {
        let query = question.get_child("query", ns::DISCO_INFO).unwrap();
        let node = format!("https://{}.example#{}", announced.name, announced.ver());
        assert_eq!(query.attr("node"), Some(node.as_str()));
        self.answer_to(question.attr("id").unwrap(), question.attr("from").unwrap())
    }

    /// The answer to a question with this id.
    pub(crate) fn answer_to(&self, id: &str, to: &str) -> String {
        let features: String = self
            .features
            .iter()
            .map(|feature| format!("<feature var='{feature}'/>"))
            .collect();
        format!(
            "<iq type='result' id='{id}' to='{to}'><query xmlns='{}'>\
             <identity category='client' type='pc' name='{}'/>{features}</query></iq>",
            ns::DISCO_INFO,
            self.name
        )
    }
}

/// What a client hears of a node.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) from: String,
    pub(crate) node: String,
    /// What happened, and to which item: `item 1`, `retract 1`, `delete`.
    pub(crate) what: String,
}

/// Something that is heard of a node.
pub(crate) fn heard(from: &str, node: &str, what: &str) -> Heard {
    Heard {
        from: from.to_owned(),
        node: node.to_owned(),
        what: what.to_owned(),
    }
}

impl World {
    /// A client becomes available with this program, which answers every question about it. How
    /// many there were.
    pub(crate) fn shows_up(&mut self, actor: Actor, program: &Program) -> usize {
        self.says(actor, &program.presence());
        self.answers_questions(actor, program)
    }

    /// Answers every question about a client's capabilities.
    pub(crate) fn answers_questions(&mut self, actor: Actor, program: &Program) -> usize {
        let mut answered = 0;
        loop {
            self.advance(Duration::from_secs(1));
            let received = &mut self.clients[actor.0].received;
            let asked = received.iter().position(|stanza| {
                stanza.name() == "iq" && stanza.get_child("query", ns::DISCO_INFO).is_some()
            });
            let Some(question) = asked.and_then(|position| received.remove(position)) else {
                return answered;
            };
            self.says(actor, &program.answer(&question));
            answered += 1;
        }
    }

    /// Asks something and gives the answer; whatever else has come stays.
    pub(crate) fn asks(
        &mut self,
        actor: Actor,
        kind: &str,
        to: Option<&str>,
        payload: &str,
    ) -> Element {
        let to = to.map_or_else(String::new, |to| format!(" to='{to}'"));
        self.says(
            actor,
            &format!("<iq{to} type='{kind}' id='q'>{payload}</iq>"),
        );
        self.advance(Duration::from_secs(1));
        let received = &mut self.clients[actor.0].received;
        let answer = received
            .iter()
            .position(|stanza| stanza.name() == "iq" && stanza.attr("id") == Some("q"));
        match answer.and_then(|position| received.remove(position)) {
            Some(answer) => answer,
            None => panic!("no answer to {payload}, only {received:?}"),
        }
    }

    /// Asks something that is done.
    pub(crate) fn gets(
        &mut self,
        actor: Actor,
        kind: &str,
        to: Option<&str>,
        payload: &str,
    ) -> Element {
        let answer = self.asks(actor, kind, to, payload);
        assert_eq!(answer.attr("type"), Some("result"), "{payload}: {answer:?}");
        answer
    }

    /// Publishes an item in a node of one's own.
    pub(crate) fn publishes(&mut self, actor: Actor, node: &str, id: &str, payload: &str) {
        self.gets(actor, "set", None, &publication(node, id, payload, ""));
    }

    /// Everything that has been heard of nodes, in the order in which it came.
    pub(crate) fn hears_of_nodes(&mut self, actor: Actor) -> Vec<Heard> {
        self.advance(Duration::from_secs(1));
        let messages = self.hears_all(actor, "message");
        let events = messages
            .iter()
            .filter_map(|message| Some((message, message.get_child("event", ns::PUBSUB_EVENT)?)));
        events
            .map(|(message, event)| {
                assert_eq!(message.attr("type"), Some("headline"));
                let children: Vec<_> = event.children().collect();
                let [content] = children[..] else {
                    panic!("one thing in an event: {event:?}");
                };
                let what = match content.name() {
                    "items" => {
                        let children: Vec<_> = content.children().collect();
                        let [item] = children[..] else {
                            panic!("exactly one item in an event: {event:?}");
                        };
                        format!("{} {}", item.name(), item.attr("id").unwrap())
                    }
                    name => name.to_owned(),
                };
                heard(
                    message.attr("from").unwrap(),
                    content.attr("node").unwrap(),
                    &what,
                )
            })
            .collect()
    }
}

/// A publication, with options if there are any.
pub(crate) fn publication(node: &str, id: &str, payload: &str, options: &str) -> String {
    format!(
        "<pubsub xmlns='{}'><publish node='{node}'><item id='{id}'>{payload}</item></publish>\
         {options}</pubsub>",
        ns::PUBSUB
    )
}

/// Options of a publication.
pub(crate) fn options(fields: &[(&str, &str)]) -> String {
    format!(
        "<publish-options>{}</publish-options>",
        form(ns::PUBLISH_OPTIONS, fields)
    )
}

/// A form that has been filled in.
pub(crate) fn form(form_type: &str, fields: &[(&str, &str)]) -> String {
    let fields: String = fields
        .iter()
        .map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>"))
        .collect();
    format!(
        "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>\
         <value>{form_type}</value></field>{fields}</x>"
    )
}

/// A question for the items of a node.
pub(crate) fn items(node: &str, attributes: &str) -> String {
    format!(
        "<pubsub xmlns='{}'><items node='{node}'{attributes}/></pubsub>",
        ns::PUBSUB
    )
}

/// The ids of the items in an answer.
pub(crate) fn ids(answer: &Element) -> Vec<String> {
    let items = answer
        .get_child("pubsub", ns::PUBSUB)
        .and_then(|pubsub| pubsub.get_child("items", ns::PUBSUB));
    items
        .unwrap()
        .children()
        .map(|item| item.attr("id").unwrap().to_owned())
        .collect()
}

/// The condition of an error, and the more exact one beside it.
pub(crate) fn conditions(answer: &Element) -> (String, Option<String>) {
    assert_eq!(answer.attr("type"), Some("error"), "{answer:?}");
    let error = answer.get_child("error", ns::CLIENT).unwrap();
    let name = |wanted: bool| {
        error
            .children()
            .find(|child| child.has_ns(ns::STANZA_ERRORS) == wanted)
            .map(|child| child.name().to_owned())
    };
    (name(true).unwrap(), name(false))
}
