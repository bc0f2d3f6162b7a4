//! What the rules need from a Markdown page: its shell blocks and its links, each with its line.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A fenced block of shell commands.
#[derive(Debug, PartialEq, Eq)]
pub struct ShellBlock {
    /// The line of its first command, counted from one.
    pub line: usize,
    /// What stands between the fences.
    pub text: String,
}

/// The blocks fenced as ` ```sh `; other languages and plain output are left alone.
#[must_use]
pub fn shell_blocks(page: &str) -> Vec<ShellBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<ShellBlock> = None;
    for (event, range) in Parser::new(page).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if language(&info) == "sh" => {
                open = Some(ShellBlock { line: line_at(page, range.start) + 1, text: String::new() });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

/// Where the links and pictures of a page point, with their lines.
#[must_use]
pub fn links(page: &str) -> Vec<(usize, String)> {
    Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some((line_at(page, range.start), dest_url.into_string()))
            }
            _ => None,
        })
        .collect()
}

fn language(info: &str) -> &str {
    info.split([' ', ',']).next().unwrap_or_default()
}

fn line_at(page: &str, offset: usize) -> usize {
    1 + page.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# Title

See [the map](ARCHITECTURE.md#crates) and ![a picture](docs/a.png).

```sh
cargo build
```

```text
not a command
```

| a | b |
|---|---|
| [cell](x.md) | `[no](y.md)` |
";

    #[test]
    fn finds_shell_blocks_only() {
        assert_eq!(shell_blocks(PAGE), [ShellBlock { line: 6, text: "cargo build\n".into() }]);
    }

    #[test]
    fn finds_links_and_pictures_in_tables_too_but_not_in_code() {
        let expected = [(3, "ARCHITECTURE.md#crates"), (3, "docs/a.png"), (15, "x.md")];
        assert_eq!(links(PAGE), expected.map(|(line, to)| (line, to.to_owned())));
    }
}
