//! `GET /docs`: a page that shows our OpenAPI document. It is made of what this
//! binary holds and asks no other host.

use std::io::Read as _;
use std::sync::{LazyLock, OnceLock};

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use flate2::read::GzDecoder;

use crate::App;
use crate::constant::Constant;

/// A newer slotd shows its own document with its own viewer at once; the tag spares the rest.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("public, no-cache");

/// Everything from here, and nothing inline. The viewer's icons are `data:` URLs in
/// its stylesheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const SCRIPT_TYPE: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");
const STYLE_TYPE: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");
const PAGE_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

static PAGE: LazyLock<Constant> = LazyLock::new(|| plain(include_bytes!("page.html"), PAGE_TYPE));
static START: LazyLock<Constant> = LazyLock::new(|| plain(include_bytes!("start.js"), SCRIPT_TYPE));
static VIEWER: Packed = Packed::new(include_bytes!("viewer/swagger-ui-bundle.js.gz"), SCRIPT_TYPE);
static STYLE: Packed = Packed::new(include_bytes!("viewer/swagger-ui.css.gz"), STYLE_TYPE);

/// Beside the contract's operations, and in no document.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/docs",
            get(async |headers: HeaderMap| {
                let page = PAGE.answer(&headers, ASK_AGAIN);
                ([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response()
            }),
        )
        .route("/docs/start.js", get(async |headers: HeaderMap| START.answer(&headers, ASK_AGAIN)))
        .route(
            "/docs/swagger-ui-bundle.js",
            get(async |headers: HeaderMap| VIEWER.answer(&headers)),
        )
        .route("/docs/swagger-ui.css", get(async |headers: HeaderMap| STYLE.answer(&headers)))
}

fn plain(body: &'static [u8], content_type: HeaderValue) -> Constant {
    Constant::new(Bytes::from_static(body), [(header::CONTENT_TYPE, content_type)])
}

/// A file that is kept compressed, and sent so to whoever takes it.
struct Packed {
    gzip: &'static [u8],
    content_type: HeaderValue,
    as_it_is: OnceLock<Constant>,
    /// Made when the first client that does not take gzip asks.
    unpacked: OnceLock<Constant>,
}

impl Packed {
    const fn new(gzip: &'static [u8], content_type: HeaderValue) -> Self {
        Self { gzip, content_type, as_it_is: OnceLock::new(), unpacked: OnceLock::new() }
    }

    /// The two forms have tags of their own: they are different bytes.
    fn answer(&self, request: &HeaderMap) -> Response {
        let content_type = (header::CONTENT_TYPE, self.content_type.clone());
        let constant = if takes_gzip(request) {
            self.as_it_is.get_or_init(|| {
                let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                Constant::new(Bytes::from_static(self.gzip), [content_type, encoding])
            })
        } else {
            self.unpacked.get_or_init(|| Constant::new(unpack(self.gzip), [content_type]))
        };
        let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
        ([vary], constant.answer(request, ASK_AGAIN)).into_response()
    }
}

fn unpack(gzip: &[u8]) -> Bytes {
    let mut bytes = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut bytes).expect("the files of this binary are whole");
    bytes.into()
}

/// Whether `Accept-Encoding` allows gzip (RFC 9110, 12.5.3). Where it is absent
/// everything is allowed, but such a client seldom unpacks.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let entries: Vec<&str> =
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    let allows = |coding: &str| {
        let mut weights = entries.iter().filter_map(|entry| {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
            name.trim().eq_ignore_ascii_case(coding).then_some(weight)
        });
        weights.next().map(|weight| {
            let weight = weight.trim().trim_start_matches(['q', 'Q']).trim_start_matches('=');
            weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
        })
    };
    allows("gzip").or_else(|| allows("*")).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let takes = |values: &[&'static str]| {
            let pair = |value| (header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            takes_gzip(&values.iter().copied().map(pair).collect())
        };
        for values in [
            &["gzip"][..],
            &["gzip, deflate, br, zstd"],
            &["br;q=1.0, GZIP;q=0.5"],
            &["*"],
            &["identity;q=0.5, *;q=0.1"],
            &["br", "gzip ; q=0.001"],
        ] {
            assert!(takes(values), "{values:?}");
        }
        for values in [
            &[][..],
            &[""],
            &["identity"],
            &["br"],
            &["gzip;q=0"],
            &["gzip;q=0.000, *"],
            &["*;q=0"],
            &["gzip;q=nonsense"],
            &["notgzip"],
        ] {
            assert!(!takes(values), "{values:?}");
        }
    }

    #[test]
    fn the_viewer_is_whole_and_names_no_map() {
        for (file, part) in [(&VIEWER, "SwaggerUIBundle"), (&STYLE, ".swagger-ui")] {
            let bytes = unpack(file.gzip);
            let text = std::str::from_utf8(&bytes).unwrap();
            assert!(text.contains(part) && !text.contains("sourceMappingURL"), "{part}");
        }
    }
}
