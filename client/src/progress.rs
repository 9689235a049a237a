//! How far work on all data is, and whether it is still wanted.

/// Told how far work is, in percent; answers whether it is to go on.
pub(crate) type Tell<'a> = dyn FnMut(u8) -> Result<(), Cancelled> + 'a;

/// Nobody wants the work any more. Whoever gets this takes back what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the work was stopped; nothing of it is left")]
pub(crate) struct Cancelled;
