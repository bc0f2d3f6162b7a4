//! Tables that give up columns when the terminal is narrow.

use anstyle::Style;

use super::chart::Glyphs;
use super::ink::{DIM, PLAIN, Text};

const GAP: usize = 2;
const BAR_SHORTEST: usize = 6;
const BAR_LONGEST: usize = 24;
/// No column that can shrink becomes narrower.
const NARROWEST: usize = 6;

/// A column.
#[derive(Clone, Copy)]
pub(super) struct Column {
    title: &'static str,
    right: bool,
    /// Columns with higher numbers go first when room runs short; 0 never goes.
    drop: u8,
    shrinks: bool,
    bar: bool,
}

impl Column {
    pub(super) const fn left(title: &'static str) -> Self {
        Self { title, right: false, drop: 0, shrinks: false, bar: false }
    }

    pub(super) const fn right(title: &'static str) -> Self {
        Self { right: true, ..Self::left(title) }
    }

    pub(super) const fn bar(drop: u8) -> Self {
        Self { bar: true, drop, ..Self::left("") }
    }

    pub(super) const fn drops(self, drop: u8) -> Self {
        Self { drop, ..self }
    }

    pub(super) const fn shrinks(self) -> Self {
        Self { shrinks: true, ..self }
    }
}

/// What stands in a column.
pub(super) enum Cell {
    Text(Text),
    /// A bar of this share of the column.
    Bar(f64, Style),
}

impl From<Text> for Cell {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Text::plain(text))
    }
}

impl Cell {
    fn width(&self) -> usize {
        match self {
            Self::Text(text) => text.width(),
            Self::Bar(..) => BAR_SHORTEST,
        }
    }
}

/// Rows in columns.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The lines, the titles first where any column has one, each at most `width` columns and `indent` from the left.
    pub(super) fn lines(self, width: usize, indent: usize, glyphs: &Glyphs) -> Vec<Text> {
        let widths = self.widths(width.saturating_sub(indent));
        let mut lines = Vec::with_capacity(self.rows.len() + 1);
        let margin = " ".repeat(indent);
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles = self.columns.iter().map(|column| Cell::Text(Text::of(DIM, column.title))).collect();
            lines.push(line(&self.columns, &widths, titles, &margin, glyphs));
        }
        let rows = self.rows.into_iter().map(|row| line(&self.columns, &widths, row, &margin, glyphs));
        lines.extend(rows);
        lines
    }

    /// The columns each column takes; `None` where it was dropped.
    fn widths(&self, room: usize) -> Vec<Option<usize>> {
        let widest = |place: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(place)).map(Cell::width);
            cells.chain([Text::plain(self.columns[place].title).width()]).max().unwrap_or(0)
        };
        let mut widths: Vec<_> = (0..self.columns.len()).map(|place| Some(widest(place))).collect();
        // A column without content takes no room.
        widths.iter_mut().for_each(|width| *width = width.filter(|&width| width > 0));
        while total(&widths) > room {
            let droppable = |&place: &usize| widths[place].is_some() && self.columns[place].drop > 0;
            let Some(first) = (0..widths.len()).filter(droppable).max_by_key(|&place| self.columns[place].drop) else {
                break;
            };
            widths[first] = None;
        }
        while total(&widths) > room {
            let shrinkable = |&place: &usize| self.columns[place].shrinks && widths[place] > Some(NARROWEST);
            let Some(widest) = (0..widths.len()).filter(shrinkable).max_by_key(|&place| widths[place]) else { break };
            widths[widest] = widths[widest].map(|width| width - 1);
        }
        let mut spare = room.saturating_sub(total(&widths));
        let bars = widths.iter_mut().zip(&self.columns).filter(|(_, column)| column.bar);
        for width in bars.filter_map(|(width, _)| width.as_mut()) {
            let more = spare.min(BAR_LONGEST.saturating_sub(*width));
            *width += more;
            spare -= more;
        }
        widths
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten().count();
    widths.iter().flatten().sum::<usize>() + GAP * shown.saturating_sub(1)
}

fn line(columns: &[Column], widths: &[Option<usize>], cells: Vec<Cell>, margin: &str, glyphs: &Glyphs) -> Text {
    let mut text = Text::plain(margin);
    let mut begun = false;
    for ((column, width), cell) in columns.iter().zip(widths).zip(cells) {
        let Some(width) = *width else { continue };
        if begun {
            text = text.and(PLAIN, " ".repeat(GAP));
        }
        begun = true;
        text = text.join(match cell {
            Cell::Text(cell) => cell.fit(width, column.right, glyphs.more),
            Cell::Bar(share, style) => Text::of(style, glyphs.bar(share, width)).fit(width, false, glyphs.more),
        });
    }
    text
}
