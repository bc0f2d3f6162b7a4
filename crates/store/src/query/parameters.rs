//! Parameters of questions: `$name` in SQL, filled in before it is read.

/// What a parameter of a question stands for.
pub type Parameters = Vec<(String, String)>;

/// The parameters that SQL asks for, in the order in which they are met; those in quotes are text.
pub fn placeholders(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    walk(sql, |piece| {
        if let Piece::Name(name) = piece
            && !found.iter().any(|known| known == name)
        {
            found.push(name.to_owned());
        }
    });
    found
}

/// The SQL with every parameter that has a value written out: numbers, `true` and `false` as they are, all else as text.
pub fn fill_in(sql: &str, values: &Parameters) -> String {
    let mut filled = String::with_capacity(sql.len());
    walk(sql, |piece| match piece {
        Piece::Text(text) => filled.push_str(text),
        Piece::Name(name) => match values.iter().find(|(known, _)| known == name) {
            Some((_, value)) => filled.push_str(&literal(value)),
            None => {
                filled.push('$');
                filled.push_str(name);
            }
        },
    });
    filled
}

fn literal(value: &str) -> String {
    let number =
        value.parse::<f64>().is_ok_and(f64::is_finite) && value.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if number && value.starts_with('-') {
        // Behind another minus it would begin a comment.
        format!("({value})")
    } else if number || matches!(value, "true" | "false") {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn walk<'a>(sql: &'a str, mut each: impl FnMut(Piece<'a>)) {
    let (mut quote, mut begin, mut at) = (None, 0, 0);
    let bytes = sql.as_bytes();
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, b'-') if bytes[at..].starts_with(b"--") => {
                at += bytes[at..].iter().take_while(|&&c| c != b'\n').count();
                continue;
            }
            (None, b'/') if bytes[at..].starts_with(b"/*") => {
                let inside = bytes[at + 2..].windows(2).position(|end| end == b"*/");
                at = inside.map_or(bytes.len(), |inside| at + inside + 4);
                continue;
            }
            (None, c @ (b'\'' | b'"')) => quote = Some(c),
            (None, b'$') => {
                let name = |c: &u8| c.is_ascii_alphanumeric() || *c == b'_';
                let end = at + 1 + bytes[at + 1..].iter().take_while(|c| name(c)).count();
                if end > at + 1 {
                    each(Piece::Text(&sql[begin..at]));
                    each(Piece::Name(&sql[at + 1..end]));
                    begin = end;
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    each(Piece::Text(&sql[begin..]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_quotes_and_negative_numbers_make_none() {
        let sql = "-- who's $there\nSELECT $a /* it's $not */ - $b FROM flows -- $end";
        assert_eq!(placeholders(sql), ["a", "b"]);
        let values = [("a", "1"), ("b", "-2")].map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(fill_in(sql, &values), "-- who's $there\nSELECT 1 /* it's $not */ - (-2) FROM flows -- $end");
    }

    #[test]
    fn placeholders_are_found_outside_of_quotes() {
        let sql = "SELECT '$no' FROM flows WHERE a > $least AND b = $name AND \"$neither\" < $least AND c = $";
        assert_eq!(placeholders(sql), ["least", "name"]);
    }

    #[test]
    fn values_are_written_out_and_cannot_break_out() {
        let given = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let sql = "SELECT $a, '$a', $b ünd $c";
        let filled = fill_in(sql, &given(&[("a", "1e3"), ("b", "it's; DROP TABLE x")]));
        assert_eq!(filled, "SELECT 1e3, '$a', 'it''s; DROP TABLE x' ünd $c");
        for text in ["inf", "NaN", "2026-03-01T00:00:00Z", "", "1 OR 1"] {
            assert!(literal(text).starts_with('\''), "{text}");
        }
    }
}
