//! One row group added up: how many rows there are of each combination of keys, and the sums of their amounts.
//!
//! Codes are read some rows at a time, so that what is in work stays in the first-level cache and no memory is asked for
//! by the row.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt32Array, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, UInt64Type};
use datafusion::error::Result;

use crate::decode::{Coded, Codes, Reader};

/// Rows that are in work at a time.
const ROWS: usize = 1024;
/// Combinations that may be left without a row before they are numbered anew.
const SPARSE: usize = 1 << 12;
/// Combinations for which a table of four bytes each is held while they are numbered.
const TABLE: usize = 1 << 20;
/// Amounts that are added up in one pass.
const AT_ONCE: usize = 4;

/// Which rows are meant: those whose code stands for a value that is kept.
#[derive(Debug)]
pub(super) struct Choice {
    codes: Codes,
    /// 1 for values that are kept, else 0.
    kept: Vec<u32>,
}

impl Choice {
    pub(super) fn new(codes: Codes, kept: &BooleanArray) -> Self {
        Self { codes, kept: kept.iter().map(|kept| u32::from(kept == Some(true))).collect() }
    }
}

/// Which rows are chosen, some at a time.
struct Choosing<'a>(Vec<(Reader<'a>, &'a [u32])>);

impl<'a> Choosing<'a> {
    fn new(choices: &'a [Choice]) -> Self {
        Self(choices.iter().map(|choice| (choice.codes.reader(), &choice.kept[..])).collect())
    }

    /// 1 for the next rows that every choice keeps, else 0. `codes` is room to work in.
    fn next(&mut self, kept: &mut [u32], codes: &mut [u32]) -> Result<()> {
        kept.fill(1);
        for (reader, keeps) in &mut self.0 {
            reader.fill(codes)?;
            kept.iter_mut().zip(&*codes).for_each(|(kept, &code)| *kept &= keeps[code as usize]);
        }
        Ok(())
    }
}

/// Which of a column's values rows have that every choice keeps.
pub(super) fn met(rows: usize, choices: &[Choice], column: &Coded) -> Result<BooleanArray> {
    let (mut choosing, mut reader) = (Choosing::new(choices), column.codes.reader());
    let (mut kept, mut codes) = ([0; ROWS], [0; ROWS]);
    let mut met = vec![false; column.values.len()];
    let mut done = 0;
    while done < rows {
        let count = ROWS.min(rows - done);
        let (kept, codes) = (&mut kept[..count], &mut codes[..count]);
        choosing.next(kept, codes)?;
        reader.fill(codes)?;
        kept.iter().zip(&*codes).for_each(|(&kept, &code)| met[code as usize] |= kept > 0);
        done += count;
    }
    Ok(met.into())
}

/// What was added up, a line for each combination of keys that has rows.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) keys: Vec<ArrayRef>,
    pub(super) rows: Vec<u64>,
    /// A sum is null where every amount is.
    pub(super) sums: Vec<UInt64Array>,
}

/// Adds up those of `rows` rows that every choice keeps.
pub(super) fn tally(rows: usize, choices: &[Choice], keys: &[Coded], amounts: &[Coded]) -> Result<Tally> {
    let mut columns: Vec<Column> = keys.iter().map(|key| Column::new(&key.codes, key.values.len())).collect();
    let mut choosing = Choosing::new(choices);
    let mut groups = Groups::default();
    columns.iter().for_each(|column| groups.divide(column.values, rows));
    if !choices.is_empty() {
        groups.divide(2, rows);
    }
    let amounts: Vec<Amount> = amounts.iter().map(Amount::new).collect::<Result<_>>()?;
    let mut sums = Sums::new(&amounts, groups.bound());
    let (mut block, mut codes, mut kept) = ([0; ROWS], [0; ROWS], [0; ROWS]);
    let mut done = 0;
    while done < rows {
        let count = ROWS.min(rows - done);
        let (block, codes, kept) = (&mut block[..count], &mut codes[..count], &mut kept[..count]);
        block.fill(0);
        for (place, column) in columns.iter_mut().enumerate() {
            column.reader.fill(codes)?;
            groups.combine(place, block, codes);
        }
        if !choices.is_empty() {
            choosing.next(kept, codes)?;
            groups.combine(columns.len(), block, kept);
        }
        sums.add(block)?;
        done += count;
    }
    shown(keys, !choices.is_empty(), &groups, &sums)
}

