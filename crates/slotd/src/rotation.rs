//! The part of a key rotation that a running server does.

use std::time::Duration;

use slotd_http::App;
use slotd_store::StoreError;
use slotd_store::encrypted::{Count, Rewriting};

/// Processes that still write with the old key may leave something behind a walk.
const BETWEEN_WALKS: Duration = Duration::from_mins(5);

/// Writes what is under an old key again, under the current one, until it is dropped.
pub(crate) async fn rewrite(app: App) {
    loop {
        match walk(&app).await {
            Ok(Count { other: 0, unreadable: 0, current }) => {
                tracing::info!(
                    current,
                    "nothing is left under an old key: slotd admin rotate-key --finish removes it"
                );
            }
            Ok(Count { other, unreadable, .. }) => {
                tracing::info!(rewritten = other, unreadable, "secrets moved to the current key");
                if other > 0 {
                    continue;
                }
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    error,
                    "moving secrets to the current key failed; it is tried again"
                );
            }
        }
        tokio::time::sleep(BETWEEN_WALKS).await;
    }
}

async fn walk(app: &App) -> Result<Count, StoreError> {
    let mut rewriting = Rewriting::default();
    while rewriting.next_batch(&app.store).await? {}
    Ok(rewriting.found)
}
