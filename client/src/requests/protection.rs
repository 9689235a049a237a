//! Requests about devices, and about how messages are encrypted.

use std::time::Duration;

use jid::BareJid;
use onym_client_protocol::Engine;
use onym_client_protocol::command::Command;
use onym_client_protocol::event::Event;
use onym_client_protocol::omemo::DeviceId;
use onym_client_protocol::store::{ProtectionChoices, ProtectionRecord};

use super::addresses::{self, several};
use super::conversations::online;
use super::{Desk, Reports, RequestError, our_statement};
use crate::args::{Choice, Said};
use crate::report::{DeviceReport, EncryptionReport, HoldReport, Report, policy};
use crate::request::Request;

/// How long somebody's endpoint may take to say which devices they have.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

pub(super) async fn carry_out(
    desk: &Desk,
    request: Request,
    reports: &Reports,
) -> Result<(), RequestError> {
    match request {
        Request::OmemoDevices { jid, refresh } => {
            let jid = match jid {
                Some(jid) => jid,
                None => our_jid(desk).await?,
            };
            if refresh {
                let command = Command::RefreshDevices { jid: jid.clone() };
                fresh(desk, command, &jid).await?;
            }
            for device in devices_of_person(desk, &jid).await? {
                let report = Report::OmemoDevice(Box::new(device));
                reports.send(report).await?;
            }
            Ok(())
        }
        Request::RemoveOmemoDevice { device } => remove(desk, device, reports).await,
        Request::RenewDevice => renew(desk, reports).await,
        Request::SetTrust {
            jid,
            device,
            verdict,
            fingerprint,
        } => {
            let jid = whose_device(desk, jid, device).await?;
            set_trust(desk, &jid, device, verdict, fingerprint.as_deref()).await?;
            tell_device(desk, &jid, device, reports).await
        }
        Request::Encryption { jid, how } => {
            if let Some(how) = how {
                choose(desk, jid.clone(), how).await?;
            }
            reports.send(encryption_of(desk, jid).await?).await
        }
        Request::Renew { jid } => {
            let command = Command::RenewSessions { jid: jid.clone() };
            fresh(desk, command, &jid).await?;
            reports.send(encryption_of(desk, Some(jid)).await?).await
        }
        _ => Ok(()),
    }
}

async fn our_jid(desk: &Desk) -> Result<BareJid, RequestError> {
    Ok(desk.engine.look(|engine| engine.our_jid().clone()).await?)
}

/// Why messages to somebody wait for their protection.
pub(super) async fn hold_of(
    desk: &Desk,
    jid: &BareJid,
) -> Result<Option<HoldReport>, RequestError> {
    let jid = jid.clone();
    let hold = desk.engine.look(move |engine| engine.hold(&jid));
    Ok(hold.await?.map(HoldReport::from))
}

/// How a conversation, or without one all of them, is encrypted.
pub(super) async fn encryption_of(
    desk: &Desk,
    jid: Option<BareJid>,
) -> Result<Report, RequestError> {
    let report = desk.engine.look(move |engine| {
        let choices = engine.memory().protection_choices;
        let Some(jid) = jid else {
            return EncryptionReport {
                policy: policy(choices.policy).to_owned(),
                chosen: true,
                ..EncryptionReport::default()
            };
        };
        let memory = engine.memory();
        let home = engine.home_of(&jid);
        let chosen = memory.protection.get(&home).and_then(|it| it.policy);
        let theirs = addresses::present(memory, &jid);
        let records = theirs.iter().filter_map(|it| memory.protection.get(it));
        let listed = |record: &ProtectionRecord| {
            let devices = record.devices.values();
            devices.filter(|device| device.is_listed()).count()
        };
        let undecided = |record: &ProtectionRecord| record.undecided(choices.is_blind).count();
        EncryptionReport {
            jid: Some(jid.to_string()),
            policy: policy(chosen.unwrap_or(choices.policy)).to_owned(),
            chosen: chosen.is_some(),
            addresses: several(memory, &jid),
            devices: records.clone().map(listed).sum(),
            undecided: records.map(undecided).sum(),
            hold: engine
                .hold(&jid)
                .or(memory.standing_at(&jid).hold())
                .map(HoldReport::from),
        }
    });
    Ok(Report::Encryption(Box::new(report.await?)))
}

