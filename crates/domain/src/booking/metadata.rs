//! What a customer keeps with a booking.

use serde_json::{Map, Value};

/// Where the address of the video call is kept (R7.27).
pub const VIDEO_CALL_URL: &str = "videoCallUrl";
/// Keys that no output shows (section 8.1): ours, and the client id that bookings have
/// which come from elsewhere.
const INTERNAL: [&str; 2] = [VIDEO_CALL_URL, "platformClientId"];

/// Says the limits of metadata. The text is the contract's (section 5.2).
pub const LIMITS: &str = "Metadata must have at most 50 keys, each key up to 40 characters, and string values up to 500 characters.";

/// Whether metadata that was sent keeps to [`LIMITS`]. Characters are UTF-16 units, as
/// in the clients.
#[must_use]
pub fn fits(metadata: &Map<String, Value>) -> bool {
    let units = |text: &str| text.encode_utf16().count();
    metadata.len() <= 50
        && metadata.iter().all(|(key, value)| {
            units(key) <= 40 && value.as_str().is_none_or(|text| units(text) <= 500)
        })
}

/// What the output shows of stored metadata.
#[must_use]
pub fn shown(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = stored.clone();
    shown.retain(|key, _| !INTERNAL.contains(&key.as_str()));
    shown
}

/// The rest of stored metadata: what is nobody's but the booking's.
#[must_use]
pub fn internal(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut internal = stored.clone();
    internal.retain(|key, _| INTERNAL.contains(&key.as_str()));
    internal
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(pairs: impl IntoIterator<Item = (String, Value)>) -> Map<String, Value> {
        pairs.into_iter().collect()
    }

    /// Section 5.2, BK-1 to BK-3
    #[test]
    fn metadata_has_limits_and_their_boundaries_are_accepted() {
        let keys = |count: usize| object((0..count).map(|at| (at.to_string(), json!(1))));
        assert!(fits(&keys(0)) && fits(&keys(50)) && !fits(&keys(51)));
        let key = |length| object([("ä".repeat(length), json!(1))]);
        assert!(fits(&key(40)) && !fits(&key(41)));
        let value = |length| object([("key".to_owned(), json!("ä".repeat(length)))]);
        assert!(fits(&value(500)) && !fits(&value(501)));
        assert!(!fits(&object([("key".to_owned(), json!("😀".repeat(251)))])), "two units each");
        assert!(fits(&object([("key".to_owned(), json!([1, { "a": null }]))])));
    }

    /// Section 8.1
    #[test]
    fn internal_keys_are_not_shown() {
        let stored = json!({
            "videoCallUrl": "https://meet.example",
            "a": 1,
            "platformClientId": "x",
            "b": "videoCallUrl",
        });
        let shown = shown(stored.as_object().unwrap());
        assert_eq!(Value::from(shown), json!({ "a": 1, "b": "videoCallUrl" }));
    }
}
