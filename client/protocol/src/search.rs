//! What the user searches for, and what it finds in a text.
//!
//! A store indexes the words that [`words`] gives of each message and looks for those of a
//! [`SearchQuery`]; whether a message is found is decided by [`SearchQuery::matches`] alone.

mod query;
mod tokenizer;

pub use query::{MAX_QUERY_CHARS, SearchQuery, Term, highlights};
pub use tokenizer::{MAX_WORD_CHARS, Token, tokens, words};
