//! The words of every mail.
use crate::support::App;
use app::mail::messages::samples;
use std::{collections::BTreeSet, fs, path::Path};

fn templates() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mail");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !["layout.", "button."].iter().any(|part| name.starts_with(part))).collect()
}

#[tokio::test]
async fn every_mail_has_both_parts_and_a_sample() {
    let app = App::new().await;
    let samples = samples(&app.state.config).unwrap();

    let subjects: BTreeSet<&str> = samples.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(templates().len(), 2 * subjects.len(), "each mail has a text and an HTML template, and a row in `samples`");
    assert_eq!(subjects.len(), samples.len());
    for mail in &samples {
        assert!(!mail.text.contains('<') && mail.html.contains("</html>"), "{}", mail.subject);
        assert!(!mail.text.contains("\n\n\n"), "{}: {}", mail.subject, mail.text);
        assert!(mail.text.lines().all(|line| line == "-- " || line.trim_end() == line), "{}: {:?}", mail.subject, mail.text);
        assert!(mail.subject.len() < 60 && !mail.subject.contains(|c: char| c.is_control()));
    }
}

#[tokio::test]
async fn links_lead_to_pages_of_this_app_and_stand_in_both_parts() {
    let app = App::new().await;
    let base_url = app.state.config.base_url.origin();

    for mail in samples(&app.state.config).unwrap() {
        for link in mail.text.split_whitespace().filter(|word| word.starts_with("http")) {
            assert!(link.starts_with(&base_url), "{link}");
            assert!(mail.html.contains(&format!("href=\"{link}\"")), "{link} is not in the HTML of {}", mail.subject);
            let status = app.browser().get(link.strip_prefix(&base_url).unwrap()).await.status.as_u16();
            assert!([200, 303, 410].contains(&status), "{link}: {status}");
        }
    }
}

/// X3.
#[tokio::test]
async fn what_people_typed_is_only_text_there() {
    use app::mail::{messages::AccountNotice, write};
    let app = App::new().await;
    let reason = Some("<img src=x onerror=alert(1)>".to_owned());
    let notice = AccountNotice { username: "<b>ada</b>".to_owned(), what: "\"><svg onload=alert(1)>".to_owned(), reason };

    let mail = write(&app.state.config, "ada@example.com", &notice).unwrap();

    for tag in ["<img", "<b>ada", "<svg"] {
        assert!(!mail.html.contains(tag) && mail.text.contains(tag), "{tag}");
    }
}