/// The lines of the groups that have rows which are kept.
fn shown(keys: &[Coded], chosen: bool, groups: &Groups, sums: &Sums<'_>) -> Result<Tally> {
    let counts = sums.counts();
    let lines: Vec<(usize, Vec<u32>)> = (0..counts.len())
        .filter(|&group| counts[group] > 0)
        .map(|group| (group, groups.keys(group)))
        .filter(|(_, keys)| !chosen || keys.last() != Some(&0))
        .collect();
    let key = |(place, key): (usize, &Coded)| {
        let codes = UInt32Array::from_iter_values(lines.iter().map(|(_, keys)| keys[place]));
        take(&key.values, &codes, None)
    };
    let sum = |place: usize| lines.iter().map(|&(group, _)| sums.of(place, group)).collect();
    Ok(Tally {
        keys: keys.iter().enumerate().map(key).collect::<std::result::Result<_, _>>()?,
        rows: lines.iter().map(|&(group, _)| counts[group]).collect(),
        sums: (0..sums.amounts.len()).map(sum).collect(),
    })
}

/// A key's codes while they are read.
struct Column<'a> {
    reader: Reader<'a>,
    values: usize,
}

impl<'a> Column<'a> {
    fn new(codes: &'a Codes, values: usize) -> Self {
        Self { reader: codes.reader(), values }
    }
}

/// Combinations of keys' codes, numbered key by key.
#[derive(Default)]
struct Groups {
    steps: Vec<Step>,
}

/// How the groups that there are before a key are divided by it.
struct Step {
    /// How many values the key has.
    values: usize,
    /// How many groups there are afterwards at most.
    bound: usize,
    numbers: Numbers,
}

/// The numbers of combinations.
enum Numbers {
    /// A combination is its own number: group before, times values, plus code.
    Same,
    /// In the order in which they are met: one more than the number of each, 0 for what was not met; and the other way round.
    Table(Vec<u32>, Vec<usize>),
    /// The same where a table would be too large.
    Map(HashMap<usize, u32>, Vec<usize>),
}

impl Groups {
    /// How many groups there are at most.
    fn bound(&self) -> usize {
        self.steps.last().map_or(1, |step| step.bound)
    }

    /// Divides every group by one more key of so many values.
    fn divide(&mut self, values: usize, rows: usize) {
        // Both are bounded by the rows of a row group and by the bytes of a page.
        let most = self.bound().saturating_mul(values.max(1));
        let (numbers, bound) = match most {
            0..=SPARSE => (Numbers::Same, most),
            _ if most <= TABLE => (Numbers::Table(vec![0; most], Vec::new()), most.min(rows)),
            _ => (Numbers::Map(HashMap::new(), Vec::new()), most.min(rows)),
        };
        self.steps.push(Step { values: values.max(1), bound, numbers });
    }

    /// Turns groups before a key into those behind it.
    fn combine(&mut self, place: usize, groups: &mut [u32], codes: &[u32]) {
        let Step { values, numbers, .. } = &mut self.steps[place];
        let combined = |group: u32, code: u32| group as usize * *values + code as usize;
        let pairs = groups.iter_mut().zip(codes);
        match numbers {
            Numbers::Same => {
                let values = *values as u32;
                pairs.for_each(|(group, &code)| *group = *group * values + code);
            }
            Numbers::Table(table, met) => pairs.for_each(|(group, &code)| {
                let combination = combined(*group, code);
                let number = &mut table[combination];
                if *number == 0 {
                    met.push(combination);
                    *number = met.len() as u32;
                }
                *group = *number - 1;
            }),
            Numbers::Map(map, met) => pairs.for_each(|(group, &code)| {
                let combination = combined(*group, code);
                *group = match map.entry(combination) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(new) => {
                        met.push(combination);
                        *new.insert(met.len() as u32 - 1)
                    }
                };
            }),
        }
    }

    /// The code that each key has in a group.
    fn keys(&self, mut group: usize) -> Vec<u32> {
        let mut keys = vec![0; self.steps.len()];
        for (key, step) in keys.iter_mut().zip(&self.steps).rev() {
            let combination = match &step.numbers {
                Numbers::Same => group,
                Numbers::Table(_, met) | Numbers::Map(_, met) => met[group],
            };
            *key = (combination % step.values) as u32;
            group = combination / step.values;
        }
        keys
    }
}

/// What is added up of one column.
struct Amount<'a> {
    codes: &'a Codes,
    /// Values by code; 0 for a null.
    values: Vec<u64>,
    /// 1 for a value, 0 for a null, where there are nulls.
    present: Option<Vec<u64>>,
}

