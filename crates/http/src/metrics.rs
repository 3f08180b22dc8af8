//! `GET /metrics`: what a monitoring system wants to know, as Prometheus's text.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, TEXT_FORMAT,
    TextEncoder,
};

use crate::client_address::of_request;
use crate::{ApiError, App, not_built};

/// From an answer out of memory to the time-out of a request.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0];
/// The route of all requests that have none, however many paths they ask for.
const NO_ROUTE: &str = "unknown";

/// What is counted for each request.
pub(crate) struct Metrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
    in_flight: IntGauge,
}

impl Default for Metrics {
    fn default() -> Self {
        const NAMES: &str = "names and labels are well formed and the buckets grow";
        let requests = Opts::new("slotd_http_requests_total", "Requests that were answered.");
        let seconds =
            HistogramOpts::new("slotd_http_request_seconds", "Seconds until an answer was ready.")
                .buckets(SECONDS.to_vec());
        let in_flight = "Requests that are being answered.";
        Self {
            requests: IntCounterVec::new(requests, &["route", "method", "status"]).expect(NAMES),
            seconds: HistogramVec::new(seconds, &["route", "method"]).expect(NAMES),
            in_flight: IntGauge::new("slotd_http_requests_in_flight", in_flight).expect(NAMES),
        }
    }
}

/// Counts a request as being answered, until it is dropped.
pub(crate) struct InFlight(IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Counts a request that has begun.
    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts a request that was answered. Labels that were seen before cost no memory.
    pub(crate) fn answered(
        &self,
        route: Option<&MatchedPath>,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.map_or(NO_ROUTE, MatchedPath::as_str);
        let method = method_name(method);
        self.requests.with_label_values(&[route, method, status.as_str()]).inc();
        self.seconds.with_label_values(&[route, method]).observe(took.as_secs_f64());
    }
}

/// A client may make methods up; they are one.
fn method_name(method: &Method) -> &str {
    let known = [
        Method::GET,
        Method::POST,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::PUT,
    ];
    if known.contains(method) { method.as_str() } else { "other" }
}

/// All metrics, for clients from `metrics_allow`; for everybody else the path does
/// not exist. Neither does it for a page in a browser on this machine.
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Response {
    let client = of_request(&app, request.extensions(), request.headers());
    let is_allowed = app.settings.metrics_allow.iter().any(|network| network.contains(&client));
    if !is_allowed || request.headers().contains_key(header::ORIGIN) {
        return not_built::fallback(request).await.into_response();
    }
    match text(&app) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

fn text(app: &App) -> prometheus::Result<String> {
    let build = IntGaugeVec::new(
        Opts::new("slotd_build_info", "Always 1; the labels say what is running."),
        &["version", "commit", "engine"],
    )?;
    // Whoever builds a release sets the variable; a build script would need git.
    let commit = option_env!("SLOTD_COMMIT").unwrap_or("unknown");
    let labels = [env!("CARGO_PKG_VERSION"), commit, app.store.engine_name()];
    build.with_label_values(&labels).set(1);
    let Metrics { requests, seconds, in_flight } = &app.metrics;
    let own = [&build as &dyn Collector, requests, seconds, in_flight];
    let mut families: Vec<_> = own.into_iter().flat_map(Collector::collect).collect();
    families.extend(app.store.metrics());
    #[cfg(target_os = "linux")]
    families.extend(prometheus::process_collector::ProcessCollector::for_self().collect());
    // A family without a value, such as that of no request so far, has no text.
    families.retain(|family| !family.get_metric().is_empty());
    TextEncoder::new().encode_to_string(&families)
}
