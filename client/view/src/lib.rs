//! The window: draws plain data and emits commands
