//! `GET /v2/bookings` (section 10).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use futures_util::future::try_join_all;
use slotd_contract::bookings::{self as wire, BookingList, ListBookings, ListedStatus, Pagination};
use slotd_contract::query::Sort;
use slotd_domain::booking::attendee::display_address;
use slotd_domain::{EventTypeId, OAuthClientId, email};
use slotd_store::bookings::{self, Booking, Filter, Order, Viewer};
use slotd_store::{Conn, StoreError, event_types, oauth_clients, users};

use super::legacy;
use super::shown::{self, Reader};
use super::standing::Standing;
use crate::access::{Credential, Principal};
use crate::body::Query;
use crate::event_types::may_see;
use crate::version::ApiVersion;
use crate::{ApiError, App, messages};

/// Lists the bookings that the caller hosts or attends, and those of everybody in
/// organizations that the caller administers (R10.3).
#[utoipa::path(
    get, path = "/v2/bookings", operation_id = "BookingsController_2024-08-13_getBookings",
    tag = "Bookings", summary = "Get all bookings",
    params(
        ("cal-api-version" = String, Header, description = "`2024-08-13`"),
        ("Authorization" = String, Header, description = "`Bearer <API key or access token>`"),
        ListBookings,
    ),
    responses((status = 200, description = "A page of the bookings", body = BookingList)),
)]
pub(super) async fn list(
    State(app): State<App>,
    version: ApiVersion,
    principal: Principal,
    Query(pairs): Query,
) -> Result<Response, ApiError> {
    if version < ApiVersion::V2024_08_13 {
        return Ok(legacy::list(&app, &principal, &pairs).await?.into_response());
    }
    let query = ListBookings::read(&pairs).map_err(ApiError::invalid)?;
    let conn = app.store.read().await?;
    for_each_visible(&conn, &principal, &query).await?;
    let user = users::by_id(&conn, principal.user_id).await?;
    let user = user.ok_or_else(|| ApiError::unauthorized(messages::INVALID_ACCESS_TOKEN))?;
    let email_key = email::comparison_key(&user.email);
    let viewer = Viewer::User { id: user.id, email_key: email_key.clone() };
    let list = List { principal: &principal, viewer, participant: Some(email_key), users: &[] };
    Ok(Json(list.page(&app, &conn, &query).await?).into_response())
}

/// Whose bookings are listed for whom.
pub(super) struct List<'a> {
    pub(super) principal: &'a Principal,
    pub(super) viewer: Viewer,
    /// Address of whoever sees their own seat, as it is compared.
    pub(super) participant: Option<String>,
    /// Of these users alone, unless it is empty.
    pub(super) users: &'a [i32],
}

impl List<'_> {
    /// The page that a query asks for.
    pub(super) async fn page(
        &self,
        app: &App,
        conn: &Conn,
        query: &ListBookings,
    ) -> Result<BookingList, ApiError> {
        let filter =
            Filter { users: ids(self.users), ..filter(conn, self.principal, query).await? };
        let (order, now) = (order(query), app.clock.now());
        let (total, page) = tokio::try_join!(
            biased;
            bookings::count(conn, &self.viewer, &filter, now),
            bookings::page(conn, &self.viewer, &filter, order, query.take, query.skip, now),
        )?;
        let data = try_join_all(page.iter().map(|booking| self.shown(conn, booking))).await?;
        Ok(BookingList {
            status: slotd_contract::Status::Success,
            data,
            pagination: Pagination::of(total, query.take, query.skip),
        })
    }

    /// A booking of the list. Who shares it without managing it sees of the others whom the
    /// event type shows (R8.4).
    async fn shown(&self, conn: &Conn, booking: &Booking) -> Result<wire::Booking, StoreError> {
        let mut attendees = bookings::attendees_of(conn, booking.id).await?;
        let mut reader = Reader::MANAGER;
        if booking.seats_taken.is_some() {
            let standing = Standing::of(conn, Some(self.principal), booking).await?;
            if standing.reader(conn, booking).await? != Reader::MANAGER {
                reader = Reader::OF_THEMSELVES;
                let own = self.participant.as_deref();
                attendees.retain(|attendee| {
                    Some(email::comparison_key(&attendee.email).as_str()) == own
                });
            }
        }
        Ok(shown::booking(booking, &attendees, reader, None))
    }
}

/// Refuses event types that are unknown, or whose bookings the caller cannot see.
async fn for_each_visible(
    conn: &Conn,
    principal: &Principal,
    query: &ListBookings,
) -> Result<(), ApiError> {
    let visible = query.event_types().into_iter().map(async |id| {
        let Some((Some(owner),)) = event_types::owner(conn, EventTypeId(id)).await? else {
            return Ok(false);
        };
        match users::by_id(conn, owner).await? {
            Some(owner) => may_see(conn, principal, &owner).await,
            None => Ok::<_, StoreError>(false),
        }
    });
    all_event_types(try_join_all(visible).await?)
}

