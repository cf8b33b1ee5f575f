//! Where features are written down, one after the other.

use std::fmt;

/// The values of one text, or, once, the names that belong to them.
pub(super) struct Sheet {
    values: Vec<f32>,
    names: Option<Vec<String>>,
}

impl Sheet {
    /// For the values of a text.
    pub(super) fn with_room(n_features: usize) -> Self {
        Self { values: Vec::with_capacity(n_features), names: None }
    }

    /// For the names.
    pub(super) fn naming() -> Self {
        Self { values: Vec::new(), names: Some(Vec::new()) }
    }

    pub(super) fn into_values(self) -> Vec<f32> {
        self.values
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names.unwrap_or_default()
    }

    /// The next feature. The name is only written when names are asked for.
    pub(super) fn put(&mut self, name: fmt::Arguments<'_>, value: f32) {
        self.values.push(value);
        if let Some(names) = &mut self.names {
            names.push(name.to_string());
        }
    }

    pub(super) fn flag(&mut self, name: fmt::Arguments<'_>, is_set: bool) {
        self.put(name, f32::from(u8::from(is_set)));
    }

    pub(super) fn capped(&mut self, name: fmt::Arguments<'_>, count: usize, max: usize) {
        self.put(name, number(count.min(max)));
    }

    /// `part` of `whole`; `nothing` if there is no whole.
    pub(super) fn share(
        &mut self,
        name: fmt::Arguments<'_>,
        part: usize,
        whole: usize,
        nothing: f32,
    ) {
        self.put(name, if whole == 0 { nothing } else { number(part) / number(whole) });
    }
}

/// Counts here are small, so nothing is lost.
pub(in crate::understand) fn number(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
