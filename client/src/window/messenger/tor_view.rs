//! What Tor and the other endpoints are doing, for the view model.

use jid::BareJid;
use onym_client_protocol::view_model::{
    EndpointState, EndpointView, TorPhase, TorProblem, TorView,
};
use onym_identity::Timestamp;
use onym_server::tor::{BlockageKind, BootstrapPhase, TorStatus};
use onym_server::{EndpointStatus, LinkStatus, domain_of};

/// Since when Tor starts, and since when it is at what it does now.
#[derive(Clone, Copy, Debug)]
pub(super) struct TorProgress {
    started: Timestamp,
    phase: TorPhase,
    since: Timestamp,
}

impl TorProgress {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            started: now,
            phase: TorPhase::Starting,
            since: now,
        }
    }

    /// The state at this moment.
    pub(super) fn view(&mut self, status: &TorStatus, now: Timestamp) -> TorView {
        let phase = phase_of(status);
        if phase != self.phase {
            self.phase = phase;
            self.since = now;
        }
        let mut view = TorView {
            percent: None,
            reachable: status.is_reachable(),
            phase,
            since: Some(self.since),
            started: (phase < TorPhase::Reachable).then_some(self.started),
            detail: String::new(),
            problem: None,
            words: status.to_string(),
            advice: None,
        };
        match status {
            TorStatus::Starting => view.percent = Some(0),
            TorStatus::Bootstrapping {
                percent,
                phase,
                blocked,
            } => {
                view.percent = Some(*percent);
                view.detail = phase.to_string();
                if let Some(blocked) = blocked {
                    view.problem = Some(problem_of(blocked.kind));
                    view.detail.clone_from(&blocked.why);
                    view.advice = Some(blocked.advice.clone());
                }
            }
            TorStatus::Publishing { trouble } => {
                view.detail = trouble.clone().unwrap_or_default();
            }
            TorStatus::Unreachable { why } => view.detail.clone_from(why),
            TorStatus::Failed { why, advice } => {
                view.detail.clone_from(why);
                view.advice = Some(advice.clone());
                view.problem = Some(TorProblem::Storage);
            }
            TorStatus::Confirming | TorStatus::Reachable { .. } => {}
        }
        view
    }
}

fn phase_of(status: &TorStatus) -> TorPhase {
    match status {
        TorStatus::Starting => TorPhase::Starting,
        TorStatus::Bootstrapping { phase, .. } => match phase {
            BootstrapPhase::Connecting => TorPhase::Connecting,
            BootstrapPhase::FetchingConsensus
            | BootstrapPhase::FetchingCertificates
            | BootstrapPhase::FetchingRelays => TorPhase::Directory,
            BootstrapPhase::Ready => TorPhase::Circuits,
        },
        TorStatus::Publishing { .. } => TorPhase::Publishing,
        TorStatus::Confirming => TorPhase::Confirming,
        TorStatus::Reachable { .. } => TorPhase::Reachable,
        TorStatus::Unreachable { .. } => TorPhase::Unreachable,
        TorStatus::Failed { .. } => TorPhase::Failed,
    }
}

fn problem_of(kind: BlockageKind) -> TorProblem {
    match kind {
        BlockageKind::WrongClock => TorProblem::WrongClock,
        BlockageKind::NoNetwork => TorProblem::NoNetwork,
        BlockageKind::Censored => TorProblem::Censored,
        BlockageKind::UpdateNeeded => TorProblem::UpdateNeeded,
        BlockageKind::Other => TorProblem::Other,
    }
}

/// How the endpoint of somebody is reached.
pub(super) fn endpoint(jid: &BareJid, status: &EndpointStatus) -> Option<EndpointView> {
    let domain = domain_of(jid);
    let peer = status.peers.get(&domain)?;
    let (state, next_try, why) = match &peer.link {
        LinkStatus::Idle => (EndpointState::Idle, None, None),
        LinkStatus::Connecting | LinkStatus::Proving => (EndpointState::Connecting, None, None),
        LinkStatus::Online => (EndpointState::Connected, None, None),
        LinkStatus::Waiting { next_try, why } => {
            (EndpointState::Waiting, Some(*next_try), Some(why.clone()))
        }
    };
    Some(EndpointView {
        domain: domain.to_string(),
        state,
        last_reached: peer.last_reached,
        last_try: peer.last_try,
        next_try,
        waiting: u64::try_from(peer.queued).unwrap_or(u64::MAX),
        why,
        can_retry: state == EndpointState::Waiting,
    })
}
