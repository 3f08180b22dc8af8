//! Answers that never change while the server runs. A client that has one asks
//! with its tag whether it is still right.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// A body, what describes it, and its tag.
pub(crate) struct Constant {
    body: Bytes,
    description: HeaderMap,
    tag: HeaderValue,
}

impl Constant {
    /// A body with the headers that describe it, such as `Content-Type`.
    pub(crate) fn new(
        body: Bytes,
        description: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
    ) -> Self {
        let digest = Sha256::digest(&body);
        let start = digest.first_chunk().expect("a digest has 32 bytes");
        let tag = format!("\"{:032x}\"", u128::from_be_bytes(*start));
        let tag = HeaderValue::from_str(&tag).expect("digits are visible ASCII");
        Self { body, description: description.into_iter().collect(), tag }
    }

    /// The body, or 304 for a caller that has it.
    pub(crate) fn answer(&self, request: &HeaderMap, cache_control: HeaderValue) -> Response {
        let caching = [(header::ETAG, self.tag.clone()), (header::CACHE_CONTROL, cache_control)];
        if is_known(request, &self.tag) {
            return (StatusCode::NOT_MODIFIED, caching).into_response();
        }
        let mut response = (caching, self.body.clone()).into_response();
        response.headers_mut().extend(self.description.clone());
        response
    }
}

/// Whether `If-None-Match` names the tag; a weak one counts (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    tags.any(|one| {
        let one = one.trim_ascii();
        one == b"*" || one.strip_prefix(b"W/").unwrap_or(one) == tag.as_bytes()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TZ-3
    #[test]
    fn a_tag_is_known_in_every_form_in_which_it_is_sent_back() {
        let tag = HeaderValue::from_static("\"abc\"");
        let known = |values: &[&'static str]| {
            let pair = |value| (header::IF_NONE_MATCH, HeaderValue::from_static(value));
            is_known(&values.iter().copied().map(pair).collect(), &tag)
        };
        for values in
            [&["\"abc\""][..], &["W/\"abc\""], &["*"], &["\"x\", W/\"abc\""], &["\"x\"", "\"abc\""]]
        {
            assert!(known(values), "{values:?}");
        }
        for values in [&[][..], &[""], &["abc"], &["\"abcd\""], &["w/\"abc\""], &["\"x\",\"y\""]] {
            assert!(!known(values), "{values:?}");
        }
    }
}
