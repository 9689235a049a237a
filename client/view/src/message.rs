//! One message.

/// The text of a message, laid out.
pub(crate) mod body;
/// Questions about messages.
pub(crate) mod dialog;
/// Styles and links in what people write.
pub(crate) mod markup;
/// What can be done with a message.
pub(crate) mod menu;
/// One message, drawn.
pub(crate) mod painter;
/// One message, laid out.
pub(crate) mod row;
/// What is selected among the messages.
pub(crate) mod selection;
/// A message in words.
pub(crate) mod spoken;
