//! Logistic regression over sparse rows, with the squares of the weights held small.
//!
//! It looks for the weights `w` and the bias `b` with the least
//! `sum of u * ln(1 + exp(-y * (b + x·w))) + l2 / 2 * w·w` over all rows `x` with weight `u`
//! and label `y`, 1 or -1. The bias is not held small.
//!
//! Method: L-BFGS (Nocedal, Wright: Numerical Optimization, 2006, algorithm 7.5). Along each
//! direction the sums of the rows change linearly, so the best step is found by Newton's
//! method over those sums alone, without another look at the columns.
//!
//! Invariant: one thread, one order of additions: the same rows give the same weights.

use std::collections::VecDeque;

/// A row: its columns that are not zero, each once, with their values.
pub type Row = [(u32, f32)];

/// Steps that the direction is made from.
const MEMORY: usize = 10;

/// Newton steps along one direction.
const LINE_STEPS_MAX: usize = 20;

/// A slope along the direction below this share of the first one is flat.
const FLAT: f64 = 0.01;

/// How to learn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How strongly weights are held small; above zero. `scikit-learn` calls its inverse `C`.
    pub l2: f64,
    /// Steps at most; 60 are enough for a judge, 300 for six digits.
    pub iterations_max: usize,
    /// Stops when no partial derivative is larger than this.
    pub gradient_min: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { l2: 1.0, iterations_max: 100, gradient_min: 1e-4 }
    }
}

/// What was learnt: a row is likely to bear the label where [`Linear::sum`] is above zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// The sum of a row without columns.
    pub bias: f64,
    /// By column.
    pub weights: Vec<f64>,
}

impl Linear {
    /// The logarithm of the odds that `row` bears the label. Unknown columns weigh nothing.
    pub fn sum(&self, row: &Row) -> f64 {
        let weight = |column: u32| self.weights.get(column as usize).copied().unwrap_or(0.0);
        self.bias
            + row.iter().map(|(column, value)| weight(*column) * f64::from(*value)).sum::<f64>()
    }
}

/// Learns from `rows` with their `labels`; `row_weights` say how much each row counts.
///
/// Where the three differ in length, the shortest decides. Without rows all is zero.
pub fn fit<R: AsRef<Row>>(
    settings: Settings,
    rows: &[R],
    labels: &[bool],
    row_weights: &[f64],
) -> Linear {
    let n_rows = rows.len().min(labels.len()).min(row_weights.len());
    let rows: Vec<&Row> = rows[..n_rows].iter().map(AsRef::as_ref).collect();
    let columns = rows.iter().flat_map(|row| row.iter().map(|(column, _)| *column as usize + 1));
    let data = Data {
        n_columns: columns.max().unwrap_or(0),
        signs: labels.iter().map(|label| if *label { 1.0 } else { -1.0 }).collect(),
        rows,
        row_weights: &row_weights[..n_rows],
        l2: settings.l2.max(f64::MIN_POSITIVE),
    };
    let mut weights = descend(&data, settings);
    let bias = weights.pop().unwrap_or(0.0);
    Linear { bias, weights }
}

struct Data<'a> {
    rows: Vec<&'a Row>,
    signs: Vec<f64>,
    row_weights: &'a [f64],
    n_columns: usize,
    l2: f64,
}

/// Weights by column, and the bias at the end.
type Point = Vec<f64>;

