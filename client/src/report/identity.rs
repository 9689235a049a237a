//! What is said about signed documents and invites.

use onym_identity::IdentityKey;
use onym_identity::invite::{Invite, InvitedKey};
use onym_identity::statement::{
    DisplayName, EndpointKind, ForeignKey, IdentityRevocation, KeyClaim, KeyProtocol, Revocation,
    Revoked, Statement, StatementBody, Succession,
};
use serde::{Deserialize, Serialize};

/// A document or an invite that was verified, or why it was not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DocumentReport {
    /// `statement`, `revocation`, `succession`, `invite`, or `unknown`.
    pub(crate) kind: String,
    pub(crate) valid: bool,
    /// Why not: the words of `docs/identity-statement.md`, or those of `docs/invites.md`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// Whose fault that is: `document`, `publisher`, `giver` or `clock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<String>,
    /// The identity that has signed; of an invite whom it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) serial: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issued: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Whether the name mixes scripts, as one does that shall look like another.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) mixed_script: bool,
    /// The address of an invite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jid: Option<String>,
    /// Whether an invite has a token, which is a secret.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) token: bool,
    /// Whether an invite says that it is a contact's new address.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_move: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) endpoints: Vec<EndpointReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) keys: Vec<KeyReport>,
    /// Keys that a link says are not the person's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) distrusted: Vec<KeyReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) revocations: Vec<RevocationReport>,
}

/// An address in a statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndpointReport {
    jid: String,
    /// `own`, or `account`, which is a claim.
    kind: String,
    priority: u8,
}

/// A key in a statement or an invite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyReport {
    protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<u32>,
    fingerprint: String,
}

/// What a statement takes back: a key or an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RevocationReport {
    #[serde(flatten)]
    what: RevokedReport,
    since: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum RevokedReport {
    Key(KeyReport),
    Endpoint { jid: String },
}

/// A document that was signed here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SignedReport {
    /// `statement`, `revocation`, `proposal` or `succession`.
    pub(crate) kind: String,
    pub(crate) identity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) serial: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
    /// Whether a statement has the OMEMO key of this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) has_device: Option<bool>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// The text, where it is printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// The file, where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

impl From<&Statement> for DocumentReport {
    fn from(statement: &Statement) -> Self {
        Self::of_statement(statement.identity(), statement.body())
    }
}

impl DocumentReport {
    /// What a statement says that was verified.
    pub(super) fn of_statement(identity: &IdentityKey, body: &StatementBody) -> Self {
        let endpoint = |it: &onym_identity::statement::Endpoint| EndpointReport {
            jid: it.jid.to_string(),
            kind: match it.kind {
                EndpointKind::Own => "own",
                EndpointKind::Account => "account",
            }
            .to_owned(),
            priority: it.priority,
        };
        Self {
            serial: Some(body.serial),
            issued: Some(body.issued.to_string()),
            expires: Some(body.expires.to_string()),
            name: body.name.as_ref().map(|it| it.as_str().to_owned()),
            mixed_script: body.name.as_ref().is_some_and(DisplayName::is_mixed_script),
            endpoints: body.endpoints.iter().map(endpoint).collect(),
            keys: body.keys.iter().map(KeyReport::from).collect(),
            revocations: body
                .revocations
                .iter()
                .map(RevocationReport::from)
                .collect(),
            ..Self::valid("statement", Some(identity))
        }
    }
}

impl From<&IdentityRevocation> for DocumentReport {
    fn from(revocation: &IdentityRevocation) -> Self {
        Self::valid("revocation", Some(revocation.identity()))
    }
}

impl From<&Succession> for DocumentReport {
    fn from(succession: &Succession) -> Self {
        Self {
            successor: Some(succession.new_identity().to_string()),
            since: Some(succession.since().to_string()),
            ..Self::valid("succession", Some(succession.old()))
        }
    }
}

impl From<&Invite> for DocumentReport {
    fn from(invite: &Invite) -> Self {
        let name = invite.name.as_ref();
        Self {
            jid: Some(invite.jid.to_string()),
            name: name.map(|it| it.as_str().to_owned()),
            mixed_script: name.is_some_and(DisplayName::is_mixed_script),
            token: invite.token.is_some(),
            serial: invite.least_serial,
            is_move: invite.is_move,
            keys: invite.keys.iter().map(KeyReport::from).collect(),
            distrusted: invite.distrusted.iter().map(distrusted).collect(),
            ..Self::valid("invite", invite.identity().as_ref())
        }
    }
}

fn distrusted(key: &ForeignKey) -> KeyReport {
    KeyReport::of(key, None)
}

impl From<&KeyClaim> for KeyReport {
    fn from(claim: &KeyClaim) -> Self {
        Self {
            jid: Some(claim.jid.to_string()),
            ..Self::of(&claim.key, claim.device)
        }
    }
}

impl From<&InvitedKey> for KeyReport {
    fn from(invited: &InvitedKey) -> Self {
        Self::of(&invited.key, invited.device)
    }
}

