//! What a strict content security policy and autoescaping rest on.
use super::{files, read};

#[test]
fn no_template_runs_script_sets_style_or_skips_escaping() {
    let mut wrong = Vec::new();
    for path in files("templates") {
        let text = read(&path).to_lowercase();
        for unwanted in [
            "|safe",
            "| safe",
            "escape=",
            "<style",
            " style=",
            "javascript:",
            "<script>",
            " onclick",
            " onload",
            " onsubmit",
            " onchange",
            " onerror",
        ] {
            // Programs for mail know no style sheet but one in the mail.
            let is_mail = path.starts_with("templates/mail") && unwanted == "<style";
            wrong.extend((text.contains(unwanted) && !is_mail).then(|| format!("{} has {unwanted}", path.display())));
        }
    }

    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_source_skips_escaping() {
    // A mail, shown in a frame that can do nothing.
    for path in files("src").iter().filter(|path| !path.ends_with("dev/mail.rs")) {
        let text = read(path);
        assert!(!text.contains("escape = \"none\"") && !text.contains("MarkupDisplay") && !text.contains("Html("), "{}", path.display());
    }
}

#[test]
fn every_form_is_sent_to_a_path_of_ours_by_post_or_else_searches() {
    for path in files("templates") {
        let template = read(&path);
        for (before, form) in template.split("<form").zip(template.split("<form").skip(1)) {
            let tag = &form[..form.find('>').unwrap()];
            let ours =
                tag.contains("action=\"/") || tag.contains("action=\"{{ page.path }}\"") || tag.contains("action=\"{{ action() }}\"");
            let searches = tag.contains("method=\"get\"") && before.trim_end().ends_with("<search>");
            assert!(ours && (tag.contains("method=\"post\"") || searches), "{}: <form{tag}>", path.display());
        }
    }
}
