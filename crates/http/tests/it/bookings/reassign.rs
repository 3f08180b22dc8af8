//! `POST /v2/bookings/{bookingUid}/reassign` and `.../reassign/{userId}` (section 15).

use serde_json::json;
use slotd_testkit::{TestServer, on_both_engines};

use super::{at, bookable, booked, call_as, history, uid};
use crate::slots::Host;

on_both_engines! {
    /// BK-182, BK-183, as far as there are no teams: nobody takes turns with a user.
    async fn a_users_booking_has_no_other_host(server: TestServer) {
        let (host, id) = bookable(&server, &json!({})).await;
        let booking = booked(&server, id, &at("10:00")).await;
        let other = Host::new(&server).await;
        let reassign = async |host: &Host<'_>, path: &str| {
            call_as(&server, &host.key, "POST", path, &json!({ "reason": "Another call" })).await
        };
        let path = format!("/{}/reassign", uid(&booking));
        let nobody = reassign(&host, &path).await;
        assert_eq!(nobody.refused(400), "Can't reassign the booking because no other host is available at that time.");
        for user in [other.id, host.id] {
            let refused = reassign(&host, &format!("{path}/{user}")).await;
            let text = format!("User with id={user} is not a valid Round Robin host - the user to which you reassign this booking must be one of the booking hosts.");
            assert_eq!(refused.refused(400), text);
        }
        for user in ["999999", "0", "x", "-1"] {
            let unknown = reassign(&host, &format!("{path}/{user}")).await;
            assert_eq!(unknown.refused(404), format!("User with id={user} was not found in the database"));
        }
        for path in ["/nothing/reassign".to_owned(), format!("/nothing/reassign/{}", other.id)] {
            let unknown = reassign(&host, &path).await;
            assert_eq!(unknown.refused(404), "Booking with uid=nothing was not found in the database");
        }
        for path in [path.clone(), format!("{path}/{}", other.id)] {
            let forbidden = reassign(&other, &path).await;
            assert_eq!(forbidden.refused(403), "You do not have permission to reassign this booking");
        }
        assert_eq!(history(&server, &booking).await.len(), 1);
    }
}
