//! The connection loop: HTTP/1.1 with a time-out for headers, and draining at the end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use crate::App;
use crate::client_address::Peer;

/// A client that has not sent its headers by then is disconnected.
const HEADERS: Duration = Duration::from_secs(15);
/// How long running requests are waited for after `stop`.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves the API until `stop` is ready, then answers what is running and returns.
///
/// # Errors
///
/// When the listener itself fails; a failing connection is only logged.
pub async fn serve(
    listener: TcpListener,
    app: App,
    extra: Router<App>,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let places = Arc::new(Semaphore::new(app.settings.max_connections));
    let write_time_out = app.settings.write_time_out;
    let service = crate::service(app.clone(), extra);
    let mut server = hyper::server::conn::http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(100)
        .max_buf_size(64 * 1024);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => {
                place.expect("nobody closes the semaphore")
            }
            () = &mut stop => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, or a client that went away: neither ends the server.
                    tracing::warn!(error = &error as &dyn std::error::Error, "no connection accepted");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "connection without TCP_NODELAY"
            );
        }
        let service = TowerToHyperService::new(service.clone().map_request(
            move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                request.map(axum::body::Body::new)
            },
        ));
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(write_time_out));
        let connection =
            graceful.watch(server.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(error = &error as &dyn std::error::Error, "connection ended early");
            }
        });
    }
    app.readiness.drain();
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => tracing::warn!("some requests were still running"),
    }
    Ok(())
}
