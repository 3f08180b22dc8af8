//! The `cal-api-version` header (section 1.2 of the platform rules).

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;

/// A known version, the oldest first. A family of operations is served in its newest
/// shape that is not later than the version asked for (QI-1): `version >= …`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ApiVersion {
    V2024_04_15,
    V2024_06_11,
    V2024_06_14,
    V2024_08_13,
    V2024_09_04,
    V2026_02_25,
}

impl ApiVersion {
    /// The version of a header's value, compared to the letter. Nothing, and what is
    /// no known version, mean the oldest (VR-1, VR-2).
    fn of_header(value: Option<&[u8]>) -> Self {
        match value {
            Some(b"2024-06-11") => Self::V2024_06_11,
            Some(b"2024-06-14") => Self::V2024_06_14,
            Some(b"2024-08-13") => Self::V2024_08_13,
            Some(b"2024-09-04") => Self::V2024_09_04,
            Some(b"2026-02-25") => Self::V2026_02_25,
            _ => Self::V2024_04_15,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ApiVersion {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of_header(parts.headers.get("cal-api-version").map(HeaderValue::as_bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VR-1, VR-2
    #[test]
    fn what_is_no_known_version_means_the_oldest() {
        assert_eq!(ApiVersion::of_header(Some(b"2024-06-14")), ApiVersion::V2024_06_14);
        assert_eq!(ApiVersion::of_header(Some(b"2026-02-25")), ApiVersion::V2026_02_25);
        for oldest in [None, Some(&b""[..]), Some(b"2031-01-01"), Some(b" 2024-06-14"), Some(b"x")]
        {
            assert_eq!(ApiVersion::of_header(oldest), ApiVersion::V2024_04_15);
        }
        assert!(ApiVersion::V2024_08_13 >= ApiVersion::V2024_06_14, "QI-1");
    }
}