async fn choose(desk: &Desk, jid: Option<BareJid>, how: Choice) -> Result<(), RequestError> {
    let command = match (jid, how.policy()) {
        (Some(conversation), policy) => Command::SetEncryption {
            conversation,
            policy,
        },
        (None, Some(policy)) => {
            let choices = desk
                .engine
                .look(|engine| engine.memory().protection_choices);
            Command::SetProtectionChoices(ProtectionChoices {
                policy,
                ..choices.await?
            })
        }
        (None, None) => return Ok(()),
    };
    desk.engine.command(command).await??;
    Ok(())
}

/// The devices of whoever is behind an address, at each of their addresses.
async fn devices_of_person(desk: &Desk, jid: &BareJid) -> Result<Vec<DeviceReport>, RequestError> {
    let (asked, home) = (jid.clone(), addresses::home_of(desk, jid.clone()).await?);
    let look = desk
        .engine
        .look(move |engine| addresses::present(engine.memory(), &asked));
    let theirs = look.await?;
    let is_alone = theirs.as_slice() == std::slice::from_ref(jid);
    let conversation = (!is_alone).then(|| home.to_string());
    let mut all = Vec::new();
    for address in &theirs {
        for device in devices_of(desk, address).await? {
            let conversation = conversation.clone();
            all.push(DeviceReport {
                conversation,
                ..device
            });
        }
    }
    Ok(all)
}

/// The address of a person at which a device is: the one that was named, or the only other one that has
/// a device with this number.
async fn whose_device(desk: &Desk, jid: BareJid, device: u32) -> Result<BareJid, RequestError> {
    let Some(id) = DeviceId::new(device) else {
        return Ok(jid);
    };
    let look = desk.engine.look(move |engine| {
        let memory = engine.memory();
        let has_it = |jid: &BareJid| {
            let record = memory.protection.get(jid);
            record.is_some_and(|record| record.devices.contains_key(&id))
        };
        let mut places = addresses::present(memory, &jid);
        places.retain(has_it);
        match places.as_slice() {
            [only] => only.clone(),
            _ => jid,
        }
    });
    Ok(look.await?)
}

/// The devices of an account; for our own, this one first.
async fn devices_of(desk: &Desk, jid: &BareJid) -> Result<Vec<DeviceReport>, RequestError> {
    let jid = jid.clone();
    let devices = desk.engine.look_now(move |engine, now| {
        let memory = engine.memory();
        let mut reports = Vec::new();
        if jid == *engine.our_jid()
            && let Some(this) = memory.our_device.as_ref()
        {
            reports.push(DeviceReport {
                jid: jid.to_string(),
                id: this.id().into(),
                this: true,
                fingerprint: Some(this.identity_key().fingerprint()),
                versions: vec!["omemo2".to_owned(), "omemo".to_owned()],
                trust: "verified".to_owned(),
                because: "verified".to_owned(),
                may_read: true,
                listed: true,
                ..DeviceReport::default()
            });
        }
        if let Some(record) = memory.protection.get(&jid) {
            let is_blind = memory.protection_choices.is_blind;
            let is_ours = jid == *engine.our_jid();
            reports.extend(record.devices.iter().map(|(id, device)| {
                let decision = record.decide(device, is_blind);
                let stale = record.is_stale(device, is_ours, is_blind, now);
                let report = DeviceReport::new(jid.to_string(), (*id).into(), device, decision);
                DeviceReport { stale, ..report }
            }));
        }
        reports
    });
    Ok(devices.await?)
}

async fn tell_device(
    desk: &Desk,
    jid: &BareJid,
    id: u32,
    reports: &Reports,
) -> Result<(), RequestError> {
    let devices = devices_of(desk, jid).await?;
    for device in devices.into_iter().filter(|device| device.id == id) {
        reports.send(Report::OmemoDevice(Box::new(device))).await?;
    }
    Ok(())
}

async fn set_trust(
    desk: &Desk,
    jid: &BareJid,
    device: u32,
    verdict: Said,
    fingerprint: Option<&str>,
) -> Result<(), RequestError> {
    let id = DeviceId::new(device).ok_or_else(|| RequestError::NoDevice(device.to_string()))?;
    let account = jid.clone();
    let key = desk.engine.look(move |engine| {
        let record = engine.memory().protection.get(&account)?;
        Some(record.devices.get(&id)?.key)
    });
    let known = key.await?;
    let key = known.ok_or_else(|| RequestError::NoDevice(device.to_string()))?;
    match (key, fingerprint, verdict) {
        (None, Some(_), _) | (None, None, Said::Verify) => {
            return Err(RequestError::NoFingerprint);
        }
        (Some(key), Some(said), _) if !is_same(said, &key.fingerprint()) => {
            return Err(RequestError::OtherFingerprint(key.to_string()));
        }
        _ => {}
    }
    let command = Command::SetTrust {
        jid: jid.clone(),
        device: id,
        key,
        verdict: verdict.verdict(),
    };
    desk.engine.command(command).await??;
    Ok(())
}

