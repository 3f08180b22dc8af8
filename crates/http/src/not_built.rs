//! Operations of the contract that this version does not have, and unknown paths.

use std::sync::LazyLock;

use axum::extract::{Extension, Request};

use crate::ApiError;
use crate::edge::SentPath;

/// One line per operation: method and path. The list may only get shorter.
pub const NOT_BUILT: &str = include_str!("not_built.txt");

static PATTERNS: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
    NOT_BUILT
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(method, path)| (method, path.split('/').collect()))
        .collect()
});

/// Whether the contract has an operation that is not built yet.
#[must_use]
pub fn not_built(method: &str, path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    let matches = |pattern: &[&str]| {
        pattern.len() == segments.len()
            && pattern.iter().zip(&segments).all(|(part, segment)| {
                part.starts_with('{') && !segment.is_empty() || part == segment
            })
    };
    PATTERNS.iter().any(|(known, pattern)| *known == method && matches(pattern))
}

/// Every request without a route, and every known path with another method (BP-6).
pub(crate) async fn fallback(
    Extension(SentPath(sent)): Extension<SentPath>,
    request: Request,
) -> ApiError {
    let (method, path) = (request.method().as_str(), request.uri().path());
    if not_built(method, path) {
        return ApiError::not_built(method, path);
    }
    ApiError::not_found(format!("Cannot {method} {sent}"))
}
