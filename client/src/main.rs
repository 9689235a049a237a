//! The program `onym`.
fn main() {}
