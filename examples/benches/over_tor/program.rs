//! What the program needs, measured from outside as a user would see it.

use std::time::{Duration, Instant};

use onym_tests::{Person, PersonError, make_contacts};

use crate::{FEW_REPEATS, REPEATS, Samples};

const LIMIT: Duration = Duration::from_secs(180);

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    pub(crate) first_start: Samples,
    pub(crate) next_start: Samples,
    pub(crate) request: Samples,
    pub(crate) receipt: Samples,
}

pub(crate) fn measure(toml: &str) -> Result<Ours, PersonError> {
    let mut ours = Ours::default();
    let alice = Person::new("alice", toml)?;
    let mut people = Vec::new();
    for _ in 0..FEW_REPEATS {
        let bob = Person::new("bob", toml)?;
        let since = Instant::now();
        let mut endpoint = bob.serve()?;
        endpoint.wait_until_reachable(LIMIT)?;
        ours.first_start.add(since.elapsed());
        endpoint.stop(LIMIT)?;
        let since = Instant::now();
        let mut endpoint = bob.serve()?;
        endpoint.wait_until_reachable(LIMIT)?;
        ours.next_start.add(since.elapsed());
        let mut listener = bob.listen()?;
        listener.wait_until_online(LIMIT)?;
        people.push((listener, endpoint, bob));
    }
    let mut alice_serves = alice.serve()?;
    alice_serves.wait_until_reachable(LIMIT)?;
    let mut alice_listens = alice.listen()?;
    alice_listens.wait_until_online(LIMIT)?;
    for (listener, _endpoint, bob) in &mut people {
        let since = Instant::now();
        alice.run(["contact", "add", bob.jid()])?;
        listener.wait_for_request(&alice, LIMIT)?;
        ours.request.add(since.elapsed());
    }
    if let Some((listener, _endpoint, bob)) = people.first_mut() {
        make_contacts((&alice, &mut alice_listens), (bob, listener), LIMIT)?;
        for number in 0..REPEATS {
            // Without the time that a process takes to start: from the moment in which the
            // message is on disk.
            let mut sending = alice.start(["send", bob.jid(), &format!("message {number}")])?;
            let sent = sending
                .wait_for(|line| line["event"] == "sent", LIMIT)
                .map_err(|source| PersonError::Program {
                    name: "alice".to_owned(),
                    doing: "send".to_owned(),
                    source,
                })?;
            let since = Instant::now();
            let id = sent
                .get("id")
                .and_then(|id| id.as_str())
                .unwrap_or_default();
            alice_listens.wait_for_delivery(id, "delivered", LIMIT)?;
            ours.receipt.add(since.elapsed());
        }
    }
    Ok(ours)
}
