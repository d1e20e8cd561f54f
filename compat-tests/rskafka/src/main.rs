//! Serves the operations with rskafka: lines of JSON in, lines of JSON out. rskafka speaks to one partition at a time
//! and leaves partitioning, offsets and groups to the application.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::prelude::{Engine, BASE64_STANDARD};
use chrono::{DateTime, Utc};
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;
use rskafka::BackoffConfig;
use serde_json::{json, Value};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const KEEP: usize = 5000; // larger values are reported by their size only
const TIMEOUT_MS: i32 = 15_000;

/// A failed operation, with Kafka's code when there is one.
struct Failure {
    code: Option<i16>,
    message: String,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::ServerError { protocol_error, .. } => code_of(protocol_error),
            _ => None,
        };
        Failure { code, message: error.to_string() }
    }
}

/// rskafka makes its error from Kafka's code, but has no way back.
fn code_of(error: &ProtocolError) -> Option<i16> {
    let name = format!("{error:?}");
    (1..120).find(|code| ProtocolError::new(*code).is_some_and(|e| format!("{e:?}") == name))
}

fn refuse<T>(code: Option<i16>, message: &str) -> Result<T, Failure> {
    Err(Failure { code, message: message.to_string() })
}

fn failure_row(failure: &Failure) -> Value {
    json!({"code": failure.code, "message": failure.message})
}

type Answer = Result<Value, Failure>;

fn decode(value: &Value) -> Option<Vec<u8>> {
    value.as_str().map(|text| BASE64_STANDARD.decode(text).expect("base64"))
}

fn encode(data: &Option<Vec<u8>>) -> Value {
    data.as_ref().map_or(Value::Null, |d| BASE64_STANDARD.encode(d).into())
}

fn place(row: &Value) -> (String, i32) {
    (row["topic"].as_str().expect("topic").to_string(), row["partition"].as_i64().expect("partition") as i32)
}

async fn connect(request: &Value) -> Result<Client, Failure> {
    let brokers = request["bootstrap"].as_str().expect("bootstrap").split(',').map(String::from).collect();
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(50),
        max_backoff: Duration::from_secs(1),
        base: 2.0,
        deadline: Some(Duration::from_secs(40)),
    };
    let name = request["client_id"].as_str().unwrap_or("admin").to_string();
    Ok(ClientBuilder::new(brokers).client_id(name).backoff_config(backoff).build().await?)
}

async fn partition(client: &Client, topic: &str, partition: i32) -> Result<PartitionClient, Failure> {
    Ok(client.partition_client(topic, partition, UnknownTopicHandling::Retry).await?)
}

/// What a reader saw and has not handed over.
#[derive(Default)]
struct Seen {
    records: Vec<Value>,
    errors: Vec<Value>,
}

/// A producer, or a reader with a task for each partition.
struct Handle {
    client: Client,
    compression: Compression,
    seen: Arc<Mutex<Seen>>,
    readers: Vec<JoinHandle<()>>,
}

impl Handle {
    async fn open(op: &str, request: &Value) -> Result<Handle, Failure> {
        let compression = match request["compression"].as_str().unwrap_or("none") {
            "gzip" => Compression::Gzip,
            "snappy" => Compression::Snappy,
            "lz4" => Compression::Lz4,
            "zstd" => Compression::Zstd,
            _ => Compression::NoCompression,
        };
        let mut handle =
            Handle { client: connect(request).await?, compression, seen: Arc::default(), readers: Vec::new() };
        if op == "open_consumer" {
            for row in request["assign"].as_array().expect("a reader has partitions") {
                let reader = Reader::open(&handle.client, row, request).await?;
                handle.readers.push(tokio::spawn(reader.run(handle.seen.clone())));
            }
        }
        Ok(handle)
    }

    async fn run(&mut self, op: &str, request: &Value) -> Answer {
        match op {
            "send" => self.send(request["records"].as_array().expect("records")).await,
            "close" => {
                self.readers.iter().for_each(|r| r.abort());
                Ok(drain(&self.seen))
            }
            _ => refuse(None, "no such operation"),
        }
    }

    /// One batch for each partition.
    async fn send(&self, rows: &[Value]) -> Answer {
        let mut batches: BTreeMap<(String, i32), Vec<(usize, Record)>> = BTreeMap::new();
        for (i, row) in rows.iter().enumerate() {
            batches.entry(place(row)).or_default().push((i, record(row)));
        }
        let mut results = vec![Value::Null; rows.len()];
        for ((topic, number), batch) in batches {
            let (indexes, records): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let sent = match partition(&self.client, &topic, number).await {
                Ok(target) => target.produce(records, self.compression).await.map_err(Failure::from),
                Err(failure) => Err(failure),
            };
            for (at, index) in indexes.into_iter().enumerate() {
                results[index] = match &sent {
                    Ok(offsets) => json!({"partition": number, "offset": offsets[at]}),
                    Err(failure) => failure_row(failure),
                };
            }
        }
        Ok(json!({"results": results}))
    }
}

fn record(row: &Value) -> Record {
    let value = row["size"].as_u64().map_or_else(|| decode(&row["value"]), |size| Some(vec![b'x'; size as usize]));
    let headers = row["headers"].as_array().expect("headers");
    let pair = |h: &Value| (h[0].as_str().unwrap_or_default().to_string(), decode(&h[1]).unwrap_or_default());
    let timestamp = row["timestamp"].as_i64().and_then(DateTime::from_timestamp_millis).unwrap_or_else(Utc::now);
    Record { key: decode(&row["key"]), value, headers: headers.iter().map(pair).collect(), timestamp }
}