impl Data<'_> {
    /// The sum of each row.
    fn sums(&self, point: &Point) -> Vec<f64> {
        let bias = point[self.n_columns];
        let sum = |row: &&Row| {
            row.iter()
                .map(|(column, value)| point[*column as usize] * f64::from(*value))
                .sum::<f64>()
        };
        self.rows.iter().map(|row| bias + sum(row)).collect()
    }

    fn gradient(&self, point: &Point, sums: &[f64]) -> Point {
        let mut gradient: Point = point.iter().map(|weight| self.l2 * weight).collect();
        gradient[self.n_columns] = 0.0;
        for (index, row) in self.rows.iter().enumerate() {
            let (slope, _) = self.loss(index, sums[index]);
            for (column, value) in *row {
                gradient[*column as usize] += slope * f64::from(*value);
            }
            gradient[self.n_columns] += slope;
        }
        gradient
    }

    /// First and second derivative of a row's loss by its sum.
    fn loss(&self, index: usize, sum: f64) -> (f64, f64) {
        let (sign, weight) = (self.signs[index], self.row_weights[index]);
        let doubt = 1.0 / (1.0 + (sign * sum).exp());
        (-weight * sign * doubt, weight * doubt * (1.0 - doubt))
    }

    /// How far to go along `direction` until the objective rises again.
    fn step(&self, point: &Point, direction: &Point, sums: &[f64], changes: &[f64]) -> f64 {
        let columns = ..self.n_columns;
        let along = self.l2 * dot(&point[columns], &direction[columns]);
        let bend = self.l2 * dot(&direction[columns], &direction[columns]);
        let slopes = |step: f64| {
            let mut slope = step.mul_add(bend, along);
            let mut curve = bend;
            for (index, (sum, change)) in sums.iter().zip(changes).enumerate() {
                let (first, second) = self.loss(index, step.mul_add(*change, *sum));
                slope += first * change;
                curve += second * change * change;
            }
            (slope, curve)
        };
        let (first_slope, _) = slopes(0.0);
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut step = 1.0;
        for _ in 0..LINE_STEPS_MAX {
            let (slope, curve) = slopes(step);
            if slope.abs() <= FLAT * first_slope.abs() {
                break;
            }
            if slope < 0.0 {
                low = step;
            } else {
                high = step;
            }
            let newton = step - slope / curve.max(f64::MIN_POSITIVE);
            step = match high {
                f64::INFINITY => newton.clamp(low, 10.0 * (low + 1.0)),
                high if low < newton && newton < high => newton,
                high => f64::midpoint(low, high),
            };
        }
        step
    }
}

/// A step that was gone: the way, how the gradient changed, and one over their product.
struct Trace {
    way: Point,
    turn: Point,
    inverse: f64,
}

fn descend(data: &Data<'_>, settings: Settings) -> Point {
    let mut point = vec![0.0; data.n_columns + 1];
    let mut sums = data.sums(&point);
    let mut gradient = data.gradient(&point, &sums);
    let mut traces: VecDeque<Trace> = VecDeque::with_capacity(MEMORY);
    for _ in 0..settings.iterations_max {
        if gradient.iter().all(|slope| slope.abs() <= settings.gradient_min) {
            break;
        }
        let direction = direction(&gradient, &traces);
        let changes = data.sums(&direction);
        let step = data.step(&point, &direction, &sums, &changes);
        let way: Point = direction.iter().map(|part| step * part).collect();
        add(&mut point, 1.0, &way);
        add(&mut sums, step, &changes);
        let next = data.gradient(&point, &sums);
        let turn: Point = next.iter().zip(&gradient).map(|(next, last)| next - last).collect();
        gradient = next;
        let product = dot(&way, &turn);
        if product <= f64::EPSILON * dot(&turn, &turn) {
            break;
        }
        if traces.len() == MEMORY {
            traces.pop_front();
        }
        traces.push_back(Trace { way, turn, inverse: 1.0 / product });
    }
    point
}

