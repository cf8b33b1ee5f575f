//! Columns of equal spread, so that one strength holds all weights small.

/// One over the standard deviation of each column; zero where all rows are alike.
pub fn spreads(rows: &[&[f32]], n_columns: usize) -> Vec<f32> {
    let (mut sums, mut squares) = (vec![0.0_f64; n_columns], vec![0.0_f64; n_columns]);
    for row in rows {
        for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(*row) {
            let value = f64::from(*value);
            *sum += value;
            *square += value * value;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    let n_rows = rows.len().max(1) as f64;
    #[expect(clippy::cast_possible_truncation, reason = "a scale needs no more digits")]
    let spread = |(sum, square): (&f64, &f64)| {
        let variance = square / n_rows - (sum / n_rows).powi(2);
        if variance < 1e-9 { 0.0 } else { variance.sqrt().recip() as f32 }
    };
    sums.iter().zip(&squares).map(spread).collect()
}

/// The columns of a row that are not zero, each divided by its spread.
pub fn scaled(row: &[f32], scales: &[f32]) -> Vec<(u32, f32)> {
    let columns = (0_u32..).zip(row.iter().zip(scales));
    let products = columns.map(|(column, (value, scale))| (column, value * scale));
    products.filter(|(_, value)| *value != 0.0).collect()
}
