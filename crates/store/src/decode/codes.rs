//! Which value each row has, as the pages say it.

use std::slice;

use bytes::Bytes;
use parquet::errors::Result;

use super::bits::{Numbers, damaged};

/// Which value each row of a column has, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Codes {
    /// Every row this one.
    All(u32),
    /// Each row its own, one page after another.
    Pages(Vec<PageCodes>),
    /// Every row the value at the row's own place.
    InPlace,
}

/// The codes of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageCodes {
    pub(super) rows: usize,
    pub(super) form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Every row this one.
    All(u32),
    /// One after another.
    Each(Vec<u32>),
    /// As they stand in the page, each `below` this.
    Hybrid { bytes: Bytes, width: u8, below: u32 },
    /// Bits as they stand in the page.
    Bits(Bytes),
}

impl PageCodes {
    /// Codes of `width` bits as they stand in a page.
    pub(super) fn hybrid(rows: usize, bytes: Bytes, width: u8, below: u32) -> Result<Self> {
        let form = match Numbers::hybrid(&bytes, width)?.all(rows)? {
            Some(code) if rows == 0 || code < below => Form::All(code),
            Some(code) => return Err(unknown(code, below)),
            None => Form::Hybrid { bytes, width, below },
        };
        Ok(Self { rows, form })
    }

    /// A bit for each row.
    pub(super) fn bits(rows: usize, bytes: Bytes) -> Result<Self> {
        if bytes.len() < rows.div_ceil(8) {
            return Err(damaged(format!("{} bytes of flags for {rows} rows", bytes.len())));
        }
        let form = match Numbers::bits(&bytes).all(rows)? {
            Some(code) => Form::All(code),
            None => Form::Bits(bytes),
        };
        Ok(Self { rows, form })
    }

    fn reader(&self) -> Result<PageReader<'_>> {
        Ok(match &self.form {
            Form::All(code) => PageReader::All(*code),
            Form::Each(codes) => PageReader::Each(codes),
            Form::Hybrid { bytes, width, below } => PageReader::Numbers(Numbers::hybrid(bytes, *width)?, *below),
            Form::Bits(bytes) => PageReader::Numbers(Numbers::bits(bytes), 2),
        })
    }
}

fn unknown(code: u32, below: u32) -> parquet::errors::ParquetError {
    damaged(format!("code {code} in a column of {below} values"))
}

impl Codes {
    /// A code for each row.
    pub(crate) fn each(codes: Vec<u32>) -> Self {
        Self::Pages(vec![PageCodes { rows: codes.len(), form: Form::Each(codes) }])
    }

    /// Reads them from the first row on.
    pub(crate) fn reader(&self) -> Reader<'_> {
        match self {
            Self::All(code) => Reader { pages: [].iter(), page: PageReader::All(*code), left: usize::MAX },
            Self::Pages(pages) => Reader { pages: pages.iter(), page: PageReader::All(0), left: 0 },
            Self::InPlace => Reader { pages: [].iter(), page: PageReader::InPlace(0), left: usize::MAX },
        }
    }

    /// All of them, for so many rows.
    pub(crate) fn read(&self, rows: usize) -> Result<Vec<u32>> {
        let mut codes = vec![0; rows];
        self.reader().fill(&mut codes)?;
        Ok(codes)
    }
}

/// Codes that are read one stretch after another.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pages: slice::Iter<'a, PageCodes>,
    page: PageReader<'a>,
    /// Rows that the page has left.
    left: usize,
}

#[derive(Debug)]
enum PageReader<'a> {
    All(u32),
    Each(&'a [u32]),
    Numbers(Numbers<'a>, u32),
    InPlace(u32),
}

impl Reader<'_> {
    /// The codes of the next rows.
    ///
    /// # Errors
    ///
    /// When there are fewer, or one stands for no value.
    pub(crate) fn fill(&mut self, mut out: &mut [u32]) -> Result<()> {
        while !out.is_empty() {
            if self.left == 0 {
                let page = self.pages.next().ok_or_else(|| damaged("fewer codes than rows".to_owned()))?;
                (self.page, self.left) = (page.reader()?, page.rows);
                continue;
            }
            let (own, rest) = out.split_at_mut(self.left.min(out.len()));
            self.page.fill(own)?;
            self.left -= own.len();
            out = rest;
        }
        Ok(())
    }
}

impl PageReader<'_> {
    fn fill(&mut self, out: &mut [u32]) -> Result<()> {
        match self {
            Self::All(code) => out.fill(*code),
            Self::Each(codes) => {
                let (own, rest) = codes.split_at(out.len());
                out.copy_from_slice(own);
                *codes = rest;
            }
            Self::Numbers(numbers, below) => {
                numbers.fill(out)?;
                // Codes have at most 31 bits: one that is too high leaves a sign here. The highest one would take longer to find.
                let signs = out.iter().fold(0, |signs, &code| signs | below.wrapping_sub(1).wrapping_sub(code));
                if signs >> 31 > 0 {
                    return Err(unknown(out.iter().copied().max().unwrap_or(0), *below));
                }
            }
            Self::InPlace(next) => {
                out.iter_mut().zip(*next..).for_each(|(out, place)| *out = place);
                *next += out.len() as u32;
            }
        }
        Ok(())
    }
}
