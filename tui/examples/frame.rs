//! Draws a frame of the dashboard into an SVG: `frame HOME OUT.svg [WIDTHxHEIGHT] [KEYS]`.

use anyhow::Context as _;
use dissect::dashboard::draw::{Depth, Theme};
use dissect_runs::home::Home;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: frame HOME OUT.svg [WIDTHxHEIGHT] [KEYS]";
    let home = arguments.next().context(usage)?;
    let out = arguments.next().context(usage)?;
    let size = arguments.next().unwrap_or("160x50".to_owned());
    let keys = arguments.next().unwrap_or_default();
    let (width, height) = size.split_once('x').context(usage)?;
    let size = (width.parse().context(usage)?, height.parse().context(usage)?);
    let svg = dissect::dashboard::picture(&Home::at(home), size, &keys, &Theme::new(Depth::Indexed))?;
    std::fs::write(&out, svg).with_context(|| format!("cannot write {out}"))
}
