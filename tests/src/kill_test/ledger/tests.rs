use super::*;

/// A message as its writer has it.
fn message(number: u32) -> Message {
    Message {
        id: format!("id {number}"),
        text: format!("text {number}"),
    }
}

/// The same as its reader has it.
fn received(number: u32) -> Kept {
    Kept {
        message: read(number),
        their_id: Some(format!("id {number}")),
        state: None,
    }
}

fn read(number: u32) -> Message {
    Message {
        id: format!("local id {number}"),
        text: format!("text {number}"),
    }
}

/// Three messages that went well; each test spoils one thing.
struct Story {
    written: Vec<Written>,
    sent: Vec<Kept>,
    received: Vec<Kept>,
    read: Vec<Vec<Message>>,
}

impl Story {
    fn good() -> Self {
        let messages: Vec<Message> = (1..=3).map(message).collect();
        let written = messages.iter().map(|message| Written {
            text: message.text.clone(),
            id: Some(message.id.clone()),
        });
        let sent = messages.iter().map(|message| Kept {
            message: message.clone(),
            their_id: None,
            state: Some("delivered".to_owned()),
        });
        Self {
            written: written.collect(),
            sent: sent.collect(),
            received: (1..=3).map(received).collect(),
            read: vec![(1..=3).map(read).collect()],
        }
    }

    fn check(&self) -> Result<(), String> {
        let direction = Direction {
            written: &self.written,
            sent: &self.sent,
            received: &self.received,
            read: &self.read,
        };
        direction.check()
    }

    fn is_refused_for(&self, why: &str) {
        let error = self.check().unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn what_arrived_once_and_in_order_is_accepted() {
    assert_eq!(Story::good().check(), Ok(()));
}

#[test]
fn a_message_whose_command_was_cut_may_be_there_or_not() {
    let mut story = Story::good();
    story.written[1].id = None;
    assert_eq!(story.check(), Ok(()));
    story.sent.remove(1);
    story.received.remove(1);
    story.read[0].remove(1);
    assert_eq!(story.check(), Ok(()));
}

#[test]
fn a_confirmed_message_that_is_gone_is_noticed() {
    let mut story = Story::good();
    story.sent.remove(1);
    story.received.remove(1);
    story.is_refused_for("lost by its writer");
}

#[test]
fn a_message_that_was_sent_again_under_another_id_is_noticed() {
    let mut story = Story::good();
    let mut again = story.sent[1].clone();
    again.message.id = "another id".to_owned();
    story.sent.push(again);
    story.received.push(received(2));
    story.is_refused_for("sent twice");
}

#[test]
fn another_id_than_the_confirmed_one_is_noticed() {
    let mut story = Story::good();
    story.written[0].id = Some("another id".to_owned());
    story.is_refused_for("was confirmed as");
}

#[test]
fn another_order_is_noticed() {
    let mut story = Story::good();
    story.sent.swap(0, 1);
    story.is_refused_for("out of order");

    let mut story = Story::good();
    story.received.swap(0, 1);
    story.is_refused_for("of the reader");
}

#[test]
fn another_id_at_the_reader_is_noticed() {
    let mut story = Story::good();
    story.received[1].their_id = Some("another id".to_owned());
    story.is_refused_for("of the reader");
}

#[test]
fn what_does_not_arrive_or_arrives_twice_is_noticed() {
    let mut story = Story::good();
    story.received.pop();
    story.is_refused_for("of the reader None");

    let mut story = Story::good();
    story.received.push(received(3));
    story.is_refused_for("arrived without having been sent");
}

#[test]
fn a_writer_who_does_not_know_that_it_arrived_is_noticed() {
    let mut story = Story::good();
    story.sent[2].state = Some("stored".to_owned());
    story.is_refused_for("its writer has it as");
}

#[test]
fn what_one_listener_prints_twice_is_noticed() {
    let mut story = Story::good();
    story.read[0].push(read(3));
    story.is_refused_for("printed twice");
}

#[test]
fn the_next_listener_may_repeat_a_message_but_not_miss_one() {
    let mut story = Story::good();
    story.read = vec![vec![read(1), read(2)], vec![read(2), read(3)]];
    assert_eq!(story.check(), Ok(()));
    story.read = vec![vec![read(1), read(2)], Vec::new()];
    story.is_refused_for("printed as None");
}

#[test]
fn lines_of_a_history_become_messages() {
    let lines = [
        serde_json::json!({"event": "kept", "direction": "outgoing", "id": "id 1",
            "text": "text 1", "state": "stored"}),
        serde_json::json!({"event": "kept", "direction": "incoming", "id": "id 2",
            "text": "text 2", "their_id": "their id 2"}),
        serde_json::json!({"event": "done"}),
    ];
    let sent = kept_in(&lines, "outgoing").unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].message, message(1));
    assert_eq!(sent[0].state.as_deref(), Some("stored"));
    let received = kept_in(&lines, "incoming").unwrap();
    assert_eq!(received[0].message, message(2));
    assert_eq!(received[0].their_id.as_deref(), Some("their id 2"));
    let broken = [serde_json::json!({"event": "kept", "direction": "incoming"})];
    kept_in(&broken, "incoming").unwrap_err();
}
