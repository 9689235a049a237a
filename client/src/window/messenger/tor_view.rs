//! What Tor and the other endpoints are doing, for the view model.

use jid::BareJid;
use onym_client_protocol::view_model::{
    EndpointReason, EndpointState, EndpointTrouble, EndpointView, TorPhase, TorProblem, TorStep,
    TorView,
};
use onym_identity::Timestamp;
use onym_server::tor::{BlockageKind, BootstrapPhase, TorStatus};
use onym_server::{AwayReason, EndpointStatus, LinkStatus, domain_of};

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
            step: step_of(status),
            detail: String::new(),
            problem: None,
            words: status.to_string(),
        };
        match status {
            TorStatus::Starting => view.percent = Some(0),
            TorStatus::Bootstrapping {
                percent, blocked, ..
            } => {
                view.percent = Some(*percent);
                if let Some(blocked) = blocked {
                    view.problem = Some(problem_of(blocked.kind));
                    view.detail.clone_from(&blocked.why);
                }
            }
            TorStatus::Publishing { trouble } => {
                view.detail = trouble.clone().unwrap_or_default();
            }
            TorStatus::Unreachable { why } => view.detail.clone_from(why),
            TorStatus::Failed { why, advice } => {
                // The advice names folders, which the window's own words cannot.
                view.detail = format!("{why}. {advice}");
                view.problem = Some(TorProblem::Failed);
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

fn step_of(status: &TorStatus) -> Option<TorStep> {
    let TorStatus::Bootstrapping { phase, .. } = status else {
        return None;
    };
    match phase {
        BootstrapPhase::Connecting => Some(TorStep::Relay),
        BootstrapPhase::FetchingConsensus => Some(TorStep::Consensus),
        BootstrapPhase::FetchingCertificates => Some(TorStep::Certificates),
        BootstrapPhase::FetchingRelays => Some(TorStep::RelayKeys),
        BootstrapPhase::Ready => None,
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
    let (state, next_try, trouble) = match &peer.link {
        LinkStatus::Idle => (EndpointState::Idle, None, None),
        LinkStatus::Connecting | LinkStatus::Proving => (EndpointState::Connecting, None, None),
        LinkStatus::Online => (EndpointState::Connected, None, None),
        LinkStatus::Waiting {
            reason,
            why,
            next_try,
        } => {
            let trouble = EndpointTrouble {
                reason: reason_of(*reason),
                detail: why.clone(),
            };
            (EndpointState::Waiting, Some(*next_try), Some(trouble))
        }
    };
    Some(EndpointView {
        domain: domain.to_string(),
        state,
        last_reached: peer.last_reached,
        last_try: peer.last_try,
        next_try,
        waiting: u64::try_from(peer.queued).unwrap_or(u64::MAX),
        trouble,
        can_retry: state == EndpointState::Waiting,
    })
}

fn reason_of(reason: AwayReason) -> EndpointReason {
    match reason {
        AwayReason::OurSide => EndpointReason::OurSide,
        AwayReason::NotFound => EndpointReason::NotFound,
        AwayReason::NoAnswer => EndpointReason::NoAnswer,
        AwayReason::Timeout => EndpointReason::Timeout,
        AwayReason::Refused => EndpointReason::Refused,
        AwayReason::InvalidAddress => EndpointReason::InvalidAddress,
        AwayReason::Ended => EndpointReason::Ended,
        AwayReason::Other => EndpointReason::Other,
    }
}
