// Package agent is what the Go programs share: operations come as lines of JSON, each handle does its own in order,
// and what a consumer saw is handed over by "drain".
package agent

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

const keep = 5000 // larger values are reported by their size only

// Place is one partition, with what an operation says about it.
type Place struct {
	Topic     string          `json:"topic"`
	Partition int32           `json:"partition"`
	Offset    json.RawMessage `json:"offset"` // a number, or "beginning", "end"
	Metadata  *string         `json:"metadata"`
}

// At gives the offset as a number, or earliest or latest when it is a word.
func (p Place) At(earliest, latest int64) int64 {
	switch s := string(p.Offset); s {
	case `"beginning"`:
		return earliest
	case `"end"`:
		return latest
	default:
		var n int64
		if err := json.Unmarshal(p.Offset, &n); err != nil {
			panic(err)
		}
		return n
	}
}

// Header is a pair [name, value].
type Header struct {
	Name  string
	Value []byte
}

func (h *Header) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&h.Name, &h.Value})
}

func (h Header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.Name, h.Value}) }

// Row is one record to send.
type Row struct {
	Topic     string   `json:"topic"`
	Partition *int32   `json:"partition"`
	Key       []byte   `json:"key"`
	Value     []byte   `json:"value"`
	Size      int      `json:"size"`
	Headers   []Header `json:"headers"`
	Timestamp *int64   `json:"timestamp"`
}

// Payload is the value to send.
func (r Row) Payload() []byte {
	if r.Size > 0 {
		return bytes.Repeat([]byte("x"), r.Size)
	}
	return r.Value
}

// Time is the timestamp to send, zero for the client's choice.
func (r Row) Time() time.Time {
	if r.Timestamp == nil {
		return time.Time{}
	}
	return time.UnixMilli(*r.Timestamp)
}

// Result is where a record went, or why it did not.
type Result map[string]any

func Placed(partition int32, offset int64) Result {
	return Result{"partition": partition, "offset": offset}
}

// Record is one record received.
type Record struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	Offset    int64    `json:"offset"`
	Key       []byte   `json:"key"`
	Value     []byte   `json:"value"`
	Size      int      `json:"size"`
	Headers   []Header `json:"headers"`
	Timestamp int64    `json:"timestamp"`
}

// Request is any operation; the fields it does not use are zero.
type Request struct {
	ID      int    `json:"id"`
	Op      string `json:"op"`
	Handle  string `json:"h"`
	Records []Row  `json:"records"`
	Offsets []Place
	Leave   *bool
	Options
	Partitions json.RawMessage // a number, or places
	Topic      string          `json:"topic"`
	Name       string          `json:"name"`
	Partition  int32           `json:"partition"`
	Replica    int16           `json:"replication"`
	Total      int             `json:"total"`
	Configs    map[string]string
	Offset     int64           `json:"offset"`
	At         json.RawMessage `json:"at"`
}

func (r Request) places() (out []Place) {
	must(json.Unmarshal(r.Partitions, &out))
	return out
}

// Options of a producer or consumer; zero means the client's default.
type Options struct {
	Bootstrap       string `json:"bootstrap"`
	ClientID        string `json:"client_id"`
	Acks            any    `json:"acks"`
	Compression     string `json:"compression"`
	Partitioner     string `json:"partitioner"`
	Idempotent      *bool  `json:"idempotent"`
	MaxInFlight     int    `json:"max_in_flight"`
	LingerMs        *int   `json:"linger_ms"`
	DeliveryMs      int    `json:"delivery_timeout_ms"`
	MetadataMaxAge  int    `json:"metadata_max_age_ms"`
	Group           string `json:"group"`
	Topics          []string
	Assign          []Place `json:"assign"`
	Reset           string  `json:"reset"`
	Assignor        string  `json:"assignor"`
	InstanceID      string  `json:"instance_id"`
	SessionMs       int     `json:"session_timeout_ms"`
	HeartbeatMs     int     `json:"heartbeat_ms"`
	FetchMaxWaitMs  int     `json:"fetch_max_wait_ms"`
	FetchMinBytes   int32   `json:"fetch_min_bytes"`
	FetchMaxBytes   int32   `json:"fetch_max_bytes"`
	PartitionMaxMax int32   `json:"partition_max_bytes"`
}

// Millis is a duration of n milliseconds.
func Millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

type Producer interface {
	Send(rows []Row) []Result
	Close()
}

type Consumer interface {
	Commit(offsets []Place) error
	Pause(places []Place) error
	Resume(places []Place) error
	Close(leave bool)
}

// Admin answers operations without a handle on a connection of its own.
type Admin interface {
	CreateTopic(topic string, partitions int32, replicas int16, configs map[string]string) error
	DeleteTopic(topic string) error
	AddPartitions(topic string, total int) error
	DescribeTopic(topic string) ([]int32, error)
	TopicConfig(topic, name string) (string, error)
	DeleteRecords(topic string, partition int32, offset int64) error
	Offset(topic string, partition int32, at Place) (int64, error)
	Committed(group, topic string, partition int32) (int64, string, error)
	Close()
}

// Client is one client library; Code gives Kafka's error code or 0.
type Client struct {
	Code     func(error) int
	Producer func(Options) (Producer, error)
	Consumer func(Options, *Sink) (Consumer, error)
	Admin    func(bootstrap string) (Admin, error)
}

// Failed is the result for a record that was not delivered.
func (c Client) Failed(err error) Result { return c.failure(err) }

