//! The user's time zone, as the system knows it.

use chrono::{Offset as _, TimeZone as _};
use onym_client_protocol::view_model::TimeZone;
use onym_identity::Timestamp;

/// The system's time zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemZone;

impl TimeZone for SystemZone {
    fn offset_minutes(&self, at: Timestamp) -> i32 {
        let seconds = i64::try_from(at.as_unix_millis() / 1_000).unwrap_or(i64::MAX);
        chrono::Local
            .timestamp_opt(seconds, 0)
            .single()
            .map_or(0, |time| time.offset().fix().local_minus_utc() / 60)
    }
}
