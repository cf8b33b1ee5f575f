//! Boosted regression trees: each corrects what the sum of those before it got wrong.
//!
//! Method: gradient boosting of the logistic loss with Newton leaves, best leaf first, over
//! values that are cut into at most [`CUTS_MAX`] steps (Friedman: Greedy function approximation,
//! 2001; Chen, Guestrin: `XGBoost`, 2016, equations 5 to 7). Each tree sees a drawn share of the
//! columns.
//!
//! Invariant: one thread, one seed, ties go to the lower column: the same rows give the same
//! trees.

use crate::understand::chance::SplitMix;

/// Steps that a column's values are cut into.
const CUTS_MAX: usize = 63;

/// How to grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Trees.
    pub n_trees: usize,
    /// Leaves of a tree at most.
    pub leaves_max: usize,
    /// What a tree's answer is multiplied by.
    pub rate: f64,
    /// Rows in a leaf at least.
    pub rows_min: usize,
    /// Share of the columns that a tree sees.
    pub columns: f64,
    /// How strongly the leaves are held small.
    pub l2: f64,
    /// What the columns are drawn by.
    pub seed: u64,
}

/// A node of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The answer if one stops here: a leaf's own, or the mean of the leaves below.
    pub value: f64,
    /// Where to go on; none for a leaf.
    pub split: Option<Split>,
}

/// A question to a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The column asked.
    pub column: usize,
    /// Values below go to `less`, all others to `more`.
    pub below: f32,
    /// A later node of the tree.
    pub less: usize,
    /// A later node of the tree.
    pub more: usize,
}

/// A tree; its first node is the root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Every split leads to nodes behind it.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// Adds to `parts` what each column asked changed in the answer, and returns the root's
    /// answer: together they are the leaf's.
    pub fn explain(&self, row: &[f32], parts: &mut [f64]) -> f64 {
        let Some(root) = self.nodes.first() else { return 0.0 };
        let mut node = root;
        while let Some(split) = &node.split {
            let value = row.get(split.column).copied().unwrap_or(0.0);
            let next = &self.nodes[if value < split.below { split.less } else { split.more }];
            if let Some(part) = parts.get_mut(split.column) {
                *part += next.value - node.value;
            }
            node = next;
        }
        root.value
    }

    /// The leaf's answer.
    pub fn value(&self, row: &[f32]) -> f64 {
        let Some(mut node) = self.nodes.first() else { return 0.0 };
        while let Some(split) = &node.split {
            let value = row.get(split.column).copied().unwrap_or(0.0);
            node = &self.nodes[if value < split.below { split.less } else { split.more }];
        }
        node.value
    }
}

/// Grows trees on `rows`, whose sums so far are `sums`; `row_weights` say how much each counts.
pub fn grow(
    growth: Growth,
    rows: &[&[f32]],
    labels: &[bool],
    row_weights: &[f64],
    mut sums: Vec<f64>,
) -> Vec<Tree> {
    let table = Table::of(rows);
    let mut chance = SplitMix::new(growth.seed);
    let mut trees = Vec::with_capacity(growth.n_trees);
    for _ in 0..growth.n_trees {
        let columns = chance.sample(table.cuts.len(), growth.columns);
        let slopes: Vec<Slope> = sums
            .iter()
            .zip(labels)
            .zip(row_weights)
            .map(|((sum, label), weight)| Slope::of(*sum, *label, *weight))
            .collect();
        let tree = Grower { growth, table: &table, columns: &columns, slopes: &slopes }.tree();
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum += tree.value(row);
        }
        trees.push(tree);
    }
    trees
}

/// First and second derivative of the loss.
#[derive(Clone, Copy, Default)]
struct Slope {
    first: f64,
    second: f64,
}

impl Slope {
    fn of(sum: f64, label: bool, weight: f64) -> Self {
        let chance = 1.0 / (1.0 + (-sum).exp());
        let first = chance - f64::from(u8::from(label));
        Self { first: weight * first, second: weight * chance * (1.0 - chance) }
    }

    fn plus(self, other: Self) -> Self {
        Self { first: self.first + other.first, second: self.second + other.second }
    }

