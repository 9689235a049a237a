//! A stream on which stanzas flow: what is in flight, what is asked, whether the server is there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::FullJid;
use minidom::Element;
use onym_identity::Timestamp;
use onym_stream::{
    ContentNamespace, StreamError, StreamEvent, StreamReader, ns, stream_management, write_element,
};

use super::abilities::Abilities;
use super::acknowledgement::{Acknowledgement, Sent};
use super::catch_up::CatchUp;
use super::core::{Context, Core};
use super::displayed::DisplayedSync;
use super::identity::Statements;
use super::invites::Invites;
use super::iqs::{ANSWER_WITHIN, Asked, PendingIq};
use super::login::{Features, Negotiated};
use super::omemo::Omemo;
use super::profiles::Profiles;
use crate::connection::Trouble;
use crate::delivery::DeliveryEvent;
use crate::event::Event;
use crate::roster;
use crate::store::{Change, MessageId};

/// A server that was silent for this long is asked whether it is there.
const PROBE_AFTER: Duration = Duration::from_secs(120);

/// How long it may take to show that it is; Tor can stall for many seconds.
const PROBE_WITHIN: Duration = Duration::from_secs(60);

/// How many messages may be under way to the server at a time. The rest waits on the disk, so
/// that a long queue does not fill memory on both sides.
pub(super) const MAX_IN_FLIGHT: usize = 200;

/// A stream on which stanzas flow.
pub(super) struct Session {
    reader: StreamReader,
    pub(super) full_jid: FullJid,
    /// Since when stanzas flow over this connection.
    since: Timestamp,
    /// When the session began, perhaps over an earlier connection.
    began: Timestamp,
    pub(super) features: Features,
    pub(super) ack: Acknowledgement,
    pub(super) catch_up: CatchUp,
    pub(super) displayed: DisplayedSync,
    pub(super) profiles: Profiles,
    pub(super) omemo: Omemo,
    pub(super) statements: Statements,
    pub(super) invites: Invites,
    /// Since when the user is away, as our presence says.
    pub(super) shows_idle: Option<Timestamp>,
    pub(super) iqs: BTreeMap<String, PendingIq>,
    pub(super) abilities: Abilities,
    /// Whether we see what our other clients send and receive.
    pub(super) carbons_are_enabled: bool,
    /// Whether the roster came, or will not come.
    pub(super) roster_is_settled: bool,
    /// Messages that the server has not acknowledged, each with the number of its attempt.
    pub(super) in_flight: BTreeMap<MessageId, u64>,
    pub(super) attempts: u64,
    /// What we said about messages that the server has not acknowledged.
    pub(super) actions_in_flight: BTreeSet<MessageId>,
    /// Intents that the server has not acknowledged.
    pub(super) intents_in_flight: BTreeSet<u64>,
    last_received: Timestamp,
    /// Until when the server has to show that it is there, if it was asked.
    probe: Option<Timestamp>,
    /// Whether the server shall know what we have.
    answer_due: bool,
    /// Whether stanzas came since the server was last told.
    unanswered: bool,
    /// Whether we want to know what the server has.
    pub(super) request_due: bool,
}

impl Session {
    /// Asks for the roster and sends what has waited for the connection.
    pub(super) fn begin(stream: Negotiated, core: &mut Core, cx: &mut Context<'_>) -> Self {
        let Negotiated {
            reader,
            features,
            management,
            full_jid,
        } = stream;
        let mut session = Self {
            reader,
            full_jid,
            since: cx.now,
            began: cx.now,
            features,
            ack: Acknowledgement::new(management),
            catch_up: CatchUp::default(),
            displayed: DisplayedSync::default(),
            profiles: Profiles::default(),
            omemo: Omemo::default(),
            statements: Statements::default(),
            invites: Invites::default(),
            shows_idle: None,
            iqs: BTreeMap::new(),
            abilities: Abilities::default(),
            carbons_are_enabled: false,
            roster_is_settled: false,
            in_flight: BTreeMap::new(),
            attempts: 0,
            actions_in_flight: BTreeSet::new(),
            intents_in_flight: BTreeSet::new(),
            last_received: cx.now,
            probe: None,
            answer_due: false,
            unanswered: false,
            request_due: false,
        };
        // RFC 6121, section 2.6.2: a version only if the server knows what it is; an empty one
        // says that we have no roster yet.
        let version = session
            .features
            .roster_versioning
            .then(|| core.memory.roster_version.clone().unwrap_or_default());
        session.ask(
            "get",
            roster::get(version.as_deref()),
            Asked::Roster,
            Sent::Other,
            core,
            cx,
        );
        session.ask_abilities(core, cx);
        core.people.stream_begins();
        session.send_pending(core, cx);
        session
    }

