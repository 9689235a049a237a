//! Requests about what our statement says, and about addresses that are asked for theirs.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::Engine;
use onym_client_protocol::address_check::{AddressAnswer, StatementPlace};
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_identity::statement::{KeyClaim, VerifyError};
use onym_identity::{IdentityKey, OnymJid};

use super::conversations::online;
use super::documents;
use super::{Desk, Reports, RequestError};
use crate::refusal::{NO_DOCUMENT, Refusal};
use crate::report::{
    AddressReport, FAILED, OurEndReport, OurStatementReport, Report, StatementRefusedReport,
    TOO_LATE, answer_word,
};
use crate::request::{ClaimChange, Request};

/// How long our endpoint may take to publish our statement. It is in this process.
const PUBLISH_LIMIT: Duration = Duration::from_secs(60);

/// How long our other accounts may take to answer: the way to their servers may have to be built.
const CHECK_LIMIT: Duration = Duration::from_secs(90);

pub(super) async fn carry_out(
    desk: &Desk,
    request: Request,
    reports: &Reports,
) -> Result<(), RequestError> {
    match request {
        Request::OurStatement { check: false } => tell(desk, reports).await,
        Request::OurStatement { check: true } => tell_checked(desk, reports).await,
        Request::Claim { change } => {
            let command = command_of(desk, change).await?;
            let _attached = desk.engine.attach().await?;
            desk.engine.command(command).await??;
            published(desk).await?;
            tell(desk, reports).await
        }
        Request::CheckAddress {
            jid,
            identity,
            timeout_seconds,
        } => {
            let limit = Duration::from_secs(timeout_seconds);
            check_one(desk, jid, identity, limit, reports).await
        }
        _ => Ok(()),
    }
}

async fn our_statement(desk: &Desk) -> Result<OurStatementReport, RequestError> {
    let look = |engine: &Engine| {
        OurStatementReport::of(engine.memory(), engine.our_jid(), engine.is_signed_out())
    };
    Ok(desk.engine.look(look).await?)
}

async fn tell(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let report = our_statement(desk).await?;
    reports.send(Report::OurStatement(Box::new(report))).await
}

async fn tell_checked(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let mut report = our_statement(desk).await?;
    let others = report.addresses.iter().filter(|it| it.state != "here");
    let others: Vec<BareJid> = others.filter_map(|it| it.jid.parse().ok()).collect();
    let ours = desk.engine.look(|engine| {
        let record = engine.memory().identities.get(engine.our_jid());
        record.map(|record| *record.followed.identity())
    });
    let ours = ours.await?;
    let answers = check(desk, others, CHECK_LIMIT).await?;
    let mut worst: Option<Unconfirmed> = None;
    for address in &mut report.addresses {
        let answer = address.jid.parse().ok();
        let Some((answer, _)) = answer.and_then(|jid: BareJid| answers.get(&jid)) else {
            continue;
        };
        let (state, why) = match answer {
            AddressAnswer::Confirmed(statement) if Some(*statement.identity()) != ours => {
                ("refused", Some("it is of another identity".to_owned()))
            }
            answer => answer_word(answer),
        };
        (address.state, address.why) = (state.to_owned(), why);
        if let Some(mut found) = unconfirmed(answer, ours)
            && worst.as_ref().is_none_or(|worst| found.code > worst.code)
        {
            found.why = format!("{}: {}", address.jid, found.why);
            worst = Some(found);
        }
    }
    reports.send(Report::OurStatement(Box::new(report))).await?;
    worst.map_or(Ok(()), |worst| Err(worst.into()))
}

/// Why an account does not confirm an identity.
struct Unconfirmed {
    why: String,
    advice: Option<&'static str>,
    code: u8,
}

impl From<Unconfirmed> for RequestError {
    fn from(it: Unconfirmed) -> Self {
        let Unconfirmed { why, advice, code } = it;
        Self::NotConfirmed { why, advice, code }
    }
}

impl From<Refusal> for Unconfirmed {
    fn from(refusal: Refusal) -> Self {
        Self {
            why: refusal.why,
            advice: Some(refusal.fault.advice()),
            code: refusal.code,
        }
    }
}

/// Why an answer confirms no identity, or not the expected one; nothing if it does.
fn unconfirmed(answer: &AddressAnswer, expected: Option<IdentityKey>) -> Option<Unconfirmed> {
    let because = |why: &str, code| {
        let (why, advice) = (why.to_owned(), None);
        Some(Unconfirmed { why, advice, code })
    };
    match answer {
        AddressAnswer::Confirmed(statement) => {
            let expected = expected.filter(|expected| statement.identity() != expected)?;
            let error = VerifyError::OtherIdentity { expected };
            Some(Refusal::verify("statement", &error).into())
        }
        AddressAnswer::Refused(why) => Some(Refusal::statement(why).into()),
        AddressAnswer::Nothing => because("the account publishes no statement", NO_DOCUMENT),
        AddressAnswer::Error { .. } => because("the account's server refused the question", FAILED),
        AddressAnswer::Silent => because("the account has not answered in time", TOO_LATE),
    }
}

async fn command_of(desk: &Desk, change: ClaimChange) -> Result<Command, RequestError> {
    Ok(match change {
        ClaimChange::Address { jid, priority } => {
            must_not_name_another(desk, &jid).await?;
            Command::ClaimAddress { jid, priority }
        }
        ClaimChange::NoAddress { jid, is_revoked } => Command::DropAddress { jid, is_revoked },
        ClaimChange::Key {
            account,
            key,
            device,
        } => {
            let our_jid = desk.engine.look(|engine| engine.our_jid().clone()).await?;
            let claim = KeyClaim {
                jid: account.unwrap_or(our_jid),
                device,
                key,
            };
            Command::ClaimKey { claim }
        }
        ClaimChange::NoKey { key, is_revoked } => Command::DropKey { key, is_revoked },
    })
}

