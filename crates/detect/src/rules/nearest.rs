//! What somebody may have meant.

/// Letters that a slip may change.
const SLIP: usize = 3;

/// A help that names the word nearest to what was written, or all of a few.
pub(super) fn help<'a>(written: &str, words: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = words.clone().map(|word| (distance(written, word), word)).min_by_key(|(distance, _)| *distance);
    let within = |most: usize| near.filter(|(distance, word)| *distance <= most.min(word.len() / 2));
    if let Some((_, word)) = within(1) {
        return format!("did you mean `{word}`?");
    }
    // What was meant may be a part of its name: `port`, `dst_ip`.
    let parts: Vec<&str> = written.split(['_', '.', '-']).filter(|part| part.len() > 1).collect();
    let holds = |word: &&str| !parts.is_empty() && parts.iter().all(|part| word.contains(part));
    let holding: Vec<&str> = words.clone().filter(holds).take(8).collect();
    if !holding.is_empty() {
        return format!("did you mean one of {}?", holding.join(", "));
    }
    if let Some((_, word)) = within(SLIP) {
        return format!("did you mean `{word}`?");
    }
    format!("use one of {}", words.collect::<Vec<_>>().join(", "))
}

/// How many letters must be put in, taken out or changed (Levenshtein 1966). Long texts are far from everything.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > SLIP {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
