use super::{files, read};

/// A kind without a line would wait for ever, in silence.
#[test]
fn every_job_has_a_line_in_the_list_of_the_worker() {
    let list = read("src/worker/mod.rs");
    let jobs = files("src").into_iter().flat_map(|path| {
        let source = read(path);
        let names = source.split("impl Job for ").skip(1).map(|rest| rest.split([' ', '{']).next().unwrap().to_owned());
        names.collect::<Vec<_>>()
    });
    let jobs: Vec<String> = jobs.collect();

    assert!(jobs.len() >= 4, "{jobs:?}");
    for job in jobs {
        assert!(list.contains(&format!("{job}|")), "{job} has no line in `list()` of src/worker/mod.rs");
    }
}