    /// Goes on over a new connection. The server has the first `h` of our stanzas; the others are
    /// sent once more, in their order.
    pub(super) fn resumed(
        &mut self,
        reader: StreamReader,
        h: u32,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), Trouble> {
        let sent = self
            .ack
            .acknowledged(h)
            .map_err(|_| Trouble::Protocol("it resumed more than was sent"))?;
        self.server_has(sent, core, cx);
        core.outbox.send(&self.ack.unacknowledged_bytes());
        self.reader = reader;
        self.since = cx.now;
        self.last_received = cx.now;
        self.probe = None;
        // The question told the server what we have.
        self.answer_due = false;
        self.unanswered = false;
        self.request_due = true;
        // XEP-0352, section 5.1: whether the user is there is not taken over.
        if self.shows_idle.is_some() {
            self.show_activity(core);
        }
        for iq in self.iqs.values_mut() {
            iq.deadline = cx.now + ANSWER_WITHIN;
        }
        Ok(())
    }

    /// When the session began, perhaps over an earlier connection.
    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    /// Since when stanzas flow over this connection.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    pub(super) fn deadline(&self) -> Timestamp {
        let quiet = self.probe.unwrap_or(self.last_received + PROBE_AFTER);
        self.iqs
            .values()
            .map(|iq| iq.deadline)
            .chain([quiet])
            .chain(self.omemo_deadline())
            .chain(self.statements_deadline())
            .min()
            .unwrap_or(quiet)
    }

    /// See `Link::bound_deadline`.
    pub(super) fn bound_deadlines(&mut self, now: Timestamp) {
        self.last_received = self.last_received.min(now);
        self.bound_omemo_deadlines(now);
        self.bound_statements_deadlines(now);
        self.probe = self.probe.map(|deadline| deadline.min(now + PROBE_WITHIN));
        for iq in self.iqs.values_mut() {
            iq.deadline = iq.deadline.min(now + ANSWER_WITHIN);
        }
    }

    pub(super) fn bytes(
        &mut self,
        bytes: &[u8],
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), Trouble> {
        self.last_received = cx.now;
        self.probe = None;
        self.reader.handle(bytes);
        let end = loop {
            match self.reader.poll() {
                Ok(None) => break Ok(()),
                Ok(Some(StreamEvent::Element(element))) => {
                    if let Err(trouble) = self.element(&element, core, cx) {
                        break Err(trouble);
                    }
                }
                Ok(Some(StreamEvent::Closed)) => break Err(Trouble::Closed),
                Ok(Some(StreamEvent::Opened(_))) => {
                    break Err(Trouble::Protocol("a second stream header"));
                }
                Err(error) => break Err(Trouble::Unreadable(error)),
            }
        };
        if end.is_ok() {
            self.send_pending(core, cx);
        }
        end
    }

    fn element(
        &mut self,
        element: &Element,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), Trouble> {
        let namespace = element.ns();
        match (namespace.as_str(), element.name()) {
            // XEP-0198, section 4: only these three are stanzas and count.
            (ns::CLIENT, kind @ ("message" | "presence" | "iq")) => {
                self.ack.received();
                self.unanswered = true;
                match kind {
                    "message" => self.message(element, core, cx),
                    "presence" => self.presence(element, core, cx),
                    _ => self.iq(element, core, cx),
                }
            }
            (ns::STREAM_MANAGEMENT, "r") => self.answer_due = true,
            (ns::STREAM_MANAGEMENT, "a") => {
                let h = stream_management::parse_answer(element)
                    .ok_or(Trouble::Protocol("an acknowledgement without a number"))?;
                let sent = self.ack.acknowledged(h).map_err(|error| {
                    core.outbox.send(&write_element(
                        &error.to_element(),
                        ContentNamespace::Client,
                    ));
                    Trouble::Protocol("it acknowledged what was never sent")
                })?;
                self.server_has(sent, core, cx);
            }
            _ => {
                if let Some(error) = StreamError::from_element(element) {
                    return Err(Trouble::StreamError(error));
                }
            }
        }
        Ok(())
    }

    /// The server has these stanzas of ours.
    pub(super) fn server_has(&mut self, sent: Vec<Sent>, core: &mut Core, cx: &mut Context<'_>) {
        for item in sent {
            match item {
                Sent::Message { id, attempt } => {
                    if self.in_flight.get(&id) == Some(&attempt) {
                        self.in_flight.remove(&id);
                        core.deliver_unsettled(&id, &DeliveryEvent::AcknowledgedByServer, cx);
                    }
                }
                Sent::Intent(number) => {
                    self.intents_in_flight.remove(&number);
                    if let Some(record) = core.memory.intents.get(&number) {
                        let jid = record.jid.clone();
                        core.change(Change::RemoveIntent(number));
                        core.outbox.event(Event::ContactChanged { jid });
                    }
                }
                Sent::Action { number, id } => self.server_has_action(number, &id, core),
                Sent::TrustWords { to, words } => self.server_has_words(&to, &words, core),
                Sent::Other => {}
            }
        }
    }

    /// Sends what waits, tells the server what we have, and asks what it has.
    pub(super) fn send_pending(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        self.update_presence(core);
        self.omemo_time_passed(core, cx);
        self.statements_time_passed(core, cx);
        self.know_ways(core, cx);
        self.keep_our_invites(core, cx);
        if self.is_where_others_look(core) {
            self.send_unsent(core, cx);
            self.send_actions(core, cx);
        }
        self.send_states(core, cx);
        if !core.displayed_here.is_empty() {
            self.publish_displayed(core, cx);
        }
        if self.roster_is_settled {
            self.send_intents(core, cx);
        }
        // Everything that this input changes is committed before these bytes go out, so the
        // server may forget what it gave us.
        let changed = self.unanswered && core.outbox.has_changes();
        if (std::mem::take(&mut self.answer_due) || changed)
            && let Some(answer) = self.ack.answer()
        {
            self.unanswered = false;
            core.outbox
                .send(&write_element(&answer, ContentNamespace::Client));
        }
        if std::mem::take(&mut self.request_due) {
            self.request_acknowledgement(core, cx);
        }
    }

    /// Something was stored, or was stored before: the server shall know.
    pub(super) fn answer_due(&mut self) {
        self.answer_due = true;
    }

    fn request_acknowledgement(&mut self, core: &mut Core, cx: &mut Context<'_>) {
        if let Some(request) = self.ack.request(|| cx.new_id()) {
            core.outbox
                .send(&write_element(&request, ContentNamespace::Client));
        }
    }

    /// Sends a stanza.
    pub(super) fn send(&mut self, stanza: &Element, item: Sent, core: &mut Core) {
        let bytes = write_element(stanza, ContentNamespace::Client);
        self.ack.sent(item, &bytes);
        core.outbox.send(&bytes);
    }

    /// Gives up on iqs that are not answered, and asks whether a silent server is there.
    pub(super) fn time_passed(
        &mut self,
        core: &mut Core,
        cx: &mut Context<'_>,
    ) -> Result<(), Trouble> {
        self.give_up_late_iqs(core, cx);
        match self.probe {
            Some(deadline) if deadline <= cx.now => return Err(Trouble::Silent),
            None if self.last_received + PROBE_AFTER <= cx.now => {
                self.probe = Some(cx.now + PROBE_WITHIN);
                self.ask(
                    "get",
                    crate::ping::query(),
                    Asked::Ping,
                    Sent::Other,
                    core,
                    cx,
                );
            }
            Some(_) | None => {}
        }
        self.send_pending(core, cx);
        Ok(())
    }
}