/// An account whose address names another identity takes the statement of that one alone.
async fn must_not_name_another(desk: &Desk, jid: &BareJid) -> Result<(), RequestError> {
    let ours = desk.engine.look(|engine| engine.our_jid().clone()).await?;
    let [claimed, ours] = [jid, &ours].map(|it| OnymJid::try_from(it).map(|it| it.identity));
    match (claimed, ours) {
        (Ok(claimed), Ok(ours)) if claimed != ours => Err(RequestError::NotConfirmed {
            why: format!("{jid} names another identity, and can never confirm yours"),
            advice: None,
            code: FAILED,
        }),
        _ => Ok(()),
    }
}

/// Returns when everything that the user wants our statement to say is published.
pub(super) async fn published(desk: &Desk) -> Result<(), RequestError> {
    let publishing = async {
        let is_published = |engine: &Engine| {
            let memory = engine.memory();
            memory.our_claims.wishes.is_empty() && !memory.our_end.waits()
        };
        desk.engine.until(is_published).await
    };
    match tokio::time::timeout(PUBLISH_LIMIT, publishing).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(RequestError::NotPublished),
    }
}

async fn check_one(
    desk: &Desk,
    jid: BareJid,
    identity: Option<IdentityKey>,
    limit: Duration,
    reports: &Reports,
) -> Result<(), RequestError> {
    let mut answers = check(desk, vec![jid.clone()], limit).await?;
    let silent = (AddressAnswer::Silent, StatementPlace::Node);
    let (answer, place) = answers.remove(&jid).unwrap_or(silent);
    let report = AddressReport::of(&jid, &answer, place);
    reports.send(Report::Address(Box::new(report))).await?;
    match unconfirmed(&answer, identity) {
        None => Ok(()),
        Some(why) => Err(why.into()),
    }
}

/// Asks accounts for the statement of an identity. Whoever is missing has not answered in time.
async fn check(
    desk: &Desk,
    jids: Vec<BareJid>,
    limit: Duration,
) -> Result<BTreeMap<BareJid, (AddressAnswer, StatementPlace)>, RequestError> {
    let mut answers = BTreeMap::new();
    let asking = async {
        let _attached = desk.engine.attach().await?;
        online(desk).await?;
        let mut asked = Vec::new();
        for jid in &jids {
            let command = Command::CheckAddress { jid: jid.clone() };
            let of = jid.clone();
            let answer = move |_: &Engine, event: Option<&Event>| match event? {
                Event::AddressChecked { jid, answer, place } if *jid == of => {
                    Some((answer.clone(), *place))
                }
                _ => None,
            };
            asked.push((jid.clone(), desk.engine.watch(answer).await?));
            desk.engine.command(command).await??;
        }
        for (jid, answer) in asked {
            answers.insert(jid, answer.found().await?);
        }
        Ok::<_, RequestError>(())
    };
    if let Ok(outcome) = tokio::time::timeout(limit, asking).await {
        outcome?;
    }
    for jid in jids {
        let silent = (AddressAnswer::Silent, StatementPlace::Node);
        answers.entry(jid).or_insert(silent);
    }
    Ok(answers)
}

/// What an event says about who is who, if anything.
pub(super) async fn news(desk: &Desk, event: &Event) -> Result<Option<Report>, RequestError> {
    Ok(match event {
        Event::StatementRefused { jid, why } => {
            let our_jid = desk.engine.look(|engine| engine.our_jid().clone()).await?;
            let report = StatementRefusedReport::of(jid, *jid == our_jid, why);
            Some(Report::StatementRefused(Box::new(report)))
        }
        Event::IdentityChanged { jid } => {
            let jid = jid.clone();
            let look = move |engine: &Engine| challenge_of(engine, &jid);
            desk.engine.look(look).await?
        }
        Event::IdentityRevoked { jid } => Some(Report::IdentityRevoked {
            jid: jid.to_string(),
        }),
        Event::ContactMoved { from, to } => Some(Report::ContactMoved {
            from: from.to_string(),
            to: to.to_string(),
        }),
        Event::SignedOut => Some(Report::SignedOut),
        Event::OurIdentityEnded => documents::our_end(desk).await?,
        _ => None,
    })
}

/// What whoever comes later has to hear, too.
pub(super) async fn warnings(desk: &Desk) -> Result<Vec<Report>, RequestError> {
    let look = |engine: &Engine| {
        let identities = engine.memory().identities.keys();
        let mut warnings: Vec<Report> = identities
            .filter_map(|jid| challenge_of(engine, jid))
            .collect();
        if engine.is_signed_out() {
            warnings.push(Report::SignedOut);
        }
        warnings.extend(OurEndReport::of(engine.our_standing()).map(Report::IdentityEnded));
        warnings
    };
    Ok(desk.engine.look(look).await?)
}

fn challenge_of(engine: &Engine, jid: &BareJid) -> Option<Report> {
    let record = engine.memory().identities.get(jid)?;
    let challenge = record.challenge.as_ref()?;
    Some(Report::IdentityChanged {
        jid: jid.to_string(),
        from: record.followed.identity().to_string(),
        to: challenge.identity.to_string(),
    })
}
