//! `GET /ready`: whether a load balancer should send requests to this process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slotd_store::MigrationError;
use tokio::sync::Mutex;

use crate::App;

/// For so long an answer of the database is given again. The route needs no
/// credentials and is not limited, so that a probe is never refused; this bounds
/// what it costs.
const FRESH: SignedDuration = SignedDuration::from_secs(1);
/// A database that has not answered by then is unreachable, as for the probe, which
/// does not wait long either.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why no requests should be sent here, without details of the connection.
type Outcome = Result<(), String>;

/// What is known of this process being ready.
#[derive(Default)]
pub(crate) struct Readiness {
    draining: AtomicBool,
    /// Held while the database is asked, so that one question is asked at a time.
    last: Mutex<Option<(Timestamp, Outcome)>>,
}

impl Readiness {
    /// From now on the process is not ready, for it is about to end.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    async fn outcome(&self, app: &App) -> Outcome {
        if self.draining.load(Ordering::Relaxed) {
            return Err("the server is stopping".to_owned());
        }
        let mut last = self.last.lock().await;
        let now = app.clock.now();
        if let Some((at, outcome)) = &*last
            && (SignedDuration::ZERO..FRESH).contains(&at.duration_until(now))
        {
            return outcome.clone();
        }
        let outcome = ask(app).await;
        *last = Some((now, outcome.clone()));
        outcome
    }
}

async fn ask(app: &App) -> Outcome {
    const UNREACHABLE: &str = "the database is unreachable";
    let Ok(checked) = tokio::time::timeout(PATIENCE, app.store.check()).await else {
        tracing::warn!("not ready: the database did not answer in time");
        return Err(UNREACHABLE.to_owned());
    };
    checked.map_err(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
        match error {
            MigrationError::Store(error) if error.is_transient() => UNREACHABLE.to_owned(),
            MigrationError::Store(_) => "the list of migrations cannot be read".to_owned(),
            // Their texts name the migration and nothing else.
            MigrationError::Missing { .. }
            | MigrationError::Changed { .. }
            | MigrationError::FromTheFuture { .. } => error.to_string(),
        }
    })
}

/// 200, or 503 with the reason.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    match app.readiness.outcome(&app).await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(reason) => {
            let body = Json(json!({ "status": "not ready", "reason": reason }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
