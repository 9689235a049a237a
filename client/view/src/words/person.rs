//! Who somebody is, in words.

use onym_client_protocol::identities::StatementRefusal;
use onym_client_protocol::store::{IdentityEvent, KnownBy};
use onym_client_protocol::view_model::{
    AddressProof, KeyView, PersonStanding, PersonSummary, StatementView,
};
use onym_identity::statement::{FollowError, ForeignKey, KeyProtocol, VerifyError};
use onym_identity::{Timestamp, jid::BareJid};

use super::{Clock, Words};
use crate::person::short_identity;
use crate::text;

impl Words {
    /// Who is behind an address: in a few words, and what it rests on.
    pub(crate) fn standing(
        self,
        summary: &PersonSummary,
        name: &str,
        clock: Clock,
    ) -> (String, String) {
        use PersonStanding as P;
        let of = |title: &str, why: &str, at: Option<Timestamp>| {
            let time = at.map(|at| self.short_date(clock.local(at).date));
            let blanks = [
                ("name", name.into()),
                ("time", time.unwrap_or_default().into()),
            ];
            (self.with(title, &blanks), self.with(why, &blanks))
        };
        match summary.standing {
            P::Differs { at } => of("standing-differs", "standing-differs-why", Some(at)),
            P::Revoked => of("standing-revoked", "standing-revoked-why", None),
            P::Changed { since } => of("standing-changed", "standing-changed-why", Some(since)),
            P::AddressRevoked => of(
                "standing-address-revoked",
                "standing-address-revoked-why",
                None,
            ),
            P::AddressLeft => of("standing-left", "standing-left-why", None),
            P::Succeeded { .. } => of("standing-succeeded", "standing-succeeded-why", None),
            _ if summary.contradiction.is_some() => {
                of("standing-contradicted", "standing-contradicted-why", None)
            }
            P::Nobody => of("standing-nobody", "standing-nobody-why", None),
            P::AddressIsKey => of("standing-address", "standing-address-why", None),
            P::Expected { known_by } => {
                let ([title, why], at) = expected(known_by);
                of(title, why, at)
            }
            P::Confirmed => of("standing-confirmed", "standing-confirmed-why", None),
            P::Late => of("standing-late", "standing-late-why", None),
            P::Introduced { at } => of("standing-introduced", "standing-introduced-why", Some(at)),
            P::Verified { at } => of("standing-verified", "standing-verified-why", Some(at)),
        }
    }

    /// Our own identity: in a few words, and what it rests on.
    pub(crate) fn our_standing(self, summary: &PersonSummary) -> (String, String) {
        let [title, why] = match summary.standing {
            PersonStanding::Revoked => ["ours-standing-revoked", "ours-standing-revoked-why"],
            PersonStanding::Succeeded { .. } => {
                ["ours-standing-succeeded", "ours-standing-succeeded-why"]
            }
            _ if summary.contradiction.is_some() => [
                "ours-standing-contradicted",
                "ours-standing-contradicted-why",
            ],
            _ if summary.identity.is_none() => ["ours-standing-nobody", "ours-standing-nobody-why"],
            _ => ["ours-standing", "ours-standing-why"],
        };
        (self.get(title), self.get(why))
    }

    /// What must not be missed about somebody.
    pub(crate) fn alarm(self, summary: &PersonSummary, name: &str) -> String {
        let key = match summary.standing {
            PersonStanding::Revoked => "alarm-revoked",
            PersonStanding::Differs { .. } => "alarm-differs",
            PersonStanding::Changed { .. } => "alarm-changed",
            PersonStanding::Succeeded { .. } => "alarm-succeeded",
            PersonStanding::AddressRevoked => "alarm-address-revoked",
            _ => "alarm-contradicted",
        };
        self.with(key, &[("name", name.into())])
    }

    /// The number of a statement, and how long it counts.
    pub(crate) fn statement_facts(
        self,
        statement: &StatementView,
        standing: PersonStanding,
        clock: Clock,
    ) -> String {
        let date = |at: Timestamp| self.date(clock.local(at).date);
        let blanks = [
            ("serial", statement.serial.to_string().into()),
            ("issued", date(statement.issued).into()),
            ("expires", date(statement.expires).into()),
        ];
        use PersonStanding::{Differs, Revoked, Succeeded};
        let key = match standing {
            Revoked | Succeeded { .. } | Differs { .. } => "person-statement-void",
            _ if statement.is_expired => "person-statement-expired",
            _ => "person-statement-facts",
        };
        self.with(key, &blanks)
    }

    /// What proves an address.
    pub(crate) fn address_proof(self, proof: AddressProof, clock: Clock) -> String {
        match proof {
            AddressProof::Confirmed => self.get("address-confirmed"),
            AddressProof::CarriesKey => self.get("address-carries-key"),
            AddressProof::Claimed => self.get("address-claimed"),
            AddressProof::Revoked { since } => {
                let time = self.short_date(clock.local(since).date);
                self.with("address-revoked", &[("time", time.into())])
            }
        }
    }

    /// What a key is for.
    pub(crate) fn key_name(self, key: &KeyView) -> String {
        let protocol = self.protocol(key.protocol);
        match key.device {
            Some(number) => {
                let blanks = [
                    ("protocol", protocol.into()),
                    ("number", number.to_string().into()),
                ];
                self.with("key-of-device", &blanks)
            }
            None => protocol,
        }
    }