/// Downhill, with the curvature that the last steps have shown.
fn direction(gradient: &Point, traces: &VecDeque<Trace>) -> Point {
    let mut direction: Point = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(traces.len());
    for trace in traces.iter().rev() {
        let share = trace.inverse * dot(&trace.way, &direction);
        add(&mut direction, -share, &trace.turn);
        shares.push(share);
    }
    let scale = match traces.back() {
        Some(last) => 1.0 / (last.inverse * dot(&last.turn, &last.turn)),
        None => 1.0 / dot(gradient, gradient).sqrt().max(1.0),
    };
    for part in &mut direction {
        *part *= scale;
    }
    for (trace, share) in traces.iter().zip(shares.into_iter().rev()) {
        let other = trace.inverse * dot(&trace.turn, &direction);
        add(&mut direction, share - other, &trace.way);
    }
    direction
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn add(point: &mut [f64], factor: f64, other: &[f64]) {
    for (part, other) in point.iter_mut().zip(other) {
        *part += factor * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(l2: f64) -> Settings {
        Settings { l2, iterations_max: 300, gradient_min: 1e-10 }
    }

    /// Rows of pseudo-random columns; the label hangs on the first hundred columns.
    fn drawn(n_rows: u32, n_values: u32, n_columns: u32) -> (Vec<Vec<(u32, f32)>>, Vec<bool>) {
        let mut state = 1_u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % n_columns
        };
        let mut rows = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..n_rows {
            let mut columns: Vec<u32> = (0..n_values).map(|_| draw()).collect();
            columns.sort_unstable();
            columns.dedup();
            let speaks_for = |column: &u32| *column < 100 && column.is_multiple_of(2);
            let speaks_against = |column: &u32| *column < 100 && !column.is_multiple_of(2);
            let count =
                |speaks: &dyn Fn(&u32) -> bool| columns.iter().filter(|it| speaks(it)).count();
            labels.push(count(&speaks_against) < count(&speaks_for));
            rows.push(columns.into_iter().map(|column| (column, 0.05)).collect());
        }
        (rows, labels)
    }

    /// Goal: what can be told apart by one column is told apart.
    #[test]
    fn separable_rows_are_separated() {
        let rows = [vec![(0, 1.0), (2, 1.0)], vec![(0, 2.0)], vec![(1, 1.0), (2, 1.0)], vec![]];
        let labels = [true, true, false, false];
        let linear = fit(exact(0.01), &rows, &labels, &[1.0; 4]);
        for (row, label) in rows.iter().zip(labels) {
            assert_eq!(0.0 < linear.sum(row), label, "{row:?} {linear:?}");
        }
    }

    /// Goal: the figures are those of the textbook, not of our own making.
    /// Method: without weights worth having, the bias alone is the logarithm of the odds; one
    /// column of both signs has the optimum where `l2 * w = n * sigmoid(-w)`.
    #[test]
    fn optimum_is_the_known_one() {
        let empty: [&Row; 4] = [&[]; 4];
        let linear = fit(exact(1.0), &empty, &[true, true, true, false], &[1.0; 4]);
        assert!((linear.bias - 3_f64.ln()).abs() < 1e-8, "{linear:?}");
        let weighted = fit(exact(1.0), &empty[..2], &[true, false], &[5.0, 1.0]);
        assert!((weighted.bias - 5_f64.ln()).abs() < 1e-8, "{weighted:?}");

        let rows = [vec![(0, 1.0)], vec![(0, -1.0)]];
        let linear = fit(exact(0.5), &rows, &[true, false], &[1.0; 2]);
        let weight = linear.weights[0];
        assert!((0.5 * weight - 2.0 / (1.0 + weight.exp())).abs() < 1e-8, "{linear:?}");
        assert!(linear.bias.abs() < 1e-8, "{linear:?}");
    }

    /// Goal: a bias far from zero, unequal weights and scales do not lead astray.
    /// Method: at the optimum every partial derivative is zero, by any way of computing it.
    #[test]
    fn every_slope_is_zero_at_the_end() {
        let (rows, labels) = drawn(200, 12, 60);
        let row_weights: Vec<f64> = (0..200).map(|it| 1.0 + f64::from(it % 7)).collect();
        let linear = fit(exact(0.2), &rows, &labels, &row_weights);
        let mut slopes: Vec<f64> = linear.weights.iter().map(|weight| 0.2 * weight).collect();
        for ((row, label), row_weight) in rows.iter().zip(&labels).zip(&row_weights) {
            let chance = 1.0 / (1.0 + (-linear.sum(row)).exp());
            let error = row_weight * (chance - f64::from(u8::from(*label)));
            for (column, value) in row {
                slopes[*column as usize] += error * f64::from(*value);
            }
        }
        assert!(slopes.iter().all(|slope| slope.abs() < 1e-6), "{slopes:?}");
    }

    /// Goal: training again on the same texts ships the same model file.
    #[test]
    fn same_rows_give_the_same_bits() {
        let (rows, labels) = drawn(300, 20, 500);
        let fitted = || fit(Settings::default(), &rows, &labels, &vec![1.0; 300]);
        assert_eq!(fitted(), fitted());
    }

    /// Goal: a retraining is a matter of seconds.
    /// Method: a tenth of a real training set, whose time grows with its values.
    #[test]
    fn real_sizes_are_learnt() {
        let (rows, labels) = drawn(500, 700, 60_000);
        let linear = fit(Settings { l2: 0.25, ..Settings::default() }, &rows, &labels, &[1.0; 500]);
        let n_right = rows
            .iter()
            .zip(&labels)
            .filter(|(row, label)| (0.0 < linear.sum(row)) == **label)
            .count();
        assert!(450 < n_right, "{n_right} of 500");
    }

    /// Goal: an empty corpus is an answer, not a crash.
    #[test]
    fn nothing_is_learnt_from_nothing() {
        let none: [&Row; 0] = [];
        assert_eq!(fit(Settings::default(), &none, &[], &[]).weights, Vec::<f64>::new());
        let same = fit(Settings::default(), &[vec![(3, 1.0)]], &[true], &[1.0]);
        assert!(same.bias.is_finite() && same.weights.iter().all(|it| it.is_finite()), "{same:?}");
    }
}
