//! How long a booking is (section 7.6).

use crate::event_type::EventType;

/// Why a length is refused. The texts are the contract's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to choose from (R7.21).
    #[error(
        "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, remove the 'lengthInMinutes' field from the request."
    )]
    Fixed,
    /// It is none of the lengths on offer (R7.22); these are.
    #[error(
        "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The possible lengths are: {}",
        list(.0)
    )]
    NotOffered(Vec<i32>),
}

fn list(lengths: &[i32]) -> String {
    lengths.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}

/// The length of a booking in minutes: the one that was asked for, or the event type's
/// own, which need not be among those on offer (R7.20, R7.22).
///
/// # Errors
///
/// [`Refusal`] when a length was asked for that cannot be had (R7.21, R7.22).
pub fn minutes(event_type: &EventType, requested: Option<i32>) -> Result<i32, Refusal> {
    let offered = &event_type.settings.length_options_minutes;
    match requested {
        None => Ok(event_type.length_minutes),
        Some(_) if offered.is_empty() => Err(Refusal::Fixed),
        Some(length) if offered.contains(&length) => Ok(length),
        Some(_) => Err(Refusal::NotOffered(offered.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R7.20 to R7.22, BK-52, BK-53
    #[test]
    fn a_length_is_the_event_types_own_or_one_on_offer() {
        let mut event_type = EventType::new("Title", "slug", 30);
        assert_eq!(minutes(&event_type, None), Ok(30));
        assert_eq!(
            minutes(&event_type, Some(30)).unwrap_err().to_string(),
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, remove the 'lengthInMinutes' field from the request."
        );
        event_type.settings.length_options_minutes = vec![15, 45];
        assert_eq!(minutes(&event_type, None), Ok(30), "the own length need not be on offer");
        assert_eq!(minutes(&event_type, Some(45)), Ok(45));
        for length in [30, 0, -1, i32::MAX] {
            assert_eq!(
                minutes(&event_type, Some(length)).unwrap_err().to_string(),
                "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The possible lengths are: 15, 45"
            );
        }
    }
}
