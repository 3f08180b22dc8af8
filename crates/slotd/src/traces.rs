//! Sends a span of each request to an OpenTelemetry collector, beside the log:
//! built with the feature `otel` only.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use slotd_http::TRACE_TARGET;
use tokio::runtime::Handle;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::Failure;
use crate::settings::{LogFormat, Settings};

/// A collector that has not taken a batch by then has not got it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Spans on their way to the collector; none without `otlp_endpoint`.
pub(crate) struct Traces(Option<SdkTracerProvider>);

/// Starts the log on stderr, and the sending of spans if there is a collector.
pub(crate) fn start(settings: &Settings) -> Result<Traces, Failure> {
    let provider = settings.otlp_endpoint.as_deref().map(provider).transpose()?;
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = match settings.log_format {
        LogFormat::Text => {
            log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
        }
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    let no_request = filter_fn(|of| of.target() != TRACE_TARGET);
    let spans = provider.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("slotd"))
            // A span is built when it ends: its name, the route, is not known before.
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|of| of.target() == TRACE_TARGET))
    });
    tracing_subscriber::registry()
        .with(log.with_filter(settings.log_filter()?.and(no_request)))
        .with(spans)
        .init();
    Ok(Traces(provider))
}

fn provider(endpoint: &str) -> Result<SdkTracerProvider, Failure> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(PATIENCE)
        .with_http_client(Client {
            runtime: Handle::current(),
            http: HyperClient::with_default_connector(PATIENCE, None),
        })
        .build()
        .map_err(|error| Failure::because("otlp_endpoint cannot be used", &error))?;
    let resource = Resource::builder()
        .with_service_name("slotd")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

impl Traces {
    /// Sends what was not sent yet. A collector that does not take it is logged.
    pub(crate) async fn finish(self) {
        let Some(provider) = self.0 else { return };
        // It waits for the thread that sends, and that for the runtime.
        let sent = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(PATIENCE));
        match sent.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the last spans are lost");
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the last spans are lost");
            }
        }
    }
}

/// Sends batches from the SDK's thread, which is none of the runtime's, on the runtime.
#[derive(Debug)]
struct Client {
    runtime: Handle,
    http: HyperClient,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        self.runtime.spawn(async move { http.send_bytes(request).await }).await?
    }
}
