//! The demo lives in `demo.rs`.
