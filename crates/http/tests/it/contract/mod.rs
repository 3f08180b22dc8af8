//! Our OpenAPI document against the published contract.

mod compare;
mod coverage;
mod exceptions;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use slotd_http::{not_built, openapi};

use compare::{differences, operations};
use exceptions::{EXCEPTIONS, NOT_IN_THE_CONTRACT};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The published contract; none where it is absent.
fn contract() -> Option<Value> {
    shared("openapi.json")
}

/// A file beside the published contract, which is not part of the repository; none where
/// it is absent.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn shared(name: &str) -> Option<Value> {
    let shared = std::env::var("SLOTD_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let file = repository().join(shared).join("contract").join(name);
    if file.exists() {
        return Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap());
    }
    assert!(
        std::env::var("SLOTD_REQUIRE_SHARED").as_deref() != Ok("1"),
        "the published contract is not in SLOTD_SHARED nor beside the repository"
    );
    eprintln!("SKIPPED: the published contract is not here, nothing is compared with its {name}");
    None
}

/// `METHOD /path` of the operations that the contract does not have.
fn additions() -> BTreeSet<&'static str> {
    let rows = EXCEPTIONS.iter().filter(|row| row.difference == NOT_IN_THE_CONTRACT);
    rows.map(|row| row.place).collect()
}

/// The tag of an operation. The contract deprecates the platform's operations; we do not.
fn tag(operation: &Value) -> &str {
    let tag = operation["tags"][0].as_str().unwrap();
    tag.strip_prefix("Deprecated: ").unwrap_or(tag)
}

#[test]
fn our_document_differs_from_the_contract_only_where_a_reason_is_given() {
    let Some(contract) = contract() else { return };
    let found = differences(&openapi(), &contract);
    let unexplained: Vec<String> = found
        .iter()
        .filter(|(place, difference)| !EXCEPTIONS.iter().any(|row| row.explains(place, difference)))
        .map(|(place, difference)| format!("{place}: {difference}"))
        .collect();
    let stale: Vec<String> = EXCEPTIONS
        .iter()
        .filter(|row| !found.iter().any(|(place, difference)| row.explains(place, difference)))
        .map(|row| format!("{}: {}", row.place, row.difference))
        .collect();
    assert!(
        unexplained.is_empty() && stale.is_empty(),
        "differences without a reason in exceptions.rs:\n  {}\nrows of exceptions.rs that are stale:\n  {}",
        unexplained.join("\n  "),
        stale.join("\n  "),
    );
}

#[test]
fn every_operation_of_the_contract_is_either_built_or_listed_as_not_built() {
    let Some(contract) = contract() else { return };
    let ours = openapi();
    let additions = additions();
    let built = operations(&ours).into_iter().map(|(name, operation)| (name, tag(operation)));
    let built = built.filter(|(name, _)| !additions.contains(name.as_str()));
    let missing = not_built().iter().map(|one| (format!("{} {}", one.method, one.path), one.tag));
    // Lists, not sets: an operation in both would be there twice.
    let mut known: Vec<(String, &str)> = built.chain(missing).collect();
    known.sort();
    let published = operations(&contract).into_iter();
    let published: Vec<(String, &str)> =
        published.map(|(name, operation)| (name, tag(operation))).collect();
    let only_in = |these: &[(String, &str)], those: &[(String, &str)]| {
        let lines = these.iter().filter(|one| !those.contains(one));
        lines.map(|(name, tag)| format!("{name} ({tag})")).collect::<Vec<_>>().join("\n  ")
    };
    assert!(
        known == published,
        "operations with another tag or not in the contract:\n  {}\nin the contract:\n  {}",
        only_in(&known, &published),
        only_in(&published, &known),
    );
}
