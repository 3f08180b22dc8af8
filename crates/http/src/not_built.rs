//! Operations of the contract that this version does not have, and unknown paths.

use std::sync::LazyLock;

use axum::extract::Request;

use crate::ApiError;
use crate::edge::SentPath;

/// An operation of the contract that is not built yet.
#[derive(Debug, Clone, Copy)]
pub struct NotBuilt {
    /// Method.
    pub method: &'static str,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// The contract's tag, without `Deprecated: `.
    pub tag: &'static str,
}

/// A line per operation, its method and path, below the heading of its tag. The
/// list may only get shorter.
const LIST: &str = include_str!("not_built.txt");

static OPERATIONS: LazyLock<Vec<NotBuilt>> = LazyLock::new(|| {
    let mut tag = "";
    LIST.lines()
        .filter_map(|line| match line.split_once(' ')? {
            ("#", heading) => {
                tag = heading;
                None
            }
            (method, path) => Some(NotBuilt { method, path, tag }),
        })
        .collect()
});

/// The operations of the contract that are not built yet.
#[must_use]
pub fn not_built() -> &'static [NotBuilt] {
    &OPERATIONS
}

impl NotBuilt {
    fn matches(&self, method: &str, segments: &[&str]) -> bool {
        let pattern = self.path.split('/');
        // HEAD is answered wherever GET is (BP-5).
        (self.method == method || (self.method == "GET" && method == "HEAD"))
            && pattern.clone().count() == segments.len()
            && pattern.zip(segments).all(|(part, segment)| {
                part.starts_with('{') && !segment.is_empty() || part == *segment
            })
    }
}

/// Every request without a route, and every known path with another method (BP-6).
pub(crate) async fn fallback(request: Request) -> ApiError {
    let SentPath(sent) =
        request.extensions().get().expect("the edge notes the path as it was sent");
    let (method, path) = (request.method().as_str(), request.uri().path());
    let segments: Vec<&str> = path.split('/').collect();
    if not_built().iter().any(|operation| operation.matches(method, &segments)) {
        return ApiError::not_built(method, path);
    }
    ApiError::not_found(format!("Cannot {method} {sent}"))
}
