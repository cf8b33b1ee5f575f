//! Chance for spreading things out; never for ids or secrets.

/// A number from 0 to just below 1.
///
/// Taken from the system, not from the clock: machines that start together must not act
/// together. Zero if the system has none, which only costs the spreading.
pub fn unit() -> f64 {
    let bits = getrandom::u32().unwrap_or_default();
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a thousand feeds do not start in the same second.
    #[test]
    fn numbers_differ_and_stay_below_one() {
        let numbers: Vec<f64> = (0..64).map(|_| unit()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(numbers.windows(2).any(|pair| pair[0] < pair[1] || pair[1] < pair[0]));
    }
}