impl<'a> Amount<'a> {
    fn new(column: &'a Coded) -> Result<Self> {
        let wide = cast(&column.values, &DataType::UInt64)?;
        let wide = wide.as_primitive::<UInt64Type>();
        let present = wide.iter().map(|value| u64::from(value.is_some()));
        let present = (wide.null_count() > 0).then(|| present.collect());
        let values = match present {
            None => wide.values().to_vec(),
            Some(_) => wide.iter().map(Option::unwrap_or_default).collect(),
        };
        Ok(Self { codes: &column.codes, values, present })
    }
}

/// Sums by group.
struct Sums<'a> {
    amounts: &'a [Amount<'a>],
    /// Those that have to be read row by row.
    lots: Vec<Lot<'a>>,
    /// Where the sum of each amount stands, and how many of its rows have a value.
    places: Vec<(Place, Option<Place>)>,
    counts: Vec<u64>,
}

/// Where a sum stands.
#[derive(Clone, Copy)]
enum Place {
    /// Every row has the same.
    All(u64),
    /// Lot, and place in it.
    Lot(usize, usize),
}

/// Amounts that are added up together.
#[derive(Default)]
struct Lot<'a> {
    columns: Vec<(Reader<'a>, &'a [u64])>,
    sums: Vec<[u64; AT_ONCE]>,
}

impl<'a> Sums<'a> {
    fn new(amounts: &'a [Amount<'a>], groups: usize) -> Self {
        let mut lots: Vec<Lot<'a>> = Vec::new();
        let mut placed = |codes: &'a Codes, values: &'a [u64]| {
            if let Codes::All(code) = codes {
                return Place::All(values[*code as usize]);
            }
            if lots.last().is_none_or(|lot| lot.columns.len() == AT_ONCE) {
                lots.push(Lot { columns: Vec::new(), sums: vec![[0; AT_ONCE]; groups] });
            }
            let number = lots.len() - 1;
            lots[number].columns.push((codes.reader(), values));
            Place::Lot(number, lots[number].columns.len() - 1)
        };
        let mut place = |amount: &'a Amount<'a>| {
            let sum = placed(amount.codes, &amount.values);
            (sum, amount.present.as_deref().map(|present| placed(amount.codes, present)))
        };
        let places = amounts.iter().map(&mut place).collect();
        Self { amounts, lots, places, counts: vec![0; groups] }
    }

    /// Adds the next rows, which belong to `groups`.
    fn add(&mut self, groups: &[u32]) -> Result<()> {
        let uniform = groups.iter().all(|group| *group == groups[0]);
        match uniform {
            true => self.counts[groups[0] as usize] += groups.len() as u64,
            false => groups.iter().for_each(|&group| self.counts[group as usize] += 1),
        }
        self.lots.iter_mut().try_for_each(|lot| lot.add(groups, uniform))
    }

    fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The sum of an amount in a group; `None` where no row has a value.
    fn of(&self, amount: usize, group: usize) -> Option<u64> {
        let at = |place| match place {
            Place::All(value) => self.counts[group].wrapping_mul(value),
            Place::Lot(lot, column) => self.lots[lot].sums[group][column],
        };
        let (sum, present) = self.places[amount];
        present.is_none_or(|present| at(present) > 0).then(|| at(sum))
    }
}

