//! The page that shows our OpenAPI document. `scripts/browser-check` looks at it
//! in a browser.

use slotd_http::{not_built, openapi};
use slotd_testkit::{TestServer, on_both_engines};

/// What follows `src="` and `href="`.
fn links(page: &str) -> Vec<&str> {
    let ends = ["src=\"", "href=\""].into_iter().flat_map(|name| page.split(name).skip(1));
    ends.map(|rest| rest.split('"').next().unwrap()).collect()
}

on_both_engines! {
    async fn the_page_and_all_it_links_to_come_from_here(server: TestServer) {
        for path in ["/docs", "/docs/"] {
            let page = server.call("GET", path).send().await;
            assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
            let policy = &page.headers["content-security-policy"];
            for source in policy.split(';').flat_map(|directive| directive.split_whitespace().skip(1)) {
                assert!(["'none'", "'self'", "data:"].contains(&source), "{policy}");
            }
            assert!(!page.text.contains("<style") && !page.text.contains("<script>") && !page.text.contains("://"));
            let links = links(&page.text);
            assert_eq!(links.len(), 5, "{links:?}");
            for link in links.into_iter().filter(|link| *link != "data:,") {
                let linked = server.call("GET", link).send().await;
                assert_eq!(linked.status, 200, "{link}");
                let kind = match link.rsplit('.').next().unwrap() {
                    "js" => "text/javascript; charset=utf-8",
                    "css" => "text/css; charset=utf-8",
                    _ => "application/json; charset=utf-8",
                };
                assert_eq!(linked.headers["content-type"], kind, "{link}");
                assert_eq!(linked.headers["x-content-type-options"], "nosniff");
            }
        }
        let _ = server.call("POST", "/docs").send().await.refused(404);
        let _ = server.call("GET", "/docs/viewer").send().await.refused(404);
    }

    async fn the_viewer_is_sent_compressed_to_those_who_take_it(server: TestServer) {
        for (path, part) in [("/docs/swagger-ui-bundle.js", "SwaggerUIBundle"), ("/docs/swagger-ui.css", ".swagger-ui")] {
            let plain = server.call("GET", path).send().await;
            assert!(plain.text.contains(part) && !plain.headers.contains_key("content-encoding"));
            let packed = server.call("GET", path).header("Accept-Encoding", "gzip, br").send().await;
            assert_eq!(packed.headers["content-encoding"], "gzip");
            let length = |answer: &slotd_testkit::Answer| answer.headers["content-length"].parse::<usize>().unwrap();
            assert!(length(&packed) * 3 < length(&plain));
            assert_ne!(packed.headers["etag"], plain.headers["etag"], "other bytes, another tag");
            for (answer, accepted) in [(&plain, "identity"), (&packed, "gzip")] {
                assert_eq!(answer.headers["vary"], "accept-encoding");
                let again = server.call("GET", path).header("Accept-Encoding", accepted);
                let again = again.header("If-None-Match", &answer.headers["etag"]).send().await;
                assert_eq!((again.status, again.text.as_str()), (304, ""));
                assert_eq!(again.headers["vary"], "accept-encoding");
            }
        }
    }

    async fn the_page_is_kept_and_asked_about_every_time(server: TestServer) {
        for path in ["/docs", "/docs/start.js", "/docs/swagger-ui.css"] {
            let first = server.call("GET", path).send().await;
            assert_eq!(first.headers["cache-control"], "public, no-cache", "a newer slotd shows at once");
            let again = server.call("GET", path).header("If-None-Match", &first.headers["etag"]).send().await;
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        }
    }
}

#[test]
fn the_document_has_no_operation_that_answers_501() {
    let document = openapi();
    for missing in not_built() {
        let operation = &document["paths"][missing.path][missing.method.to_lowercase()];
        assert!(operation.is_null(), "{} {}", missing.method, missing.path);
    }
    assert!(document["info"]["description"].as_str().unwrap().contains("501"));
}