impl From<&Revocation> for RevocationReport {
    fn from(revocation: &Revocation) -> Self {
        let what = match &revocation.what {
            Revoked::Key(key) => RevokedReport::Key(KeyReport::of(key, None)),
            Revoked::Endpoint(jid) => RevokedReport::Endpoint {
                jid: jid.to_string(),
            },
        };
        let since = revocation.since.to_string();
        Self { what, since }
    }
}

impl KeyReport {
    fn of(key: &ForeignKey, device: Option<u32>) -> Self {
        Self {
            protocol: protocol_words(key.protocol),
            jid: None,
            device,
            fingerprint: key.fingerprint.to_string(),
        }
    }

    fn words(&self) -> String {
        let device = self.device.map(|it| format!(", device {it}"));
        let at = self.jid.as_ref().map(|it| format!(", at {it}"));
        format!(
            "{}{}: {}{}",
            self.protocol,
            device.unwrap_or_default(),
            self.fingerprint,
            at.unwrap_or_default()
        )
    }
}

fn protocol_words(protocol: KeyProtocol) -> String {
    match protocol {
        KeyProtocol::Omemo => "OMEMO 0.3".to_owned(),
        KeyProtocol::Omemo2 => "OMEMO 2".to_owned(),
        KeyProtocol::Otr => "OTR".to_owned(),
        KeyProtocol::OpenPgpV4 | KeyProtocol::OpenPgpV6 => "OpenPGP".to_owned(),
        KeyProtocol::TlsCertificate => "TLS".to_owned(),
        KeyProtocol::Other(_) => format!("unknown protocol {}", protocol.code()),
    }
}

impl DocumentReport {
    fn valid(kind: &str, identity: Option<&IdentityKey>) -> Self {
        Self {
            kind: kind.to_owned(),
            valid: true,
            identity: identity.map(IdentityKey::to_string),
            ..Self::default()
        }
    }

    /// As words for a person; none for one that is refused, since an error says that.
    pub(super) fn words(&self) -> Option<String> {
        if !self.valid {
            return None;
        }
        let nobody = String::new();
        let identity = self.identity.as_ref().unwrap_or(&nobody);
        let mut lines = vec![match (self.kind.as_str(), &self.successor) {
            ("statement", _) => format!("Valid statement of the identity\n  {identity}"),
            ("revocation", _) => format!(
                "Valid revocation: nothing of this identity is to be believed any more\n  {identity}"
            ),
            (_, Some(new)) => format!(
                "Valid succession, which anyone who has stolen the old key could make, too\n  old: {identity}\n  new: {new}"
            ),
            (_, None) => "Invite, which nobody has signed".to_owned(),
        }];
        let mixed = if self.mixed_script {
            " (mixes scripts, and may be made to look like another)"
        } else {
            ""
        };
        let name = self.name.as_deref().map(super::words::printable);
        let name = name.map(|name| format!("{name}{mixed}"));
        let identity_of_invite = (self.kind == "invite").then(|| identity.clone());
        let facts = [
            ("address", &self.jid),
            ("identity", &identity_of_invite.filter(|it| !it.is_empty())),
            ("name", &name),
            ("serial number", &self.serial.map(|it| it.to_string())),
            ("since", &self.since),
            ("issued", &self.issued),
            ("expires", &self.expires),
        ];
        for (what, fact) in facts {
            lines.extend(fact.as_ref().map(|fact| format!("  {what}: {fact}")));
        }
        if self.token {
            lines.push("  has a token that lets one request in".to_owned());
        }
        if self.is_move {
            lines.push("  is said to be a contact's new address".to_owned());
        }
        lines.extend(self.endpoints.iter().map(EndpointReport::words));
        lines.extend(self.keys.iter().map(|it| format!("  key: {}", it.words())));
        let distrusted = self.distrusted.iter();
        lines.extend(distrusted.map(|it| format!("  not to be trusted: {}", it.words())));
        lines.extend(self.revocations.iter().map(RevocationReport::words));
        Some(lines.join("\n"))
    }
}

impl EndpointReport {
    fn words(&self) -> String {
        let Self {
            jid,
            kind,
            priority,
        } = self;
        match kind.as_str() {
            "own" => format!("  endpoint: {jid} (priority {priority})"),
            _ => format!(
                "  endpoint: {jid} (priority {priority}; a claim until that account publishes this statement, too)"
            ),
        }
    }
}

impl RevocationReport {
    fn words(&self) -> String {
        let what = match &self.what {
            RevokedReport::Key(key) => key.words(),
            RevokedReport::Endpoint { jid } => jid.clone(),
        };
        format!("  revoked since {}: {what}", self.since)
    }
}

impl SignedReport {
    /// As words for a person. The text is printed as it is, to be piped and pasted.
    pub(super) fn words(&self) -> String {
        let mut lines = Vec::new();
        if let Some(text) = &self.text {
            lines.push(text.trim_end().to_owned());
        }
        if let Some(file) = &self.file {
            let file = super::words::printable(file);
            lines.push(format!("Written: the {} in {file}", self.kind));
        }
        lines.extend(self.note.clone());
        lines.join("\n")
    }
}
