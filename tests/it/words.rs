//! What a binding can say of endings, statuses, null and fixed widths.

use crate::field::{Call, Client, End, LAB, Net, server, sockets};
use seqcheck::oracle::Class;
use serde_json::{Value, json};

/// However the server ends the connection, one label says that it does.
#[test]
fn a_connection_that_ends_however_is_one_label() {
    let drawn = "Ann->S: WS connect\nAnn->S: go\nS->Ann: WS ended\n";
    for end in [End::Close(1000, ""), End::Close(4001, "go away"), End::Bare, End::Reset, End::Fin] {
        let lab = sockets(move |mut client: Client| {
            let end = end.clone();
            async move {
                if client.hear().await.is_some() {
                    client.send(end);
                }
                while client.hear().await.is_some() {}
            }
        });
        lab.play(Net::Tcp, drawn, LAB).passes();
        lab.play(Net::Memory, drawn, LAB).passes();
    }
    let stays = sockets(|mut client: Client| async move { while client.hear().await.is_some() {} });
    stays.play(Net::Memory, drawn, LAB).fails(Class::Missing, 3);
}

const TILL: &str = r#"
[[rule]]
label  = "pay {sum}"
on     = "http"
client = { method = "POST", path = "/pay", json = { sum = "{sum|pad-start:6:0}", tip = "{null}", note = "{sum|pad-end:width:.}" } }

[[rule]]
label  = "paid or not"
on     = "http"
server = { status = [200, 409], json = { left = "{null}", sum = "{sum|pad-start:6:0}" } }

[vars]
width = "8"
"#;

fn till(status: u16, left: Value) -> crate::field::Field {
    server(move |call: Call| {
        let left = left.clone();
        async move {
            let asked = call.json();
            let right = asked == json!({ "sum": "000042", "tip": null, "note": "42......" });
            let body = json!({ "left": left, "sum": asked["sum"] });
            call.answer(if right { status } else { 400 }, body).await;
        }
    })
}

#[test]
fn a_status_is_one_of_several_null_is_a_value_and_a_number_has_a_width() {
    let drawn = "Ann->S: pay 42\nS->Ann: paid or not\n";
    for status in [200, 409] {
        till(status, Value::Null).play(Net::Memory, drawn, TILL).passes();
    }
    till(201, Value::Null).play(Net::Memory, drawn, TILL).fails(Class::WrongPayload, 2).says("200 or 409");
    till(500, Value::Null).play(Net::Memory, drawn, TILL).fails(Class::WrongPayload, 2);
    till(200, json!(0)).play(Net::Memory, drawn, TILL).fails(Class::WrongPayload, 2).says("body.left");
}