fn drain(seen: &Mutex<Seen>) -> Value {
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    json!({"records": seen.records, "errors": seen.errors, "events": []})
}

struct Reader {
    client: PartitionClient,
    offset: i64,
    max_bytes: i32,
    max_wait_ms: i32,
}

impl Reader {
    async fn open(client: &Client, row: &Value, options: &Value) -> Result<Reader, Failure> {
        let (topic, number) = place(row);
        let client = partition(client, &topic, number).await?;
        let offset = match row["offset"].as_str() {
            Some("beginning") => client.get_offset(OffsetAt::Earliest).await?,
            Some(_) => client.get_offset(OffsetAt::Latest).await?,
            None => row["offset"].as_i64().expect("offset"),
        };
        let limit = |name: &str, default: i64| options[name].as_i64().unwrap_or(default) as i32;
        Ok(Reader {
            client,
            offset,
            max_bytes: limit("fetch_max_bytes", 1_000_000),
            max_wait_ms: limit("fetch_max_wait_ms", 200),
        })
    }

    async fn run(mut self, seen: Arc<Mutex<Seen>>) {
        loop {
            match self.client.fetch_records(self.offset, 1..self.max_bytes, self.max_wait_ms).await {
                Ok((records, _)) => {
                    for r in records {
                        self.offset = r.offset + 1;
                        seen.lock().unwrap().records.push(self.row(r.offset, r.record));
                    }
                }
                // Where to go on is up to the application.
                Err(Error::ServerError { protocol_error: ProtocolError::OffsetOutOfRange, .. }) => {
                    if let Ok(offset) = self.client.get_offset(OffsetAt::Earliest).await {
                        self.offset = offset;
                    }
                }
                Err(error) => {
                    seen.lock().unwrap().errors.push(failure_row(&error.into()));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn row(&self, offset: i64, r: Record) -> Value {
        let size = r.value.as_ref().map_or(0, Vec::len);
        let headers: Vec<Value> = r.headers.into_iter().map(|(name, v)| json!([name, encode(&Some(v))])).collect();
        json!({
            "topic": self.client.topic(), "partition": self.client.partition(), "offset": offset, "key": encode(&r.key),
            "value": if size > KEEP { Value::Null } else { encode(&r.value) }, "size": size, "headers": headers,
            "timestamp": r.timestamp.timestamp_millis(),
        })
    }
}

/// An operation without a handle, on a client of its own.
async fn once(op: &str, request: &Value) -> Answer {
    let client = connect(request).await?;
    let topic = request["topic"].as_str().expect("topic");
    match op {
        "create_topic" => {
            let number = |name: &str| request[name].as_i64().expect("a number");
            let (partitions, replicas) = (number("partitions") as i32, number("replication") as i16);
            client.controller_client()?.create_topic(topic, partitions, replicas, TIMEOUT_MS).await?;
        }
        "delete_topic" => client.controller_client()?.delete_topic(topic, TIMEOUT_MS).await?,
        "describe_topic" => {
            let found = client.list_topics().await?.into_iter().find(|t| t.name == topic);
            return match found {
                Some(t) => Ok(json!({"partitions": t.partitions})),
                None => refuse(Some(3), "not in the list of topics"),
            };
        }
        "delete_records" => {
            let target = partition(&client, topic, place(request).1).await?;
            target.delete_records(request["offset"].as_i64().expect("offset"), TIMEOUT_MS).await?;
        }
        "offset" => {
            let at = match request["at"].as_i64() {
                Some(ms) => OffsetAt::Timestamp(DateTime::from_timestamp_millis(ms).expect("a time")),
                None if request["at"] == "end" => OffsetAt::Latest,
                None => OffsetAt::Earliest,
            };
            let target = partition(&client, topic, place(request).1).await?;
            return Ok(json!({"offset": target.get_offset(at).await?}));
        }
        _ => return refuse(None, "no such operation"),
    }
    Ok(json!({}))
}

fn print(id: &Value, answer: Answer) {
    let row = match answer {
        Ok(ok) => json!({"id": id, "ok": ok}),
        Err(failure) => json!({"id": id, "error": failure_row(&failure)}),
    };
    println!("{row}");
}

/// One handle: opened by the first request, then one operation after the other.
async fn serve(mut requests: mpsc::UnboundedReceiver<Value>) {
    let mut handle: Option<Handle> = None;
    while let Some(request) = requests.recv().await {
        let op = request["op"].as_str().expect("op");
        let answer = match &mut handle {
            None => Handle::open(op, &request).await.map(|opened| {
                handle = Some(opened);
                json!({})
            }),
            Some(open) if op == "drain" => Ok(drain(&open.seen)),
            Some(open) => open.run(op, &request).await,
        };
        print(&request["id"], answer);
    }
}

#[tokio::main]
async fn main() {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut handles: HashMap<String, mpsc::UnboundedSender<Value>> = HashMap::new();
    while let Some(line) = lines.next_line().await.expect("input") {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        let Some(name) = request["h"].as_str().map(String::from) else {
            tokio::spawn(async move {
                let op = request["op"].as_str().unwrap_or("");
                print(&request["id"], once(op, &request).await)
            });
            continue;
        };
        let sender = handles.entry(name).or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            tokio::spawn(serve(receiver));
            sender
        });
        sender.send(request).expect("the handle's task runs");
    }
}
