//! `GET /v2/bookings` in the legacy shape (24.5).

use axum::Json;
use slotd_contract::Success;
use slotd_contract::bookings_2024_04_15::{Bookings, ListBookings, ListedStatus, Series};
use slotd_contract::query::Pairs;
use slotd_contract::timestamp;
use slotd_domain::email;
use slotd_store::bookings::{self, Booking, Filter, Order, Viewer};
use slotd_store::{Conn, StoreError, users};

use super::get::info;
use crate::access::Principal;
use crate::{ApiError, App};

/// Lists the caller's bookings, those of one state if the query names one.
pub(in crate::bookings) async fn list(
    app: &App,
    principal: &Principal,
    pairs: &Pairs,
) -> Result<Json<Success<Bookings>>, ApiError> {
    let query = ListBookings::read(pairs).map_err(ApiError::invalid)?;
    let now = app.clock.now();
    let conn = app.store.read().await?;
    let user = users::by_id(&conn, principal.user_id).await?;
    let email_key = user.map(|user| email::comparison_key(&user.email)).unwrap_or_default();
    let viewer = Viewer::User { id: principal.user_id, email_key };
    let filter = filter(query.status);
    let order = Order { start: Some(direction(query.status)), ..Order::default() };
    let (total_count, page) = tokio::try_join!(
        biased;
        bookings::count(&conn, &viewer, &filter, now),
        bookings::page(&conn, &viewer, &filter, order, query.limit, query.cursor, now),
    )?;
    let shown = page.iter().map(|booking| info(&conn, Some(principal), booking));
    let shown = futures_util::future::try_join_all(shown).await?;
    let recurring_info = series(&conn, &page).await?;
    let returned = i64::try_from(page.len()).unwrap_or(i64::MAX);
    let next = query.cursor.saturating_add(returned);
    let next_cursor = (returned > 0 && next < total_count).then_some(next);
    Ok(Json(Success::of(Bookings { bookings: shown, recurring_info, total_count, next_cursor })))
}

fn filter(status: Option<ListedStatus>) -> Filter {
    Filter {
        upcoming: status == Some(ListedStatus::Upcoming),
        recurring: status == Some(ListedStatus::Recurring),
        past: status == Some(ListedStatus::Past),
        cancelled: status == Some(ListedStatus::Cancelled),
        unconfirmed: status == Some(ListedStatus::Unconfirmed),
        ..Filter::default()
    }
}

/// What is over is listed backwards (R10.2).
fn direction(status: Option<ListedStatus>) -> &'static str {
    match status {
        Some(ListedStatus::Past | ListedStatus::Cancelled) => "desc",
        _ => "asc",
    }
}

/// The series that some bookings belong to, each once.
async fn series(conn: &Conn, page: &[Booking]) -> Result<Vec<Series>, StoreError> {
    let mut ids: Vec<&str> = Vec::new();
    for id in page.iter().filter_map(|booking| booking.recurring_event_id.as_deref()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let read = ids.into_iter().map(async |id| {
        let all = bookings::of_series(conn, id).await?;
        Ok::<_, StoreError>(all.first().map(|first| Series {
            recurring_event_id: id.to_owned(),
            count: i64::try_from(all.len()).unwrap_or(i64::MAX),
            first_date: timestamp(first.start),
        }))
    });
    Ok(futures_util::future::try_join_all(read).await?.into_iter().flatten().collect())
}
