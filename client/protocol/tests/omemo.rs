//! OMEMO between two devices of ours, in both dialects.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helper functions are not #[test]"
)]

#[path = "omemo/device.rs"]
mod device;
#[path = "omemo/hostile.rs"]
mod hostile;
#[path = "omemo/schedules.rs"]
mod schedules;
#[path = "omemo/sessions.rs"]
mod sessions;
