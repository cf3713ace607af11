use super::{Credentials, Endpoints, Failure, Http, Known, Profile, Strategy, at, home};
use crate::oauth::{http::request, tokens::TokenSet};
use async_trait::async_trait;
use oauth2::{
    AccessToken,
    http::{Request, StatusCode, request::Builder},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
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

    fn api(&self) -> Option<Url> {
        Some(at(&self.graph, &format!("/{VERSION}")))
    }

    /// It says of no address whether it is verified.
    async fn profile(&self, http: &Http, token: &AccessToken) -> Result<Option<Profile>, Failure> {
        let mut url = at(&self.graph, &format!("/{VERSION}/me"));
        url.set_query(Some("fields=id,name,email"));
        let body = ask(http, token, Request::get(url.as_str())).await?;
        let user: User = serde_json::from_slice(&body).map_err(|_| Failure::odd("a profile that is none"))?;
        Ok(Some(Profile { subject: user.id, email: user.email, name: user.name, ..Profile::default() }))
    }

    /// Its own way: every permission of that person for this app.
    async fn revoke(&self, http: &Http, _: &Credentials<'_>, tokens: &TokenSet) -> Result<bool, Failure> {
        let url = at(&self.graph, &format!("/{VERSION}/me/permissions"));
        let token = AccessToken::new(tokens.access_token.expose_secret().to_owned());
        match ask(http, &token, Request::delete(url.as_str())).await {
            // It had ended already.
            Ok(_) | Err(Failure::Refused) => Ok(true),
            Err(failure) => Err(failure),
        }
    }
}

/// A token that has ended is error 190 of any status.
async fn ask(http: &Http, token: &AccessToken, head: Builder) -> Result<Vec<u8>, Failure> {
    let answer = http.ask_as(token, request(head, Vec::new())?).await?;
    let is_over = || serde_json::from_slice::<Value>(answer.body()).is_ok_and(|body| body["error"]["code"] == 190);
    match answer.status() {
        StatusCode::OK => Ok(answer.into_body()),
        _ if is_over() => Err(Failure::Refused),
        status => Err(Failure::odd(format!("{status} from its graph"))),
    }
}
