//! Requests about what we say about ourselves, and whom we keep away.

use std::path::{Path, PathBuf};

use jid::BareJid;
use onym_client_protocol::command::Command;
use onym_client_protocol::store::AvatarChoice;
use onym_desktop::Picture;

use super::{Desk, Reports, RequestError};
use crate::report::Report;

pub(super) async fn show(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let profile = desk
        .engine
        .look(|engine| engine.memory().account.profile.clone());
    let profile = profile.await?;
    let report = Report::Profile {
        name: profile.name,
        picture: profile.avatar,
    };
    reports.send(report).await
}

pub(super) async fn set_name(
    desk: &Desk,
    name: Option<String>,
    reports: &Reports,
) -> Result<(), RequestError> {
    let avatar = AvatarChoice::Keep;
    set(desk, Command::SetOurProfile { name, avatar }, reports).await
}

pub(super) async fn set_picture(
    desk: &Desk,
    file: Option<PathBuf>,
    reports: &Reports,
) -> Result<(), RequestError> {
    let avatar = match file {
        None => AvatarChoice::Remove,
        Some(file) => AvatarChoice::Set(tokio::task::block_in_place(|| png_of(&file))?),
    };
    let name = desk
        .engine
        .look(|engine| engine.memory().account.profile.name.clone());
    let name = name.await?;
    set(desk, Command::SetOurProfile { name, avatar }, reports).await
}

fn png_of(file: &Path) -> Result<Vec<u8>, RequestError> {
    let unreadable = |why: &dyn std::fmt::Display| RequestError::Picture {
        path: file.to_owned(),
        why: why.to_string(),
    };
    let picture = Picture::read(file).map_err(|error| unreadable(&error))?;
    picture.to_avatar().map_err(|error| unreadable(&error))
}

async fn set(desk: &Desk, command: Command, reports: &Reports) -> Result<(), RequestError> {
    let _attached = desk.engine.attach().await?;
    desk.engine.command(command).await??;
    show(desk, reports).await
}

/// Keeps somebody away, or lets them through again.
pub(super) async fn set_blocked(
    desk: &Desk,
    jid: BareJid,
    blocked: bool,
    reports: &Reports,
) -> Result<(), RequestError> {
    let command = if blocked {
        Command::Block { jid: jid.clone() }
    } else {
        Command::Unblock { jid: jid.clone() }
    };
    super::contacts::change(desk, command, &jid, reports).await
}

pub(super) async fn blocked(desk: &Desk, reports: &Reports) -> Result<(), RequestError> {
    let blocked = desk
        .engine
        .look(|engine| engine.memory().account.blocked.clone());
    for jid in blocked.await? {
        let jid = jid.to_string();
        reports.send(Report::Blocked { jid }).await?;
    }
    Ok(())
}