    fn protocol(self, protocol: KeyProtocol) -> String {
        match protocol {
            KeyProtocol::Omemo => "OMEMO".to_owned(),
            KeyProtocol::Omemo2 => "OMEMO 2".to_owned(),
            KeyProtocol::Otr => "OTR".to_owned(),
            KeyProtocol::OpenPgpV4 | KeyProtocol::OpenPgpV6 => self.get("key-openpgp"),
            KeyProtocol::TlsCertificate => self.get("key-tls"),
            KeyProtocol::Other(_) => self.get("key-other"),
        }
    }

    /// Whether a key can be relied on, and why.
    pub(crate) fn key_trust(
        self,
        key: &KeyView,
        counts: bool,
        standing: PersonStanding,
        clock: Clock,
    ) -> String {
        let (name, at) = match (key.revoked, standing) {
            (Some(since), _) => ("key-revoked", Some(since)),
            (None, _) if !counts => ("key-not-counting", None),
            (None, PersonStanding::Verified { at }) => ("key-verified", Some(at)),
            (None, PersonStanding::Introduced { at }) => ("key-introduced", Some(at)),
            (None, PersonStanding::Late) => ("key-late", None),
            (None, _) => ("key-signed", None),
        };
        let time = at.map(|at| self.short_date(clock.local(at).date));
        self.with(name, &[("time", time.unwrap_or_default().into())])
    }

    /// Something that happened to an identity.
    pub(crate) fn identity_event(self, event: &IdentityEvent) -> String {
        use IdentityEvent as E;
        let of_key = |name: &str, key: &ForeignKey| {
            let short: String = key.fingerprint.to_string().chars().take(8).collect();
            let blanks = [
                ("protocol", self.protocol(key.protocol).into()),
                ("key", short.into()),
            ];
            self.with(name, &blanks)
        };
        let of_address = |name: &str, jid: &BareJid| {
            let jid = text::short_jid(jid.as_str());
            self.with(name, &[("jid", jid.into())])
        };
        match event {
            E::FirstSeen => self.get("event-first-seen"),
            E::NameChanged => self.get("event-name"),
            E::KeyAdded(key) => of_key("event-key-added", key),
            E::KeyLeft(key) => of_key("event-key-left", key),
            E::KeyRevoked(key) => of_key("event-key-revoked", key),
            E::AddressAdded(jid) => of_address("event-address-added", jid),
            E::AddressConfirmed(jid) => of_address("event-address-confirmed", jid),
            E::AddressFollowed(jid) => of_address("event-address-followed", jid),
            E::AddressLeft(jid) => of_address("event-address-left", jid),
            E::AddressRevoked(jid) => of_address("event-address-revoked", jid),
            E::Verified => self.get("event-verified"),
            E::VerificationWithdrawn => self.get("event-withdrawn"),
            E::IdentityChanged { from, to } => {
                let blanks = [
                    ("from", short_identity(from).into()),
                    ("to", short_identity(to).into()),
                ];
                self.with("event-changed", &blanks)
            }
            E::Differed => self.get("event-differed"),
            E::Revoked => self.get("event-revoked"),
            E::Succeeded { by } => {
                self.with("event-succeeded", &[("by", short_identity(by).into())])
            }
            E::Refused(why) => {
                let why = self.statement_refusal(why);
                self.with("event-refused", &[("why", why.into())])
            }
        }
    }

    /// Why a statement changed nothing.
    pub(crate) fn statement_refusal(self, why: &StatementRefusal) -> String {
        self.get(match why {
            StatementRefusal::NotFollowed(error) => match error {
                FollowError::OtherIdentity { .. } => "refusal-other-identity",
                FollowError::Older { .. } => "refusal-older",
                FollowError::Equivocation { .. } => "refusal-equivocation",
                FollowError::Succeeded { .. } => "refusal-succeeded",
                FollowError::OtherSuccessor { .. } => "refusal-two-successors",
                FollowError::Revoked => "refusal-revoked",
            },
            StatementRefusal::Unbelievable(error) => match error {
                VerifyError::OtherIdentity { .. } => "refusal-other-identity",
                VerifyError::Expired { .. } => "refusal-expired",
                VerifyError::FromTheFuture { .. } => "refusal-future",
                _ => "refusal-forged",
            },
            StatementRefusal::OtherAddress => "refusal-other-address",
            StatementRefusal::UnknownIdentity => "refusal-unknown-identity",
            StatementRefusal::NotOne | StatementRefusal::Form(_) => "refusal-form",
        })
    }
}

/// The texts for an identity of which nothing was seen at the address, and since when it is known.
const fn expected(known_by: KnownBy) -> ([&'static str; 2], Option<Timestamp>) {
    match known_by {
        KnownBy::Introduced { at } => (
            [
                "standing-expected-introduced",
                "standing-expected-introduced-why",
            ],
            Some(at),
        ),
        KnownBy::Verified { at } => (
            [
                "standing-expected-verified",
                "standing-expected-verified-why",
            ],
            Some(at),
        ),
        KnownBy::FirstSeen | KnownBy::Differs { .. } => {
            (["standing-expected", "standing-expected-why"], None)
        }
    }
}
