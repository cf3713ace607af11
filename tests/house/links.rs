use super::{files, read};
use std::path::{Path, PathBuf};

/// What a guide links to beside itself.
fn links(guide: &Path) -> Vec<PathBuf> {
    let text = read(guide);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let local = targets.filter(|target| !target.is_empty() && !target.contains("://"));
    local.map(|target| guide.parent().unwrap().join(target)).collect()
}

#[test]
fn every_link_of_a_guide_leads_somewhere() {
    let guides = files("docs").into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    let guides: Vec<PathBuf> = guides.chain(["README.md".into(), "CHANGELOG.md".into()]).collect();

    let dead: Vec<_> = guides.iter().flat_map(|guide| links(guide)).filter(|target| !target.exists()).collect();

    assert!(guides.len() > 5 && dead.is_empty(), "{dead:?}");
}
