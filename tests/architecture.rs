//! Checks the layout that `ARCHITECTURE.md` describes, by reading the manifests and the sources.
//!
//! Every rule is a function from plain text to a list of violations, and every rule has a test
//! that feeds it a small workspace which breaks it.

#![expect(
    clippy::expect_used,
    reason = "a repository that cannot be read has to stop the test; helper functions are not #[test]"
)]

#[path = "architecture/arrows.rs"]
mod arrows;
#[path = "architecture/budget.rs"]
mod budget;
#[path = "architecture/manifests.rs"]
mod manifests;
#[path = "architecture/purity.rs"]
mod purity;
#[path = "architecture/repository.rs"]
mod repository;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/tables.rs"]
mod tables;
#[path = "architecture/traces.rs"]
mod traces;

use repository::{Repository, Violation};

#[test]
fn packages_depend_only_on_those_below_them() {
    refuse(&arrows::violations(&Repository::read()));
}

#[test]
fn pure_packages_name_no_impure_dependency() {
    refuse(&purity::manifest_violations(&Repository::read()));
}

#[test]
fn pure_packages_touch_no_outside_world() {
    refuse(&purity::source_violations(&Repository::read()));
}

#[test]
fn files_stay_within_their_budget() {
    refuse(&budget::violations(&Repository::read()));
}

#[test]
fn the_linter_watches_the_length_of_functions() {
    refuse(&budget::lint_violations(&Repository::read()));
}

#[test]
fn packages_inherit_lints_licence_and_versions() {
    refuse(&manifests::violations(&Repository::read()));
}

#[test]
fn every_dependency_has_its_reason_in_the_architecture_page() {
    refuse(&tables::dependency_violations(&Repository::read()));
}

#[test]
fn every_package_has_its_place_on_the_code_map() {
    refuse(&tables::code_map_violations(&Repository::read()));
}

#[test]
fn every_specification_named_in_a_source_is_listed() {
    refuse(&tables::specification_violations(&Repository::read()));
}

#[test]
fn no_file_names_the_machine_it_was_written_on() {
    refuse(&traces::violations(&Repository::read()));
}

/// Fails with one line for each violation.
#[track_caller]
fn refuse(violations: &[Violation]) {
    let report: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "\n{}\n", report.join("\n"));
}
