use super::client::{Client, host};

#[tokio::test(start_paused = true)]
async fn the_first_diagram_is_played() {
    let host = host();
    let mut alice = Client::connect(&host, "Alice").await;
    let mut bob = Client::connect(&host, "Bob").await;
    alice.say(r#"{"type":"join","room":"general"}"#).await;
    assert_eq!(bob.text().await, r#"{"type":"joined","user":"alice","room":"general"}"#);
    bob.say(r#"{"type":"message","text":"Hello Alice!"}"#).await;
    assert_eq!(alice.text().await, r#"{"type":"message","id":1,"from":"Bob","room":"general","text":"Hello Alice!"}"#);
    alice.say(r#"{"type":"message","text":"Hey Bob!"}"#).await;
    assert_eq!(bob.text().await, r#"{"type":"message","id":2,"from":"Alice","room":"general","text":"Hey Bob!"}"#);
    assert_eq!(alice.close(1000).await, Some(1000));
    assert_eq!(bob.text().await, r#"{"type":"left","user":"alice"}"#);
    assert!(bob.heard().await.is_empty());
}