/// Whether somebody has said this fingerprint, in whatever groups and letters.
fn is_same(said: &str, fingerprint: &str) -> bool {
    let digits: String = said
        .chars()
        .filter(|it| !it.is_whitespace() && *it != ':')
        .collect();
    digits.eq_ignore_ascii_case(fingerprint)
}

/// Gives a command that asks which devices somebody has, and returns when they have said so.
async fn fresh(desk: &Desk, command: Command, jid: &BareJid) -> Result<(), RequestError> {
    let read = Event::DevicesRead { jid: jid.clone() };
    let asking = async {
        let _attached = desk.engine.attach().await?;
        online(desk).await?;
        told(desk, command, read).await
    };
    in_time(asking).await
}

/// Gives a command, and returns when its end was told.
async fn told(desk: &Desk, command: Command, end: Event) -> Result<(), RequestError> {
    let told = move |_: &Engine, event: Option<&Event>| (event? == &end).then_some(());
    let told = desk.engine.watch(told).await?;
    desk.engine.command(command).await??;
    Ok(told.found().await?)
}

async fn in_time(
    asking: impl Future<Output = Result<(), RequestError>>,
) -> Result<(), RequestError> {
    match tokio::time::timeout(ANSWER_LIMIT, asking).await {
        Ok(outcome) => outcome,
        Err(_) => Err(RequestError::NoAnswer),
    }
}

/// Takes another device of ours out of our lists, and returns when our endpoint has them.
async fn remove(desk: &Desk, device: u32, reports: &Reports) -> Result<(), RequestError> {
    let no_device = || RequestError::NoDevice(device.to_string());
    let id = DeviceId::new(device).ok_or_else(no_device)?;
    let ours = desk.engine.look(move |engine| {
        let memory = engine.memory();
        let this = memory.our_device.as_ref().map(|this| this.id());
        let record = memory.protection.get(engine.our_jid());
        let is_known = record.is_some_and(|record| record.devices.contains_key(&id));
        (this == Some(id), is_known)
    });
    match ours.await? {
        (true, _) => return Err(RequestError::ThisDevice),
        (false, false) => return Err(no_device()),
        (false, true) => {}
    }
    let jid = our_jid(desk).await?;
    // What is listed is known once our endpoint has said it over this stream, which goes on until
    // the end of this.
    let _attached = desk.engine.attach().await?;
    let command = Command::RefreshDevices { jid: jid.clone() };
    fresh(desk, command, &jid).await?;
    let removed = Event::OurDeviceRemoved { device: id };
    let removing = async {
        online(desk).await?;
        told(desk, Command::RemoveOurDevice { device: id }, removed).await
    };
    in_time(removing).await?;
    our_statement::published(desk).await?;
    tell_device(desk, &jid, device, reports).await
}

/// Makes new keys for this device, and returns when our endpoint has them.
async fn renew(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let jid = our_jid(desk).await?;
    let _attached = desk.engine.attach().await?;
    // Its new number must not be that of another device, so the lists are read first.
    let command = Command::RefreshDevices { jid: jid.clone() };
    fresh(desk, command, &jid).await?;
    desk.engine.command(Command::RenewOurDevice).await??;
    our_statement::published(desk).await?;
    for device in devices_of(desk, &jid)
        .await?
        .into_iter()
        .filter(|it| it.this)
    {
        reports.send(Report::OmemoDevice(Box::new(device))).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_same_in_any_groups() {
        let fingerprint = "0123456789abcdef".repeat(4);
        for said in [
            fingerprint.clone(),
            "01234567 89ABCDEF\n".repeat(4),
            "0123:4567:89ab:cdef:".repeat(4),
        ] {
            assert!(is_same(&said, &fingerprint), "{said}");
        }
        for other in ["", "0123456789abcdef", &"0123456789abcdee".repeat(4)] {
            assert!(!is_same(other, &fingerprint), "{other}");
        }
    }
}
