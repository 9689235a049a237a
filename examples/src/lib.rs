//! What the demo (`demo.rs`) and the kill test (`kill_test.rs`) share.

pub mod ending;