    fn minus(self, other: Self) -> Self {
        Self { first: self.first - other.first, second: self.second - other.second }
    }

    fn gain(self, l2: f64) -> f64 {
        self.first * self.first / (self.second + l2)
    }
}

/// All rows, column by column, each value as the number of its step.
struct Table {
    steps: Vec<Vec<u8>>,
    /// For each column the values where a step ends.
    cuts: Vec<Vec<f32>>,
}

impl Table {
    fn of(rows: &[&[f32]]) -> Self {
        let n_columns = rows.first().map_or(0, |row| row.len());
        let mut table = Self { steps: Vec::new(), cuts: Vec::new() };
        for column in 0..n_columns {
            let values: Vec<f32> = rows.iter().map(|row| row[column]).collect();
            let cuts = cuts(values.clone());
            let step = |value: &f32| cuts.partition_point(|cut| cut <= value);
            table
                .steps
                .push(values.iter().map(|it| u8::try_from(step(it)).unwrap_or(u8::MAX)).collect());
            table.cuts.push(cuts);
        }
        table
    }
}

/// Where to cut a column: between its values, with about as many rows in each step.
fn cuts(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    let n_values = values.len();
    let mut cuts: Vec<f32> = Vec::new();
    let mut since_cut = 0;
    for pair in values.windows(2) {
        since_cut += 1;
        let is_edge = pair[0] < pair[1];
        let is_due = n_values <= since_cut * CUTS_MAX || distinct_few(&values);
        if is_edge && is_due && cuts.len() < CUTS_MAX {
            cuts.push(f32::midpoint(pair[0], pair[1]));
            since_cut = 0;
        }
    }
    cuts
}

fn distinct_few(sorted: &[f32]) -> bool {
    let mut n_distinct = 1;
    let mut last = sorted.first().copied().unwrap_or(0.0);
    while let Some(next) = sorted.get(sorted.partition_point(|it| *it <= last)) {
        n_distinct += 1;
        last = *next;
        if CUTS_MAX < n_distinct {
            return false;
        }
    }
    true
}

struct Grower<'a> {
    growth: Growth,
    table: &'a Table,
    columns: &'a [usize],
    slopes: &'a [Slope],
}

/// A leaf that may still be split.
struct Leaf {
    node: usize,
    rows: Vec<u32>,
    best: Option<Cut>,
}

#[derive(Clone, Copy)]
struct Cut {
    gain: f64,
    column: usize,
    /// The last step that goes to `less`.
    step: u8,
}

