//! Plain tables for the terminal.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// Writes `rows` in columns beneath `heads`; nothing where there is no row. The last column is not padded.
pub(crate) fn write<const N: usize>(out: &mut dyn Write, heads: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain([heads[column].width()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    writeln!(out)?;
    line(out, Style::new().bold(), heads, &widths)?;
    for row in rows {
        line(out, Style::new(), row.each_ref().map(String::as_str), &widths)?;
    }
    Ok(())
}

/// Writes rows of any number of columns beneath their heads, numbers to the right.
pub(crate) fn write_any(
    out: &mut dyn Write,
    heads: &[String],
    rows: &[Vec<String>],
    numeric: &[bool],
) -> io::Result<()> {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.width()).collect();
    for row in rows {
        widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.width()));
    }
    for row in std::iter::once(heads).chain(rows.iter().map(Vec::as_slice)) {
        let mut text = String::new();
        for ((cell, width), numeric) in row.iter().zip(&widths).zip(numeric) {
            let padding = std::iter::repeat_n(' ', width - cell.width().min(*width));
            if *numeric {
                text.extend(padding);
                text.push_str(cell);
            } else {
                text.push_str(cell);
                text.extend(padding);
            }
            text.push_str("  ");
        }
        writeln!(out, "{}", clean(text.trim_end()))?;
    }
    Ok(())
}

fn line<const N: usize>(out: &mut dyn Write, style: Style, cells: [&str; N], widths: &[usize; N]) -> io::Result<()> {
    let mut text = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', width + 2 - cell.width().min(*width)));
    }
    writeln!(out, "{style}{}{style:#}", clean(text.trim_end()))
}

/// The text with blanks for control characters: a name must not steer the terminal.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