func (c Client) failure(err error) Result {
	row := Result{"message": fmt.Sprintf("%T: %v", err, err), "code": nil}
	if code := c.Code(err); code > 0 {
		row["code"] = code
	}
	return row
}

type key struct {
	Topic     string
	Partition int32
}

// Sink gathers what a consumer shows.
type Sink struct {
	client  Client
	mu      sync.Mutex
	records []Record
	events  [][]any
	errors  []Result
	owned   map[key]bool
}

func (s *Sink) Took(r Record) {
	if r.Size = len(r.Value); r.Size > keep {
		r.Value = nil
	}
	if r.Headers == nil {
		r.Headers = []Header{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = append(s.records, r)
}

func (s *Sink) Failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errors = append(s.errors, s.client.failure(err))
}

func (s *Sink) Assigned(claims map[string][]int32) { s.event("assigned", claims, true) }
func (s *Sink) Revoked(claims map[string][]int32)  { s.event("revoked", claims, false) }

func (s *Sink) event(kind string, claims map[string][]int32, owns bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := [][]any{}
	for topic, partitions := range claims {
		for _, p := range partitions {
			if k := (key{topic, p}); s.owned[k] != owns {
				s.owned[k] = owns
				changed = append(changed, []any{topic, p})
			}
		}
	}
	if len(changed) > 0 {
		s.events = append(s.events, []any{time.Since(start).Nanoseconds(), kind, changed})
	}
}

// RevokeAll notes that nothing is owned any more.
func (s *Sink) RevokeAll() {
	claims := map[string][]int32{}
	s.mu.Lock()
	for k, owns := range s.owned {
		if owns {
			claims[k.Topic] = append(claims[k.Topic], k.Partition)
		}
	}
	s.mu.Unlock()
	s.Revoked(claims)
}

func (s *Sink) drain() Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Result{"records": append([]Record{}, s.records...), "events": append([][]any{}, s.events...),
		"errors": append([]Result{}, s.errors...)}
	s.records, s.events, s.errors = nil, nil, nil
	return out
}

var start = time.Now()

type handle struct {
	commands chan Request
	sink     *Sink
	producer Producer
	consumer Consumer
}

// Main serves operations until the input ends.
func Main(client Client) {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), json.NewEncoder(os.Stdout)
	var mu sync.Mutex
	answer := func(id int, ok any, err error) {
		row := map[string]any{"id": id, "ok": ok}
		if err != nil {
			fmt.Fprintf(os.Stderr, "operation %d: %v\n", id, err)
			row = map[string]any{"id": id, "error": client.failure(err)}
		}
		mu.Lock()
		defer mu.Unlock()
		must(out.Encode(row))
	}
	handles := map[string]*handle{}
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r Request
		must(json.Unmarshal(line, &r))
		h := handles[r.Handle]
		switch {
		case r.Handle == "":
			go func() {
				ok, err := once(client, r)
				answer(r.ID, ok, err)
			}()
		case h == nil:
			h = &handle{commands: make(chan Request, 64), sink: &Sink{client: client, owned: map[key]bool{}}}
			handles[r.Handle] = h
			go func() {
				for request := range h.commands {
					ok, err := h.do(client, request)
					answer(request.ID, ok, err)
				}
			}()
			h.commands <- r
		case r.Op == "drain":
			answer(r.ID, h.sink.drain(), nil)
		default:
			h.commands <- r
		}
	}
}

func (h *handle) do(client Client, r Request) (ok any, err error) {
	switch r.Op {
	case "open_producer":
		h.producer, err = client.Producer(r.Options)
	case "open_consumer":
		h.consumer, err = client.Consumer(r.Options, h.sink)
	case "send":
		ok = Result{"results": h.producer.Send(r.Records)}
	case "commit":
		err = h.consumer.Commit(r.Offsets)
	case "pause":
		err = h.consumer.Pause(r.places())
	case "resume":
		err = h.consumer.Resume(r.places())
	case "close":
		if h.producer != nil {
			h.producer.Close()
		}
		if h.consumer != nil {
			h.sink.RevokeAll()
			h.consumer.Close(r.Leave == nil || *r.Leave)
			ok = h.sink.drain()
		}
	default:
		err = errors.New("no such operation: " + r.Op)
	}
	return ok, err
}

func once(client Client, r Request) (any, error) {
	admin, err := client.Admin(r.Bootstrap)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	switch r.Op {
	case "create_topic":
		var count int32
		must(json.Unmarshal(r.Partitions, &count))
		return nil, admin.CreateTopic(r.Topic, count, r.Replica, r.Configs)
	case "delete_topic":
		return nil, admin.DeleteTopic(r.Topic)
	case "add_partitions":
		return nil, admin.AddPartitions(r.Topic, r.Total)
	case "describe_topic":
		partitions, err := admin.DescribeTopic(r.Topic)
		return Result{"partitions": partitions}, err
	case "topic_config":
		value, err := admin.TopicConfig(r.Topic, r.Name)
		return Result{"value": value}, err
	case "delete_records":
		return nil, admin.DeleteRecords(r.Topic, r.Partition, r.Offset)
	case "offset":
		offset, err := admin.Offset(r.Topic, r.Partition, Place{Offset: r.At})
		return Result{"offset": offset}, err
	case "committed":
		offset, metadata, err := admin.Committed(r.Group, r.Topic, r.Partition)
		return Result{"offset": offset, "metadata": metadata}, err
	}
	return nil, errors.New("no such operation: " + r.Op)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