/// Refuses event types that are unknown (ORG-66).
pub(super) async fn for_each_known(conn: &Conn, query: &ListBookings) -> Result<(), ApiError> {
    let known = query.event_types().into_iter().map(async |id| {
        Ok::<_, StoreError>(event_types::owner(conn, EventTypeId(id)).await?.is_some())
    });
    all_event_types(try_join_all(known).await?)
}

fn all_event_types(found: Vec<bool>) -> Result<(), ApiError> {
    if found.into_iter().all(|found| found) {
        Ok(())
    } else {
        Err(ApiError::does_not_fit(messages::NO_SUCH_EVENT_TYPES.to_owned()))
    }
}

async fn filter(
    conn: &Conn,
    principal: &Principal,
    query: &ListBookings,
) -> Result<Filter, StoreError> {
    let attendee_emails = match &query.attendee_email {
        Some(given) => Some(both_forms(conn, principal, given).await?),
        None => None,
    };
    let listed = |status| query.status.contains(&status);
    Ok(Filter {
        upcoming: listed(ListedStatus::Upcoming),
        recurring: listed(ListedStatus::Recurring),
        past: listed(ListedStatus::Past),
        cancelled: listed(ListedStatus::Cancelled),
        unconfirmed: listed(ListedStatus::Unconfirmed),
        attendee_emails,
        attendee_name: query.attendee_name.clone(),
        uid: query.booking_uid.clone(),
        event_types: ids(&query.event_types()),
        teams: ids(&query.teams()),
        users: None,
        after_start: query.after_start,
        before_end: query.before_end,
        after_created: query.after_created_at,
        before_created: query.before_created_at,
        after_updated: query.after_updated_at,
        before_updated: query.before_updated_at,
    })
}

/// Ids in the form of [`Filter`]; none when all count.
fn ids(ids: &[i32]) -> Option<String> {
    let one_by_one = ids.iter().fold(",".to_owned(), |text, id| format!("{text}{id},"));
    (!ids.is_empty()).then_some(one_by_one)
}

/// The order that was asked for, or the one of the states (R10.2).
fn order(query: &ListBookings) -> Order {
    let asked = Order {
        start: query.sort_start.map(Sort::name),
        end: query.sort_end.map(Sort::name),
        created: query.sort_created.map(Sort::name),
        updated: query.sort_updated_at.map(Sort::name),
    };
    if asked != Order::default() {
        return asked;
    }
    let is_of_past =
        matches!(query.status.as_slice(), [ListedStatus::Past | ListedStatus::Cancelled]);
    let start = if is_of_past { Sort::Desc } else { Sort::Asc };
    Order { start: Some(start.name()), ..Order::default() }
}

/// The addresses that stand for one person, as they are compared: with and without the
/// suffix of a client (R7.31).
async fn both_forms(
    conn: &Conn,
    principal: &Principal,
    given: &str,
) -> Result<(String, String), StoreError> {
    let other = if email::client_of(given).is_some() {
        Some(display_address(given))
    } else {
        let client = client_of(conn, principal, given).await?;
        client.map(|client| email::with_client_suffix(given, &client))
    };
    let key = email::comparison_key(given);
    let other = other.map_or_else(|| key.clone(), |other| email::comparison_key(&other));
    Ok((key, other))
}

/// The client whose managed user an address is, for a caller: the caller's own, or the one
/// in the caller's organization that has such a user.
async fn client_of(
    conn: &Conn,
    principal: &Principal,
    given: &str,
) -> Result<Option<OAuthClientId>, StoreError> {
    match &principal.credential {
        Credential::OAuthClient { id, .. } | Credential::AccessToken { client_id: id, .. } => {
            return Ok(Some(id.clone()));
        }
        Credential::ApiKey { .. } | Credential::ThirdParty { .. } | Credential::Session { .. } => {}
    }
    let organization = principal.organization_id.or(principal.main_organization_id);
    let Some(organization) = organization else { return Ok(None) };
    let clients = oauth_clients::of_organization(conn, organization).await?;
    let with_user = clients.into_iter().map(async |client| {
        let address = email::with_client_suffix(given, &client.id);
        let found = users::owner_of_email(conn, &email::comparison_key(&address)).await?;
        Ok::<_, StoreError>(found.map(|_| client.id))
    });
    Ok(try_join_all(with_user).await?.into_iter().flatten().next())
}