impl Grower<'_> {
    fn tree(&self) -> Tree {
        let mut nodes = Vec::new();
        let all = (0..self.slopes.len()).map(|row| u32::try_from(row).unwrap_or(u32::MAX));
        let mut leaves = vec![self.leaf(&mut nodes, all.collect())];
        while leaves.len() < self.growth.leaves_max {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |cut| cut.gain);
            let Some(best) = (0..leaves.len()).max_by(|one, other| {
                gain(&leaves[*one]).total_cmp(&gain(&leaves[*other])).then(other.cmp(one))
            }) else {
                break;
            };
            let Some(cut) = leaves[best].best else { break };
            let Leaf { node, rows, .. } = leaves.swap_remove(best);
            let steps = &self.table.steps[cut.column];
            let (less, more) = rows.into_iter().partition(|row| steps[*row as usize] <= cut.step);
            let (less, more) = (self.leaf(&mut nodes, less), self.leaf(&mut nodes, more));
            let below = self.table.cuts[cut.column][usize::from(cut.step)];
            let (column, less_at, more_at) = (cut.column, less.node, more.node);
            nodes[node].split = Some(Split { column, below, less: less_at, more: more_at });
            leaves.push(less);
            leaves.push(more);
        }
        Tree { nodes }
    }

    fn leaf(&self, nodes: &mut Vec<Node>, rows: Vec<u32>) -> Leaf {
        let slopes = rows.iter().map(|row| self.slopes[*row as usize]);
        let sum = slopes.fold(Slope::default(), Slope::plus);
        let value = -self.growth.rate * sum.first / (sum.second + self.growth.l2);
        nodes.push(Node { value, split: None });
        let best = self.best_cut(&rows, sum);
        Leaf { node: nodes.len() - 1, rows, best }
    }

    fn best_cut(&self, rows: &[u32], sum: Slope) -> Option<Cut> {
        let (min, l2) = (self.growth.rows_min, self.growth.l2);
        if rows.len() < 2 * min {
            return None;
        }
        let mut best: Option<Cut> = None;
        for column in self.columns {
            let (steps, n_cuts) = (&self.table.steps[*column], self.table.cuts[*column].len());
            let mut histogram = [(Slope::default(), 0_usize); CUTS_MAX + 1];
            for row in rows {
                let bin = &mut histogram[usize::from(steps[*row as usize])];
                bin.0 = bin.0.plus(self.slopes[*row as usize]);
                bin.1 += 1;
            }
            let (mut less, mut n_less) = (Slope::default(), 0);
            for (step, (slope, count)) in histogram[..n_cuts].iter().enumerate() {
                (less, n_less) = (less.plus(*slope), n_less + count);
                if n_less < min || rows.len() - n_less < min {
                    continue;
                }
                let gain = less.gain(l2) + sum.minus(less).gain(l2) - sum.gain(l2);
                if best.is_none_or(|best| best.gain < gain) && 1e-9 < gain {
                    let step = u8::try_from(step).unwrap_or(u8::MAX);
                    best = Some(Cut { gain, column: *column, step });
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWTH: Growth = Growth {
        n_trees: 40,
        leaves_max: 4,
        rate: 0.3,
        rows_min: 2,
        columns: 1.0,
        l2: 1.0,
        seed: 7,
    };

    /// Rows of two values whose label is "exactly one of both is set": no line parts them.
    fn either_or() -> (Vec<[f32; 2]>, Vec<bool>) {
        let rows: Vec<[f32; 2]> =
            (0_u8..40).map(|number| [f32::from(number % 2), f32::from(number / 2 % 2)]).collect();
        let labels = rows.iter().map(|row| (row[0] < 0.5) != (row[1] < 0.5)).collect();
        (rows, labels)
    }

    fn grown(growth: Growth) -> (Vec<Tree>, Vec<[f32; 2]>, Vec<bool>) {
        let (rows, labels) = either_or();
        let views: Vec<&[f32]> = rows.iter().map(<[f32; 2]>::as_slice).collect();
        // The first split gains nothing unless the halves differ a little.
        let weights: Vec<f64> = (0..40_u8).map(|it| 1.0 + f64::from(it % 3)).collect();
        (grow(growth, &views, &labels, &weights, vec![0.0; 40]), rows, labels)
    }

    /// Goal: trees learn what no sum of weights can.
    #[test]
    fn either_or_is_learnt() {
        let (trees, rows, labels) = grown(GROWTH);
        for (row, label) in rows.iter().zip(labels) {
            let sum: f64 = trees.iter().map(|tree| tree.value(row)).sum();
            assert_eq!(0.0 < sum, label, "{row:?} {sum}");
        }
    }

    /// Goal: what is shown as the reason is the whole of the answer.
    #[test]
    fn parts_sum_to_the_answer() {
        let (trees, rows, _) = grown(GROWTH);
        for tree in &trees {
            let mut parts = vec![0.0; 2];
            let root = tree.explain(&rows[1], &mut parts);
            let sum = root + parts.iter().sum::<f64>();
            assert!((sum - tree.value(&rows[1])).abs() < 1e-12, "{tree:?}");
        }
    }

    /// Goal: training again on the same texts ships the same model file.
    #[test]
    fn same_rows_give_the_same_trees() {
        let growth = Growth { columns: 0.5, ..GROWTH };
        assert_eq!(grown(growth).0, grown(growth).0);
    }

    /// Goal: an empty corpus is an answer, not a crash.
    #[test]
    fn nothing_grows_from_nothing() {
        let trees = grow(GROWTH, &[], &[], &[], Vec::new());
        assert!(trees.iter().all(|tree| tree.value(&[1.0]).is_finite()));
    }
}
