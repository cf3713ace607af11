use super::{Endpoints, Failure, Granted, Http, Known, Profile, Strategy, at, home};
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;

pub const FACEBOOK: Known = Known {
    name: "facebook",
    label: "Facebook",
    issuer: "https://www.facebook.com",
    scopes: &["public_profile", "email"],
    trusts_email: false,
    // On phones.
    form_origins: &["https://m.facebook.com"],
    parameters: &[],
    strategy: |issuer| Box::new(Facebook { home: home(issuer), graph: graph(&home(issuer)) }),
};

/// Facebook serves each for two years at least.
const VERSION: &str = "v23.0";

struct Facebook {
    home: Url,
    graph: Url,
}

fn graph(home: &Url) -> Url {
    if home.host_str() == Some("www.facebook.com") { Url::parse("https://graph.facebook.com").expect("an address") } else { home.clone() }
}

#[derive(Deserialize)]
struct User {
    id: String,
    name: Option<String>,
    email: Option<String>,
}

#[async_trait]
impl Strategy for Facebook {
    async fn endpoints(&self, _: &Http) -> Result<Endpoints, Failure> {
        let authorize = at(&self.home, &format!("/{VERSION}/dialog/oauth"));
        Ok(Endpoints::fixed(authorize, at(&self.graph, &format!("/{VERSION}/oauth/access_token"))))
    }

    /// It says of no address whether it is verified.
    async fn identify(&self, http: &Http, granted: &Granted<'_>) -> Result<Profile, Failure> {
        let mut url = at(&self.graph, &format!("/{VERSION}/me"));
        url.set_query(Some("fields=id,name,email"));
        let user: User = http.get(&url, granted.access_token).await?;
        Ok(Profile { subject: user.id, email: user.email, name: user.name, ..Profile::default() })
    }
}