impl Lot<'_> {
    fn add(&mut self, groups: &[u32], uniform: bool) -> Result<()> {
        let mut codes = [[0; ROWS]; AT_ONCE];
        for ((reader, _), codes) in self.columns.iter_mut().zip(&mut codes) {
            reader.fill(&mut codes[..groups.len()])?;
        }
        let sums = &mut self.sums;
        match &self.columns[..] {
            [(_, a)] => add(groups, uniform, [a], [&codes[0]], sums),
            [(_, a), (_, b)] => add(groups, uniform, [a, b], [&codes[0], &codes[1]], sums),
            [(_, a), (_, b), (_, c)] => {
                add(groups, uniform, [a, b, c], [&codes[0], &codes[1], &codes[2]], sums);
            }
            [(_, a), (_, b), (_, c), (_, d)] => {
                add(groups, uniform, [a, b, c, d], [&codes[0], &codes[1], &codes[2], &codes[3]], sums);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Adds one value of each column to the sums of each row's group. Beyond 64 bits sums begin again at 0, as those of the
/// engine do.
#[inline]
fn add<const COLUMNS: usize>(
    groups: &[u32],
    uniform: bool,
    values: [&[u64]; COLUMNS],
    codes: [&[u32; ROWS]; COLUMNS],
    sums: &mut [[u64; AT_ONCE]],
) {
    let codes = codes.map(|codes| &codes[..groups.len()]);
    let value = |column: usize, row: usize| values[column][codes[column][row] as usize];
    if uniform {
        let of = &mut sums[groups[0] as usize];
        for (column, of) in of.iter_mut().enumerate().take(COLUMNS) {
            let sum = (0..groups.len()).fold(0u64, |sum, row| sum.wrapping_add(value(column, row)));
            *of = of.wrapping_add(sum);
        }
        return;
    }
    for (row, &group) in groups.iter().enumerate() {
        for (column, of) in sums[group as usize].iter_mut().enumerate().take(COLUMNS) {
            *of = of.wrapping_add(value(column, row));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn coded(values: &[Option<u64>], codes: Codes) -> Coded {
        Coded { values: Arc::new(UInt64Array::from(values.to_vec())), codes }
    }

    fn code(codes: &Codes, row: usize) -> usize {
        match codes {
            Codes::All(code) => *code as usize,
            Codes::InPlace => row,
            codes => codes.read(row + 1).unwrap()[row] as usize,
        }
    }

    fn column(rows: usize, values: usize) -> impl Strategy<Value = Coded> {
        let codes = prop_oneof![
            (0..values as u32).prop_map(Codes::All),
            prop::collection::vec(0..values as u32, rows).prop_map(Codes::each),
        ];
        let values = prop::collection::vec(prop::option::weighted(0.9, any::<u64>()), values);
        (values, codes).prop_map(|(values, codes)| coded(&values, codes))
    }

    fn amounts(rows: usize) -> impl Strategy<Value = Coded> {
        let own = prop::collection::vec(any::<Option<u64>>(), rows).prop_map(|values| coded(&values, Codes::InPlace));
        prop_oneof![column(rows, 3), own]
    }

    /// Keys of few values and of so many that combinations are numbered in both ways.
    fn keys(rows: usize) -> impl Strategy<Value = Vec<Coded>> {
        let key = prop_oneof![4 => Just(1usize), 4 => Just(5), 1 => Just(300), 1 => Just(40_000)];
        prop::collection::vec(key.prop_flat_map(move |values| column(rows, values)), 0..4)
    }

    fn choices(rows: usize) -> impl Strategy<Value = Vec<Choice>> {
        let kept = prop::collection::vec(0u32..2, 6);
        let choice = (kept, column(rows, 6)).prop_map(|(kept, column)| Choice { codes: column.codes, kept });
        prop::collection::vec(choice, 0..3)
    }

    /// Less than what is in work at a time, and more.
    fn work() -> impl Strategy<Value = (usize, Vec<Choice>, Vec<Coded>, Vec<Coded>)> {
        prop_oneof![4 => 1usize..200, 1 => 1000usize..3000]
            .prop_flat_map(|rows| (Just(rows), choices(rows), keys(rows), prop::collection::vec(amounts(rows), 0..6)))
    }

    type Lines = BTreeMap<Vec<Option<u64>>, (u64, Vec<Option<u64>>)>;

    fn value(column: &Coded, place: usize) -> Option<u64> {
        let values = column.values.as_primitive::<UInt64Type>();
        values.is_valid(place).then(|| values.value(place))
    }

    fn join(lines: &mut Lines, key: Vec<Option<u64>>, rows: u64, sums: Vec<Option<u64>>) {
        let line = lines.entry(key).or_insert_with(|| (0, vec![None; sums.len()]));
        line.0 += rows;
        for (sum, more) in line.1.iter_mut().zip(sums) {
            *sum = match (*sum, more) {
                (Some(sum), Some(more)) => Some(sum.wrapping_add(more)),
                (sum, more) => sum.or(more),
            };
        }
    }

    proptest! {
        #[test]
        fn adds_up_as_row_by_row((rows, choices, keys, amounts) in work()) {
            let mut right = Lines::new();
            let kept = |row: &usize| choices.iter().all(|choice| choice.kept[code(&choice.codes, *row)] == 1);
            for row in (0..rows).filter(kept) {
                let at = |column: &Coded| value(column, code(&column.codes, row));
                join(&mut right, keys.iter().map(at).collect(), 1, amounts.iter().map(at).collect());
            }
            let tally = tally(rows, &choices, &keys, &amounts).unwrap();
            let mut found = Lines::new();
            for line in 0..tally.rows.len() {
                let key = |key: &ArrayRef| value(&Coded { values: Arc::clone(key), codes: Codes::InPlace }, line);
                let sums = tally.sums.iter().map(|sum| sum.is_valid(line).then(|| sum.value(line)));
                join(&mut found, tally.keys.iter().map(key).collect(), tally.rows[line], sums.collect());
            }
            prop_assert_eq!(found, right);
        }
    }
}
