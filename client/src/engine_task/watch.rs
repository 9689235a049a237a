//! Waiting for something in the engine.
//!
//! A watch is looked after by the task itself: it is shown every event, and the engine after every
//! input. So nothing passes by unseen, as it would for somebody who looks when an event has come, and
//! nobody falls behind.

use onym_client_protocol::Engine;
use onym_client_protocol::event::Event;
use tokio::sync::oneshot;

use super::Stopped;

/// Looks at the engine, and at what has just happened. Whether nobody waits any more.
pub(super) type Look = Box<dyn FnMut(&Engine, Option<&Event>) -> bool + Send>;

/// Everybody who waits.
#[derive(Default)]
pub(super) struct Watches(Vec<Look>);

impl Watches {
    /// Adds somebody, unless what they wait for is there already.
    pub(super) fn add(&mut self, mut look: Look, engine: &Engine) {
        if !look(engine, None) {
            self.0.push(look);
        }
    }

    /// Something has happened, or without an event an input was handled.
    pub(super) fn show(&mut self, engine: &Engine, event: Option<&Event>) {
        self.0.retain_mut(|look| !look(engine, event));
    }
}

/// Something that is waited for.
#[derive(Debug)]
pub(crate) struct Watch<T>(oneshot::Receiver<T>);

impl<T: Send + 'static> Watch<T> {
    /// What is waited for is the first thing that `find` finds.
    pub(super) fn new(
        mut find: impl FnMut(&Engine, Option<&Event>) -> Option<T> + Send + 'static,
    ) -> (Self, Look) {
        let (answer, found) = oneshot::channel();
        let mut answer = Some(answer);
        let look = move |engine: &Engine, event: Option<&Event>| {
            // Whoever has gone does not wait.
            if answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
                return true;
            }
            let Some(it) = find(engine, event) else {
                return false;
            };
            if let Some(answer) = answer.take() {
                let _gone = answer.send(it);
            }
            true
        };
        (Self(found), Box::new(look))
    }

    /// Waits.
    pub(crate) async fn found(self) -> Result<T, Stopped> {
        self.0.await.map_err(|_| Stopped)
    }
}

#[cfg(test)]
mod tests {
    use onym_client_protocol::command::Command;
    use onym_client_protocol::store::{MemoryStore, Store};
    use onym_client_protocol::{Credentials, EngineConfig, Input, Output};
    use onym_identity::Timestamp;
    use onym_identity::jid::BareJid;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const PINNED: &str = "bob@b.example";

    /// Gives a command, and shows everybody what becomes of it.
    fn handle(engine: &mut Engine, store: &MemoryStore, watches: &mut Watches, command: Command) {
        let mut rng = StdRng::seed_from_u64(1);
        let input = Input::Command(command);
        engine
            .handle(input, Timestamp::UNIX_EPOCH, &mut rng, store)
            .unwrap();
        while let Some(output) = engine.poll() {
            match output {
                Output::Commit { changes, .. } => store.commit(&changes).unwrap(),
                Output::Event(event) => watches.show(engine, Some(&event)),
                _ => {}
            }
        }
        watches.show(engine, None);
    }

    fn draft(text: &str) -> Command {
        Command::SaveDraft {
            conversation: BareJid::new(PINNED).unwrap(),
            text: text.to_owned(),
        }
    }

    fn drafted(engine: &Engine) -> Option<String> {
        let bob = BareJid::new(PINNED).unwrap();
        let conversation = engine.memory().conversations.get(&bob)?;
        conversation.draft().map(str::to_owned)
    }

    #[test]
    fn what_passes_by_before_anybody_looks_is_found() {
        let store = MemoryStore::new();
        let config = EngineConfig {
            our_jid: BareJid::new("alice@a.example").unwrap(),
            credentials: Credentials::External,
            resource: None,
            identity: None,
            former: Vec::new(),
            certificate: None,
        };
        let mut engine = Engine::new(config, store.load().unwrap());
        let mut watches = Watches::default();
        let (state, look) = Watch::new(|engine, _| (drafted(engine)? == "Dear").then_some(()));
        watches.add(look, &engine);
        let (event, look) = Watch::new(|_, event| match event? {
            Event::ConversationChanged { conversation } => Some(conversation.clone()),
            _ => None,
        });
        watches.add(look, &engine);
        let (at_once, look) = Watch::new(|engine, _| Some(drafted(engine)));
        watches.add(look, &engine);
        let (gone, look) = Watch::new(|_, _| None::<()>);
        watches.add(look, &engine);
        drop(gone);
        assert_eq!(watches.0.len(), 3);
        for text in ["Dear", "", "Hello"] {
            handle(&mut engine, &store, &mut watches, draft(text));
        }
        assert_eq!(drafted(&engine).as_deref(), Some("Hello"));
        assert!(watches.0.is_empty(), "nobody waits any more");
        let mut event = event;
        assert_eq!(event.0.try_recv().unwrap(), BareJid::new(PINNED).unwrap());
        let (mut state, mut at_once) = (state, at_once);
        assert!(state.0.try_recv().is_ok());
        assert_eq!(at_once.0.try_recv().unwrap(), None);
    }
}
