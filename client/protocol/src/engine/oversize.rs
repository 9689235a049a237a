//! A server that ends the stream because a stanza of ours is too large for it.
//!
//! It does not say which one, and to send the same again would only end the next stream. So the
//! largest thing that was under way is taken for the cause, and is not sent again by itself.

use onym_stream::Condition;

use super::core::{Context, Core};
use super::session::Session;
use crate::command::CommandError;
use crate::connection::Trouble;
use crate::delivery::{DeliveryEvent, Failure, FailureReason};
use crate::event::Event;
use crate::store::{AvatarChoice, Change, Intent, MessageId};

/// No server refuses a stanza that is smaller than this for its size: RFC 6120, section 13.12 asks
/// for at least 10 000 bytes.
const SURELY_SMALL_BYTES: usize = 8_000;

impl Session {
    /// The stream has ended: what the server refused for its size is not sent again.
    pub(super) fn give_up_oversize(
        &self,
        trouble: &Trouble,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) {
        let Trouble::StreamError(error) = trouble else {
            return;
        };
        if error.condition != Condition::PolicyViolation {
            return;
        }
        let picture = self.largest_picture(core);
        let message = self.largest_message(core);
        let message_size = message.as_ref().map_or(0, |(size, _)| *size);
        match (picture, message) {
            (Some((size, number)), _) if size >= message_size => {
                core.change(Change::RemoveIntent(number));
                let condition = error.condition.as_str().to_owned();
                let refusal = CommandError::ProfileRefused { condition };
                core.outbox.event(Event::CommandRefused(refusal));
            }
            (_, Some((_, id))) => {
                let returned = DeliveryEvent::Returned(Failure {
                    why: FailureReason::NotAccepted,
                    text: None,
                });
                core.deliver_unsettled(&id, &returned, cx);
            }
            _ => {}
        }
    }

    fn largest_picture(&self, core: &Core) -> Option<(usize, u64)> {
        core.memory
            .intents
            .values()
            .filter(|record| self.intents_in_flight.contains(&record.number))
            .filter_map(|record| match &record.intent {
                Intent::Publish {
                    avatar: AvatarChoice::Set(bytes),
                    ..
                } => Some((bytes.len(), record.number)),
                _ => None,
            })
            .filter(|(size, _)| *size >= SURELY_SMALL_BYTES)
            .max()
    }

    fn largest_message(&self, core: &Core) -> Option<(usize, MessageId)> {
        core.memory
            .unsettled
            .iter()
            .filter(|message| self.in_flight.contains_key(&message.id))
            .map(|message| (message.text.len(), message.id.clone()))
            .filter(|(size, _)| *size >= SURELY_SMALL_BYTES)
            .max()
    }
}
