//! Comparing two samples by the ranks of their values, whatever the distribution.

use crate::figures::count;

/// Standard errors on either side of an estimate: 99.9 %, because many pairs are
/// compared and one in a thousand of them may differ by chance.
const STANDARD_ERRORS: f64 = 3.29;

/// How often a value of one sample is larger than one of the other.
pub(crate) struct Effect {
    /// Probability that a value of the first sample is larger than one of the second,
    /// equal ones counted half: Mann-Whitney's U over the number of pairs. 0.5 when
    /// nothing tells them apart.
    pub(crate) probability: f64,
    /// Half the width of its confidence interval.
    pub(crate) margin: f64,
}

impl Effect {
    /// Compares two samples. The interval assumes no distribution (Biometrics 44, 837);
    /// values that rise and fall together in both samples make it wider than it need be.
    pub(crate) fn of(first: &[u64], second: &[u64]) -> Self {
        let (first, second) = (sorted(first), sorted(second));
        let larger: Vec<f64> = first.iter().map(|value| share_below(&second, *value)).collect();
        let smaller: Vec<f64> =
            second.iter().map(|value| 1.0 - share_below(&first, *value)).collect();
        let variance = variance_of_mean(&larger) + variance_of_mean(&smaller);
        Self { probability: mean(&larger), margin: STANDARD_ERRORS * variance.sqrt() }
    }
}

fn sorted(values: &[u64]) -> Vec<u64> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values
}

/// Share of sorted values that are smaller, equal ones counted half.
fn share_below(sorted: &[u64], value: u64) -> f64 {
    let smaller = sorted.partition_point(|other| *other < value);
    let not_larger = sorted.partition_point(|other| *other <= value);
    count((smaller + not_larger) as u64) / 2.0 / count(sorted.len() as u64)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values.len() as u64)
}

fn variance_of_mean(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let number = count(values.len() as u64);
    squares / (number - 1.0) / number
}

/// First quartile, median and third quartile.
pub(crate) fn quartiles(values: &[u64]) -> [u64; 3] {
    let values = sorted(values);
    [1, 2, 3].map(|quarter| values.get(values.len() * quarter / 4).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_is_the_share_of_pairs_in_which_the_first_is_larger() {
        let probability = |first: &[u64], second: &[u64]| Effect::of(first, second).probability;
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(probability(&[5, 6], &[1, 2]), 1.0));
        assert!(close(probability(&[1, 2], &[5, 6]), 0.0));
        assert!(close(probability(&[3, 3], &[3, 3]), 0.5));
        // Of the nine pairs, 9 is larger than 4, 1 and 5, 2 than 1, and 1 equals 1.
        assert!(close(probability(&[9, 1, 2], &[4, 1, 5]), 4.5 / 9.0));
    }

    /// By hand: the shares of the first sample are 0, 1/2 and 1, those of the second 2/3
    /// and 1/3.
    #[test]
    fn the_margin_is_de_longs() {
        let Effect { probability, margin } = Effect::of(&[1, 5, 9], &[2, 8]);
        let variance = (0.25 + 0.0 + 0.25) / 2.0 / 3.0 + 2.0 * (1.0_f64 / 6.0).powi(2) / 2.0;
        assert!((probability - 0.5).abs() < 1e-12);
        assert!((margin - STANDARD_ERRORS * variance.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn quartiles_are_values_of_the_sample() {
        assert_eq!(quartiles(&[8, 1, 7, 2, 6, 3, 5, 4]), [3, 5, 7]);
    }
}
