//! All patterns as one tree, walked from each place where a term may start.
//!
//! A double array: each node knows where its children lie, each child knows its parent. What
//! only one pattern continues is no chain of nodes but compared at once. An automaton that
//! goes on after a failure would save the walk from every letter, but terms start at words.

/// A node that has no children: the rest is a pattern's number.
const LEAF: u32 = 1 << 31;

/// A place that no node uses.
const FREE: u32 = u32::MAX;

/// The root is nobody's child.
const NOBODY: u32 = u32::MAX - 1;

/// Places of one block: a node's children lie in one.
const BLOCK: usize = 256;

/// A node looks for room for its children in so many blocks at the end.
const BLOCKS_SEARCHED: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Its children lie at this place, each xor its byte; or a leaf with a pattern's number.
    base: u32,
    parent: u32,
}

/// The tree. Patterns are known by their numbers.
#[derive(Clone, Debug)]
pub(in crate::understand) struct Trie {
    nodes: Vec<Node>,
    /// All patterns, one after the other, and where each ends.
    text: Box<[u8]>,
    ends: Box<[u32]>,
}

impl Trie {
    /// A tree of different patterns without NUL; None if they are too many.
    pub(in crate::understand) fn new(patterns: &[String]) -> Option<Self> {
        let n_bytes = patterns.iter().map(String::len).sum();
        let mut text = Vec::with_capacity(n_bytes);
        let mut ends = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            text.extend_from_slice(pattern.as_bytes());
            ends.push(u32::try_from(text.len()).ok().filter(|end| *end < LEAF)?);
        }
        let mut order: Vec<u32> = (0..u32::try_from(patterns.len()).ok()?).collect();
        order.sort_unstable_by_key(|number| patterns[*number as usize].as_bytes());
        let mut builder = Builder { patterns, nodes: Vec::new(), first_free: 1 };
        builder.add_block();
        builder.nodes[0].parent = NOBODY;
        builder.place(0, &order, 0)?;
        let Builder { mut nodes, .. } = builder;
        nodes.shrink_to_fit();
        Some(Self { nodes, text: text.into(), ends: ends.into() })
    }

    /// Tells `take` the number and the end of each pattern that stands at `start`.
    pub(in crate::understand) fn walk(
        &self,
        text: &[u8],
        start: usize,
        mut take: impl FnMut(usize, usize),
    ) {
        let (mut node, mut at) = (0, start);
        while let Some(Node { base, .. }) = self.nodes.get(node as usize).copied() {
            if base & LEAF != 0 {
                let number = (base ^ LEAF) as usize;
                let rest = self.pattern(number).get(at - start..).unwrap_or_default();
                if text[at..].starts_with(rest) {
                    take(number, at + rest.len());
                }
                return;
            }
            if let Some(end) = self.child(node, base, 0) {
                take((self.nodes[end as usize].base ^ LEAF) as usize, at);
            }
            let byte = text.get(at).copied().unwrap_or(0);
            match self.child(node, base, byte) {
                Some(child) if byte != 0 => node = child,
                _ => return,
            }
            at += 1;
        }
    }

    fn child(&self, node: u32, base: u32, byte: u8) -> Option<u32> {
        let child = base ^ u32::from(byte);
        (self.nodes.get(child as usize)?.parent == node).then_some(child)
    }

    /// The pattern of a number.
    pub(in crate::understand) fn pattern(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[number] as usize]
    }
}

struct Builder<'a> {
    patterns: &'a [String],
    nodes: Vec<Node>,
    /// No place before it is free, or looked at.
    first_free: usize,
}

impl Builder<'_> {
    /// Fills `node` with the patterns `order`, sorted, which share their first `depth` bytes.
    fn place(&mut self, node: u32, order: &[u32], depth: usize) -> Option<()> {
        if let [only] = order {
            self.nodes[node as usize].base = LEAF | only;
            return Some(());
        }
        let byte = |number: u32| self.patterns[number as usize].as_bytes().get(depth).copied();
        // The end of a pattern is a child too, under the byte that no pattern has.
        let children: Vec<(u8, &[u32])> = order
            .chunk_by(|one, other| byte(*one) == byte(*other))
            .map(|numbers| (byte(numbers[0]).unwrap_or(0), numbers))
            .collect();
        let base = self.room(&children)?;
        self.nodes[node as usize].base = base;
        for (byte, _) in &children {
            self.nodes[(base ^ u32::from(*byte)) as usize].parent = node;
        }
        for (byte, numbers) in children {
            self.place(base ^ u32::from(byte), numbers, depth + 1)?;
        }
        Some(())
    }

    /// A base at which all children find free places.
    fn room(&mut self, children: &[(u8, &[u32])]) -> Option<u32> {
        let oldest = self.nodes.len().saturating_sub(BLOCKS_SEARCHED * BLOCK);
        self.first_free = self.first_free.max(oldest);
        while self.nodes.get(self.first_free).is_some_and(|node| node.parent != FREE) {
            self.first_free += 1;
        }
        let first = children.first().map_or(0, |(byte, _)| usize::from(*byte));
        let is_free = |place: usize| self.nodes[place].parent == FREE;
        let found = (self.first_free..self.nodes.len()).find(|place| {
            let base = place ^ first;
            is_free(*place) && children.iter().all(|it| is_free(base ^ usize::from(it.0)))
        });
        let place = found.unwrap_or_else(|| {
            let place = self.nodes.len() ^ first;
            self.add_block();
            place
        });
        u32::try_from(place ^ first).ok().filter(|base| *base < LEAF)
    }

    fn add_block(&mut self) {
        let free = Node { base: LEAF, parent: FREE };
        self.nodes.resize(self.nodes.len() + BLOCK, free);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Goal: no term is lost and none is found where it does not stand.
        #[test]
        fn walk_finds_what_stands_there(
            patterns in prop::collection::btree_set("[abcé日本]{1,5}", 1..40),
            text in "[abcé日本]{0,12}",
        ) {
            let patterns: Vec<String> = patterns.into_iter().rev().collect();
            let trie = Trie::new(&patterns).unwrap();
            for (start, _) in text.char_indices() {
                let mut found = Vec::new();
                trie.walk(text.as_bytes(), start, |number, end| found.push((number, end)));
                found.sort_unstable();
                let stands = |it: &(usize, &String)| text[start..].starts_with(it.1.as_str());
                let there = patterns.iter().enumerate().filter(stands);
                let there: Vec<_> = there.map(|(number, it)| (number, start + it.len())).collect();
                prop_assert_eq!(found, there);
            }
        }
    }
}
