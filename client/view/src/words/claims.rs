//! Why our own statement cannot say something.

use onym_client_protocol::our_statement::ClaimError;
use onym_identity::statement::List;

use super::Words;

impl Words {
    /// Why our statement cannot say what the user wants.
    pub(crate) fn claim_refused(self, error: ClaimError) -> String {
        let full = |key: &str, max: usize| self.with(key, &[("most", max.into())]);
        match error {
            ClaimError::NoIdentity => self.get("claim-no-identity"),
            ClaimError::Ended => self.get("claim-ended"),
            ClaimError::Revoked => self.get("claim-revoked"),
            ClaimError::NotListed => self.get("claim-not-listed"),
            ClaimError::AddressNotListed => self.get("claim-address-not-listed"),
            ClaimError::Automatic => self.get("claim-automatic"),
            ClaimError::Full { list, max } => match list {
                List::Endpoints => full("claim-too-many-addresses", max),
                List::Keys => full("claim-too-many-keys", max),
                List::Revocations => full("claim-too-many-revocations", max),
            },
            ClaimError::Unsignable(why) => {
                let words = why.to_string();
                self.with("claim-unsignable", &[("words", words.into())])
            }
        }
    }
}
